import Testing

@testable import IOBench

/// When a run is steady, against the textbook's formulas on whole windows.
struct SteadyStateTests {
  private let second = 1_000_000_000

  /// Nil until the window is full; else the figure that is compared with the limit.
  private func reference(_ values: [Int], _ rule: SteadyState, window: Int) -> Double? {
    guard values.count >= window else { return nil }
    let last = values.suffix(window).map(Double.init)
    let count = Double(window)
    let mean = last.reduce(0, +) / count
    var figure: Double
    switch rule.metric {
    case .iops, .bw: figure = max(last.max()! - mean, mean - last.min()!)
    case .iops_slope, .bw_slope:
      let x = (0..<window).map(Double.init)
      let (sumX, sumY) = (x.reduce(0, +), last.reduce(0, +))
      let products = zip(x, last).reduce(0) { $0 + $1.0 * $1.1 }
      let squares = x.reduce(0) { $0 + $1 * $1 }
      figure = (count * products - sumX * sumY) / (count * squares - sumX * sumX)
    }
    if rule.isPercent { figure = 100 * figure / mean }
    return figure
  }

  @Test(arguments: SteadyState.Metric.allCases, 0..<40 as Range<UInt64>)
  func `it judges as the formulas do`(metric: SteadyState.Metric, seed: UInt64) throws {
    var state = SplitMix(seed: seed &* 31)
    let window = 2 + state.below(12)
    let isPercent = state.below(2) == 0
    let limit = isPercent ? "\(Double(state.below(200)) / 10)%" : "\(state.below(200))"
    let job = try job("ss=\(metric.rawValue):\(limit)\nss_dur=\(window)")
    let rule = try #require(job.steadyState)
    var judge = try #require(SteadyStateJudge(job))
    // A level that is approached, with noise.
    let start = 1 + state.below(3000)
    let level = 1 + state.below(3000)
    let noise = 1 + state.below(100)
    var iops: [Int] = []
    var bandwidth: [Int] = []
    for time in 1...80 {
      iops.append(max(0, level + (start - level) / time + state.below(noise) - noise / 2))
      bandwidth.append(iops.last! * 4096 + state.below(4096))
      let isSteady = judge.add(elapsed: time * second, iops: iops.last!, bandwidth: bandwidth.last!)
      let values = metric == .iops || metric == .iops_slope ? iops : bandwidth
      let expected = reference(values, rule, window: window)
      #expect((judge.criterion == nil) == (expected == nil))
      if let expected, let found = judge.criterion {
        #expect((found - expected).magnitude <= 1e-6 * (1 + expected.magnitude))
        #expect(isSteady == (expected.magnitude < rule.limit))
      }
      #expect(judge.iops == Array(iops.suffix(window)))
      #expect(judge.bandwidth == Array(bandwidth.suffix(window)))
      if isSteady { break }
    }
  }

  @Test func `a steady run ends when its window is full, and not before its ramp`() throws {
    for (ramp, end) in [("", 5), ("\nss_ramp=3", 8)] {
      var judge = try #require(SteadyStateJudge(job("ss=iops:1%\nss_dur=5" + ramp)))
      let steady = (1...20).first { judge.add(elapsed: $0 * second, iops: 1000, bandwidth: 0) }
      #expect(steady == end)
      #expect(judge.deviation == 0 && judge.slope == nil)
      let isStill = judge.add(elapsed: 99 * second, iops: 1, bandwidth: 1)
      #expect(isStill)
    }
  }

  @Test func `a run that does nothing is not steady`() throws {
    for rule in ["iops:1%", "iops_slope:1%", "bw:1%", "bw_slope:1%"] {
      var judge = try #require(SteadyStateJudge(job("ss=\(rule)\nss_dur=3")))
      let isSteady = (1...20).contains { judge.add(elapsed: $0 * second, iops: 0, bandwidth: 0) }
      #expect(!isSteady)
    }
    #expect(SteadyStateJudge(try job("rw=read")) == nil)
  }

  @Test func `a rise is a slope, a jump a deviation`() throws {
    var slope = try #require(SteadyStateJudge(job("ss=iops_slope:9.9\nss_dur=4")))
    var deviation = try #require(SteadyStateJudge(job("ss=bw:14\nss_dur=4")))
    for time in 1...10 {
      _ = slope.add(elapsed: time * second, iops: 100 + 10 * time, bandwidth: 0)
      _ = deviation.add(elapsed: time * second, iops: 0, bandwidth: 100 + 10 * time)
    }
    #expect(slope.slope == 10 && slope.criterion == 10 && !slope.isSteady)
    #expect(deviation.deviation == 15 && !deviation.isSteady)
  }
}
