/// Reads records of the encoding `json`, strictly: only what ``JSONRecord`` writes is a record.
enum JSONRecordReader {
  /// Where a record's parts lie; `end` is behind its line feed.
  struct View {
    var key: UnsafeRawPointer
    /// Bytes of the key as it stands, escaped.
    var rawLength: Int
    var isEscaped: Bool
    var count: UInt64
    var end: UnsafeRawPointer
  }

  /// The record at `at`; nil where the bytes up to `end` do not begin with a whole one. Reads up to 16 bytes behind
  /// `end`. Escapes and UTF-8 of a key with `isEscaped` are still to be checked by ``unescape(_:into:)``.
  @inline(__always)
  static func read(_ at: UnsafeRawPointer, end: UnsafeRawPointer) -> View? {
    // A record takes at least the three frames and one digit.
    guard
      end - at > JSONRecord.headLength + JSONRecord.middleLength + JSONRecord.tailLength,
      at.loadUnaligned(as: UInt64.self) == JSONRecord.head
    else { return nil }
    let key = at + JSONRecord.headLength
    var quote = key
    var escaped = false
    while true {
      let flags = JSONRecord.special(quote.loadUnaligned(as: UInt64.self))
      if flags == 0 {
        quote += 8
        if quote >= end { return nil }
        continue
      }
      quote += flags.trailingZeroBitCount &>> 3
      if quote >= end { return nil }
      let byte = quote.load(as: UInt8.self)
      if byte == 0x22 { break }
      if byte < 0x20 { return nil }
      escaped = true
      quote += byte == 0x5c ? 2 : 1
      if quote >= end { return nil }
    }
    guard end - quote > JSONRecord.middleLength,
      quote.loadUnaligned(as: UInt64.self) == JSONRecord.middle,
      (quote + 8).loadUnaligned(as: UInt32.self) & 0xff_ffff == JSONRecord.middleTail,
      let (count, tail) = DecimalText.read(quote + JSONRecord.middleLength, end: end),
      count > 0,
      end - tail >= JSONRecord.tailLength,
      tail.loadUnaligned(as: UInt32.self) & 0xff_ffff == JSONRecord.tail
    else { return nil }
    return View(
      key: key, rawLength: quote - key, isEscaped: escaped, count: count, end: tail + JSONRecord.tailLength)
  }

  /// Writes the key's own bytes to `out`, where `view.rawLength` bytes must be writable, and returns how many; nil
  /// where an escape is none of ours or raw bytes are not UTF-8.
  static func unescape(_ view: View, into out: UnsafeMutableRawPointer) -> Int? {
    unescape(view.key, view.rawLength, into: out)
  }

  /// The same of a text of `rawLength` bytes as they stand.
  static func unescape(
    _ text: UnsafeRawPointer, _ rawLength: Int, into out: UnsafeMutableRawPointer
  ) -> Int? {
    var at = text
    let end = at + rawLength
    var p = out
    while at < end {
      // Eight bytes at a time, as far as they stand for themselves.
      if end - at >= 8 {
        let word = at.loadUnaligned(as: UInt64.self)
        p.storeBytes(of: word, as: UInt64.self)
        let plain = JSONRecord.plainLength(word)
        p += plain
        at += plain
        if plain == 8 { continue }
      }
      let byte = at.load(as: UInt8.self)
      switch byte {
      case 0x5c:
        guard end - at >= 2 else { return nil }
        let kind = (at + 1).load(as: UInt8.self)
        if kind == 0x22 || kind == 0x5c {
          p.storeBytes(of: kind, as: UInt8.self)
          at += 2
        } else {
          guard kind == 0x75, end - at >= 6, let value = unit(at + 2) else { return nil }
          p.storeBytes(of: value, as: UInt8.self)
          at += 6
        }
        p += 1
      case 0x20..<0x80:
        p.storeBytes(of: byte, as: UInt8.self)
        p += 1
        at += 1
      default:
        let sequence = byte < 0x80 ? 0 : UTF8Sequence.length(at, end: end)
        if sequence == 0 { return nil }
        p.copyMemory(from: at, byteCount: sequence)
        p += sequence
        at += sequence
      }
    }
    return p - out
  }

  /// The byte that four lower-case hexadecimal digits stand for: `0000` to `001f`, or `dc80` to `dcff`.
  private static func unit(_ at: UnsafeRawPointer) -> UInt8? {
    var value = 0
    for index in 0..<4 {
      let byte = (at + index).load(as: UInt8.self)
      switch byte {
      case 0x30...0x39: value = value << 4 | Int(byte - 0x30)
      case 0x61...0x66: value = value << 4 | Int(byte - 0x57)
      default: return nil
      }
    }
    return value < 0x20 || (0xdc80...0xdcff).contains(value) ? UInt8(truncatingIfNeeded: value) : nil
  }
}
