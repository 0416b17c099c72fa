/// Texts of sums and averages, as ``ExactDecimal`` writes them, in 64-bit steps where the numbers allow.
enum ShortDecimal {
  private static let billion: UInt64 = 1_000_000_000

  /// The exact value of `units` of 10⁻¹⁸, without zeros at its end; ``ExactDecimal/longestText`` bytes can be written.
  @inline(__always)
  static func write(_ units: Int128, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    // Most revenues have at most nine digits behind the point.
    guard let billionths = GroupValueCodec.dividedByBillion(units), let short = Int64(exactly: billionths)
    else {
      return ExactDecimal(units: units).write(at: out)
    }
    let (whole, part) = short.magnitude.quotientAndRemainder(dividingBy: billion)
    let end = writeWhole(whole, at: sign(short < 0, at: out))
    if part == 0 { return end }
    let (first, others) = part.quotientAndRemainder(dividingBy: 100_000_000)
    let digits = eightDigits(others)
    end.storeBytes(of: UInt16(truncatingIfNeeded: first) &<< 8 &+ 0x302e, as: UInt16.self)
    (end + 2).storeBytes(of: digits &+ zeros, as: UInt64.self)
    // The last digits are the word's highest bytes: zeros there are left out.
    return end + 2 + (8 &- digits.leadingZeroBitCount &>> 3)
  }

  /// `sum / count` with six digits behind the point, rounded half away from zero.
  ///
  /// - Parameters:
  ///   - count: Over 0.
  ///   - out: ``ExactDecimal/longestText`` bytes can be written.
  @inline(__always)
  static func writeAverage(
    _ sum: Int64, count: Int64, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    // Twice the remainder and a million times the sum must fit.
    guard count > 0, sum.magnitude < 1 << 43, count < 1 << 62 else {
      return ExactDecimal.writeAverage(ExactDecimal(sum), count: count, at: out)
    }
    let divisor = UInt64(bitPattern: count)
    var (millionths, rest) = (sum.magnitude &* 1_000_000).quotientAndRemainder(dividingBy: divisor)
    if rest &* 2 >= divisor { millionths &+= 1 }
    let (whole, part) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
    let end = writeWhole(whole, at: sign(sum < 0 && millionths > 0, at: out))
    end.storeBytes(of: 0x2e, as: UInt8.self)
    (end + 1).storeBytes(of: (eightDigits(part) &+ zeros) &>> 16, as: UInt64.self)
    return end + 7
  }

  @inline(__always)
  private static func sign(_ isNegative: Bool, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    out.storeBytes(of: 0x2d, as: UInt8.self)
    return out + (isNegative ? 1 : 0)
  }

  @inline(__always)
  private static func writeWhole(_ value: UInt64, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  {
    if value >= 100_000_000 { return DecimalText.write(value, at: out) }
    let digits = eightDigits(value)
    // The first digits are the word's lowest bytes; of 0 the last one stays.
    let leading = min(digits.trailingZeroBitCount & ~7, 56)
    out.storeBytes(of: (digits &+ zeros) &>> UInt64(truncatingIfNeeded: leading), as: UInt64.self)
    return out + (8 &- leading &>> 3)
  }

  /// `0` in each byte.
  private static let zeros: UInt64 = 0x3030_3030_3030_3030

  /// The eight digits of a number under 10⁸, zeros in front, each in a byte, the first in the lowest.
  ///
  /// Two numbers of four digits, then four of two, then eight of one, side by side in a word; the multiplications are
  /// divisions by 100 and by 10.
  @inline(__always)
  static func eightDigits(_ value: UInt64) -> UInt64 {
    let (high, low) = value.quotientAndRemainder(dividingBy: 10_000)
    let fours = high | low &<< 32
    let hundreds = ((fours &* 10_486) &>> 20) & 0x0000_007f_0000_007f
    let pairs = hundreds | (fours &- 100 &* hundreds) &<< 16
    let tens = ((pairs &* 103) &>> 10) & 0x000f_000f_000f_000f
    return tens | (pairs &- 10 &* tens) &<< 8
  }
}
