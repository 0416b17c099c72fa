/// Eight ASCII digits as one word, the first digit in its lowest byte.
struct DigitWord {
  /// What the bytes are above `0`: 0 to 9 for digits.
  private var values: UInt64

  private static let zeros: UInt64 = 0x3030_3030_3030_3030

  /// Eight bytes as they were loaded.
  @inline(__always)
  init(_ bytes: UInt64) { values = bytes.littleEndian ^ Self.zeros }

  /// The first `count` (1 to 8) bytes at `start`, with zeros in front; 8 bytes must be readable.
  @inline(__always)
  init(padding start: UnsafeRawPointer, count: Int) {
    values = DigitWord(start.loadUnaligned(as: UInt64.self)).values
    values &<<= UInt64(truncatingIfNeeded: 64 &- 8 &* count)
  }

  /// The first `count` (1 to 8) bytes at `start`, with zeros behind; 8 bytes must be readable.
  @inline(__always)
  init(filling start: UnsafeRawPointer, count: Int) {
    values = DigitWord(start.loadUnaligned(as: UInt64.self)).values
    values &= UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count)
  }

  /// The four pairs of digits as numbers, in bytes 0, 2, 4 and 6 (the others hold rubbish); nil where a byte is no digit.
  @inline(__always) var pairs: UInt64? {
    // 0x76 more brings 10 and all above to the highest bit, 9 not.
    guard ((values &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080 == 0 else { return nil }
    return values &* 10 &+ values &>> 8
  }

  /// The number that the digits write; nil where a byte is no digit.
  @inline(__always) var number: UInt64? {
    guard let pairs else { return nil }
    return Self.number(pairs: pairs)
  }

  /// The number of eight digits whose pairs these are.
  @inline(__always)
  static func number(pairs: UInt64) -> UInt64 {
    let first = (pairs & 0x0000_00ff_0000_00ff) &* (100 &+ 1_000_000 &<< 32)
    let second = (pairs &>> 16 & 0x0000_00ff_0000_00ff) &* (1 &+ 10_000 &<< 32)
    return (first &+ second) &>> 32
  }
}
