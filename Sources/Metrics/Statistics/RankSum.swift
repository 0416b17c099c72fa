import Glibc

/// The Mann–Whitney U test of two independent samples.
///
/// Up to ``RankSum/exactLimit`` values a side the p value is exact: the distribution of the rank sum over all ways to
/// deal the ranks that were seen, tied ranks included. Beyond, it is the normal approximation with corrections for ties
/// and for continuity, as `scipy.stats.mannwhitneyu(method="asymptotic")`; without ties the exact value is that of
/// `method="exact"` too.
///
/// Source: H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than
/// the other" (Annals of Mathematical Statistics 18, 1947); ties: E. L. Lehmann, "Nonparametrics" (1975), 1.4.
public enum RankSum {
  /// The most values a side that are tested exactly.
  public static let exactLimit = 20

  /// - Returns: nil where a side has no values.
  public static func test(_ one: [Double], _ other: [Double]) -> TestResult? {
    let isSmall = max(one.count, other.count) <= exactLimit
    return isSmall ? exact(one, other) : asymptotic(one, other)
  }

  public static func exact(_ one: [Double], _ other: [Double]) -> TestResult? {
    guard !one.isEmpty, !other.isEmpty else { return nil }
    let ranks = DoubledRanks(one + other).ranks
    let sum = ranks.prefix(one.count).reduce(0, +)
    let counts = subsetSums(ranks, size: one.count)
    let all = counts.reduce(0, +)
    let below = counts.prefix(sum + 1).reduce(0, +)
    let above = counts.dropFirst(sum).reduce(0, +)
    return TestResult(
      statistic: u(sum, one.count), p: min(1, 2 * min(below, above) / all), method: .exact)
  }

  public static func asymptotic(_ one: [Double], _ other: [Double]) -> TestResult? {
    guard !one.isEmpty, !other.isEmpty else { return nil }
    let doubled = DoubledRanks(one + other)
    let statistic = u(doubled.ranks.prefix(one.count).reduce(0, +), one.count)
    let pairs = Double(one.count) * Double(other.count)
    let count = Double(one.count + other.count)
    let variance = pairs / 12 * (count + 1 - doubled.tieSum / (count * (count - 1)))
    guard variance > 0 else { return TestResult(statistic: statistic, p: 1, method: .asymptotic) }
    let z = (max(statistic, pairs - statistic) - pairs / 2 - 0.5) / variance.squareRoot()
    return TestResult(
      statistic: statistic, p: min(1, 2 * Statistics.normalUpperTail(z)), method: .asymptotic)
  }

  /// The least p that samples of these sizes can have: 2 / C(n + m, n). 1 where a side has no values.
  public static func smallestP(_ one: Int, _ other: Int) -> Double {
    guard one > 0, other > 0 else { return 1 }
    return min(1, 2 * exp(-Statistics.logChoose(one + other, one)))
  }

  private static func u(_ doubledSum: Int, _ count: Int) -> Double {
    Double(doubledSum) / 2 - Double(count * (count + 1)) / 2
  }

  /// `result[s]`: in how many ways `size` of the ranks add up to s. Counts up to 2⁵³ are exact.
  private static func subsetSums(_ ranks: [Int], size: Int) -> [Double] {
    let width = ranks.sorted().suffix(size).reduce(0, +) + 1
    // ways[k · width + s]: of the ranks so far, k add up to s.
    var ways = [Double](repeating: 0, count: (size + 1) * width)
    ways[0] = 1
    ways.withUnsafeMutableBufferPointer { ways in
      for (index, rank) in ranks.enumerated() {
        for taken in stride(from: min(size, index + 1), to: 0, by: -1) {
          let row = taken * width
          for sum in stride(from: width - 1, through: rank, by: -1) {
            ways[row + sum] += ways[row - width + sum - rank]
          }
        }
      }
    }
    return Array(ways[(size * width)...])
  }
}
