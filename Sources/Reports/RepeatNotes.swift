import Metrics

/// What must be said of repeats before anybody believes their median: outliers, a slow first run, a drift with the
/// order, other users of the machine.
public struct RepeatNotes: Sendable {
  /// The measured repeats of one cell, in the order of measurement.
  public struct Series: Sendable {
    public var label: String
    /// Nanoseconds.
    public var walls: [Double]
    public var noise: [TrialNoise]

    public init(label: String, walls: [Double], noise: [TrialNoise] = []) {
      self.label = label
      self.walls = walls
      self.noise = noise
    }
  }

  /// A sentence each, without a full stop.
  public private(set) var lines: [String] = []

  /// Shares of the processors' time from which a repeat counts as disturbed.
  static let otherShare = 0.1
  static let stealShare = 0.02

  public init(_ series: [Series]) {
    for each in series { lines += Self.outliers(each) }
    lines += Self.noise(series.flatMap(\.noise))
  }

  /// What is to be said of the order of measurement.
  public struct OrderEffect: Sendable {
    public var isFound: Bool
    /// A sentence without a full stop.
    public var line: String
  }

  /// As hyperfine says it.
  private static func outliers(_ series: Series) -> [String] {
    guard let scores = Outliers.scores(series.walls) else { return [] }
    if let first = scores.first, first > Outliers.threshold {
      return [
        "\(series.label): the first run (\(Figures.time(series.walls[0]))) was significantly slower than the rest: "
          + "caches that were not filled until after it? (more warmup)"
      ]
    }
    let count = scores.count { $0.magnitude > Outliers.threshold }
    guard count > 0 else { return [] }
    return [
      "\(series.label): statistical outliers were detected (\(count) of \(scores.count) repeats, kept; column outlier): "
        + "interference from other programs? (a quiet machine, more repeats)"
    ]
  }

  /// What the machine did besides, over all repeats of a run; a sentence each.
  static func noise(_ noise: [TrialNoise]) -> [String] {
    var lines: [String] = []
    func say(_ what: String, _ limit: Double, _ value: (TrialNoise) -> Double?) {
      let shares = noise.compactMap(value)
      let over = shares.filter { $0 > limit }
      guard !over.isEmpty else { return }
      lines.append(
        "\(what) over \(percent(limit)) of the processors' time in \(over.count) of \(shares.count) repeats, up to "
          + percent(over.max() ?? 0))
    }
    say("other programs used", otherShare, \.otherCPUShare)
    say("the hypervisor took", stealShare, \.stealShare)
    let stopped = noise.count { $0.quotaThrottled ?? 0 > 0 }
    if stopped > 0 {
      lines.append(
        "the processor quota of a control group stopped \(stopped) of \(noise.count) repeats for a time")
    }
    let hot = noise.count { $0.thermalThrottles ?? 0 > 0 }
    if hot > 0 { lines.append("processors were hot and slowed down in \(hot) of \(noise.count) repeats") }
    return lines
  }

  static func percent(_ share: Double) -> String {
    let tenths = (share * 1000).rounded()
    return (tenths.truncatingRemainder(dividingBy: 10) == 0 || tenths >= 100)
      ? "\(Int((tenths / 10).rounded())) %" : "\(Summary.fixed(share * 100, 1)) %"
  }

  /// Whether the order of measurement mattered, over all cells of a run; nil where there is too little to test.
  public static func order(_ series: [[Double]]) -> OrderEffect? {
    guard let test = TrendTest(series) else { return nil }
    let p = test.p < 0.001 ? "p < 0.001" : "p = \(Summary.fixed(test.p, 3))"
    guard test.p < 0.05 else {
      return OrderEffect(
        isFound: false, line: "no order effect found (Mann–Kendall within cells, \(p))")
    }
    let change = Summary.fixed((test.drift - 1).magnitude * 100, 1)
    return OrderEffect(
      isFound: true,
      line:
        "order effect: later repeats were \(test.tau > 0 ? "slower" : "faster") (Mann–Kendall within cells, \(p)); "
        + "second halves \(change) % \(test.drift >= 1 ? "slower" : "faster") than first: "
        + "the machine changed meanwhile; compare what was interleaved")
  }
}
