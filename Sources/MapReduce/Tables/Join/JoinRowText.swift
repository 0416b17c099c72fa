import Glibc
import Storage

/// Values of join rows in the encoding `json`: Corral's record as JSON text, its fields in Corral's order.
///
///     {"RecordType":1,"PageURL":"","PageRank":0,"DestURL":"abc","AdRevenue":0.5,"SourceIP":"1.2.3.4"}
///
/// Joined rows are of type 2, which Corral does not tell from visits (1); types 3 and 4 are visits and joined rows of
/// days that are left out later.
enum JoinRowText {
  static func bound(_ row: JoinRow, keyLength: Int) -> Int {
    256 + ExactDecimal.longestText + 6 * (keyLength + row.ipLength) + readableSlack
  }

  /// - Parameter url: Of the page.
  static func write(_ row: JoinRow, url: UnsafeRawPointer, _ length: Int, at out: UnsafeMutableRawPointer)
    -> Int
  {
    let isRanking = row.kind == .ranking
    var p = put("{\"RecordType\":", at: out)
    p.storeBytes(of: row.kind.rawValue + 0x30, as: UInt8.self)
    p = put(",\"PageURL\":\"", at: p + 1)
    if isRanking { p = JSONRecord.escape(url, length, at: p) }
    p = put("\",\"PageRank\":", at: p)
    if row.rank < 0 { p = put("-", at: p) }
    p = put(",\"DestURL\":\"", at: DecimalText.write(row.rank.magnitude, at: p))
    if !isRanking { p = JSONRecord.escape(url, length, at: p) }
    p = ShortDecimal.write(row.revenue, at: put("\",\"AdRevenue\":", at: p))
    p = put(",\"SourceIP\":\"", at: p)
    if !isRanking { p = JSONRecord.escape(row.ip, row.ipLength, at: p) }
    return put("\"}", at: p) - out
  }

  /// nil where the text is no row. The source is unescaped into `room`, where `length` bytes can be written.
  @inline(__always)
  static func read(_ value: UnsafeRawPointer, _ length: Int, room: UnsafeMutableRawPointer) -> JoinRow? {
    var text = TextScan(at: value, end: value + length)
    guard text.take("{\"RecordType\":"), let type = text.digit(), let kind = JoinRow.Kind(rawValue: type),
      text.take(",\"PageURL\":"), let page = text.quoted(),
      text.take(",\"PageRank\":"), let rank = text.whole(),
      text.take(",\"DestURL\":"), let url = text.quoted(),
      text.take(",\"AdRevenue\":"), let revenue = text.number(),
      text.take(",\"SourceIP\":"), let ip = text.quoted(),
      text.take("}"), text.isAtEnd, page.length == 0 || url.length == 0,
      let ipLength = JSONRecordReader.unescape(ip.start, ip.length, into: room)
    else { return nil }
    return JoinRow(
      kind: kind, rank: rank, revenue: revenue, ip: UnsafeRawPointer(room), ipLength: ipLength)
  }

  @inline(__always)
  private static func put(_ text: StaticString, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    out.copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
    return out + text.utf8CodeUnitCount
  }
}

/// Joined rows between the two jobs, where Corral's first job writes its output as text: the source, escaped as in a
/// record of JSON (so that it has neither TAB nor line feed), TAB, the row's text, line feed.
enum JoinedLine {
  /// As segments' footers say it (docs/format-segment.md).
  static let segmentCode: UInt32 = 2

  static func bound(keyLength: Int, valueLength: Int) -> Int { 6 * keyLength + valueLength + 2 }

  static func write(_ record: TableRecord, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    let tab = JSONRecord.escape(record.key, record.keyLength, at: out)
    tab.storeBytes(of: 0x09, as: UInt8.self)
    (tab + 1).copyMemory(from: record.value, byteCount: record.valueLength)
    let end = tab + 1 + record.valueLength
    end.storeBytes(of: 0x0a, as: UInt8.self)
    return end + 1
  }

  /// Calls `body` with each line's row, the source unescaped; it is gone after the call.
  ///
  /// - Throws: ``CountingError/malformedRecord(encoding:offset:reason:)``; what `body` throws.
  static func forEach(
    _ extent: UnsafeRawBufferPointer, room: inout GrowingMemory, _ body: (TableRecord) throws -> Void
  ) throws {
    guard let start = extent.baseAddress else { return }
    let end = start + extent.count
    var at = start
    while at < end {
      guard let tab = memchr(at, 0x09, end - at).map({ UnsafeRawPointer($0) }),
        let feed = memchr(tab, 0x0a, end - tab).map({ UnsafeRawPointer($0) })
      else { throw malformed(at - start) }
      let length = tab - at
      guard room.commit(length + readableSlack) else { throw CountingError.outOfMemory(bytes: length) }
      guard let keyLength = JSONRecordReader.unescape(at, length, into: room.base) else {
        throw malformed(at - start)
      }
      try body(
        TableRecord(key: room.base, keyLength: keyLength, value: tab + 1, valueLength: feed - tab - 1))
      at = feed + 1
    }
  }

  private static func malformed(_ offset: Int) -> CountingError {
    .malformedRecord(encoding: "lines", offset: offset, reason: "no line of a joined row")
  }
}

/// A place in a text of known form.
private struct TextScan {
  var at: UnsafeRawPointer
  let end: UnsafeRawPointer

  @inline(__always) var isAtEnd: Bool { at == end }

  @inline(__always)
  mutating func take(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard end - at >= count, memcmp(at, word.utf8Start, count) == 0 else { return false }
    at += count
    return true
  }

  @inline(__always)
  mutating func digit() -> UInt8? {
    guard at < end else { return nil }
    let digit = at.load(as: UInt8.self) &- 0x30
    at += 1
    return digit <= 9 ? digit : nil
  }

  /// A decimal number in units of 10⁻¹⁸.
  @inline(__always)
  mutating func number() -> Int128? {
    let (start, length) = untilComma()
    return ExactDecimal.parseField(start, length: length)?.units
  }

  @inline(__always)
  mutating func whole() -> Int64? {
    let (start, length) = untilComma()
    return WholeNumber.parse(start, length: length)
  }

  @inline(__always)
  private mutating func untilComma() -> (UnsafeRawPointer, Int) {
    let start = at
    while at < end, at.load(as: UInt8.self) != 0x2c, at.load(as: UInt8.self) != 0x7d { at += 1 }
    return (start, at - start)
  }

  /// What stands between quotes, as it stands.
  @inline(__always)
  mutating func quoted() -> (start: UnsafeRawPointer, length: Int)? {
    guard at < end, at.load(as: UInt8.self) == 0x22 else { return nil }
    at += 1
    let start = at
    while at < end {
      let flags = JSONRecord.special(at.loadUnaligned(as: UInt64.self))
      if flags == 0 {
        at += 8
        continue
      }
      at += flags.trailingZeroBitCount &>> 3
      if at >= end { return nil }
      let byte = at.load(as: UInt8.self)
      if byte == 0x22 {
        at += 1
        return (start, at - 1 - start)
      }
      at += byte == 0x5c ? 2 : 1
    }
    return nil
  }
}
