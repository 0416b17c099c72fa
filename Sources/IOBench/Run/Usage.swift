import CSystemIO
import Glibc

/// What the kernel has counted of a process or a thread (getrusage).
struct Usage {
  /// Nanoseconds, to a microsecond.
  var userTime = 0
  var systemTime = 0
  var voluntarySwitches = 0
  var involuntarySwitches = 0
  var majorFaults = 0
  var minorFaults = 0

  /// Of this thread, or of the whole process, in which a function worker is one thread (and io_uring's helpers).
  static func now(ofThread: Bool) -> Usage {
    var counted = rusage()
    // RUSAGE_THREAD, which _GNU_SOURCE hides, is 1.
    getrusage(__rusage_who_t(ofThread ? 1 : 0), &counted)
    return Usage(
      userTime: Int(counted.ru_utime.tv_sec) * 1_000_000_000 + Int(counted.ru_utime.tv_usec) * 1000,
      systemTime: Int(counted.ru_stime.tv_sec) * 1_000_000_000 + Int(counted.ru_stime.tv_usec) * 1000,
      voluntarySwitches: counted.ru_nvcsw, involuntarySwitches: counted.ru_nivcsw,
      majorFaults: counted.ru_majflt, minorFaults: counted.ru_minflt)
  }

  static func - (later: Usage, earlier: Usage) -> Usage {
    Usage(
      userTime: later.userTime - earlier.userTime, systemTime: later.systemTime - earlier.systemTime,
      voluntarySwitches: later.voluntarySwitches - earlier.voluntarySwitches,
      involuntarySwitches: later.involuntarySwitches - earlier.involuntarySwitches,
      majorFaults: later.majorFaults - earlier.majorFaults,
      minorFaults: later.minorFaults - earlier.minorFaults)
  }

  func fill(_ result: inout CopyResult) {
    result.userTime = userTime
    result.systemTime = systemTime
    result.voluntarySwitches = voluntarySwitches
    result.involuntarySwitches = involuntarySwitches
    result.majorFaults = majorFaults
    result.minorFaults = minorFaults
  }
}
