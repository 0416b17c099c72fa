import Functions
import Metrics
import Storage

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
  let outputPrefix: String
  let request: JobRequest
  let platform: JobPlatform
  let progress: ((JobProgress) -> Void)?

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
    var graph = StageGraph(request)
    var done: [StageOutcome] = []
    while let stage = graph.next(after: done) { done.append(try run(stage, done)) }
    try markSuccess()
    PlantedSlowdown.spin(since: start)
    return JobResult(
      parts: done.flatMap { $0.outputs.compactMap(\.part) },
      segments: done.compactMap { outcome in
        guard outcome.result.partitions > 0 else { return nil }
        return (outcome.result.partitions, outcome.segmentCode, outcome.outputs.flatMap(\.extents))
      },
      rejects: done.flatMap { $0.outputs.compactMap(\.rejects) }, records: done.flatMap(\.records),
      stages: done.map(\.result), wallNanoseconds: monotonicNanoseconds() - start, join: graph.join)
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

  /// `_SUCCESS`, last: an output without it is not whole.
  private func markSuccess() throws {
    let tier = platform.output.tier
    let attempt = "\(outputPrefix)_SUCCESS.attempt-0"
    let owner = platform.reserveOwners(1).token(0, attempt: 0)
    try tier.create(attempt, owner: owner, expecting: 0).finish()
    try tier.publish(attempt, as: outputPrefix + "_SUCCESS")
  }
}
