/// What of a job steers its loop of requests, in the form in which the loop asks for it.
struct LoopRules {
  var depth: Int
  var submitBatch: Int
  var completeMinimum: Int
  var completeMaximum: Int
  var depthLow: Int
  /// Which latencies are taken; none of them leaves the clock alone but for each ``clockInterval``-th request.
  var takesSubmission: Bool
  var takesCompletion: Bool
  var takesWhole: Bool
  var syncEvery: Int
  var syncsDataOnly: Bool
  var thinkTime: Int
  var thinkTimeSpin: Int
  var thinkTimeBlocks: Int
  var hasPace: Bool
  /// Each block's content is made or checked.
  var hasContent: Bool

  static let clockInterval = 16

  var takesTimes: Bool { takesSubmission || takesCompletion || takesWhole }

  init(_ job: IOJob) {
    let isQueued = job.engine.isAsynchronous || job.engine == .null
    depth = isQueued ? job.depth : 1
    submitBatch = min(job.submitBatch, depth)
    completeMinimum = min(job.completeMinimum, depth)
    completeMaximum = max(1, job.completeMaximum ?? 1, completeMinimum)
    depthLow = min(job.depthLow ?? depth, depth)
    takesCompletion = !job.disableCompletionLatency
    takesSubmission = isQueued && !job.disableSubmissionLatency
    takesWhole = !job.disableLatency
    syncEvery = job.fdatasyncEvery > 0 ? job.fdatasyncEvery : job.fsyncEvery
    syncsDataOnly = job.fdatasyncEvery > 0
    thinkTime = job.thinkTime
    thinkTimeSpin = job.thinkTimeSpin
    thinkTimeBlocks = job.thinkTimeBlocks
    hasPace =
      (job.pattern.reads && (job.rate.read > 0 || job.rateIOPS.read > 0))
      || (job.pattern.writes && (job.rate.write > 0 || job.rateIOPS.write > 0))
    hasContent = job.pattern.writes || job.verify != .none
  }
}
