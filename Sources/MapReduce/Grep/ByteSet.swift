import CSystemIO

/// A set of byte values; what a byte class of a pattern matches.
struct ByteSet: Hashable, Sendable {
  /// Bit `b % 64` of word `b / 64` stands for byte `b`.
  private var words = SIMD4<UInt64>()

  init() {}

  init(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { insert(byte) }
  }

  /// What separates tokens: space, \t, \n, \v, \f, \r.
  static let whiteSpace = ByteSet([0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D])
  static let newline = ByteSet([0x0A])

  func contains(_ byte: UInt8) -> Bool {
    words[Int(byte >> 6)] &>> UInt64(byte & 63) & 1 == 1
  }

  mutating func insert(_ byte: UInt8) {
    words[Int(byte >> 6)] |= 1 &<< UInt64(byte & 63)
  }

  var count: Int { (0..<4).reduce(0) { $0 + words[$1].nonzeroBitCount } }
  var isEmpty: Bool { words == SIMD4() }
  var bytes: [UInt8] { (UInt8.min...UInt8.max).filter(contains) }

  /// The byte of a set of one.
  var onlyByte: UInt8? { count == 1 ? bytes[0] : nil }

  func union(_ other: ByteSet) -> ByteSet {
    var result = self
    result.words |= other.words
    return result
  }

  func subtracting(_ other: ByteSet) -> ByteSet {
    var result = self
    result.words &= ~other.words
    return result
  }

  func isDisjoint(with other: ByteSet) -> Bool { words & other.words == SIMD4() }

  /// The fewest ranges that hold these bytes, for the block scan.
  var ranges: mb_byte_ranges {
    var ranges = mb_byte_ranges()
    withUnsafeMutableBytes(of: &ranges.low) { low in
      withUnsafeMutableBytes(of: &ranges.width) { width in
        var previous = -2
        var count = 0
        for byte in bytes {
          if Int(byte) == previous + 1 {
            width[count - 1] += 1
          } else {
            low[count] = byte
            width[count] = 0
            count += 1
          }
          previous = Int(byte)
        }
        ranges.count = UInt32(count)
      }
    }
    return ranges
  }
}
