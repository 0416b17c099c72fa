/// Numbers with fio's units, read as fio 3.33 reads them where it is right, and refused where it would guess.
///
/// With `kb_base=1024`, the default: `k kb ki` are 1024 and `kib` is 1000 (fio's old scripts want `k` binary, and fio
/// swaps the other); with `kb_base=1000`: `k kb ki` are 1000 and `kib` is 1024. The same for m, g, t, p; letters' case
/// does not matter; a bare `b` is a byte. fio takes `4.5k` and `4x` for 4 and `0x10k` for 16: here all three are errors.
enum OptionUnits {
  /// A whole number with a unit of data, `0x` for hexadecimal; never negative.
  static func number(_ text: String, kbBase: Int) throws -> Int {
    let (value, rest) = try leadingNumber(text, what: "a number")
    let unit = rest.lowercased()
    if unit.isEmpty || unit == "b" { return value }
    // fio drops the unit of such a number without a word.
    if text.lowercased().hasPrefix("0x") {
      throw OptionError("'\(text)': no unit after a hexadecimal number")
    }
    let swapped = kbBase == 1024 ? 1000 : 1024
    for (power, letter) in ["k", "m", "g", "t", "p"].enumerated() {
      let base: Int
      switch unit {
      case letter, letter + "b", letter + "i": base = kbBase
      case letter + "ib": base = swapped
      default: continue
      }
      return try (0...power).reduce(value) { product, _ in try multiply(product, base, text) }
    }
    if unit.hasPrefix(".") { throw OptionError("'\(text)': whole numbers only (\(suggestedUnits))") }
    if unit == "z" { throw OptionError("zones ('z') are not supported") }
    throw OptionError("'\(text)': unknown unit '\(rest)' (\(suggestedUnits))")
  }

  /// A time in nanoseconds: `10`, `10s`, `500ms`, `20us`, `2m`, `1h`, `1d`.
  ///
  /// - Parameter unit: Nanoseconds that a number without a unit means.
  static func time(_ text: String, unit plain: Int) throws -> Int {
    let (value, rest) = try leadingNumber(text, what: "a time")
    let units = [
      "": plain, "us": 1000, "usec": 1000, "ms": 1_000_000, "msec": 1_000_000, "s": 1_000_000_000,
      "m": 60_000_000_000, "h": 3_600_000_000_000, "d": 86_400_000_000_000,
    ]
    guard let unit = units[rest.lowercased()] else {
      throw OptionError("'\(text)': unknown unit '\(rest)' (us, ms, s, m, h or d; whole numbers only)")
    }
    return try multiply(value, unit, text)
  }

  /// A time as ``time(_:unit:)`` reads it again, in the largest unit that is exact.
  static func timeText(_ nanoseconds: Int) -> String {
    if nanoseconds % 1_000_000_000 == 0 { return "\(nanoseconds / 1_000_000_000)s" }
    if nanoseconds % 1_000_000 == 0 { return "\(nanoseconds / 1_000_000)ms" }
    return "\(nanoseconds / 1000)us"
  }

  /// A decimal number, finite.
  static func decimal(_ text: some StringProtocol) throws -> Double {
    guard let value = Double(text), value.isFinite else { throw OptionError("'\(text)' is not a number") }
    return value
  }

  /// Without a `.0` that says nothing.
  static func decimalText(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
  }

  private static let suggestedUnits = "k, m, g, t, p, or kib … for the other base"

  /// The digits at the front, decimal or after `0x`, and what follows them.
  private static func leadingNumber(_ text: String, what: String) throws -> (Int, String) {
    guard !text.isEmpty else { throw OptionError("has no value") }
    guard !text.hasPrefix("(") else {
      throw OptionError("'\(text)': arithmetic is not supported: write the number")
    }
    let isHex = text.lowercased().hasPrefix("0x")
    let rest = Array(text.utf8.dropFirst(isHex ? 2 : 0))
    let digits = rest.prefix { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): isHex
      default: false
      }
    }
    guard !digits.isEmpty else { throw OptionError("'\(text)' is not \(what)") }
    guard let value = Int(String(decoding: digits, as: UTF8.self), radix: isHex ? 16 : 10) else {
      throw tooLarge(text)
    }
    let unit = rest.dropFirst(digits.count).drop { $0 == UInt8(ascii: " ") }
    return (value, String(decoding: unit, as: UTF8.self))
  }

  private static func multiply(_ value: Int, _ factor: Int, _ text: String) throws -> Int {
    let (product, overflow) = value.multipliedReportingOverflow(by: factor)
    guard !overflow else { throw tooLarge(text) }
    return product
  }

  private static func tooLarge(_ text: String) -> OptionError { OptionError("'\(text)' is too large") }
}
