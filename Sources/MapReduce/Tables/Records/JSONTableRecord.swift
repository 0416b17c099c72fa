/// Table records of the encoding `json`: `{"key":"<escaped>","value":"<escaped>"}` and a line feed.
///
/// Frame and escapes are ``JSONRecord``'s.
enum JSONTableRecord {
  static func bound(keyLength: Int, valueLength: Int) -> Int {
    JSONRecord.headLength + 6 * keyLength + 12 + 6 * valueLength + 4
  }

  static func write(_ record: TableRecord, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    out.storeBytes(of: JSONRecord.head, as: UInt64.self)
    let middle = JSONRecord.escape(record.key, record.keyLength, at: out + JSONRecord.headLength)
    middle.storeBytes(of: JSONRecord.middle, as: UInt64.self)
    (middle + 8).storeBytes(of: JSONRecord.middleTail, as: UInt32.self)
    let tail = JSONRecord.escape(record.value, record.valueLength, at: middle + JSONRecord.middleLength)
    tail.storeBytes(of: JSONRecord.tail, as: UInt32.self)
    return tail + JSONRecord.tailLength
  }

  /// Key and value as they stand, escaped, and where the record ends.
  struct View {
    var key: UnsafeRawPointer
    var keyLength: Int
    var value: UnsafeRawPointer
    var valueLength: Int
    /// Whether key or value have a `\` or bytes over 0x7f.
    var isEscaped: Bool
    var end: UnsafeRawPointer
  }

  /// The record at `at`; nil where the bytes up to `end` do not begin with a whole one. Reads up to 16 bytes behind
  /// `end`. Escapes and UTF-8 of a view with `isEscaped` are still to be checked.
  static func read(_ at: UnsafeRawPointer, end: UnsafeRawPointer) -> View? {
    guard end - at >= JSONRecord.headLength + JSONRecord.middleLength + JSONRecord.tailLength,
      at.loadUnaligned(as: UInt64.self) == JSONRecord.head
    else { return nil }
    let key = at + JSONRecord.headLength
    guard let (keyEnd, keyEscaped) = closingQuote(key, end: end),
      end - keyEnd > JSONRecord.middleLength,
      keyEnd.loadUnaligned(as: UInt64.self) == JSONRecord.middle,
      (keyEnd + 8).loadUnaligned(as: UInt32.self) & 0xff_ffff == JSONRecord.middleTail
    else { return nil }
    let value = keyEnd + JSONRecord.middleLength
    guard let (valueEnd, valueEscaped) = closingQuote(value, end: end),
      end - valueEnd >= JSONRecord.tailLength,
      valueEnd.loadUnaligned(as: UInt32.self) & 0xff_ffff == JSONRecord.tail
    else { return nil }
    return View(
      key: key, keyLength: keyEnd - key, value: value, valueLength: valueEnd - value,
      isEscaped: keyEscaped || valueEscaped, end: valueEnd + JSONRecord.tailLength)
  }

  /// Where the text that starts at `text` has its closing quote, and whether it must be unescaped.
  private static func closingQuote(
    _ text: UnsafeRawPointer, end: UnsafeRawPointer
  ) -> (quote: UnsafeRawPointer, isEscaped: Bool)? {
    var at = text
    var escaped = false
    while at < end {
      let flags = JSONRecord.special(at.loadUnaligned(as: UInt64.self))
      if flags == 0 {
        at += 8
        continue
      }
      at += flags.trailingZeroBitCount &>> 3
      if at >= end { return nil }
      let byte = at.load(as: UInt8.self)
      if byte == 0x22 { return (at, escaped) }
      if byte < 0x20 { return nil }
      escaped = true
      at += byte == 0x5c ? 2 : 1
    }
    return nil
  }
}
