import Metrics

/// What a copy counts and when it must look up from its requests: the ramp's end, its runtime's, samples, the board.
///
/// The loop compares the time of each completion with ``nextPulse`` and calls ``pulse(_:)`` when it has come; that is all
/// that these cost a request.
struct CopyMeter: ~Copyable {
  private static let publishInterval = 20_000_000
  private static let sampleInterval = 500_000_000
  private static let never = Int.max

  var reads = DirectionResult()
  var writes = DirectionResult()
  var syncs = LatencyRecord()
  var depths = LevelCounts()
  var submissions = LevelCounts()
  var completions = LevelCounts()

  /// The time of the last completion, or of whatever looked at the clock last.
  var now: Int
  private(set) var nextPulse = 0
  /// When the measured time began.
  private(set) var since: Int
  private(set) var isOver = false
  private(set) var order = LiveBoard.Order.goOn
  private(set) var usage = Usage()

  /// The copy's start: rates and logs count from it.
  let began: Int
  private var rampEnd: Int
  private let endsAfter: Int
  private let rampTime: Int
  private let takesBandwidth: Bool
  private var phase: LiveBoard.Phase
  private var nextSample: Int
  private var sampledAt: Int
  private var sampled = (readBytes: 0, reads: 0, writtenBytes: 0, writes: 0)
  private let board: LiveBoard
  private let line: Int
  private let isThread: Bool
  /// Of each request, if any.
  private let takes: (completion: Bool, whole: Bool)
  /// Requests go one at a time: depths and batches are all 1, and counted at the end.
  private let isImmediate: Bool
  /// What is known of the copy without this meter.
  private let before: CopyResult
  /// The last question, answered by this meter or by one before it.
  private var answered: UInt64
  var log: LatencyLog

  init(
    _ job: IOJob, board: LiveBoard, line: Int, began: Int, isThread: Bool, isImmediate: Bool,
    before: CopyResult
  ) {
    self.isImmediate = isImmediate
    takes = (!job.disableCompletionLatency, !job.disableLatency)
    self.board = board
    self.line = line
    self.before = before
    answered = board.answered(by: line)
    self.began = began
    self.isThread = isThread
    now = began
    since = began
    rampTime = job.rampTime
    rampEnd = job.rampTime > 0 ? began + job.rampTime : Self.never
    endsAfter = job.runtime > 0 ? job.runtime : Self.never
    takesBandwidth = !job.disableBandwidth
    phase = job.rampTime > 0 ? .ramping : .measuring
    sampledAt = began
    nextSample = began + Self.sampleInterval
    log = LatencyLog(job)
    usage = Usage.now(ofThread: isThread)
  }

  private var endsAt: Int {
    endsAfter == Self.never ? Self.never : (phase == .ramping ? Self.never : since + endsAfter)
  }

  /// Counts a request that has ended. Compiled once, and not anew into each engine's loop.
  @inline(never)
  mutating func note(_ request: UnsafePointer<Request>, bytes: Int, at end: Int) {
    if request.pointee.isWrite {
      CopyMeter.note(request, bytes, end, takes, &writes)
    } else {
      CopyMeter.note(request, bytes, end, takes, &reads)
    }
    if log.isOn { log.note(request.pointee, bytes, end &- began, end) }
  }

  @inline(__always)
  private static func note(
    _ request: UnsafePointer<Request>, _ bytes: Int, _ end: Int,
    _ takes: (completion: Bool, whole: Bool), _ direction: inout DirectionResult
  ) {
    direction.bytes &+= bytes
    direction.requests &+= 1
    if bytes < request.pointee.length { direction.shortRequests &+= 1 }
    if takes.completion { direction.completionLatency.record(end &- request.pointee.issued) }
    if takes.whole { direction.latency.record(end &- request.pointee.start) }
    direction.elapsed = end
  }

  @inline(never)
  mutating func noteSubmission(_ request: UnsafePointer<Request>) {
    let nanoseconds = request.pointee.issued &- request.pointee.start
    if request.pointee.isWrite {
      writes.submissionLatency.record(nanoseconds)
    } else {
      reads.submissionLatency.record(nanoseconds)
    }
    if log.isOn { log.noteSubmission(request.pointee, nanoseconds, request.pointee.issued &- began) }
  }

  /// What is due at ``now``.
  @inline(never)
  mutating func pulse() {
    if phase == .ramping, now >= rampEnd { begin() }
    order = board.order(of: line)
    if order != .goOn || now >= endsAt { isOver = true }
    if takesBandwidth, phase == .measuring, now >= nextSample { sample() }
    log.pulse(now &- began, now)
    publish()
    let question = board.question
    if question != answered { answer(question) }
    nextPulse = min(now + Self.publishInterval, endsAt, phase == .ramping ? rampEnd : Self.never)
  }

  /// The ramp is over: what was counted until now is forgotten.
  private mutating func begin() {
    phase = .measuring
    since = now
    reads = DirectionResult()
    writes = DirectionResult()
    syncs = LatencyRecord()
    (depths, submissions, completions) = (LevelCounts(), LevelCounts(), LevelCounts())
    sampled = (0, 0, 0, 0)
    sampledAt = now
    nextSample = now + Self.sampleInterval
    usage = Usage.now(ofThread: isThread)
    log.forget()
  }

  private mutating func sample() {
    let seconds = Double(now - sampledAt) / 1e9
    guard seconds > 0 else { return }
    func add(_ direction: inout DirectionResult, _ bytes: inout Int, _ requests: inout Int) {
      guard direction.requests > 0 else { return }
      direction.bandwidthSamples.append(Double(direction.bytes - bytes) / 1024 / seconds)
      direction.rateSamples.append(Double(direction.requests - requests) / seconds)
      (bytes, requests) = (direction.bytes, direction.requests)
    }
    add(&reads, &sampled.readBytes, &sampled.reads)
    add(&writes, &sampled.writtenBytes, &sampled.writes)
    sampledAt = now
    nextSample = max(nextSample + Self.sampleInterval, now + 1)
  }

  mutating func setPhase(_ phase: LiveBoard.Phase) {
    self.phase = phase
    publish()
  }

  private func publish() {
    board.publish(
      LiveBoard.Line(
        phase: phase, readBytes: reads.bytes, reads: reads.requests, writtenBytes: writes.bytes,
        writes: writes.requests), of: line)
  }

  /// Says what has been measured so far: about half a millisecond between two requests, or of those in flight.
  private mutating func answer(_ question: UInt64) {
    answered = question
    var result = before
    switch phase {
    case .measuring: fill(&result, Usage.now(ofThread: isThread) - usage)
    case .verifying:
      var pass = CopyResult(job: before.job, copy: before.copy)
      fill(&pass, Usage.now(ofThread: isThread) - usage)
      result.add(verifying: pass)
    case .waiting, .ready, .ramping, .done: break
    }
    result.logs = []
    board.answer(question, result.encoded(), of: line)
  }

  /// The last completions were not timed: they had ended by now.
  mutating func catchUp(_ time: Int) {
    now = time
    if reads.requests > 0 { reads.elapsed = time }
    if writes.requests > 0 { writes.elapsed = time }
  }

  /// The measured time is over: what it used, and its last samples.
  ///
  /// A copy that ends within its ramp has measured nothing.
  mutating func end() {
    if phase == .ramping { begin() }
    if takesBandwidth, now - sampledAt >= Self.sampleInterval / 2 || reads.rateSamples.isEmpty { sample() }
    log.finish(now &- began, now)
    usage = Usage.now(ofThread: isThread) - usage
    publish()
  }

  /// Puts all of it into a copy's result, once it has ended.
  consuming func fill(_ result: inout CopyResult) {
    fill(&result, usage)
    result.logs = log.samples
    result.lostLogSamples = log.lost
  }

  private func fill(_ result: inout CopyResult, _ usage: Usage) {
    result.reads = reads
    result.writes = writes
    // Until now the time of the direction's last completion.
    result.reads.elapsed = reads.requests > 0 ? max(0, reads.elapsed - since) : 0
    result.writes.elapsed = writes.requests > 0 ? max(0, writes.elapsed - since) : 0
    result.elapsed = max(0, now - since)
    result.syncs = syncs
    result.depths = depths
    result.submissions = submissions
    result.completions = completions
    if isImmediate {
      let requests = reads.requests + writes.requests
      result.depths.add(depth: 1, times: requests)
      result.submissions.add(batch: 1, times: requests)
      result.completions.add(batch: 1, times: requests)
    }
    usage.fill(&result)
  }
}
