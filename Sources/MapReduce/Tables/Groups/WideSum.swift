/// A sum of 160 bits as text: what a group's revenue may be on its way (``GroupValue``). Rare, and unhurried.
struct WideSum: Equatable {
  /// In units of 10⁻¹⁸: `high` times 2¹²⁸, and `low`.
  var high: Int32
  var low: Int128

  private static let one = UInt128(ExactDecimal.one)

  private var isNegative: Bool { high < 0 || (high == 0 && low < 0) }

  /// Its size: upper bits, lower 128.
  private var magnitude: (UInt64, UInt128) {
    let sign: Int64 = isNegative ? -1 : 1
    // In two's complement; a borrow where the lower part has the other sign.
    let borrows = isNegative ? low > 0 : low < 0
    let bits = UInt128(truncatingIfNeeded: isNegative ? 0 &- low : low)
    return (UInt64(sign * Int64(high) - (borrows ? 1 : 0)), bits)
  }

  /// As ``ExactDecimal`` writes it.
  var text: String {
    let (upper, lower) = magnitude
    let mask = UInt128(UInt64.max)
    let (first, rest) = (UInt128(upper) << 64 | lower >> 64).quotientAndRemainder(dividingBy: Self.one)
    let (second, units) = (rest << 64 | lower & mask).quotientAndRemainder(dividingBy: Self.one)
    var fraction = Substring(String(Self.one + units).dropFirst())
    while fraction.last == "0" { fraction.removeLast() }
    let whole = String(first << 64 + second)
    return (isNegative ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
  }

  init(high: Int32, low: Int128) {
    self.high = high
    self.low = low
  }

  /// nil where the text is no decimal number with at most 18 digits behind the point, or does not fit.
  init?(_ text: some StringProtocol) {
    let isNegative = text.hasPrefix("-")
    let parts = text.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 1 || (parts.count == 2 && (1...18).contains(parts[1].utf8.count)),
      parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let whole = UInt128(parts[0]), whole >> 101 == 0
    else { return nil }
    let fraction = parts.count == 1 ? "" : String(parts[1])
    let units = UInt128(fraction + String(repeating: "0", count: 18 - fraction.utf8.count)) ?? 0
    let mask = UInt128(UInt64.max)
    let lower = (whole & mask) * Self.one + units
    let upper = (whole >> 64) * Self.one + lower >> 64
    var carry = Int64(truncatingIfNeeded: upper >> 64)
    var bits = Int128(truncatingIfNeeded: upper << 64 | lower & mask)
    if bits < 0 { carry += 1 }
    if isNegative {
      carry = bits == .min ? 1 - carry : -carry
      bits = 0 &- bits
    }
    guard let high = Int32(exactly: carry) else { return nil }
    self.init(high: high, low: bits)
  }
}
