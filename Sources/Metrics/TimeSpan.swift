/// Spans of time as people write them: `90s`, `10m`, `1.5h`, `250ms`.
public enum TimeSpan {
  private static let units: [(name: String, nanoseconds: Double)] = [
    ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("min", 60e9), ("h", 3600e9),
  ]

  /// Nanoseconds, or nil where `text` is no span (no unit, an unknown one, negative, over a year).
  public static func parse(_ text: some StringProtocol) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    guard let number = Double(digits), number.isFinite else { return nil }
    let name = String(text.dropFirst(digits.count).drop { $0 == " " })
    guard let unit = units.first(where: { $0.name == name }) else { return nil }
    let nanoseconds = number * unit.nanoseconds
    return nanoseconds <= 366 * 86_400e9 ? Int(nanoseconds) : nil
  }

  /// For people, two units at most: `45 s`, `2 min 5 s`, `3 h 20 min`; under 10 s with a decimal.
  public static func text(_ nanoseconds: Int) -> String {
    let seconds = Int((Double(nanoseconds) / 1e9).rounded())
    switch seconds {
    case ..<10:
      let tenths = Int((Double(nanoseconds) / 1e8).rounded())
      return "\(tenths / 10).\(tenths % 10) s"
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) min" + (seconds % 60 > 0 ? " \(seconds % 60) s" : "")
    default: return "\(seconds / 3600) h" + (seconds / 60 % 60 > 0 ? " \(seconds / 60 % 60) min" : "")
    }
  }

  /// As ``parse(_:)`` reads it back exactly: `600s`, `250ms`.
  public static func exact(_ nanoseconds: Int) -> String {
    nanoseconds % 1_000_000_000 == 0
      ? "\(nanoseconds / 1_000_000_000)s" : "\(Double(nanoseconds) / 1e6)ms"
  }
}
