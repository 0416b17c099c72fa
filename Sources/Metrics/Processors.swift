import CSystemIO
import Glibc

/// How many processors this process may use.
public enum Processors {
  /// The CPU affinity, lowered to the tightest quota of its control groups; at least 1.
  public static var usable: Int {
    var count = Int(mb_allowed_cpus())
    if count == 0 { count = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
    if let quota = ControlGroups.processorQuota() { count = min(count, max(1, Int(quota.rounded(.up)))) }
    return max(1, count)
  }
}
