import MapReduce

/// A workload and what it is asked: `grep` with `pattern` and `match`.
public struct WorkloadSpecification: Hashable, Sendable {
  public var name: String
  public var parameters: [String: String]

  public init(_ name: String, _ parameters: [String: String] = [:]) {
    self.name = name
    self.parameters = parameters
  }
}

/// The bytes that a job reads: generated ones, or files of the user's own.
public struct DatasetSpecification: Hashable, Sendable {
  /// `text`, `rankings`, …: what a generator makes or what the user's files hold.
  public var kind: String
  /// Bytes to generate; of the user's own files, their sum.
  public var size: Int
  public var seed: UInt64
  /// Distinct words of a `text`, fixed; nil: they grow with the text.
  public var vocabulary: Int?
  /// The user's files and folders; empty: generated.
  public var inputs: [String]

  /// The other table of a join: the `rankings` that these `uservisits` visit.
  public func smallerTable(_ kind: String) -> DatasetSpecification {
    let visits = try? DatasetSpec(kind: .uservisits, size: size, seed: seed)
    let rows = visits?.pages ?? 0
    return DatasetSpecification(
      kind: kind, size: rows * (DatasetKind.rankings.rowSize ?? 1), seed: seed)
  }

  public init(kind: String, size: Int, seed: UInt64, vocabulary: Int? = nil, inputs: [String] = []) {
    self.kind = kind
    self.size = size
    self.seed = seed
    self.vocabulary = vocabulary
    self.inputs = inputs
  }
}

/// One job, but for its data and the system under it: all that the engine is told.
public struct JobSpecification: Hashable, Sendable {
  public typealias Plan = MapReduce.Plan
  public typealias Encoding = RecordEncoding
  public typealias Layout = MapReduce.Layout

  /// Bytes that a worker may be limited to.
  public static let memoryLimits = (64 << 20)...(1 << 46)

  /// The state of the page cache before the clock starts.
  public enum CacheState: String, CaseIterable, Sendable {
    case bypassed
    case cold
    case warm
    /// Of systems without files.
    case none

    /// What can be asked for.
    public static let choices: [CacheState] = [.bypassed, .cold, .warm]
  }

  /// Whether workers stand ready when the clock starts.
  public enum Starts: String, CaseIterable, Sendable {
    case warm
    case cold
  }

  public var workload: WorkloadSpecification
  public var plan: Plan
  public var encoding: Encoding
  public var layout: Layout
  /// nil: as the plan says.
  public var combiner: Bool?
  /// Bytes of a map's input.
  public var splitSize: Int
  /// nil: as the planner says, from input bytes and plan.
  public var reducers: Int?
  /// How the sides of a join meet, where that was asked for; nil: as their sizes say.
  public var join: JoinMethod?
  public var workers: Int
  public var starts: Starts
  public var cache: CacheState
  public var prefault: Bool
  /// Bytes a worker may hold; nil: no limit but the machine's.
  public var memoryLimit: Int?
  /// Where workers run on a machine of several NUMA nodes.
  public var numa = NUMAPolicy.spread

  public static let defaultSplitSize = 64 << 20

  public init(
    workload: WorkloadSpecification, plan: Plan = .optimized, encoding: Encoding = .binary,
    layout: Layout = .segment, combiner: Bool? = nil, splitSize: Int = JobSpecification.defaultSplitSize,
    reducers: Int? = nil, workers: Int, starts: Starts = .warm, cache: CacheState = .none,
    prefault: Bool = true, memoryLimit: Int? = nil
  ) {
    self.workload = workload
    self.plan = plan
    self.encoding = encoding
    self.layout = layout
    self.combiner = combiner
    self.splitSize = splitSize
    self.reducers = reducers
    self.workers = workers
    self.starts = starts
    self.cache = cache
    self.prefault = prefault
    self.memoryLimit = memoryLimit
  }
}

/// Where workers run on a machine of several NUMA nodes; on one node all are the same.
public enum NUMAPolicy: Hashable, Sendable {
  /// Dealt to the nodes in turn, and bound there.
  case spread
  /// Where the kernel puts them.
  case off
  /// All on one node.
  case node(Int)

  /// - Returns: nil for what is neither `spread` nor `off` nor a node's number.
  public init?(word: String) {
    switch word {
    case "spread": self = .spread
    case "off": self = .off
    default:
      guard let node = Int(word), (0...1023).contains(node) else { return nil }
      self = .node(node)
    }
  }

  public var word: String {
    switch self {
    case .spread: "spread"
    case .off: "off"
    case .node(let node): String(node)
    }
  }
}
