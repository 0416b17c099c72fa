import Glibc

/// Intervals of a proportion.
public enum Proportion {
  /// Clopper and Pearson's exact interval of `hits` out of `count`: those proportions for which neither so many hits nor
  /// so few are rarer than (1 − level) / 2.
  ///
  /// Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits" (Biometrika 26, 1934).
  public static func interval(hits: Int, of count: Int, level: Double = 0.95) -> ClosedRange<Double> {
    precondition(count > 0)
    precondition((0...count).contains(hits))
    let tail = (1 - level) / 2
    let low = hits == 0 ? 0 : root { upperTail(hits, count, $0) < tail }
    let high = hits == count ? 1 : root { 1 - upperTail(hits + 1, count, $0) > tail }
    return low...high
  }

  /// Where `isBelow` turns from true to false in 0…1.
  private static func root(_ isBelow: (Double) -> Bool) -> Double {
    var (low, high) = (0.0, 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// P(X ≥ hits) of a binomial distribution.
  private static func upperTail(_ hits: Int, _ count: Int, _ share: Double) -> Double {
    var logWays = Statistics.logChoose(count, min(hits, count))
    var sum = 0.0
    for k in stride(from: hits, through: count, by: 1) {
      sum += exp(logWays + Double(k) * log(share) + Double(count - k) * log1p(-share))
      logWays += log(Double(count - k) / Double(k + 1))
    }
    return sum
  }
}
