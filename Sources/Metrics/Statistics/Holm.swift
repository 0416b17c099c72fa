/// Holm's step-down adjustment of the p values of one family of tests.
///
/// A row whose adjusted p is at most α may be called significant; that any is so by chance alone has a probability of at
/// most α, however the tests depend on each other.
///
/// Source: S. Holm, "A simple sequentially rejective multiple test procedure" (Scandinavian Journal of Statistics 6,
/// 1979).
public enum Holm {
  /// `result[i]` is the adjusted `p[i]`, at most 1.
  public static func adjusted(_ p: [Double]) -> [Double] {
    var result = p
    var least = 0.0
    for (place, index) in p.indices.sorted(by: { p[$0] < p[$1] }).enumerated() {
      least = max(least, min(1, p[index] * Double(p.count - place)))
      result[index] = least
    }
    return result
  }
}
