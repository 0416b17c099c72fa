import Glibc

/// The Wilcoxon signed-rank test of paired differences, and the interval that belongs to it.
///
/// Differences of zero are left out (Wilcoxon's way). Up to ``exactLimit`` others the p value is exact over all signs of
/// the ranks that were seen, tied ranks included; beyond, it is the normal approximation with corrections for ties and
/// for continuity, as `scipy.stats.wilcoxon(method="asymptotic", correction=True)`.
///
/// Source: F. Wilcoxon, "Individual comparisons by ranking methods" (Biometrics Bulletin 1, 1945).
public enum SignedRank {
  /// The most differences that are tested exactly; 2⁵⁰ signs are counted exactly in a double.
  public static let exactLimit = 50

  /// - Returns: p 1 where all differences are zero; nil for no differences.
  public static func test(_ differences: [Double]) -> TestResult? {
    differences.count <= exactLimit ? exact(differences) : asymptotic(differences)
  }

  public static func exact(_ differences: [Double]) -> TestResult? {
    guard !differences.isEmpty else { return nil }
    let (ranks, positive) = signed(differences)
    let counts = signSums(ranks.ranks)
    let all = counts.reduce(0, +)
    let below = counts.prefix(positive + 1).reduce(0, +)
    let above = counts.dropFirst(positive).reduce(0, +)
    return TestResult(
      statistic: Double(positive) / 2, p: min(1, 2 * min(below, above) / all), method: .exact)
  }

  public static func asymptotic(_ differences: [Double]) -> TestResult? {
    guard !differences.isEmpty else { return nil }
    let (ranks, positive) = signed(differences)
    let count = Double(ranks.ranks.count)
    let statistic = Double(positive) / 2
    let mean = count * (count + 1) / 4
    let variance = count * (count + 1) * (2 * count + 1) / 24 - ranks.tieSum / 48
    guard variance > 0 else { return TestResult(statistic: statistic, p: 1, method: .asymptotic) }
    let z = max(0, abs(statistic - mean) - 0.5) / variance.squareRoot()
    return TestResult(
      statistic: statistic, p: min(1, 2 * Statistics.normalUpperTail(z)), method: .asymptotic)
  }

  /// The least p that so many pairs can have: 2 / 2ⁿ.
  public static func smallestP(_ pairs: Int) -> Double { min(1, 2 * exp2(-Double(pairs))) }

  /// The median of all means of two differences (each with itself too): the estimate that belongs to the test, and the
  /// median itself where differences are symmetric, as those of runs in random order are. nil for no differences.
  ///
  /// Source: J. L. Hodges, E. L. Lehmann, "Estimates of location based on rank tests" (Annals of Mathematical
  /// Statistics 34, 1963).
  public static func location(_ differences: [Double]) -> Double? {
    Statistics.median(walshAverages(differences))
  }

  /// Those shifts of the differences that the test would not reject at `1 − level`: zero lies outside exactly when the
  /// exact test without ties says p ≤ 1 − level. nil with too few differences (under 6 for 95 %).
  public static func interval(_ differences: [Double], level: Double = 0.95) -> ClosedRange<Double>? {
    let means = walshAverages(differences).sorted()
    let beyond = rejected(differences.count, share: (1 - level) / 2)
    guard beyond > 0, beyond <= means.count - beyond + 1 else { return nil }
    return means[beyond - 1]...means[means.count - beyond]
  }

  /// How many of the smallest rank sums (0, 1, …) have at most `share` of the probability together.
  private static func rejected(_ count: Int, share: Double) -> Int {
    guard count > 0 else { return 0 }
    if count > exactLimit {
      let size = Double(count)
      let deviation = (size * (size + 1) * (2 * size + 1) / 24).squareRoot()
      return max(0, Int(size * (size + 1) / 4 - deviation * normalQuantile(1 - share)))
    }
    let counts = signSums((1...count).map { 2 * $0 })
    let limit = share * exp2(Double(count))
    var sum = 0.0
    var rejected = 0
    for total in stride(from: 0, to: counts.count, by: 2) {
      sum += counts[total]
      if sum > limit { break }
      rejected += 1
    }
    return rejected
  }

  /// By bisection: it is asked for once a row.
  private static func normalQuantile(_ share: Double) -> Double {
    var (low, high) = (0.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if 1 - Statistics.normalUpperTail(middle) < share { low = middle } else { high = middle }
    }
    return low
  }

  private static func walshAverages(_ differences: [Double]) -> [Double] {
    differences.indices.flatMap { first in
      differences[first...].map { (differences[first] + $0) / 2 }
    }
  }

  /// Ranks of the sizes of differences that are not zero, and the doubled sum of the ranks of positive ones.
  private static func signed(_ differences: [Double]) -> (ranks: DoubledRanks, positive: Int) {
    let moved = differences.filter { $0 != 0 }
    let ranks = DoubledRanks(moved.map(abs))
    return (ranks, zip(moved, ranks.ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) })
  }

  /// `result[s]`: how many choices of signs let the positive ranks add up to s.
  private static func signSums(_ ranks: [Int]) -> [Double] {
    var ways = [Double](repeating: 0, count: ranks.reduce(0, +) + 1)
    ways[0] = 1
    for rank in ranks where rank < ways.count {
      for sum in stride(from: ways.count - 1, through: rank, by: -1) { ways[sum] += ways[sum - rank] }
    }
    return ways
  }
}
