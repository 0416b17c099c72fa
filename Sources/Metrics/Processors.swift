import CSystemIO
import Glibc

/// How many processors this process may use.
public enum Processors {
  /// The CPU affinity, lowered to the cgroup's quota where there is one; at least 1.
  public static var usable: Int {
    var count = Int(mb_allowed_cpus())
    if count == 0 { count = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
    if let quota = cgroupQuota { count = min(count, max(1, Int(quota.rounded(.up)))) }
    return max(1, count)
  }

  /// Processors that the cgroup (v2, else v1) lets its processes use at a time; nil where it sets no limit.
  private static var cgroupQuota: Double? {
    if let text = TextFile.read("/sys/fs/cgroup/cpu.max") {
      let words = text.split(whereSeparator: \.isWhitespace)
      guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), period > 0 else {
        return nil
      }
      return quota / period
    }
    guard let quota = number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), quota > 0,
      let period = number("/sys/fs/cgroup/cpu/cpu.cfs_period_us"), period > 0
    else { return nil }
    return quota / period
  }

  private static func number(_ path: String) -> Double? {
    TextFile.read(path).flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { Double($0) }
  }
}
