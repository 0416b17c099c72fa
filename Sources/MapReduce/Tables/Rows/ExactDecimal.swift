/// A decimal number with 18 digits behind the point, added without rounding: ±1.7·10²⁰.
public struct ExactDecimal: Hashable, Comparable, Sendable {
  /// In units of 10⁻¹⁸.
  public var units: Int128

  public static let fractionDigits = 18
  /// How many units are 1.
  public static let one: Int128 = 1_000_000_000_000_000_000
  /// The longest text: sign, 21 digits, point, 18 digits.
  public static let longestText = 41

  @inline(__always)
  public init(units: Int128) { self.units = units }

  /// Every whole number of 64 bits fits.
  @inline(__always)
  public init(_ whole: Int64) { units = Int128(whole) &* Self.one }

  public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool { left.units < right.units }

  /// Reads `-`, at least one digit, and perhaps a point and at least one digit more; nothing may stand around it.
  ///
  /// - Returns: nil where the bytes are anything else, have over 18 digits behind the point (zeros count), or do not
  ///   fit. Leading zeros are fine.
  public static func parse(_ bytes: UnsafeRawPointer, length: Int) -> ExactDecimal? {
    let end = bytes + length
    var at = bytes
    let isNegative = at < end && at.load(as: UInt8.self) == 0x2d
    if isNegative { at += 1 }
    guard let whole = digits(&at, end: end, most: Int.max) else { return nil }
    var (units, overflow) = whole.value.multipliedReportingOverflow(by: UInt128(one))
    if overflow { return nil }
    if at < end {
      guard at.load(as: UInt8.self) == 0x2e else { return nil }
      at += 1
      guard let part = digits(&at, end: end, most: fractionDigits), at == end else { return nil }
      let scaled = part.value &* UInt128(truncatingIfNeeded: powers[fractionDigits &- part.count])
      (units, overflow) = units.addingReportingOverflow(scaled)
      if overflow { return nil }
    }
    // One more below than above zero.
    guard units <= UInt128(Int128.max) + (isNegative ? 1 : 0) else { return nil }
    let bits = Int128(truncatingIfNeeded: units)
    return ExactDecimal(units: isNegative ? 0 &- bits : bits)
  }

  /// - Throws: ``DecimalError/overflow``; the sum is unchanged then.
  @inline(__always)
  public mutating func add(_ other: ExactDecimal) throws(DecimalError) {
    let (sum, overflow) = units.addingReportingOverflow(other.units)
    if overflow { throw .overflow }
    units = sum
  }

  /// Writes the exact value, with no more digits than it needs: `1.5`, `2`, `0`, `-0.25`.
  ///
  /// - Parameter out: ``longestText`` bytes can be written.
  /// - Returns: Where the text ends.
  public func write(at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    let (whole, part) = units.magnitude.quotientAndRemainder(dividingBy: UInt128(Self.one))
    var end = Self.write(whole, isNegative: units < 0, at: out)
    var digits = Self.fractionDigits
    var rest = UInt64(truncatingIfNeeded: part)
    if rest == 0 { return end }
    while rest % 10 == 0 {
      rest /= 10
      digits -= 1
    }
    end.storeBytes(of: 0x2e, as: UInt8.self)
    end += 1
    Self.write(rest, digits: digits, at: end)
    return end + digits
  }

  /// Writes `sum / count` with 6 digits behind the point, rounded half away from zero.
  ///
  /// - Parameters:
  ///   - count: Over 0.
  ///   - out: ``longestText`` bytes can be written.
  /// - Returns: Where the text ends.
  public static func writeAverage(
    _ sum: ExactDecimal, count: Int64, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    precondition(count > 0)
    // Units of 10⁻¹⁸ to units of 10⁻⁶, in the same division.
    let divisor = UInt128(count) * 1_000_000_000_000
    var (millionths, rest) = sum.units.magnitude.quotientAndRemainder(dividingBy: divisor)
    if rest * 2 >= divisor { millionths += 1 }
    let (whole, part) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
    let end = write(whole, isNegative: sum.units < 0 && millionths > 0, at: out)
    end.storeBytes(of: 0x2e, as: UInt8.self)
    write(UInt64(truncatingIfNeeded: part), digits: 6, at: end + 1)
    return end + 7
  }

  /// The exact value as ``write(at:)`` has it.
  public var text: String { Self.string { write(at: $0) } }

  /// The average as ``writeAverage(_:count:at:)`` has it.
  public static func averageText(_ sum: ExactDecimal, count: Int64) -> String {
    string { writeAverage(sum, count: count, at: $0) }
  }

  private static func string(_ write: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer) -> String {
    withUnsafeTemporaryAllocation(byteCount: longestText, alignment: 8) { room in
      let end = write(room.baseAddress!)
      return String(decoding: UnsafeRawBufferPointer(room)[..<(end - room.baseAddress!)], as: UTF8.self)
    }
  }
}

/// Why an exact sum ended.
public enum DecimalError: Error, Equatable, Sendable, CustomStringConvertible {
  case overflow

  public var description: String {
    "add up decimal numbers: a sum is beyond 1.7e20, which 128 bits cannot hold (divide the column by a power of ten)"
  }
}

extension ExactDecimal {
  /// 10⁰ to 10¹⁸.
  private static let powers: [UInt64] = (0...18).map { (0..<$0).reduce(1) { power, _ in power * 10 } }

  /// Takes digits from `at` on: at least one and at most `most`; nil too where the number is over 2¹²⁸ - 1.
  private static func digits(
    _ at: inout UnsafeRawPointer, end: UnsafeRawPointer, most: Int
  ) -> (value: UInt128, count: Int)? {
    let start = at
    // Nineteen digits always fit 64 bits; more are rare.
    var low: UInt64 = 0
    while at < end, at - start < 19 {
      let digit = at.load(as: UInt8.self) &- 0x30
      if digit > 9 { break }
      low = low &* 10 &+ UInt64(digit)
      at += 1
    }
    var value = UInt128(low)
    while at < end {
      let digit = at.load(as: UInt8.self) &- 0x30
      if digit > 9 { break }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt128(digit))
      if overflow || carry { return nil }
      value = sum
      at += 1
    }
    let count = at - start
    return count == 0 || count > most ? nil : (value, count)
  }

  /// Sign and whole part.
  private static func write(
    _ whole: UInt128, isNegative: Bool, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var at = out
    if isNegative {
      at.storeBytes(of: 0x2d, as: UInt8.self)
      at += 1
    }
    let limit: UInt128 = 10_000_000_000_000_000_000
    if whole < limit { return DecimalText.write(UInt64(truncatingIfNeeded: whole), at: at) }
    let (high, low) = whole.quotientAndRemainder(dividingBy: limit)
    at = DecimalText.write(UInt64(truncatingIfNeeded: high), at: at)
    write(UInt64(truncatingIfNeeded: low), digits: 19, at: at)
    return at + 19
  }

  /// The last `digits` digits of `value`, zeros in front.
  private static func write(_ value: UInt64, digits: Int, at out: UnsafeMutableRawPointer) {
    var rest = value
    var at = out + digits
    while at > out {
      at -= 1
      at.storeBytes(of: UInt8(truncatingIfNeeded: rest % 10) &+ 0x30, as: UInt8.self)
      rest /= 10
    }
  }
}
