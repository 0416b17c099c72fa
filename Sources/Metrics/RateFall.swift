/// A rate that fell and stayed low, told from noise: what a disk does when its burst credit is used up.
public struct RateFall: Equatable, Sendable {
  /// Medians before and after the fall, in the series' unit.
  public var before: Double
  public var after: Double
  /// The first low value's index in the series (of its coarser form, where the series is longer than ``longest``).
  public var index: Int

  /// A fall of less than this share does not count.
  public static let share = 0.2
  /// Fewer values than this before or behind a fall say nothing.
  public static let fewest = 12
  /// Longer series are made coarser first.
  static let longest = 128

  /// The deepest fall of a series in order of time, or nil.
  ///
  /// The series is cut in two at each place. It is a fall where the second part's median is lower than the first's
  /// by more than ``share``, and where nine tenths of the second part lie below nine tenths of the first: values
  /// that jump up and down, or that recover, are no fall.
  public static func find(_ series: [Double]) -> RateFall? {
    let rates = coarser(series)
    guard rates.count >= 2 * fewest else { return nil }
    var deepest: RateFall?
    for index in fewest...(rates.count - fewest) {
      let before = rates[..<index].sorted()
      let after = rates[index...].sorted()
      let fall = RateFall(before: quantile(before, 0.5), after: quantile(after, 0.5), index: index)
      guard fall.after < (1 - share) * fall.before, quantile(after, 0.9) < quantile(before, 0.1) else {
        continue
      }
      if deepest.map({ fall.after * $0.before < $0.after * fall.before }) ?? true { deepest = fall }
    }
    return deepest
  }

  /// Means of as many neighbours as bring the series down to ``longest`` values.
  private static func coarser(_ series: [Double]) -> [Double] {
    let width = (series.count + longest - 1) / longest
    guard width > 1 else { return series }
    return stride(from: 0, to: series.count, by: width).map { start in
      let part = series[start..<min(start + width, series.count)]
      return part.reduce(0, +) / Double(part.count)
    }
  }

  private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
  }
}
