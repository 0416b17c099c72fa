/// Records of the encoding `json`: Corral's lines `{"key":"<escaped>","value":"<decimal>"}` and a line feed.
///
/// In the key `"` and `\` stand behind a backslash, control bytes (under 0x20) are `\u00XX` and each byte that is
/// no part of well-formed UTF-8 is `\udcXX` (as Python's `surrogateescape` reads it), so that keys stay exact.
enum JSONRecord {
  static let name = "json"
  /// `{"key":"`
  static let head: UInt64 = 0x223a_2279_656b_227b
  static let headLength = 8
  /// `","value":"` in two words: its first 8 bytes, and its last 3 with a zero behind.
  static let middle: UInt64 = 0x6575_6c61_7622_2c22
  static let middleTail: UInt32 = 0x0022_3a22
  static let middleLength = 11
  /// `"}` and the line feed, with a zero behind.
  static let tail: UInt32 = 0x000a_7d22
  static let tailLength = 3

  /// The bound of all keys of at most 16 bytes.
  static let shortBound = bound(keyLength: 16)

  @inline(__always)
  static func bound(keyLength: Int) -> Int {
    headLength &+ max(6 &* keyLength, 16) &+ 12 &+ DecimalText.longest &+ 4
  }

  @inline(__always)
  static func write(word: UInt64, count: UInt64, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    let length = WordKey.length(word)
    if plainLength(word) < length { return writeEscaped(word, 0, length, count, at: out) }
    out.storeBytes(of: head, as: UInt64.self)
    (out + headLength).storeBytes(of: word, as: UInt64.self)
    return writeEnd(count, at: out + headLength + length)
  }

  @inline(__always)
  static func write(
    low: UInt64, high: UInt64, length: Int, count: UInt64, at out: UnsafeMutableRawPointer
  )
    -> UnsafeMutableRawPointer
  {
    if plainLength(low, high) < length {
      return writeEscaped(low, high, length, count, at: out)
    }
    out.storeBytes(of: head, as: UInt64.self)
    (out + headLength).storeBytes(of: low, as: UInt64.self)
    (out + headLength + 8).storeBytes(of: high, as: UInt64.self)
    return writeEnd(count, at: out + headLength + length)
  }

  @inline(__always)
  static func write(
    key: UnsafeRawPointer, length: Int, count: UInt64, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    if length <= 16 {
      let low = key.loadUnaligned(as: UInt64.self)
      let high = (key + 8).loadUnaligned(as: UInt64.self)
      if plainLength(low, high) >= length {
        out.storeBytes(of: head, as: UInt64.self)
        (out + headLength).storeBytes(of: low, as: UInt64.self)
        (out + headLength + 8).storeBytes(of: high, as: UInt64.self)
        return writeEnd(count, at: out + headLength + length)
      }
    }
    return writeEscaped(key, length, count, at: out)
  }

  @inline(__always)
  private static func writeEnd(_ count: UInt64, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    out.storeBytes(of: middle, as: UInt64.self)
    (out + 8).storeBytes(of: middleTail, as: UInt32.self)
    let end = DecimalText.write(count, at: out + middleLength)
    end.storeBytes(of: tail, as: UInt32.self)
    return end + tailLength
  }

  @inline(never)
  private static func writeEscaped(
    _ low: UInt64, _ high: UInt64, _ length: Int, _ count: UInt64, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    withUnsafeBytes(of: (low, high)) { writeEscaped($0.baseAddress!, length, count, at: out) }
  }

  @inline(never)
  private static func writeEscaped(
    _ key: UnsafeRawPointer, _ length: Int, _ count: UInt64, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    out.storeBytes(of: head, as: UInt64.self)
    return writeEnd(count, at: escape(key, length, at: out + headLength))
  }

  /// How many of a word's bytes, from the low end, surely need no escape.
  @inline(__always)
  static func plainLength(_ word: UInt64) -> Int {
    let flags = special(word)
    return flags == 0 ? 8 : flags.trailingZeroBitCount &>> 3
  }

  @inline(__always)
  private static func plainLength(_ low: UInt64, _ high: UInt64) -> Int {
    let first = plainLength(low)
    return first < 8 ? first : 8 &+ plainLength(high)
  }

  /// A word with bit 7 set in the first byte (from the low end) that is over 0x7f, under 0x20, `"` or `\`; bits behind
  /// that byte may be set needlessly.
  @inline(__always)
  static func special(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5c)
    let found = (word &- ones &* 0x20) | (quote &- ones) | (backslash &- ones) | word
    return found & (ones &* 0x80)
  }

  /// Writes a text with escapes, at most six bytes for each of its own; returns where it ends.
  static func escape(
    _ key: UnsafeRawPointer, _ length: Int, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var p = out
    var at = key
    let end = key + length
    while at < end {
      // Eight bytes at a time, as far as they stand for themselves.
      if end - at >= 8 {
        let word = at.loadUnaligned(as: UInt64.self)
        p.storeBytes(of: word, as: UInt64.self)
        let plain = plainLength(word)
        p += plain
        at += plain
        if plain == 8 { continue }
      }
      let byte = at.load(as: UInt8.self)
      switch byte {
      case 0x22, 0x5c:
        p.storeBytes(of: 0x5c, as: UInt8.self)
        (p + 1).storeBytes(of: byte, as: UInt8.self)
        p += 2
        at += 1
      case 0..<0x20:
        p = writeUnit(0x00, byte, at: p)
        at += 1
      case 0x20..<0x80:
        p.storeBytes(of: byte, as: UInt8.self)
        p += 1
        at += 1
      default:
        let sequence = UTF8Sequence.length(at, end: end)
        if sequence == 0 {
          p = writeUnit(0xdc, byte, at: p)
          at += 1
        } else {
          p.copyMemory(from: at, byteCount: sequence)
          p += sequence
          at += sequence
        }
      }
    }
    return p
  }

  /// `\uHHLL` in lower-case hexadecimal digits.
  private static func writeUnit(
    _ high: UInt8, _ low: UInt8, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
    let text: [6 of UInt8] = [
      0x5c, 0x75, digit(high >> 4), digit(high & 15), digit(low >> 4), digit(low & 15),
    ]
    for index in 0..<6 { (out + index).storeBytes(of: text[index], as: UInt8.self) }
    return out + 6
  }
}
