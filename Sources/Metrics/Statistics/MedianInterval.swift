import Glibc

/// The distribution-free interval of a median, between two of the values themselves.
///
/// However the values are distributed, each lies below their true median with probability 1/2. So the number of values
/// below it is binomial, and the k-th smallest and k-th largest enclose it with probability 1 − 2·P(X < k).
///
/// Source: Conover, "Practical Nonparametric Statistics", 3rd ed., section 3.2; Le Boudec, "Performance Evaluation of
/// Computer and Communication Systems", theorem 2.1.
public enum MedianInterval {
  /// With fewer values not even the smallest and the largest enclose the median in 95 of 100 cases.
  public static let fewest = 6

  /// The narrowest such interval, symmetric in ranks, with at least `confidence`; nil for too few values.
  public static func of(_ values: [Double], confidence: Double = 0.95) -> ClosedRange<Double>? {
    guard let rank = rank(values.count, confidence: confidence) else { return nil }
    let sorted = values.sorted()
    return sorted[rank - 1]...sorted[sorted.count - rank]
  }

  /// The interval's width as a share of the median; nil for too few values, or a median that is not positive.
  public static func relativeWidth(_ values: [Double], confidence: Double = 0.95) -> Double? {
    guard let interval = of(values, confidence: confidence), let median = Statistics.median(values),
      median > 0
    else { return nil }
    return (interval.upperBound - interval.lowerBound) / median
  }

  /// The largest k with 2·P(X < k) ≤ 1 − confidence, from 1; nil where there is none.
  static func rank(_ count: Int, confidence: Double) -> Int? {
    let tail = (1 - confidence) / 2
    var below = 0.0
    var rank = 0
    // Of exactly so many below; its logarithm, since 2^-n has no double for n over 1074.
    var logarithm = -Double(count) * log(2)
    for index in 0..<max(1, (count + 1) / 2) {
      below += exp(logarithm)
      // A rounding error must not take an interval away that is exact.
      guard below <= tail * (1 + 1e-9) else { break }
      rank = index + 1
      logarithm += log(Double(count - index) / Double(index + 1))
    }
    return rank > 0 ? rank : nil
  }
}
