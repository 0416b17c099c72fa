/// What one run of I/O jobs did and measured: what every report is made from.
public struct RunResult: Sendable {
  /// As they were run, in the order of their job files.
  public var jobs: [IOJob]
  /// One for each copy that was started, by job and then by copy; one that failed has its error.
  public var copies: [CopyResult] = []
  /// Milliseconds since 1970 at which the first copy started.
  public var startedAt = 0
  /// From there to the end of the last copy, in nanoseconds.
  public var elapsed = 0
  /// Nanoseconds until it ends, where this is what was measured so far; 0 where it has ended, or nobody knows.
  public var timeLeft = 0
  /// The block devices under the test files over the whole run; empty where the kernel does not tell.
  public var disks: [DiskUse] = []
  /// Ended by a signal: what was measured until then.
  public var isInterrupted = false
  /// What a reader must know before he trusts the figures; a sentence each.
  public var notes: [String] = []

  public init(jobs: [IOJob]) { self.jobs = jobs }
}

/// A block device's work between two moments, as /sys/block/DEVICE/stat tells it (Documentation/block/stat.rst).
public struct DiskUse: Equatable, Sendable {
  public var name: String
  public var reads = 0
  public var writes = 0
  public var readMerges = 0
  public var writeMerges = 0
  /// Bytes.
  public var readBytes = 0
  public var writtenBytes = 0
  /// Milliseconds that requests took, added up.
  public var readTicks = 0
  public var writeTicks = 0
  /// Milliseconds weighted by the requests in flight.
  public var queueTime = 0
  /// Milliseconds in which any request was in flight.
  public var busyTime = 0
  /// Milliseconds between the two moments.
  public var elapsed = 0

  public init(name: String) { self.name = name }
}

/// One line of a bandwidth, latency or IOPS log.
public struct LogSample: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case bandwidth = "bw"
    case iops
    case submissionLatency = "slat"
    case completionLatency = "clat"
    case latency = "lat"
  }

  public var kind: Kind
  /// Milliseconds since the copy's start.
  public var time: Int
  /// KiB/s, requests a second, or nanoseconds.
  public var value: Int
  public var isWrite: Bool
  /// Bytes; 0 of an average.
  public var blockSize: Int

  public init(kind: Kind, time: Int, value: Int, isWrite: Bool, blockSize: Int) {
    self.kind = kind
    self.time = time
    self.value = value
    self.isWrite = isWrite
    self.blockSize = blockSize
  }
}
