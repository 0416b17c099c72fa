import Glibc
import Metrics

/// A 95 % interval. Of medians it is free of a distribution (``MedianInterval``); of ratios it is the percentile bootstrap,
/// from a fixed seed: the same rows give the same figures.
struct Interval: Sendable, Equatable {
  var low: Double
  var high: Double

  static let resamples = 2000
  private static let seed: UInt64 = 1

  /// Of the median; nil with under 6 values, of which not even the least and the greatest enclose it often enough.
  static func ofMedian(_ values: [Double]) -> Interval? {
    MedianInterval.of(values).map { Interval(low: $0.lowerBound, high: $0.upperBound) }
  }

  /// The fewest repeats a side with which two systems can be told apart: of 3 and 3 even the clearest order of all
  /// comes about by chance once in ten times (2 / C(6, 3)), of 4 and 4 once in 35.
  static let fewestToCompare = 4

  private static func canTell(_ one: [Double], _ other: [Double]) -> Bool {
    min(one.count, other.count) >= fewestToCompare
  }

  /// Of the ratio of two medians, `numerator` over `denominator`, resampled apart; nil with too few repeats to tell.
  static func ofRatio(_ numerator: [Double], _ denominator: [Double]) -> Interval? {
    guard canTell(numerator, denominator) else { return nil }
    return Bootstrap.ratioOfMedians(numerator, denominator).map {
      Interval(low: $0.lowerBound, high: $0.upperBound)
    }
  }

  /// Of the geometric mean of the ratios of pairs of medians.
  static func ofGeometricMean(_ pairs: [(numerator: [Double], denominator: [Double])]) -> Interval? {
    guard !pairs.isEmpty, pairs.allSatisfy({ canTell($0.numerator, $0.denominator) }) else { return nil }
    var random = Resampler(seed: seed)
    // Many pairs need fewer resamples: their mean varies less, and the time is bounded.
    let count = max(200, min(resamples, 200_000 / pairs.count))
    return percentiles(
      (0..<count).map { _ in
        geometricMean(pairs.map { random.median(of: $0.numerator) / random.median(of: $0.denominator) })
      })
  }

  static func geometricMean(_ values: [Double]) -> Double {
    exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
  }

  private static func percentiles(_ values: [Double]) -> Interval {
    let sorted = values.sorted()
    func at(_ share: Double) -> Double { sorted[Int((share * Double(sorted.count - 1)).rounded())] }
    return Interval(low: at(0.025), high: at(0.975))
  }
}

/// Medians of samples drawn with replacement.
private struct Resampler {
  private var random: SplitMix64
  private var sample: [Double] = []

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func median(of values: [Double]) -> Double {
    sample.removeAll(keepingCapacity: true)
    for _ in values { sample.append(values[random.below(values.count)]) }
    sample.sort()
    let middle = sample.count / 2
    return sample.count % 2 == 1 ? sample[middle] : (sample[middle - 1] + sample[middle]) / 2
  }
}
