import Functions
import Storage

/// What one task reads.
enum TaskSource: Equatable {
  case split(InputRole, InputSplit)
  /// Extents of earlier stages' segments, one list a stage, each in its tasks' order.
  case extents([[SegmentExtent]])
}

/// One task of a stage: what it reads, does and writes.
struct StageTask: Equatable {
  var workload: Workload
  var operation: StageOperation
  var plan: Plan
  var source: TaskSource
  /// What every task of the stage reads.
  var broadcast: [SegmentExtent]
  /// Whether equal keys are added up before they are shuffled.
  var combines: Bool
  var encoding: RecordEncoding
  var layout: Layout
  /// Of the segment that it writes; nil: it writes a part of the output.
  var partitions: Int?
  /// Bytes that its tables may hold before a run is written.
  var tableBudget: Int
  /// The name of what it writes while this attempt owns it.
  var object: String
  /// Before the names of what is written to the output tier besides.
  var outputPrefix: String
  var owner: UInt32

  var wire: [UInt8] {
    var writer = WireWriter(capacity: 1024)
    writer.put(workload)
    writer.put(operation.rawValue)
    writer.put(plan.rawValue)
    switch source {
    case .split(let role, let split):
      writer.put(true)
      writer.put(role.rawValue)
      writer.put(split)
    case .extents(let lists):
      writer.put(false)
      writer.putArray(lists) { $0.put($1) }
    }
    writer.put(broadcast)
    writer.put(combines)
    writer.put(encoding.rawValue)
    writer.put(layout.rawValue)
    writer.putOptional(partitions) { $0.put($1) }
    writer.put(tableBudget)
    writer.put(object)
    writer.put(outputPrefix)
    writer.put(owner)
    return writer.bytes
  }
}

extension StageTask {
  init(wire: [UInt8]) throws {
    var reader = WireReader(wire)
    workload = try reader.workload()
    operation = try reader.choice()
    plan = try reader.choice()
    source =
      try reader.bool()
      ? .split(try reader.choice(), try reader.split())
      : .extents(try reader.array { try $0.segmentExtents() })
    broadcast = try reader.segmentExtents()
    combines = try reader.bool()
    encoding = try reader.choice()
    layout = try reader.choice()
    partitions = try reader.optional { try $0.int() }
    tableBudget = try reader.int()
    object = try reader.string()
    outputPrefix = try reader.string()
    owner = try reader.uint32()
    try reader.end()
  }

  /// All extents that it reads from earlier stages, of each stage one after the other.
  var extents: [SegmentExtent] {
    guard case .extents(let lists) = source else { return [] }
    return lists.flatMap { $0 }
  }
}

/// What a task cost at the tiers.
public struct TaskCounters: Sendable, Equatable {
  public var readBytes = 0
  public var shuffleWrittenBytes = 0
  public var shuffleReadBytes = 0
  public var outputBytes = 0
  public var inputWaitNanoseconds = 0
  public var shuffleWaitNanoseconds = 0
  public var outputWaitNanoseconds = 0
  public var modelledWaitNanoseconds = 0
  /// Bytes that went to the shuffle tier only because a table was over its budget.
  public var spilledBytes = 0
  /// Of them, those of sorted runs, which the same task read again: the others are part of what it left.
  public var runBytes = 0
  /// Malformed rows that were set aside.
  public var badRows = 0
  /// As in ``TierCounters``, of the tiers that the task reads.
  public var placedReadBytes = 0
  public var localReadBytes = 0

  public init() {}

  /// One list, by which counters are sent and added.
  static let fields: [WritableKeyPath<TaskCounters, Int> & Sendable] = [
    \.readBytes, \.shuffleWrittenBytes, \.shuffleReadBytes, \.outputBytes, \.inputWaitNanoseconds,
    \.shuffleWaitNanoseconds, \.outputWaitNanoseconds, \.modelledWaitNanoseconds, \.spilledBytes, \.runBytes,
    \.badRows, \.placedReadBytes, \.localReadBytes,
  ]

  static func += (sum: inout TaskCounters, term: TaskCounters) {
    for field in fields { sum[keyPath: field] += term[keyPath: field] }
  }
}

/// One part of a job's output on the output tier.
public struct OutputPart: Sendable, Equatable {
  public var object: String
  /// The part's lines, each extent whole lines.
  public var extents: [Extent]
  public var rows: Int
  public var bytes: Int { extents.reduce(0) { $0 + $1.length } }
}

/// What a task returns: the extents that later stages will read, and nobody else lists them.
struct TaskOutput: Equatable {
  /// Of a segment, in the order written; `extent.object` is one of the attempt's objects.
  var extents: [SegmentExtent] = []
  /// The attempt's objects: one segment, one a partition, or the part.
  var objects: [String] = []
  var part: OutputPart?
  /// What the operation found besides, for the controller to plan by.
  var findings: [Int] = []
  /// The rows that were set aside, on the output tier, where there are any.
  var rejects: OutputPart?
  var counters = TaskCounters()

  var wire: [UInt8] {
    var writer = WireWriter(capacity: 256 + 48 * extents.count)
    writer.putArray(objects) { $0.put($1) }
    writer.put(extents)
    writer.putOptional(part) { $0.put($1) }
    writer.putArray(findings) { $0.put($1) }
    writer.putOptional(rejects) { $0.put($1) }
    writer.put(counters)
    return writer.bytes
  }

  init() {}

  init(wire: [UInt8]) throws {
    var reader = WireReader(wire)
    objects = try reader.array { try $0.string() }
    extents = try reader.segmentExtents()
    part = try reader.optional { try $0.part() }
    findings = try reader.array { try $0.int() }
    rejects = try reader.optional { try $0.part() }
    counters = try reader.counters()
    try reader.end()
  }
}
