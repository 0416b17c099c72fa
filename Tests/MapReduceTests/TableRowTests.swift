import CSystemIO
import Glibc
import Storage
import Testing

@testable import MapReduce

struct TableRowTests {
  static let queries: [TableQuery] = [
    .rankings, .visits, .dated(CalendarDate.all), .dated(1980_01_01...2000_02_29),
    .dated(1970_01_01...1970_01_01),
  ]

  @Test(arguments: queries, 0..<48 as Range<UInt64>)
  func `unquoted tables are read as the plain way reads them`(query: TableQuery, seed: UInt64) throws {
    for delimiter in TableFormat.Delimiter.allCases {
      let format = TableFormat(delimiter: delimiter, hasHeader: seed % 5 == 0)
      try check(query, format, seed: seed)
    }
  }

  @Test(arguments: queries, 0..<48 as Range<UInt64>)
  func `quoted tables are read as RFC 4180 says`(query: TableQuery, seed: UInt64) throws {
    for delimiter in TableFormat.Delimiter.allCases {
      let format = TableFormat(delimiter: delimiter, isQuoted: true, hasHeader: seed % 5 == 0)
      try check(query, format, seed: seed)
    }
  }

  private func check(_ query: TableQuery, _ format: TableFormat, seed: UInt64) throws {
    let text = TableRowCases.table(query, format, seed: seed)
    var numbers = SeededNumbers(seed: seed)
    let offset = seed % 7 == 0 ? 12345 : 0
    let expected = expectedRows(text, query, format, offset: offset)
    for round in 0..<4 {
      var feeding = RowFeeding(offset: offset)
      if round > 0 {
        feeding.block = [1, 64, 100, 1024][Int.random(in: 0..<4, using: &numbers)]
        feeding.smallest = [0, 64, 512][Int.random(in: 0..<3, using: &numbers)]
        feeding.level = Int32.random(in: 0...mb_rows_level(), using: &numbers)
        let cuts = Int.random(in: 0...round * 4, using: &numbers)
        feeding.cuts = (0..<cuts).map { _ in Int.random(in: 0...text.count, using: &numbers) }
      }
      let events = try readRows(text, query, format, feeding).events
      #expect(events == expected, "\(feeding) \(String(decoding: text, as: UTF8.self).debugDescription)")
    }
  }

  @Test(arguments: [false, true])
  func `a table may be cut at every byte, once and everywhere`(isQuoted: Bool) throws {
    let format = TableFormat(isQuoted: isQuoted, hasHeader: true)
    let text = Array(
      "page\r\nURL,\"pa\"\"ge\nRank\",x\r\nu1,5,1\nu2,-7,2\r\n\"u,3\",8,3\n\n\"u\"\"\n4\",\"9\",\"\"\r\nu5,x,5\nu6,1,\"\r\nu7,2,3"
        .utf8)
    let expected = expectedRows(text, .rankings, format)
    #expect(Set(expected.map { if case .bad = $0 { true } else { false } }).count == 2)
    for cut in 0...text.count {
      #expect(
        try readRows(text, .rankings, format, RowFeeding(cuts: [cut])).events == expected, "cut at \(cut)")
    }
    let everywhere = RowFeeding(cuts: Array(1..<text.count))
    #expect(try readRows(text, .rankings, format, everywhere).events == expected)
  }

  @Test(arguments: [false, true])
  func `every edge of every field is read as it should be`(isQuoted: Bool) throws {
    let format = TableFormat(delimiter: .bar, isQuoted: isQuoted)
    let quote = isQuoted ? "\"" : ""
    let ranks = TableRowCases.ranks.map { "u|\(quote)\($0)\(quote)|1\n" }.joined()
    let dates = TableRowCases.dates.map { "1.2.3.4|u|\(quote)\($0)\(quote)|0.5|a|b|c|d|1\n" }.joined()
    let revenues = TableRowCases.revenues.map { "1.2.3.4|u|2000-01-01|\(quote)\($0)\(quote)|a|b|c|d|1\n" }
      .joined()
    for (text, query) in [(ranks, Self.queries[0]), (dates, Self.queries[2]), (revenues, Self.queries[1])] {
      let text = Array(text.utf8)
      #expect(try readRows(text, query, format).events == expectedRows(text, query, format))
    }
  }

  @Test(arguments: [false, true])
  func `what was seen of a long row is not looked at again before its end`(isQuoted: Bool) throws {
    // Pages that were handed before are taken away: a look at them would end the test by a signal.
    let page = 4096
    let pages = 40
    let size = pages * page
    let memory = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    defer { munmap(memory, size + page) }
    memset(memory, isQuoted ? 0x0a : 0x2c, size)
    if isQuoted { memory.storeBytes(of: 0x22, as: UInt8.self) }
    memcpy(memory + size - 9, "\",5,1\nu,6,2", 9)
    let log = RowLog()
    let format = TableFormat(isQuoted: isQuoted)
    var consumer = RankingsConsumer(
      RankingsCollector(log: log), format: format, file: "t", badRows: .skip(log))
    for seen in 0..<pages {
      mprotect(memory, seen * page, PROT_NONE)
      let isLast = seen == pages - 1
      if isLast { mprotect(memory, size, PROT_READ) }
      let bytes = UnsafeRawBufferPointer(start: memory, count: (seen + 1) * page)
      let consumed = try consumer.consume(bytes, carried: seen * page, last: isLast)
      #expect(consumed == (isLast ? size : 0))
    }
    #expect(log.events.count == 2)
    #expect(log.reasons.last == "2 fields, not 3")
    if isQuoted {
      let url = [UInt8](repeating: 10, count: size - 10)
      let line = Array(UnsafeRawBufferPointer(start: memory, count: size - 4))
      #expect(log.events.first == .ranking(url: url, rank: 5, line: line))
    }
  }

  @Test func `an error says file, byte, reason and row`() throws {
    let log = RowLog()
    var consumer = RankingsConsumer(RankingsCollector(log: log), format: TableFormat(), file: "data/r.csv")
    let error = #expect(throws: TableError.self) {
      try feedRows(Array("u,1,2\nv,'\\\u{7},3\nw,5,6\n".utf8), RowFeeding(offset: 100), to: &consumer)
    }
    #expect(
      error.map { "\($0)" } == """
        read data/r.csv, row at byte 106: pageRank is '\\x27\\x5c\\x07', not a whole number of 64 bits: \
        'v,\\x27\\x5c\\x07,3' (mend the row, or have malformed rows skipped)
        """)
  }

  @Test func `reasons tell what is wrong`() throws {
    func reason(_ row: String, _ query: TableQuery, isQuoted: Bool = false) throws -> [String] {
      try readRows(Array(row.utf8), query, TableFormat(isQuoted: isQuoted)).reasons
    }
    #expect(try reason("\n", .rankings) == ["1 field, not 3"])
    #expect(try reason("a,b,c,d", .rankings) == ["4 fields, not 3"])
    #expect(try reason("a,,c", .rankings) == ["pageRank is '', not a whole number of 64 bits"])
    #expect(try reason("\"a,1,c\n", .rankings, isQuoted: true) == ["field 1 has no closing quote"])
    #expect(
      try reason("a,\"1\" ,c", .rankings, isQuoted: true) == ["field 2 goes on behind its closing quote"])
    #expect(
      try reason("a,1,c\"", .rankings, isQuoted: true) == ["field 3 has a quote inside but none in front"])
    let visit = "1.1.1.1,u,2001-02-29,0.x,,,,,1\n"
    #expect(
      try reason(visit, .dated(CalendarDate.all)) == ["visitDate is '2001-02-29', not a day as YYYY-MM-DD"])
    #expect(
      try reason(visit, .visits) == [
        "adRevenue is '0.x', not a decimal number under 1.7e20 with at most 18 digits after the point"
      ])
    // Another day's row is left out before its revenue is looked at, but not before its day is.
    #expect(try reason("1.1.1.1,u,2001-02-28,0.x,,,,,1\n", .dated(1970_01_01...1970_01_01)) == [])
    #expect(try reason(visit, .dated(1970_01_01...1970_01_01)).count == 1)
  }

  @Test func `a long row is cut short in a message`() {
    let row = BadRow(file: "f", offset: 3, reason: "r", bytes: [UInt8](repeating: 0x61, count: 1000))
    #expect("\(row)" == "f, row at byte 3: r: '\(String(repeating: "a", count: 60))…' (1000 bytes)")
  }
}
