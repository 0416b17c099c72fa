import Glibc

/// Whether values drift with the order in which they were measured, over several series at once.
///
/// Mann and Kendall's test in each series, their statistics and variances added up (series are blocks, as in the
/// seasonal test of Hirsch and others); ties are allowed for.
///
/// Source: Hirsch, Slack and Smith, "Techniques of trend analysis for monthly water quality data" (1982).
public struct TrendTest: Equatable, Sendable {
  /// Kendall's tau over all pairs within a series: −1 … 1, positive where later values are larger.
  public var tau: Double
  /// Two-sided, by the normal approximation with a correction for continuity.
  public var p: Double
  /// Of the medians of each series' second half over its first, the median; 1: no change.
  public var drift: Double

  /// Below this sum of variances the normal approximation is too coarse (one series of 5, or five of 3).
  static let leastVariance = 16.0

  /// - Parameter series: In the order of measurement; ones with under 3 values are passed over.
  /// - Returns: nil where there is too little to test.
  public init?(_ series: [[Double]]) {
    var statistic = 0
    var pairs = 0
    var variance = 0.0
    var drifts: [Double] = []
    for values in series where values.count >= 3 {
      for (index, value) in values.enumerated() {
        for later in values[(index + 1)...] { statistic += later > value ? 1 : later < value ? -1 : 0 }
      }
      pairs += values.count * (values.count - 1) / 2
      variance += Self.term(values.count)
      var equal: [Double: Int] = [:]
      for value in values { equal[value, default: 0] += 1 }
      variance -= equal.values.reduce(0) { $0 + Self.term($1) }
      let half = values.count / 2
      if let first = Statistics.median(Array(values[..<half])),
        let second = Statistics.median(Array(values[(values.count - half)...])), first > 0
      {
        drifts.append(second / first)
      }
    }
    guard variance >= Self.leastVariance, let drift = Statistics.median(drifts) else { return nil }
    let corrected = statistic > 0 ? statistic - 1 : statistic < 0 ? statistic + 1 : 0
    tau = Double(statistic) / Double(pairs)
    p = min(1, erfc((Double(corrected) / variance.squareRoot()).magnitude / 2.0.squareRoot()))
    self.drift = drift
  }

  /// n(n−1)(2n+5)/18.
  private static func term(_ count: Int) -> Double {
    Double(count * (count - 1) * (2 * count + 5)) / 18
  }
}
