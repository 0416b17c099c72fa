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
    let start = sign(short < 0, at: out)
    let end = DecimalText.write(whole, at: start)
    if part == 0 { return end }
    end.storeBytes(of: 0x2e, as: UInt8.self)
    writeDigits(part, 9, at: end + 1)
    var last = end + 10
    while (last - 1).load(as: UInt8.self) == 0x30 { last -= 1 }
    return last
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
    let end = DecimalText.write(whole, at: sign(sum < 0 && millionths > 0, at: out))
    end.storeBytes(of: 0x2e, as: UInt8.self)
    writeDigits(part, 6, at: end + 1)
    return end + 7
  }

  @inline(__always)
  private static func sign(_ isNegative: Bool, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    out.storeBytes(of: 0x2d, as: UInt8.self)
    return out + (isNegative ? 1 : 0)
  }

  /// The last `digits` digits of `value`, zeros in front.
  @inline(__always)
  private static func writeDigits(_ value: UInt64, _ digits: Int, at out: UnsafeMutableRawPointer) {
    var rest = value
    var at = out + digits
    while at > out {
      at -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      at.storeBytes(of: UInt8(truncatingIfNeeded: digit) &+ 0x30, as: UInt8.self)
      rest = quotient
    }
  }
}
