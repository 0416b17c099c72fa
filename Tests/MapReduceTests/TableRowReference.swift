@testable import MapReduce

/// The same by the plainest means.
func expectedRows(_ text: [UInt8], _ query: TableQuery, _ format: TableFormat, offset: Int = 0) -> [RowEvent]
{
  var rows = format.isQuoted ? quotedRows(text, format) : plainRows(text, format)
  if format.hasHeader, offset == 0, !rows.isEmpty { rows.removeFirst() }
  return rows.compactMap { row in
    let bad = RowEvent.bad(offset: offset + row.start, bytes: row.raw)
    guard let fields = row.fields, fields.count == query.fieldCount else { return bad }
    if query == .rankings {
      guard let rank = expectedRank(fields[1]) else { return bad }
      return .ranking(url: fields[0], rank: rank, line: row.line)
    }
    var date: Int32 = 0
    if case .dated(let dates) = query {
      guard let day = expectedDate(fields[2]) else { return bad }
      if !dates.contains(day) { return nil }
      date = day
    }
    guard let revenue = expectedUnits(fields[3]) else { return bad }
    return .visit(ip: fields[0], url: fields[1], date: date, revenue: revenue, line: row.line)
  }
}

private struct ReferenceRow {
  var start: Int
  /// Without the line feed.
  var raw: [UInt8]
  /// Without the line's end.
  var line: [UInt8]
  /// nil where the quotes are wrong.
  var fields: [[UInt8]]?
}

private func plainRows(_ text: [UInt8], _ format: TableFormat) -> [ReferenceRow] {
  var rows: [ReferenceRow] = []
  var start = 0
  while start < text.count {
    let feed = text[start...].firstIndex(of: 10)
    let raw = Array(text[start..<(feed ?? text.count)])
    let line = feed != nil && raw.last == 13 ? raw.dropLast() : raw
    let fields = line.split(separator: format.delimiter.rawValue, omittingEmptySubsequences: false)
    rows.append(ReferenceRow(start: start, raw: raw, line: line, fields: fields.map(Array.init)))
    start = (feed ?? text.count) + 1
  }
  return rows
}

/// RFC 4180, a byte at a time.
private func quotedRows(_ text: [UInt8], _ format: TableFormat) -> [ReferenceRow] {
  var rows: [ReferenceRow] = []
  var at = 0
  while at < text.count {
    let start = at
    var fields: [[UInt8]] = []
    var isWrong = false
    var feed = false
    row: while true {
      var field: [UInt8] = []
      if at < text.count, text[at] == 0x22 {
        at += 1
        while true {
          guard at < text.count else {
            isWrong = true
            break
          }
          if text[at] != 0x22 {
            field.append(text[at])
            at += 1
          } else if at + 1 < text.count, text[at + 1] == 0x22 {
            field.append(0x22)
            at += 2
          } else {
            at += 1
            break
          }
        }
        let isEnd = at == text.count || text[at] == format.delimiter.rawValue || text[at] == 10
        let isReturn = at + 1 < text.count && text[at] == 13 && text[at + 1] == 10
        if isReturn { at += 1 } else if !isEnd { isWrong = true }
      }
      // What follows a closing quote by mistake, or a field without quotes.
      while at < text.count, text[at] != format.delimiter.rawValue, text[at] != 10 {
        let isReturn = text[at] == 13 && at + 1 < text.count && text[at + 1] == 10
        if text[at] == 0x22 { isWrong = true }
        if !isReturn { field.append(text[at]) }
        at += 1
      }
      fields.append(field)
      guard at < text.count else { break row }
      at += 1
      if text[at - 1] == 10 {
        feed = true
        break row
      }
    }
    let raw = Array(text[start..<(feed ? at - 1 : at)])
    let line = feed && raw.last == 13 ? Array(raw.dropLast()) : raw
    rows.append(ReferenceRow(start: start, raw: raw, line: line, fields: isWrong ? nil : fields))
  }
  return rows
}

private func isDigits(_ bytes: some Collection<UInt8>) -> Bool {
  !bytes.isEmpty && bytes.allSatisfy { (0x30...0x39).contains($0) }
}

func expectedRank(_ field: [UInt8]) -> Int64? {
  let digits = field.first == 0x2d ? field.dropFirst() : field[...]
  return isDigits(digits) ? Int64(String(decoding: field, as: UTF8.self)) : nil
}

func expectedUnits(_ field: [UInt8]) -> Int128? {
  let isNegative = field.first == 0x2d
  let parts = (isNegative ? field.dropFirst() : field[...])
    .split(separator: 0x2e, omittingEmptySubsequences: false)
  guard (1...2).contains(parts.count), parts.allSatisfy(isDigits), parts.count == 1 || parts[1].count <= 18
  else { return nil }
  let part = parts.count == 2 ? Array(parts[1]) : []
  let digits = Array(parts[0]) + part + [UInt8](repeating: 0x30, count: 18 - part.count)
  return Int128((isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self))
}

func expectedDate(_ field: [UInt8]) -> Int32? {
  let parts = field.split(separator: 0x2d, omittingEmptySubsequences: false)
  guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy(isDigits) else { return nil }
  let numbers = parts.map { Int(String(decoding: $0, as: UTF8.self))! }
  let (year, month, day) = (numbers[0], numbers[1], numbers[2])
  let isLeap = year % 400 == 0 || year % 4 == 0 && year % 100 != 0
  let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  guard year >= 1, (1...12).contains(month), day >= 1, day <= lengths[month - 1] else { return nil }
  return Int32(year * 10000 + month * 100 + day)
}
