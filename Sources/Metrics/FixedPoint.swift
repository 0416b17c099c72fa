/// Numbers with a fixed count of decimals, as tables and C's `%.2f` write them.
public enum FixedPoint {
  /// `value` with `digits` decimals, 0–9; what is over the integers' range, or no number, as Swift writes it.
  public static func text(_ value: Double, _ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let magnitude = (value.magnitude * Double(scale)).rounded()
    guard magnitude < 9e18 else { return "\(value)" }
    let scaled = Int(magnitude)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    return "\(sign)\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }
}
