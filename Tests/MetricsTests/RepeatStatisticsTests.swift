import Testing

@testable import Metrics

struct RepeatStatisticsTests {
  /// Ranks of the 95 % interval as tables have them (Conover, table A3; Le Boudec, appendix A).
  @Test(arguments: [(6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (30, 10), (50, 18), (100, 40), (2000, 956)])
  func `a median's interval has the ranks of the tables`(count: Int, rank: Int) {
    #expect(MedianInterval.rank(count, confidence: 0.95) == rank)
  }

  @Test(arguments: 0...5)
  func `five values and fewer have no interval of 95 percent`(count: Int) {
    #expect(MedianInterval.of((0..<count).map(Double.init)) == nil)
    #expect(MedianInterval.relativeWidth((0..<count).map(Double.init)) == nil)
  }

  @Test func `the interval is between values, in whatever order they come`() throws {
    let values = [7.0, 1, 3, 10, 9, 2, 8, 4, 6, 5]
    #expect(MedianInterval.of(values) == 2...9)
    #expect(MedianInterval.relativeWidth(values) == 7 / 5.5)
    #expect(MedianInterval.of([3, 3, 3, 3, 3, 3]) == 3...3)
  }

  @Test func `the interval encloses the true median in at least 95 of 100 cases`() {
    var random = Generator(state: 7)
    for count in [6, 11, 25] {
      var enclosed = 0
      for _ in 0..<2000 {
        // Skewed: the square of a uniform value has the median 1/4.
        let values = (0..<count).map { _ in random.uniform() * random.uniform(again: true) }
        if MedianInterval.of(values)?.contains(0.25) ?? false { enclosed += 1 }
      }
      #expect(enclosed >= 1880, "\(count): \(enclosed)")
    }
  }

  @Test func `a value far from alike ones is an outlier, and a few alike ones are not`() throws {
    let scores = try #require(Outliers.scores([100, 101, 99, 100, 102, 250]))
    #expect(scores.last ?? 0 > Outliers.threshold)
    #expect(scores.dropLast().allSatisfy { $0.magnitude < 3 })
    #expect(try #require(Outliers.scores([100, 100, 100, 100, 101])).allSatisfy { $0 <= Outliers.threshold })
    #expect(try #require(Outliers.scores([100, 100, 100, 100, 103])).last ?? 0 > Outliers.threshold)
    #expect(Outliers.scores([1, 1, 1, 90]) == nil)
  }

  @Test func `values that rise with the order are found, over one series and over many`() throws {
    let one = try #require(TrendTest([(1...10).map(Double.init)]))
    #expect(one.tau == 1)
    #expect((8.2e-5...8.5e-5).contains(one.p), "\(one.p)")
    #expect(one.drift == 8.0 / 3)
    let many = try #require(TrendTest(Array(repeating: [3, 2, 1], count: 12)))
    #expect(many.tau == -1)
    #expect(many.p < 0.001)
    let mixed = try #require(TrendTest([[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]]))
    #expect(mixed.tau == 0)
    #expect(mixed.p == 1)
  }

  @Test func `equal values are no trend, and few values no test`() throws {
    #expect(TrendTest([Array(repeating: 1, count: 10)]) == nil)
    #expect(TrendTest([[1, 2, 3]]) == nil)
    #expect(TrendTest([]) == nil)
    #expect(TrendTest([[1, 2], [1, 2]]) == nil)
    // By hand: S = 8, variance (5·4·15 − 2·1·9)/18 = 15.67 for the first series; too little alone.
    #expect(TrendTest([[1, 1, 2, 3, 4]]) == nil)
  }

  @Test(arguments: [
    ("90s", 90_000_000_000), ("10m", 600_000_000_000), ("1.5h", 5_400_000_000_000), ("250ms", 250_000_000),
    ("2 min", 120_000_000_000),
  ])
  func `spans are read with their unit`(text: String, nanoseconds: Int) {
    #expect(TimeSpan.parse(text) == nanoseconds)
    #expect(TimeSpan.parse(TimeSpan.exact(nanoseconds)) == nanoseconds)
  }

  @Test(arguments: ["", "10", "m", "-5s", "5 days", "nan s", "1e3s", "99999h"])
  func `what is no span is none`(text: String) {
    #expect(TimeSpan.parse(text) == nil)
  }

  @Test func `spans are printed for people`() {
    #expect(TimeSpan.text(1_230_000_000) == "1.2 s")
    #expect(TimeSpan.text(59_700_000_000) == "1 min")
    #expect(TimeSpan.text(125_000_000_000) == "2 min 5 s")
    #expect(TimeSpan.text(7_260_000_000_000) == "2 h 1 min")
  }
}

/// Knuth's linear generator: enough for a test's samples.
private struct Generator {
  var state: UInt64
  private var last = 0.0

  init(state: UInt64) { self.state = state }

  /// In 0..<1; or the same once more.
  mutating func uniform(again: Bool = false) -> Double {
    if again { return last }
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    last = Double(state >> 11) / 9_007_199_254_740_992
    return last
  }
}
