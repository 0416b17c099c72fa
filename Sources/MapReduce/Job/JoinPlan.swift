import Storage

/// How the sides of a join meet.
public enum JoinMethod: String, CaseIterable, Sendable {
  /// The smaller side as hash tables that every map of the other side reads.
  case broadcast
  /// Both sides shuffled by URL, each partition joined by a reduce.
  case partitioned
  /// Whichever the sizes ask for.
  case auto
}

/// The stages of a join, decided step by step.
///
/// Plans `paper` and `corral` are Corral's two jobs (join, aggregate), and a third where there is a limit, each with
/// maps and reduces. Plan `optimized` looks at the smaller side first: if its tables fit a worker they are broadcast.
struct JoinPlan {
  /// Bytes of one partition of the smaller side: its table stays near the caches.
  static let partitionBytes = 16 << 20
  /// Bytes that a record of the smaller side takes in a table besides its own.
  static let tableBytesPerRecord = 48

  private let request: JobRequest
  private let query: JoinQuery
  private(set) var method: JoinMethod?
  /// The side that is read first; nil until it is known which is smaller.
  private var first: InputRole?
  private var isComplete = false

  init(_ request: JobRequest, _ query: JoinQuery) {
    self.request = request
    self.query = query
    if request.plan != .optimized { method = .partitioned }
  }

  /// The next stages, once those before are done; none where the job is.
  mutating func stages(after done: [StageOutcome]) -> [Stage] {
    if isComplete { return [] }
    if request.plan != .optimized {
      isComplete = true
      return classical
    }
    guard let first else {
      if done.isEmpty {
        return [
          Stage(
            title: "sample", kind: .map, operation: .sampleMap,
            source: .sample(.uservisits, request.files(.uservisits)), sink: .segments(1))
        ]
      }
      let side = smallerSide(done[0])
      self.first = side
      return [sideMap(side, partitions: sidePartitions)]
    }
    isComplete = true
    let method = chosenMethod(done[1])
    self.method = method
    return method == .broadcast ? broadcast(first) : partitioned(first)
  }

  // MARK: Sizes

  /// By the share of the visits that a sample found between the dates.
  private func smallerSide(_ sample: StageOutcome) -> InputRole {
    let findings = sample.outputs.map(\.findings)
    let rows = findings.reduce(0) { $0 + ($1.first ?? 0) }
    let selected = findings.reduce(0) { $0 + ($1.dropFirst().first ?? 0) }
    guard rows > 0 else { return .rankings }
    // About half of a visit's row is what the join needs of it; of a ranking's row it is nearly all.
    let visits = Double(request.bytes(.uservisits)) / 2 * Double(selected) / Double(rows)
    return visits < Double(request.bytes(.rankings)) ? .uservisits : .rankings
  }

  private var sidePartitions: Int {
    let bytes = min(request.bytes(.rankings), request.bytes(.uservisits))
    return min(Planner.maximumReduces, max(1, (bytes + Self.partitionBytes - 1) / Self.partitionBytes))
  }

  private func chosenMethod(_ side: StageOutcome) -> JoinMethod {
    if request.join == .partitioned { return .partitioned }
    let extents = side.outputs.flatMap(\.extents)
    let tables = extents.reduce(0) { $0 + $1.extent.length + $1.records * Self.tableBytesPerRecord }
    return tables <= request.tableBudget ? .broadcast : .partitioned
  }

  // MARK: Stages

  private func sideMap(_ role: InputRole, partitions: Int) -> Stage {
    Stage(
      title: role.rawValue, kind: .map, operation: .joinMap, source: .splits(role, request.files(role)),
      sink: .segments(partitions))
  }

  private func other(_ role: InputRole) -> InputRole { role == .rankings ? .uservisits : .rankings }

  /// After `sample` (0) and the smaller side's map (1).
  private func broadcast(_ side: InputRole) -> [Stage] {
    let probed = other(side)
    return [
      Stage(
        title: "build", kind: .reduce, operation: .buildReduce, source: .partitions(of: [1]),
        sink: .segments(1)),
      Stage(
        title: "probe", kind: .map, operation: .probeMap, source: .splits(probed, request.files(probed)),
        sink: .segments(request.partitions), broadcast: 2),
    ] + aggregate(of: 3)
  }

  /// After `sample` (0) and one side's map (1).
  private func partitioned(_ side: InputRole) -> [Stage] {
    let sides = side == .rankings ? [1, 2] : [2, 1]
    return [
      sideMap(other(side), partitions: sidePartitions),
      Stage(
        title: "join", kind: .reduce, operation: .joinReduce, source: .partitions(of: sides),
        sink: .segments(request.partitions)),
    ] + aggregate(of: 3)
  }

  /// Groups added up from the segments of a stage, and put in order where there is a limit.
  private func aggregate(of stage: Int) -> [Stage] {
    let reduce = Stage(
      title: "aggregate", kind: .reduce, operation: .joinedReduce, source: .partitions(of: [stage]),
      sink: query.limit == nil ? .parts : .segments(1))
    guard query.limit != nil else { return [reduce] }
    return [
      reduce,
      Stage(
        title: "order", kind: .reduce, operation: .orderReduce, source: .partitions(of: [stage + 1]),
        sink: .parts),
    ]
  }

  private var classical: [Stage] {
    let partitions = request.partitions
    let limited = query.limit != nil
    let stages = [
      sideMap(.rankings, partitions: partitions),
      sideMap(.uservisits, partitions: partitions),
      Stage(
        title: "join", kind: .reduce, operation: .joinReduce, source: .partitions(of: [0, 1]),
        sink: .segments(1)),
      Stage(
        title: "aggregate", kind: .map, operation: .joinedMap, source: .tasks(of: 2),
        sink: .segments(partitions)),
      Stage(
        title: "aggregate", kind: .reduce, operation: .joinedReduce, source: .partitions(of: [3]),
        sink: limited ? .segments(1) : .parts),
    ]
    guard limited else { return stages }
    return stages + [
      Stage(title: "order", kind: .map, operation: .orderMap, source: .tasks(of: 4), sink: .segments(1)),
      Stage(
        title: "order", kind: .reduce, operation: .orderReduce, source: .partitions(of: [5]), sink: .parts),
    ]
  }
}
