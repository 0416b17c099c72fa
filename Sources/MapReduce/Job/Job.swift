import Functions
import Metrics
import Storage

/// One job, but for the tiers and the workers that run it.
public struct JobRequest: Sendable {
  public var workload: Workload
  public var input: [InputFile]
  public var plan = Plan.optimized
  public var encoding = RecordEncoding.binary
  public var layout = Layout.segment
  /// nil: as the plan says.
  public var combiner: Bool?
  /// Bytes of a map's input.
  public var splitSize = Planner.defaultSplitSize
  /// nil: as ``Planner/reduces(inputBytes:plan:combines:encoding:)`` says.
  public var reduces: Int?
  /// Bytes that a worker's tables may hold before they are spilled.
  public var tableBudget = JobRequest.defaultTableBudget

  public static let defaultTableBudget = 256 << 20

  /// What tables may take of a worker's limit: sorting keys takes up to as much again, and what a step of growth
  /// adds is only seen when it is done; buffers and the runtime have the rest.
  public static func tableBudget(memoryLimit: Int) -> Int {
    min(defaultTableBudget, max(1 << 20, (memoryLimit - (96 << 20)) / 4))
  }

  public init(_ workload: Workload, input: [InputFile]) {
    self.workload = workload
    self.input = input
  }

  public var inputBytes: Int { input.reduce(0) { $0 + $1.size } }
  public var combines: Bool { workload == .drain || (combiner ?? plan.combines) }
  public var partitions: Int {
    reduces ?? Planner.reduces(inputBytes: inputBytes, plan: plan, combines: combines, encoding: encoding)
  }
}

/// What a job left and what it cost.
public struct JobResult: Sendable {
  /// One a reduce, in their order.
  public var parts: [OutputPart]
  /// Every map's, as the reduces read them.
  public var segments: [SegmentExtent]
  /// One an attempt.
  public var records: [ActivationRecord]
  public var maps: Int
  public var wallNanoseconds: Int
  public var mapNanoseconds: Int
  public var reduceNanoseconds: Int
  /// Of the attempts that won.
  public var counters: TaskCounters
  /// The maps' part of the shuffle wait.
  public var mapShuffleWaitNanoseconds: Int

  public var retries: Int { records.count { $0.attempt > 0 } }
  public var outputBytes: Int { parts.reduce(0) { $0 + $1.bytes } }
}

/// How far a job has come.
public struct JobProgress: Sendable {
  public var stage: String
  public var done: Int
  public var tasks: Int
}

/// Runs one job on a platform: its stages, one after the other, each a list of tasks in function workers.
public struct Job {
  /// Names all objects of the job: `<id>/…` on the shuffle tier.
  public let id: String
  /// Before the names of parts and `_SUCCESS` on the output tier.
  private let outputPrefix: String
  private let request: JobRequest
  private let platform: JobPlatform
  private let progress: ((JobProgress) -> Void)?

  public init(
    _ request: JobRequest, id: String, outputPrefix: String? = nil, on platform: JobPlatform,
    progress: ((JobProgress) -> Void)? = nil
  ) throws {
    if let reason = request.workload.unsupported(in: request.plan) { throw JobError(reason) }
    precondition(request.splitSize > 0)
    precondition(request.reduces.map { (1...Planner.maximumReduces).contains($0) } ?? true)
    self.request = request
    self.id = id
    self.outputPrefix = outputPrefix ?? id + "/"
    self.platform = platform
    self.progress = progress
  }

  /// - Throws: ``FunctionError`` naming the task that was lost, or an error of a tier. Nothing is published
  ///   as a whole output then: `_SUCCESS` is missing.
  public func run() throws -> JobResult {
    let start = monotonicNanoseconds()
    let splits = request.input.flatMap { file in
      InputSplit.ranges(size: file.size, splitSize: request.splitSize).map {
        InputSplit(file: file, range: $0)
      }
    }
    let maps = try stage("map", mapTasks(splits), on: platform.shuffle) { wire, publish in
      try published(MapOutput(wire: wire), publish)
    }
    let mapped = monotonicNanoseconds()
    let segments = shuffle(maps.outputs.map(\.extents))
    let reduces = try stage("reduce", reduceTasks(segments), on: platform.output) { wire, publish in
      try published(ReduceOutput(wire: wire), publish)
    }
    try markSuccess()
    let end = monotonicNanoseconds()
    var counters = TaskCounters()
    for term in maps.outputs.map(\.counters) + reduces.outputs.map(\.counters) { counters += term }
    return JobResult(
      parts: reduces.outputs.map(\.part), segments: segments.flatMap { $0 },
      records: maps.records + reduces.records, maps: splits.count, wallNanoseconds: end - start,
      mapNanoseconds: mapped - start, reduceNanoseconds: end - mapped, counters: counters,
      mapShuffleWaitNanoseconds: maps.outputs.reduce(0) { $0 + $1.counters.shuffleWaitNanoseconds })
  }

  /// Deletes what the job left on the shuffle tier, and its output unless that is to stay.
  public func cleanUp(keepingOutput: Bool) throws {
    for object in try platform.shuffle.tier.list(prefix: id + "/") {
      try platform.shuffle.tier.delete(object)
    }
    guard !keepingOutput else { return }
    for object in try platform.output.tier.list(prefix: outputPrefix) {
      try platform.output.tier.delete(object)
    }
  }

  /// `byMap[m]` holds extents of all partitions; `result[p]` those of one, in the maps' order.
  private func shuffle(_ byMap: [[SegmentExtent]]) -> [[SegmentExtent]] {
    var byPartition = [[SegmentExtent]](repeating: [], count: request.partitions)
    for extent in byMap.joined() { byPartition[extent.partition].append(extent) }
    return byPartition
  }
}

// MARK: - Stages

extension Job {
  private struct Task {
    var name: String
    var object: String
    var payload: (_ object: String, _ owner: UInt32) -> [UInt8]
  }

  private struct Stage<Output> {
    var outputs: [Output]
    var records: [ActivationRecord]
  }

  /// Renames an attempt's object; only the controller does so, one winner a task.
  private typealias Publish = (_ attempt: String) throws -> String

  private func mapTasks(_ splits: [InputSplit]) -> [Task] {
    splits.enumerated().map { index, split in
      Task(name: taskName("map", index), object: "\(id)/\(taskName("map", index))") { object, owner in
        MapTask(
          workload: request.workload, split: split.trimmed, combines: request.combines,
          filtersInReduce: request.plan == .paper, encoding: request.encoding, layout: request.layout,
          partitions: request.partitions, tableBudget: request.tableBudget, object: object, owner: owner
        ).wire
      }
    }
  }

  private func reduceTasks(_ segments: [[SegmentExtent]]) -> [Task] {
    segments.enumerated().map { partition, extents in
      Task(name: taskName("reduce", partition), object: outputPrefix + taskName("part", partition)) {
        object, owner in
        ReduceTask(
          workload: request.workload, partition: partition, extents: extents, encoding: request.encoding,
          filters: request.plan == .paper, tableBudget: request.tableBudget, object: object, owner: owner
        ).wire
      }
    }
  }

  private func taskName(_ kind: String, _ index: Int) -> String {
    let digits = String(index)
    return "\(kind)-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits)"
  }

  /// One list of tasks through the workers, each to its end; `result[t]` is task t's.
  private func stage<Output>(
    _ name: String, _ tasks: [Task], on host: TierHost,
    output: (_ wire: [UInt8], _ publish: Publish) throws -> Output
  ) throws -> Stage<Output> {
    var outputs = [Output?](repeating: nil, count: tasks.count)
    var records: [ActivationRecord] = []
    records.reserveCapacity(tasks.count)
    let owners = platform.reserveOwners(tasks.count)
    let requests = tasks.enumerated().map { index, task in
      TaskRequest(name: task.name, action: name) { attempt in
        task.payload("\(task.object).attempt-\(attempt)", owners.token(index, attempt: attempt))
      }
    }
    var done = 0
    try platform.workers.run(
      tasks: requests,
      onCompletion: { index, wire, record in
        outputs[index] = try output(wire) { attempt in
          // `part-00003.attempt-0` or, where a map writes one object a partition, `map-00003.attempt-0.p7`.
          let final = attempt.replacing(".attempt-\(record.attempt)", with: "")
          try host.tier.publish(attempt, as: final)
          return final
        }
        records.append(record)
        done += 1
        progress?(JobProgress(stage: name, done: done, tasks: tasks.count))
      },
      onAttemptFailed: { index, attempt, record in
        records.append(record)
        platform.reclaim(owners.token(index, attempt: attempt))
      })
    return Stage(outputs: outputs.map { $0! }, records: records)
  }

  private func published(_ output: MapOutput, _ publish: Publish) throws -> MapOutput {
    var output = output
    var names: [String: String] = [:]
    for object in output.objects { names[object] = try publish(object) }
    output.objects = output.objects.map { names[$0]! }
    for index in output.extents.indices {
      let extent = output.extents[index]
      guard let name = names[extent.extent.object], extent.partition >= 0,
        extent.partition < request.partitions
      else { throw JobError("a map returned an extent of \(extent.extent.object), which it did not write") }
      output.extents[index].extent.object = name
    }
    return output
  }

  private func published(_ output: ReduceOutput, _ publish: Publish) throws -> ReduceOutput {
    var output = output
    output.part.object = try publish(output.part.object)
    for index in output.part.extents.indices { output.part.extents[index].object = output.part.object }
    return output
  }

  /// `_SUCCESS`, last: an output without it is not whole.
  private func markSuccess() throws {
    let tier = platform.output.tier
    let attempt = "\(outputPrefix)_SUCCESS.attempt-0"
    let owner = platform.reserveOwners(1).token(0, attempt: 0)
    try tier.create(attempt, owner: owner, expecting: 0).finish()
    try tier.publish(attempt, as: outputPrefix + "_SUCCESS")
  }
}

extension JobResult {
  /// Copies each map's segment to `folder` as a file of its own (docs/format-segment.md).
  public func exportSegments(from tier: any Tier, encoding: RecordEncoding, to folder: String) throws {
    for (object, extents) in Dictionary(grouping: segments, by: \.extent.object) {
      let name = object.split(separator: "/").last.map(String.init) ?? object
      let segment = Segment(
        extents: extents, directory: Extent(object: object, offset: 0, length: 0, checksum: 0))
      try SegmentFile.export(
        segment, from: tier, partitionCount: parts.count, encoding: encoding.segmentCode,
        to: "\(folder)/\(name).segment")
    }
  }
}
