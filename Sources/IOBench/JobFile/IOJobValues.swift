/// What is read and written, and in what order (`rw`).
public enum AccessPattern: String, CaseIterable, Sendable {
  case read, write, randread, randwrite, rw, randrw

  public var isRandom: Bool { self == .randread || self == .randwrite || self == .randrw }
  public var reads: Bool { self != .write && self != .randwrite }
  public var writes: Bool { self != .read && self != .randread }
}

/// Who carries out the requests (`ioengine`).
public enum IOEngineKind: String, CaseIterable, Sendable {
  case psync, sync, pvsync2, mmap, libaio, io_uring, libpmem, null

  /// Whether several requests of one job can be in flight.
  public var isAsynchronous: Bool { self == .libaio || self == .io_uring }
}

/// How a new file gets its space (`fallocate`).
public enum FileAllocation: String, CaseIterable, Sendable {
  case native, none, posix, keep, truncate
}

/// `sync`: opened plainly, with O_SYNC, or with O_DSYNC.
public enum SyncMode: String, CaseIterable, Sendable {
  case none, sync, dsync
}

/// When a rate-limited request is due (`rate_process`).
public enum RateProcess: String, CaseIterable, Sendable {
  case linear, poisson
}

/// What is checked when written data is read back (`verify`).
public enum VerifyKind: String, CaseIterable, Sendable {
  case none = "0"
  case crc32c, pattern
}

/// How processors are handed to the job's copies (`cpus_allowed_policy`).
public enum ProcessorPolicy: String, CaseIterable, Sendable {
  case shared, split
}

/// A value for reads, for writes and for trims (which no pattern here does, but fio's lists have three places).
public struct PerDirection: Equatable, Sendable {
  public var read: Int
  public var write: Int
  public var trim: Int

  public init(read: Int, write: Int, trim: Int) {
    self.read = read
    self.write = write
    self.trim = trim
  }

  public init(_ all: Int) { self.init(read: all, write: all, trim: all) }
}

/// An amount of a file: bytes, or hundredths of the whole.
public enum FileAmount: Equatable, Sendable {
  case bytes(Int)
  /// 0–100.
  case percent(Int)
}

/// Bytes of each file, one size or a range from which sizes are drawn (`filesize`).
public struct FileSizes: Equatable, Sendable {
  public var smallest: Int
  public var largest: Int

  public init(smallest: Int, largest: Int) {
    self.smallest = smallest
    self.largest = largest
  }
}

/// Where random requests fall (`random_distribution`). A `center` is where the most frequent ones lie, 0–1 of the
/// file; nil as fio does without one.
public enum AccessDistribution: Equatable, Sendable {
  case random
  case zipf(theta: Double, center: Double?)
  /// The power `h`, between 0 and 1.
  case pareto(h: Double, center: Double?)
  /// The deviation in percent of the file, 0 up to 100.
  case normal(deviation: Double, center: Double?)
}

/// When a run has become steady and may end (`steadystate`).
public struct SteadyState: Equatable, Sendable {
  public enum Metric: String, CaseIterable, Sendable {
    case iops, iops_slope, bw, bw_slope
  }

  public var metric: Metric
  /// Percent of the mean where `isPercent`; else requests or bytes a second.
  public var limit: Double
  public var isPercent: Bool

  public init(metric: Metric, limit: Double, isPercent: Bool) {
    self.metric = metric
    self.limit = limit
    self.isPercent = isPercent
  }

  /// fio's, where only a duration is given.
  public static let standard = SteadyState(metric: .iops_slope, limit: 0.01, isPercent: true)
}

/// Numbers of processors or nodes; `all` is every one that there is.
public enum NumberSet: Equatable, Sendable {
  case all
  /// Ascending, each once, never empty.
  case some([Int])
}

/// On which nodes a job's memory lies (`numa_mem_policy`).
public enum MemoryPolicy: Equatable, Sendable {
  case standard, local
  case prefer(Int)
  case bind(NumberSet)
  case interleave(NumberSet)
}
