/// The samples of `write_bw_log`, `write_lat_log` and `write_iops_log`: each request's, or averages over windows of
/// `log_avg_msec`.
struct LatencyLog {
  /// More would not fit what a worker may send back.
  static let most = 1_500_000

  let isOn: Bool
  private(set) var samples: [LogSample] = []
  /// Samples that found no room.
  private(set) var lost = 0
  private let takesBandwidth: Bool
  private let takesLatency: Bool
  private let takesRate: Bool
  private let takesSubmission: Bool
  private let takesCompletion: Bool
  /// Nanoseconds; 0 logs each request.
  private let window: Int
  private var windowEnd: Int
  private var windowBegan = 0
  private var reads = Sums()
  private var writes = Sums()

  private struct Sums {
    var bytes = 0
    var requests = 0
    var latency = 0
    var completion = 0
    var submission = 0
    var submissions = 0
  }

  init(_ job: IOJob) {
    takesBandwidth = job.bandwidthLog != nil
    takesLatency = job.latencyLog != nil
    takesRate = job.iopsLog != nil
    takesSubmission = !job.disableSubmissionLatency
    takesCompletion = !job.disableCompletionLatency
    isOn = takesBandwidth || takesLatency || takesRate
    window = job.logAverageMilliseconds * 1_000_000
    windowEnd = window
  }

  /// - Parameters:
  ///   - time: Nanoseconds since the copy's start.
  ///   - end: The completion's time on the clock.
  mutating func note(_ request: borrowing Request, _ bytes: Int, _ time: Int, _ end: Int) {
    let latency = end - request.start
    guard window == 0 else {
      func add(_ sums: inout Sums) {
        sums.bytes += bytes
        sums.requests += 1
        sums.latency += latency
        sums.completion += end - request.issued
      }
      if request.isWrite { add(&writes) } else { add(&reads) }
      if time >= windowEnd { closeWindow(time) }
      return
    }
    let isWrite = request.isWrite
    if takesLatency {
      if takesCompletion { add(.completionLatency, time, end - request.issued, isWrite, bytes) }
      add(.latency, time, latency, isWrite, bytes)
    }
    // As fio: the rate of this one request.
    if takesBandwidth, latency > 0 {
      add(.bandwidth, time, Int(Double(bytes) * 1e9 / 1024 / Double(latency)), isWrite, bytes)
    }
    if takesRate { add(.iops, time, 1, isWrite, bytes) }
  }

  mutating func noteSubmission(_ request: borrowing Request, _ nanoseconds: Int, _ time: Int) {
    guard takesLatency, takesSubmission else { return }
    guard window == 0 else {
      if request.isWrite {
        writes.submission += nanoseconds
        writes.submissions += 1
      } else {
        reads.submission += nanoseconds
        reads.submissions += 1
      }
      return
    }
    add(.submissionLatency, time, nanoseconds, request.isWrite, request.length)
  }

  mutating func pulse(_ time: Int, _ now: Int) {
    if isOn, window > 0, time >= windowEnd { closeWindow(time) }
  }

  /// The ramp's samples are not measured ones.
  mutating func forget() {
    samples.removeAll(keepingCapacity: true)
    (reads, writes) = (Sums(), Sums())
  }

  mutating func finish(_ time: Int, _ now: Int) {
    if isOn, window > 0, reads.requests + writes.requests > 0 { closeWindow(time) }
  }

  private mutating func closeWindow(_ time: Int) {
    let seconds = Double(time - windowBegan) / 1e9
    for (sums, isWrite) in [(reads, false), (writes, true)] where sums.requests > 0 && seconds > 0 {
      if takesLatency {
        if sums.submissions > 0 {
          add(.submissionLatency, time, sums.submission / sums.submissions, isWrite, 0)
        }
        if takesCompletion { add(.completionLatency, time, sums.completion / sums.requests, isWrite, 0) }
        add(.latency, time, sums.latency / sums.requests, isWrite, 0)
      }
      if takesBandwidth { add(.bandwidth, time, Int(Double(sums.bytes) / 1024 / seconds), isWrite, 0) }
      if takesRate { add(.iops, time, Int((Double(sums.requests) / seconds).rounded()), isWrite, 0) }
    }
    (reads, writes) = (Sums(), Sums())
    windowBegan = time
    windowEnd = (time / window + 1) * window
  }

  private mutating func add(_ kind: LogSample.Kind, _ time: Int, _ value: Int, _ isWrite: Bool, _ bytes: Int)
  {
    guard samples.count < Self.most else {
      lost += 1
      return
    }
    samples.append(
      LogSample(kind: kind, time: time / 1_000_000, value: value, isWrite: isWrite, blockSize: bytes))
  }
}
