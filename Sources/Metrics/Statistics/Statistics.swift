import Glibc

/// Statistics over a few repeats. Inputs are finite; nothing here reads a clock or a random device.
public enum Statistics {
  /// The middle value, or the mean of the two in the middle; nil for none.
  public static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    return median(sorted: values.sorted()[...])
  }

  static func median(sorted: ArraySlice<Double>) -> Double {
    let middle = sorted.startIndex + sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The value below which the share `share` of a sample lies, interpolated between neighbours (type 7 of Hyndman and
  /// Fan, the default of R and NumPy); nil for no values.
  ///
  /// - Parameter share: 0…1.
  public static func quantile(_ values: [Double], _ share: Double) -> Double? {
    precondition((0...1).contains(share))
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return sorted[below] }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
  }

  /// exp of the mean logarithm; nil for no values, or where one is not over zero.
  public static func geometricMean(_ values: [Double]) -> Double? {
    guard !values.isEmpty, values.allSatisfy({ $0 > 0 }) else { return nil }
    return exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
  }

  /// Sample standard deviation, with n − 1; nil for under two values.
  public static func standardDeviation(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }

  /// log of n over k.
  static func logChoose(_ n: Int, _ k: Int) -> Double {
    let few = min(k, n - k)
    return few == 0 ? 0 : (1...few).reduce(0) { $0 + log(Double(n - few + $1) / Double($1)) }
  }

  /// P(Z ≥ z) of the standard normal distribution.
  static func normalUpperTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) / 2 }
}

/// What a two-sided test found.
public struct TestResult: Sendable, Equatable {
  public enum Method: String, Sendable {
    /// From all arrangements of the values that were seen, ties included.
    case exact
    /// By the normal distribution, with corrections for ties and continuity.
    case asymptotic
  }

  /// U of the first sample, or the sum of the ranks of positive differences.
  public var statistic: Double
  /// Two-sided: twice the smaller tail, at most 1.
  public var p: Double
  public var method: Method
}

/// Ranks from 1, doubled so that the mean rank of tied values is a whole number.
struct DoubledRanks {
  /// In the order of the values.
  var ranks: [Int]
  /// Σ (t³ − t) over groups of t tied values.
  var tieSum: Double

  init(_ values: [Double]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    ranks = Array(repeating: 0, count: values.count)
    tieSum = 0
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = start + 1 + end }
      let ties = Double(end - start)
      tieSum += ties * ties * ties - ties
      start = end
    }
  }
}
