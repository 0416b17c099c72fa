import Storage

/// A row of one side of a join, or a joined one, as it crosses a shuffle; its key is the URL, or the source when joined.
struct JoinRow {
  enum Kind: UInt8 {
    case ranking
    case visit
    case joined
  }

  var kind: Kind
  /// Of a ranking or a joined row.
  var rank: Int64 = 0
  /// Of a visit, as ``CalendarDate`` has it; 0 where the date was looked at before.
  var date: Int32 = 0
  /// Of a visit or a joined row, in units of 10⁻¹⁸.
  var revenue: Int128 = 0
  /// Of a visit, and of a joined row in text.
  var ip: UnsafeRawPointer
  var ipLength = 0
}

/// Values of join rows in the encoding `binary`: a byte with the kind, then little-endian numbers, then the source.
///
///     ranking: 0 | rank (8)      visit: 1 | date (4) | revenue (16) | source      joined: 2 | rank (8) | revenue (16)
enum JoinRowBytes {
  static let visitHead = 21

  @inline(__always)
  static func bound(_ row: JoinRow) -> Int { 32 + row.ipLength + readableSlack }

  @inline(__always)
  static func write(_ row: JoinRow, at out: UnsafeMutableRawPointer) -> Int {
    out.storeBytes(of: row.kind.rawValue, as: UInt8.self)
    switch row.kind {
    case .ranking:
      (out + 1).storeBytes(of: row.rank, as: Int64.self)
      return 9
    case .visit:
      (out + 1).storeBytes(of: row.date, as: Int32.self)
      (out + 5).storeBytes(of: row.revenue, as: Int128.self)
      (out + visitHead).copyMemory(from: row.ip, byteCount: row.ipLength)
      return visitHead + row.ipLength
    case .joined:
      (out + 1).storeBytes(of: row.rank, as: Int64.self)
      (out + 9).storeBytes(of: row.revenue, as: Int128.self)
      return 25
    }
  }

  /// nil where the bytes are no row. The row points into `value`.
  @inline(__always)
  static func read(_ value: UnsafeRawPointer, _ length: Int) -> JoinRow? {
    guard length > 0 else { return nil }
    switch value.load(as: UInt8.self) {
    case 0 where length == 9:
      return JoinRow(kind: .ranking, rank: (value + 1).loadUnaligned(as: Int64.self), ip: value)
    case 1 where length >= visitHead:
      return JoinRow(
        kind: .visit, date: (value + 1).loadUnaligned(as: Int32.self),
        revenue: (value + 5).loadUnaligned(as: Int128.self), ip: value + visitHead,
        ipLength: length - visitHead)
    case 2 where length == 25:
      return JoinRow(
        kind: .joined, rank: (value + 1).loadUnaligned(as: Int64.self),
        revenue: (value + 9).loadUnaligned(as: Int128.self), ip: value)
    default: return nil
    }
  }
}

/// Values of join rows in the encoding `json`: Corral's record as JSON text, in its field order, with the date of a
/// visit that nobody has looked at yet behind it. A joined row is of type 2, which Corral does not tell from a visit.
///
///     {"RecordType":1,"PageURL":"","PageRank":0,"DestURL":"abc","AdRevenue":0.5,"SourceIP":"1.2.3.4","VisitDate":"1980-01-31"}
enum JoinRowText {
  static func bound(_ row: JoinRow, keyLength: Int) -> Int {
    256 + ExactDecimal.longestText + 6 * (keyLength + row.ipLength) + readableSlack
  }

  /// - Parameter url: Of the page.
  static func write(_ row: JoinRow, url: UnsafeRawPointer, _ length: Int, at out: UnsafeMutableRawPointer)
    -> Int
  {
    let isRanking = row.kind == .ranking
    var p = put("{\"RecordType\":\(row.kind.rawValue),\"PageURL\":\"", at: out)
    if isRanking { p = JSONRecord.escape(url, length, at: p) }
    p = ExactDecimal(row.rank).write(at: put("\",\"PageRank\":", at: p))
    p = put(",\"DestURL\":\"", at: p)
    if !isRanking { p = JSONRecord.escape(url, length, at: p) }
    p = ExactDecimal(units: row.revenue).write(at: put("\",\"AdRevenue\":", at: p))
    p = put(",\"SourceIP\":\"", at: p)
    if !isRanking { p = JSONRecord.escape(row.ip, row.ipLength, at: p) }
    p = put("\"", at: p)
    if row.date != 0 { p = put(",\"VisitDate\":\"\(CalendarDate.text(row.date))\"", at: p) }
    return put("}", at: p) - UnsafeMutableRawPointer(out)
  }

  /// nil where the text is no row. The source is unescaped into `room`, where `length` bytes can be written.
  static func read(_ value: UnsafeRawPointer, _ length: Int, room: UnsafeMutableRawPointer) -> JoinRow? {
    var text = TextScan(at: value, end: value + length)
    guard text.take("{\"RecordType\":"), let type = text.whole(), text.take(",\"PageURL\":"),
      let page = text.quoted(),
      text.take(",\"PageRank\":"), let rank = text.whole(), text.take(",\"DestURL\":"),
      let url = text.quoted(),
      text.take(",\"AdRevenue\":"), let revenue = text.number(), text.take(",\"SourceIP\":"),
      let ip = text.quoted()
    else { return nil }
    var date: Int32 = 0
    if text.take(",\"VisitDate\":") {
      guard let day = text.quoted(), let parsed = CalendarDate.parse(String(decoding: day, as: UTF8.self))
      else {
        return nil
      }
      date = parsed
    }
    guard text.take("}"), text.isAtEnd, page.isEmpty || url.isEmpty,
      let kind = JoinRow.Kind(rawValue: UInt8(exactly: type) ?? 255),
      let ipLength = JSONRecordReader.unescape(ip.baseAddress!, ip.count, into: room)
    else { return nil }
    return JoinRow(
      kind: kind, rank: rank, date: date, revenue: revenue, ip: UnsafeRawPointer(room), ipLength: ipLength)
  }

  private static func put(_ text: String, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    var text = text
    return text.withUTF8 {
      out.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
      return out + $0.count
    }
  }
}

/// A place in a text of known form.
private struct TextScan {
  var at: UnsafeRawPointer
  let end: UnsafeRawPointer

  var isAtEnd: Bool { at == end }

  mutating func take(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard end - at >= count else { return false }
    for index in 0..<count where (at + index).load(as: UInt8.self) != word.utf8Start[index] { return false }
    at += count
    return true
  }

  /// A decimal number in units of 10⁻¹⁸.
  mutating func number() -> Int128? {
    let (start, length) = untilComma()
    return ExactDecimal.parse(start, length: length)?.units
  }

  mutating func whole() -> Int64? {
    let (start, length) = untilComma()
    return WholeNumber.parse(start, length: length)
  }

  private mutating func untilComma() -> (UnsafeRawPointer, Int) {
    let start = at
    while at < end, at.load(as: UInt8.self) != 0x2c, at.load(as: UInt8.self) != 0x7d { at += 1 }
    return (start, at - start)
  }

  /// What stands between quotes, as it stands.
  mutating func quoted() -> UnsafeRawBufferPointer? {
    guard take("\"") else { return nil }
    let start = at
    while at < end {
      let byte = at.load(as: UInt8.self)
      if byte == 0x22 {
        at += 1
        return UnsafeRawBufferPointer(start: start, count: at - 1 - start)
      }
      at += byte == 0x5c ? 2 : 1
    }
    return nil
  }
}
