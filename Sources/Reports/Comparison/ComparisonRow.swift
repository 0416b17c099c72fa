import Metrics

/// What a row of a comparison says.
public enum ComparisonVerdict: String, Sendable, CaseIterable {
  case improved
  /// Significantly changed by less than the threshold, or the interval lies within it.
  case unchanged
  case regressed
  /// Neither a change nor its absence could be shown.
  case inconclusive
  /// So few runs that no difference, however large, could have been significant.
  case insufficient = "insufficient runs"
  /// One run a side, and a difference that such runs have by themselves.
  case noise = "within noise"
  case incomparable = "same medium, not comparable"
}

/// A metric of a pair of cells, before anything was decided about it.
struct ComparedSample: Sendable {
  var pair: CellPair
  /// For people: what sets the row apart from the others.
  var label: String
  var metric: String
  /// Runs' medians, repeats of one run, or (in `ab`) values that belong together by their place.
  var base: [Double]
  var new: [Double]
}

/// A metric of a pair of cells, and what is to be thought of it.
public struct ComparisonRow: Sendable {
  let sample: ComparedSample
  /// Of the medians: new over base; of pairs the estimate of the median ratio. nil: there is none.
  public internal(set) var ratio: Double?
  /// 95 %.
  public internal(set) var interval: ClosedRange<Double>?
  public internal(set) var test: TestResult?
  /// After Holm, over all rows.
  public internal(set) var adjusted: Double?
  public internal(set) var verdict: ComparisonVerdict
  /// A share; nil where the row fails nothing.
  public internal(set) var gate: Double?
  /// Values a side that it would take; where there are too few.
  public internal(set) var needed: Int?
  /// A difference below it is within noise; where it was looked at.
  public internal(set) var noiseLimit: Double?

  public var workload: String { sample.pair.base.factors.workload }
  public var label: String { sample.label }
  public var metric: String { sample.metric }
  var better: Better { ComparisonRules.better(metric) }
  var baseMedian: Double? { Statistics.median(sample.base) }
  var newMedian: Double? { Statistics.median(sample.new) }

  /// Over 1 where the new side is worse, whichever direction is better.
  var worsening: Double? { ratio.map { better == .higher ? 1 / $0 : $0 } }
}

/// How values of two sides are tested.
enum ComparisonMethod: Sendable {
  /// Mann–Whitney U, and a bootstrap interval of the ratio of medians.
  case independent
  /// Wilcoxon's signed ranks of the logarithms of ratios, and their interval.
  case paired

  func smallestP(_ base: Int, _ new: Int) -> Double {
    self == .paired ? SignedRank.smallestP(min(base, new)) : RankSum.smallestP(base, new)
  }

  /// The fewest values a side with which one of `rows` rows can be significant.
  func needed(alpha: Double, rows: Int) -> Int {
    (1...100).first { smallestP($0, $0) * Double(rows) <= alpha } ?? 100
  }
}
