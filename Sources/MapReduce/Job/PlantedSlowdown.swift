import Glibc
import Metrics

/// A job made slower on purpose, by a share of its own time: what proves that a comparison finds it.
///
/// Off, unless the environment has `MARVEL_BENCH_SLOWDOWN=0.1` (0…10); `run` and `job` warn where it has.
public enum PlantedSlowdown {
  /// nil: none.
  public static let share: Double? = getenv("MARVEL_BENCH_SLOWDOWN").flatMap { text in
    Double(String(cString: text)).flatMap { $0 > 0 && $0 <= 10 ? $0 : nil }
  }

  /// Spins until the time since `start` has grown by the share.
  static func spin(since start: Int) {
    guard let share else { return }
    let now = monotonicNanoseconds()
    let end = now + Int(share * Double(now - start))
    while monotonicNanoseconds() < end {}
  }
}
