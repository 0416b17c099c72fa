/// A group's value as bytes of a record of the encoding `binary`.
///
/// Kind `joined`: the count (over 0) as LEB128, then the sum of ranks as LEB128 of its zigzag form. Both kinds then: a byte with
/// the unit of the revenue (1: 10⁻⁹, where that is exact; 0: 10⁻¹⁸), and the revenue in two's complement, little-endian,
/// in as few bytes as hold it (none for 0). Each value has one form only.
///
/// A value with a sum beyond 128 (revenue) or 64 (ranks) bits, which no result may have but a part of one can, begins
/// with 2 (kind `revenue`) or 0 (kind `joined`), and goes on with the count (8 bytes) and the ranks (12) of kind
/// `joined`, and the revenue in 10⁻¹⁸ (20), in two's complement.
enum GroupValueCodec {
  /// Bytes that a value takes at most, and that its writer may touch.
  static let bound = 1 + 8 + 12 + 20 + 8

  /// Writes a value where ``bound`` bytes can be written; returns where it ends.
  @inline(__always)
  static func write(
    _ value: GroupValue, _ kind: GroupKind, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    if value.isWide { return writeWide(value, kind, at: out) }
    var p = out
    if kind == .joined {
      p = BinaryRecord.writeVariable(UInt64(bitPattern: value.count), at: p)
      p = BinaryRecord.writeVariable(zigzag(value.rankSum), at: p)
    }
    let billionths = dividedByBillion(value.revenue)
    p.storeBytes(of: billionths == nil ? 0 : 1, as: UInt8.self)
    let number = billionths ?? value.revenue
    (p + 1).storeBytes(of: number, as: Int128.self)
    return p + 1 + byteCount(number)
  }

  /// The value that lies at `at`, `length` bytes long, with 16 more readable; nil where the bytes are no value.
  @inline(__always)
  static func read(_ at: UnsafeRawPointer, length: Int, _ kind: GroupKind) -> GroupValue? {
    // Nearly all values of kind `revenue`: they stay in registers, where a call would hand them over in memory.
    if kind == .revenue, let short = readBillionths(at, length: length) { return GroupValue(revenue: short) }
    return readAny(at, length: length, kind)
  }

  @inline(never)
  private static func readAny(_ at: UnsafeRawPointer, length: Int, _ kind: GroupKind) -> GroupValue? {
    var p = at
    let end = at + length
    var value = GroupValue(revenue: 0)
    if length >= 21, at.load(as: UInt8.self) == wideMark(kind) { return readWide(at, length: length, kind) }
    if kind == .joined {
      guard let (count, ranks) = BinaryRecord.readVariable(p, end: end), count > 0,
        count <= UInt64(Int64.max),
        let (rankSum, rest) = BinaryRecord.readVariable(ranks, end: end)
      else { return nil }
      value.count = Int64(bitPattern: count)
      value.rankSum = unzigzag(rankSum)
      p = rest
    }
    let bytes = end - p &- 1
    guard bytes >= 0, bytes <= 16 else { return nil }
    let unit = p.load(as: UInt8.self)
    if unit == 1, bytes <= 8 {
      guard let short = readBillionths(p, length: bytes + 1) else { return nil }
      value.revenue = short
      return value
    }
    let unused = 128 &- 8 &* bytes
    let number = ((p + 1).loadUnaligned(as: Int128.self) << unused) >> unused
    guard unit <= 1, byteCount(number) == bytes else { return nil }
    if unit == 1 {
      let (product, overflow) = number.multipliedReportingOverflow(by: 1_000_000_000)
      if overflow { return nil }
      value.revenue = product
    } else {
      if dividedByBillion(number) != nil { return nil }
      value.revenue = number
    }
    return value
  }

  /// A revenue that is a whole number of 10⁻⁹ in 64 bits; nil for any other bytes.
  @inline(__always)
  private static func readBillionths(_ at: UnsafeRawPointer, length: Int) -> Int128? {
    guard at.load(as: UInt8.self) == 1, length > 0, length <= 9 else { return nil }
    let bytes = length &- 1
    // Shifts by 64 bits are defined, and leave nothing.
    let unused = 64 &- 8 &* bytes
    let short = ((at + 1).loadUnaligned(as: Int64.self) << unused) >> unused
    return byteCount(short) == bytes ? product(short, 1_000_000_000) : nil
  }

  @inline(__always)
  private static func wideMark(_ kind: GroupKind) -> UInt8 { kind == .joined ? 0 : 2 }

  @inline(never)
  private static func writeWide(
    _ value: GroupValue, _ kind: GroupKind, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    out.storeBytes(of: wideMark(kind), as: UInt8.self)
    var p = out + 1
    if kind == .joined {
      p.storeBytes(of: value.count, as: Int64.self)
      (p + 8).storeBytes(of: value.rankSum, as: Int64.self)
      (p + 16).storeBytes(of: high(value.rankHigh, below: value.rankSum < 0), as: Int32.self)
      p += 20
    }
    p.storeBytes(of: value.revenue, as: Int128.self)
    (p + 16).storeBytes(of: high(value.revenueHigh, below: value.revenue < 0), as: Int32.self)
    return p + 20
  }

  @inline(never)
  private static func readWide(_ at: UnsafeRawPointer, length: Int, _ kind: GroupKind) -> GroupValue? {
    guard length == (kind == .joined ? 41 : 21) else { return nil }
    var value = GroupValue(revenue: 0)
    var p = at + 1
    if kind == .joined {
      value.count = p.loadUnaligned(as: Int64.self)
      value.rankSum = (p + 8).loadUnaligned(as: Int64.self)
      guard value.count > 0,
        let ranks = carried((p + 16).loadUnaligned(as: Int32.self), below: value.rankSum < 0)
      else { return nil }
      value.rankHigh = ranks
      p += 20
    }
    value.revenue = p.loadUnaligned(as: Int128.self)
    guard let revenue = carried((p + 16).loadUnaligned(as: Int32.self), below: value.revenue < 0)
    else { return nil }
    value.revenueHigh = revenue
    return value.isWide ? value : nil
  }

  // In two's complement the upper bits of a number whose lower ones are taken without sign; a value's are taken with it.

  private static func high(_ carry: Int32, below isNegative: Bool) -> Int32 { carry &- (isNegative ? 1 : 0) }

  private static func carried(_ high: Int32, below isNegative: Bool) -> Int32? {
    let (carry, overflow) = high.addingReportingOverflow(isNegative ? 1 : 0)
    return overflow ? nil : carry
  }

  /// `value / 10⁹` where that is exact.
  ///
  /// Multiplying by the inverse of 5⁹ modulo 2¹²⁸ is the division, if the result lies where quotients do: a division
  /// of 128 bits takes ten times as long.
  @inline(__always)
  static func dividedByBillion(_ value: Int128) -> Int128? {
    if value & 511 != 0 { return nil }
    let quotient = (value >> 9) &* inverse
    return quotient <= largest && quotient >= -largest ? quotient : nil
  }

  /// 5⁹ · inverse = 1 modulo 2¹²⁸.
  @inline(__always)
  private static var inverse: Int128 {
    Int128(truncatingIfNeeded: 0x9715_7d37_2fb9_787e as UInt64) << 64
      | Int128(0x8e47_ce42_3a2e_9c6d as UInt64)
  }
  /// 2¹¹⁸ / 5⁹: what the shift leaves has 119 bits with its sign.
  @inline(__always)
  private static var largest: Int128 {
    Int128(0x0000_0002_25c1_7d04 as UInt64) << 64 | Int128(0xdad2_965c_c5a0_2a23 as UInt64)
  }

  @inline(__always)
  private static func product(_ a: Int64, _ b: Int64) -> Int128 {
    let (high, low) = a.multipliedFullWidth(by: b)
    return Int128(high) << 64 | Int128(low)
  }

  @inline(__always)
  private static func byteCount(_ number: Int128) -> Int {
    if number == 0 { return 0 }
    let magnitude = number ^ (number >> 127)
    // One bit more for the sign.
    return (136 &- magnitude.leadingZeroBitCount) / 8
  }

  @inline(__always)
  private static func byteCount(_ number: Int64) -> Int {
    if number == 0 { return 0 }
    let magnitude = number ^ (number &>> 63)
    return (72 &- magnitude.leadingZeroBitCount) / 8
  }

  @inline(__always)
  private static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value) &<< 1 ^ UInt64(bitPattern: value &>> 63)
  }

  @inline(__always)
  private static func unzigzag(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value &>> 1) ^ (0 &- Int64(bitPattern: value & 1))
  }
}
