/// What one copy of a job did and measured, its ramp left out.
///
/// Copies of one group merge into one by ``merge(_:)``.
public struct CopyResult: Sendable {
  /// Which of the run's jobs, and which of its `numjobs` copies; both from 0.
  public var job: Int
  public var copy: Int
  /// Copies that this result stands for.
  public var copies = 1
  /// The process that ran it; with threads the controller's.
  public var process = 0

  /// From the end of the ramp to the last completion, and the pass that verifies; of a group the longest.
  public var elapsed = 0
  public var reads = DirectionResult()
  public var writes = DirectionResult()
  /// fsync, fdatasync and the drains of persistent memory.
  public var syncs = LatencyRecord()
  /// How many requests were in flight when one was submitted, how many one submission handed over, and how many one
  /// wait brought back.
  public var depths = LevelCounts()
  public var submissions = LevelCounts()
  public var completions = LevelCounts()

  /// CPU time in user and in system mode.
  public var userTime = 0
  public var systemTime = 0
  public var voluntarySwitches = 0
  public var involuntarySwitches = 0
  public var majorFaults = 0
  public var minorFaults = 0

  /// The error that ended the copy: an errno, and a sentence that names the file, the offset and what to do. 0 and ""
  /// where none did.
  public var errorNumber = 0
  public var errorText = ""
  /// Blocks that verify found wrong; ``errorText`` tells of the first.
  public var wrongBlocks = 0
  /// Ended by a signal, before it was done: what it measured until then.
  public var isInterrupted = false
  /// Whether steadiness was reached; nil where nobody asked.
  public var reachedSteadyState: Bool?
  /// Reported latencies run from the intended time of each request (`rate`), not from its submission.
  public var isFromIntendedTime = false
  /// Bytes of its region of its files, over which the pattern runs.
  public var regionSize = 0
  /// Its files with whole paths.
  public var files: [String] = []
  /// For the logs that the job asks for, in order of time.
  public var logs: [LogSample] = []
  /// Samples that found no room there.
  public var lostLogSamples = 0

  public init(job: Int, copy: Int) {
    self.job = job
    self.copy = copy
  }

  /// Adds the pass that read back what was written: as in fio its requests are reads of the job, and its time is the
  /// job's and that of its reads.
  mutating func add(verifying pass: CopyResult) {
    reads.add(pass.reads)
    elapsed += pass.elapsed
    depths.add(pass.depths)
    submissions.add(pass.submissions)
    completions.add(pass.completions)
    userTime += pass.userTime
    systemTime += pass.systemTime
    voluntarySwitches += pass.voluntarySwitches
    involuntarySwitches += pass.involuntarySwitches
    majorFaults += pass.majorFaults
    minorFaults += pass.minorFaults
  }
}

/// The requests of one direction.
public struct DirectionResult: Sendable {
  public var bytes = 0
  public var requests = 0
  /// Requests that moved fewer bytes than asked, at the end of a file.
  public var shortRequests = 0
  /// From the end of the ramp to the last completion in this direction, and of reads the pass that verifies; of a group
  /// the longest.
  public var elapsed = 0
  /// Submission (to the return of the system call), completion (from there on), and whole; empty where not taken.
  public var submissionLatency = LatencyRecord()
  public var completionLatency = LatencyRecord()
  public var latency = LatencyRecord()
  /// Bandwidth in KiB/s and requests a second, a sample each half second (`bwavgtime` of fio).
  public var bandwidthSamples: [Double] = []
  public var rateSamples: [Double] = []

  public init() {}

  /// Adds what was done in this direction afterwards.
  mutating func add(_ later: DirectionResult) {
    bytes += later.bytes
    requests += later.requests
    shortRequests += later.shortRequests
    elapsed += later.elapsed
    submissionLatency.merge(later.submissionLatency)
    completionLatency.merge(later.completionLatency)
    latency.merge(later.latency)
    bandwidthSamples += later.bandwidthSamples
    rateSamples += later.rateSamples
  }
}

/// Counts by fio's classes of queue depth or of batch size, each about twice the one before.
public struct LevelCounts: Equatable, Sendable {
  /// Of depths: 0, 1, 2–3, 4–7, 8–15, 16–31, 32–63, 64 and more. Of batches: 0, 1–4, 5–8, 9–16, 17–32, 33–64, more.
  public internal(set) var counts = [Int](repeating: 0, count: 8)

  public init() {}

  @inline(__always)
  mutating func add(depth: Int, times: Int = 1) {
    counts[min(Int.bitWidth &- depth.leadingZeroBitCount, 7)] &+= times
  }

  @inline(__always)
  mutating func add(batch: Int, times: Int = 1) {
    let level = batch == 0 ? 0 : max(1, min(Int.bitWidth &- (batch &- 1).leadingZeroBitCount &- 1, 6))
    counts[level] &+= times
  }

  mutating func add(_ others: LevelCounts) {
    for level in counts.indices { counts[level] += others.counts[level] }
  }
}
