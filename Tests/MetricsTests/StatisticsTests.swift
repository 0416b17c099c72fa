import Testing

@testable import Metrics

/// Small samples from a seed; `ties` draws from few values.
private struct Samples {
  var random: SplitMix64
  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func values(_ count: Int, ties: Bool) -> [Double] {
    (0..<count).map { _ in ties ? Double(random.below(5)) : Double(random.next() >> 11) }
  }
}

/// The slow way: each way to deal the pooled values into two samples.
private func enumeratedRankSum(_ one: [Double], _ other: [Double]) -> Double {
  let pooled = one + other
  func u(_ chosen: [Double], _ rest: [Double]) -> Double {
    chosen.reduce(0) { sum, x in sum + rest.reduce(0) { $0 + (x > $1 ? 1 : x == $1 ? 0.5 : 0) } }
  }
  let seen = u(one, other)
  var (below, above, all) = (0, 0, 0)
  for mask in 0..<(1 << pooled.count) where mask.nonzeroBitCount == one.count {
    let chosen = pooled.indices.filter { mask >> $0 & 1 == 1 }.map { pooled[$0] }
    let rest = pooled.indices.filter { mask >> $0 & 1 == 0 }.map { pooled[$0] }
    let value = u(chosen, rest)
    all += 1
    if value <= seen { below += 1 }
    if value >= seen { above += 1 }
  }
  return min(1, 2 * Double(min(below, above)) / Double(all))
}

/// The slow way: each choice of signs.
private func enumeratedSignedRank(_ differences: [Double]) -> Double {
  let sizes = differences.filter { $0 != 0 }.map(abs)
  let ranks = sizes.map { size in
    Double(sizes.filter { $0 < size }.count) + Double(sizes.filter { $0 == size }.count + 1) / 2
  }
  let seen = zip(differences.filter { $0 != 0 }, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
  var (below, above) = (0, 0)
  for mask in 0..<(1 << ranks.count) {
    let sum = ranks.indices.reduce(0) { $0 + (mask >> $1 & 1 == 1 ? ranks[$1] : 0) }
    if sum <= seen { below += 1 }
    if sum >= seen { above += 1 }
  }
  return min(1, 2 * Double(min(below, above)) / Double(1 << ranks.count))
}

@Suite struct StatisticsTests {
  @Test(arguments: 0..<40 as Range<UInt64>)
  func `the rank sum's exact p is that of all ways to deal the values`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    let one = samples.values(1 + samples.random.below(4), ties: seed % 2 == 0)
    let other = samples.values(1 + samples.random.below(5), ties: seed % 2 == 0)
    let result = try #require(RankSum.exact(one, other))
    #expect(abs(result.p - enumeratedRankSum(one, other)) < 1e-12)
    #expect(RankSum.exact(other, one)?.p == result.p)
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `the signed rank's exact p is that of all signs`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    let count = 1 + samples.random.below(9)
    let differences = zip(
      samples.values(count, ties: seed % 2 == 0), samples.values(count, ties: seed % 2 == 0)
    )
    .map { $0 - $1 }
    let result = try #require(SignedRank.exact(differences))
    #expect(abs(result.p - enumeratedSignedRank(differences)) < 1e-12)
  }

  @Test func `p values as R and textbooks have them`() throws {
    // scipy.stats.mannwhitneyu([1,2,3,4,5], [6,7,8,9,10], method="exact")
    #expect(
      abs(try #require(RankSum.test([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).p - 0.007936507936507936) < 1e-15)
    // scipy.stats.wilcoxon([1..8]) : 2 / 2⁸
    #expect(SignedRank.test([1, 2, 3, 4, 5, 6, 7, 8])?.p == 0.0078125)
    #expect(SignedRank.test([0, 0, 0])?.p == 1)
    #expect(RankSum.test([3, 3, 3], [3, 3, 3])?.p == 1)
    #expect(RankSum.test([], [1]) == nil)
    #expect(SignedRank.test([]) == nil)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `exact and asymptotic p of larger samples lie close together`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    let one = samples.values(18, ties: false)
    let other = samples.values(17, ties: false)
    let exact = try #require(RankSum.exact(one, other)).p
    #expect(abs(exact - (try #require(RankSum.asymptotic(one, other)).p)) < 0.02)
    let differences = zip(one, other).map { $0 - $1 }
    let signed = try #require(SignedRank.exact(differences)).p
    #expect(abs(signed - (try #require(SignedRank.asymptotic(differences)).p)) < 0.03)
  }

  @Test func `the least p is reached by samples that lie apart, and by no others`() {
    for count in 1...8 {
      let low = (0..<count).map(Double.init)
      let high = low.map { $0 + 100 }
      #expect(abs((RankSum.exact(low, high)?.p ?? 0) - RankSum.smallestP(count, count)) < 1e-12)
      #expect(abs((SignedRank.exact(high)?.p ?? 0) - SignedRank.smallestP(count)) < 1e-12)
    }
    #expect(RankSum.smallestP(0, 5) == 1)
  }

  /// The interval is the test turned round.
  @Test(arguments: 0..<30 as Range<UInt64>)
  func `zero lies outside the interval of differences exactly where they are significant`(seed: UInt64) {
    var samples = Samples(seed: seed)
    let count = 6 + samples.random.below(12)
    let shift = Double(samples.random.below(1000)) / 700
    let differences = samples.values(count, ties: false).map { $0 / 9e15 - 0.5 + shift * 0.5 }
    let isSignificant = (SignedRank.exact(differences)?.p ?? 1) <= 0.05
    #expect(SignedRank.interval(differences).map { !$0.contains(0) } == isSignificant)
  }

  @Test func `few differences have no interval, many have one around their centre`() throws {
    #expect(SignedRank.interval([1, 2, 3, 4, 5]) == nil)
    #expect(SignedRank.location([]) == nil)
    var samples = Samples(seed: 3)
    let many = samples.values(200, ties: false).map { $0 / 9e15 }
    let interval = try #require(SignedRank.interval(many))
    #expect(interval.contains(try #require(SignedRank.location(many))))
    #expect(interval.upperBound - interval.lowerBound < 0.15)
  }

  @Test func `Holm multiplies the least p by the number of rows and never falls`() {
    #expect(Holm.adjusted([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02])
    #expect(Holm.adjusted([0.5, 0.9]) == [1, 1])
    #expect(Holm.adjusted([]) == [])
  }

  @Test func `proportions have the intervals of Clopper and Pearson`() {
    // scipy.stats.binomtest(5, 100).proportion_ci()
    let five = Proportion.interval(hits: 5, of: 100)
    #expect(abs(five.lowerBound - 0.016431878971) < 1e-9)
    #expect(abs(five.upperBound - 0.112834911182) < 1e-9)
    #expect(Proportion.interval(hits: 0, of: 10).lowerBound == 0)
    #expect(abs(Proportion.interval(hits: 0, of: 10).upperBound - 0.3084971078187608) < 1e-9)
    #expect(Proportion.interval(hits: 10, of: 10).upperBound == 1)
  }

  @Test func `a bootstrap interval is the same each time, holds the ratio, and follows a scale`() throws {
    let base: [Double] = [10, 11, 12, 10.5, 11.5]
    let new: [Double] = [20, 22, 24, 21, 23]
    let interval = try #require(Bootstrap.ratioOfMedians(new, base))
    #expect(interval == Bootstrap.ratioOfMedians(new, base))
    #expect(interval.contains(2))
    let scaled = try #require(Bootstrap.ratioOfMedians(new.map { $0 * 4 }, base))
    #expect(scaled.lowerBound == interval.lowerBound * 4)
    #expect(Bootstrap.ratioOfMedians([1, 2], base) == nil)
    #expect(Bootstrap.ratioOfMedians(new, [0, 1, 2]) == nil)
  }

  @Test func `quantiles are interpolated, the middle one is the median`() {
    #expect(Statistics.quantile([4, 1, 3, 2], 0.25) == 1.75)
    #expect(Statistics.quantile([4, 1, 3, 2], 0.5) == Statistics.median([4, 1, 3, 2]))
    #expect(Statistics.quantile([7], 0.9) == 7)
    #expect(Statistics.quantile([1, 2], 1) == 2)
    #expect(Statistics.quantile([], 0.5) == nil)
    #expect(Statistics.geometricMean([1, 4]).map { abs($0 - 2) < 1e-12 } == true)
    #expect(Statistics.geometricMean([1, 0]) == nil)
  }
}
