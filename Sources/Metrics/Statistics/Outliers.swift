/// Values that lie far from the others, by a rule that they themselves cannot move.
public enum Outliers {
  /// As hyperfine: ten standard deviations, estimated by 1.4826 × the median absolute deviation.
  ///
  /// Source: hyperfine, `src/outlier_detection.rs`; Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993).
  public static let threshold = 14.826
  /// Of fewer values none is called an outlier: their deviation says too little.
  public static let fewest = 5
  /// Deviations below this share of the median are no disturbance, however alike the other values are.
  static let leastDeviation = 0.001

  /// Distance of each value from the median, in median absolute deviations; nil for too few values.
  public static func scores(_ values: [Double]) -> [Double]? {
    guard values.count >= fewest, let median = Statistics.median(values) else { return nil }
    let deviation = Statistics.median(values.map { ($0 - median).magnitude }) ?? 0
    let scale = max(deviation, leastDeviation * median.magnitude, .leastNormalMagnitude)
    return values.map { ($0 - median) / scale }
  }
}
