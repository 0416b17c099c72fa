/// Unsigned decimal numbers as ASCII, without allocation.
enum DecimalText {
  /// The longest number: 2⁶⁴ - 1.
  static let longest = 20

  /// Writes `value` at `out`, where 20 bytes must be writable; returns where it ends.
  @inline(__always)
  static func write(_ value: UInt64, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    if value < 10 {
      out.storeBytes(of: UInt8(truncatingIfNeeded: value) &+ 0x30, as: UInt8.self)
      return out + 1
    }
    return writeLong(value, at: out)
  }

  private static func writeLong(_ value: UInt64, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    var digits = 1
    var limit: UInt64 = 10
    while value >= limit {
      digits &+= 1
      let (next, overflow) = limit.multipliedReportingOverflow(by: 10)
      if overflow { break }
      limit = next
    }
    let end = out + digits
    var at = end
    var rest = value
    while at > out {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      at -= 1
      at.storeBytes(of: UInt8(truncatingIfNeeded: digit) &+ 0x30, as: UInt8.self)
      rest = quotient
    }
    return end
  }

  /// Reads the number that starts at `at`; nil where there is none, or it is over 2⁶⁴ - 1, or has a leading zero.
  @inline(__always)
  static func read(
    _ at: UnsafeRawPointer, end: UnsafeRawPointer
  ) -> (value: UInt64, end: UnsafeRawPointer)? {
    var p = at
    var value: UInt64 = 0
    while p < end {
      let digit = p.load(as: UInt8.self) &- 0x30
      if digit > 9 { break }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      if overflow || carry { return nil }
      value = sum
      p += 1
    }
    if p == at { return nil }
    if at.load(as: UInt8.self) == 0x30, p - at > 1 { return nil }
    return (value, p)
  }
}
