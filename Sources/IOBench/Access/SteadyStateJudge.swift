/// Decides, once a second, whether a run has become steady.
///
/// Over the last `steadystate_duration` seconds: `iops` and `bw` ask that no second lies further from their mean than the
/// limit, `iops_slope` and `bw_slope` that the least-squares line through them rises or falls less than the limit a second.
/// A limit in percent is one of the mean. The window must be full, and what lies within the ramp time is not looked at.
///
/// Source: fio 3.33 `steadystate.c`; its mean is cut to a whole number for slopes, here it is not.
public struct SteadyStateJudge: Sendable {
  public let rule: SteadyState
  /// Seconds of the window.
  public let duration: Int
  private let ramp: Int
  /// Requests a second, and bytes a second, of the window's seconds: a ring.
  private var iopsRing: [Int]
  private var bandwidthRing: [Int]
  private var taken = 0

  /// The largest distance from the mean in the window (`iops`, `bw`), once it was full.
  public private(set) var deviation: Double?
  /// The change a second (`iops_slope`, `bw_slope`), once the window was full.
  public private(set) var slope: Double?
  /// What is compared with the limit, signed for slopes; percent where the limit is.
  public private(set) var criterion: Double?
  public private(set) var isSteady = false

  /// Nil where the job does not end by steadiness.
  public init?(_ job: IOJob) {
    guard let rule = job.steadyState else { return nil }
    self.rule = rule
    duration = max(1, job.steadyStateDuration / 1_000_000_000)
    ramp = job.steadyStateRamp
    iopsRing = []
    bandwidthRing = []
  }

  /// Requests a second of each second of the window, the oldest first.
  public var iops: [Int] { ordered(iopsRing) }
  /// Bytes a second, likewise.
  public var bandwidth: [Int] { ordered(bandwidthRing) }

  /// Takes the figures of one second, and says whether the run is steady. Once it is, it stays so.
  ///
  /// - Parameters:
  ///   - elapsed: Nanoseconds from the run's start to the second's end.
  ///   - iops: Requests completed a second.
  ///   - bandwidth: Bytes completed a second.
  public mutating func add(elapsed: Int, iops: Int, bandwidth: Int) -> Bool {
    // As fio: the first second that counts begins after the ramp.
    guard !isSteady, ramp == 0 || elapsed - 1_000_000_000 >= ramp else { return isSteady }
    if iopsRing.count < duration {
      iopsRing.append(iops)
      bandwidthRing.append(bandwidth)
    } else {
      iopsRing[taken % duration] = iops
      bandwidthRing[taken % duration] = bandwidth
    }
    taken += 1
    guard taken >= duration else { return false }
    judge()
    return isSteady
  }

  private mutating func judge() {
    let isIOPS = rule.metric == .iops || rule.metric == .iops_slope
    let values = (isIOPS ? iops : bandwidth).map(Double.init)
    let count = Double(duration)
    let mean = values.reduce(0, +) / count
    let value: Double
    switch rule.metric {
    case .iops, .bw:
      value = values.map { ($0 - mean).magnitude }.max() ?? 0
      deviation = value
    case .iops_slope, .bw_slope:
      // Around the middle of the window, so that no large sums cancel.
      let middle = (count - 1) / 2
      var products = 0.0
      var squares = 0.0
      for (second, found) in values.enumerated() {
        let distance = Double(second) - middle
        products += distance * (found - mean)
        squares += distance * distance
      }
      // One second has no slope.
      value = squares > 0 ? products / squares : .nan
      slope = value
    }
    let judged = rule.isPercent ? 100 * value / mean : value
    criterion = judged
    // False for what is no number: nothing was done in the whole window.
    isSteady = judged.magnitude < rule.limit
  }

  private func ordered(_ ring: [Int]) -> [Int] {
    guard ring.count == duration, taken > duration else { return ring }
    let oldest = taken % duration
    return Array(ring[oldest...] + ring[..<oldest])
  }
}
