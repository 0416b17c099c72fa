import Functions
import Metrics
import Storage

/// What the tasks of a stage returned.
struct StageOutcome {
  var result: StageResult
  /// One a task, in their order, of the attempts that won.
  var outputs: [TaskOutput]
  /// One an attempt.
  var records: [ActivationRecord]
  /// The form of its segments' records.
  var segmentCode: UInt32

  /// `result[p]` holds the extents of partition `p`, in the tasks' order.
  var byPartition: [[SegmentExtent]] {
    var lists = [[SegmentExtent]](repeating: [], count: result.partitions)
    for extent in outputs.lazy.flatMap(\.extents) { lists[extent.partition].append(extent) }
    return lists
  }
}

extension Job {
  /// A task of a stage: its sources, and its name but for the attempt.
  private struct Task {
    var name: String
    var object: String
    var source: TaskSource
  }

  /// One list of tasks through the workers, each to its end.
  func run(_ stage: Stage, _ done: [StageOutcome]) throws -> StageOutcome {
    let start = monotonicNanoseconds()
    let tasks = tasks(of: stage, done)
    let partitions: Int? = if case .segments(let count) = stage.sink { count } else { nil }
    let broadcast = stage.broadcast.map { done[$0].outputs.flatMap(\.extents) } ?? []
    let owners = platform.reserveOwners(tasks.count)
    let requests = tasks.enumerated().map { index, task in
      TaskRequest(name: task.name, action: stage.kind.rawValue) { attempt in
        StageTask(
          workload: request.workload, operation: stage.operation, plan: request.plan, source: task.source,
          broadcast: broadcast, combines: request.combines, encoding: request.encoding,
          layout: request.layout,
          partitions: partitions, tableBudget: request.tableBudget,
          object: "\(task.object).attempt-\(attempt)",
          outputPrefix: outputPrefix, owner: owners.token(index, attempt: attempt)
        ).wire
      }
    }
    var outputs = [TaskOutput?](repeating: nil, count: tasks.count)
    var records: [ActivationRecord] = []
    records.reserveCapacity(tasks.count)
    var finished = 0
    try platform.workers.run(
      tasks: requests,
      onCompletion: { index, wire, record in
        outputs[index] = try published(TaskOutput(wire: wire), stage, attempt: record.attempt)
        records.append(record)
        finished += 1
        progress?(JobProgress(stage: stage.name, done: finished, tasks: tasks.count))
      },
      onAttemptFailed: { index, attempt, record in
        records.append(record)
        platform.reclaim(owners.token(index, attempt: attempt))
      })
    let won = outputs.map { $0! }
    return StageOutcome(
      result: StageResult(
        name: stage.name, isMap: stage.kind == .map, tasks: tasks.count, partitions: partitions ?? 0,
        wallNanoseconds: monotonicNanoseconds() - start,
        counters: won.reduce(into: TaskCounters()) { $0 += $1.counters }), outputs: won, records: records,
      segmentCode: stage.operation.segmentCode(request.plan, request.encoding))
  }

  private func tasks(of stage: Stage, _ done: [StageOutcome]) -> [Task] {
    let sources: [TaskSource] =
      switch stage.source {
      case .splits(let role, let files):
        files.flatMap { file in
          InputSplit.ranges(size: file.size, splitSize: request.splitSize(of: file)).map {
            .split(role, InputSplit(file: file, range: $0).trimmed)
          }
        }
      case .sample(let role, let files):
        Self.sample(request.isQuoted ? [] : files).map { .split(role, $0.trimmed) }
      case .partitions(let stages):
        Self.transposed(stages.map { done[$0].byPartition }).map { .extents($0) }
      case .tasks(let stage): done[stage].outputs.map { .extents([$0.extents]) }
      }
    return sources.enumerated().map { index, source in
      let name = numbered(stage.name, index)
      return switch stage.sink {
      case .segments: Task(name: name, object: "\(id)/\(name)", source: source)
      case .parts: Task(name: name, object: outputPrefix + numbered("part", index), source: source)
      }
    }
  }

  /// A few small splits, evenly over all bytes of the files.
  private static func sample(_ files: [InputFile]) -> [InputSplit] {
    let count = 8
    let length = 64 << 10
    let total = files.reduce(0) { $0 + $1.size }
    var splits: [InputSplit] = []
    var before = 0
    for file in files {
      for index in 0..<count {
        let start = total / count * index - before
        guard start >= 0, start < file.size else { continue }
        splits.append(InputSplit(file: file, range: start..<min(file.size, start + length)))
      }
      before += file.size
    }
    return splits
  }

  /// `lists[stage][partition]` as `result[partition][stage]`.
  private static func transposed(_ lists: [[[SegmentExtent]]]) -> [[[SegmentExtent]]] {
    (0..<(lists.first?.count ?? 0)).map { partition in lists.map { $0[partition] } }
  }

  private func numbered(_ kind: String, _ index: Int) -> String {
    let digits = String(index)
    return "\(kind)-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits)"
  }

  /// Renames what an attempt wrote; only the controller does so, one winner a task.
  private func published(_ output: TaskOutput, _ stage: Stage, attempt: Int) throws -> TaskOutput {
    func publish(_ object: String, on host: TierHost) throws -> String {
      // `part-00003.attempt-0` or, where a map writes one object a partition, `map-00003.attempt-0.p7`.
      let final = object.replacing(".attempt-\(attempt)", with: "")
      try host.tier.publish(object, as: final)
      return final
    }
    var output = output
    func publish(_ part: OutputPart) throws -> OutputPart {
      var part = part
      part.object = try publish(part.object, on: platform.output)
      for index in part.extents.indices { part.extents[index].object = part.object }
      return part
    }
    output.rejects = try output.rejects.map(publish)
    guard case .segments(let partitions) = stage.sink else {
      guard let part = output.part else { throw JobError("\(stage.name) returned no part") }
      output.part = try publish(part)
      return output
    }
    var names: [String: String] = [:]
    for object in output.objects { names[object] = try publish(object, on: platform.shuffle) }
    output.objects = output.objects.map { names[$0]! }
    for index in output.extents.indices {
      let extent = output.extents[index]
      guard let name = names[extent.extent.object], (0..<partitions).contains(extent.partition) else {
        throw JobError("\(stage.name) returned an extent of \(extent.extent.object), which it did not write")
      }
      output.extents[index].extent.object = name
    }
    return output
  }
}

extension JobRequest {
  /// A place in the middle of such a file cannot be told to be in or out of quotes.
  fileprivate var isQuoted: Bool { workload.tables?.format.isQuoted == true }

  /// Bytes of a map's input; a file whose fields may hold line ends is one split, since only from its start on is
  /// it known what is quoted.
  func splitSize(of file: InputFile) -> Int {
    isQuoted ? max(1, file.size) : splitSize
  }

  /// How many maps read all of the input once.
  public var mapCount: Int {
    input.reduce(0) { $0 + InputSplit.ranges(size: $1.file.size, splitSize: splitSize(of: $1.file)).count }
  }
}
