import Metrics
import Storage
import Testing

@testable import MapReduce

@Suite struct DatasetVisitsTests {
  private func table(_ spec: DatasetSpec) -> ParsedTable { ParsedTable(wholeDataset(spec)) }

  @Test(arguments: [(1, 1), (2, 3), (127, 50), (129, 1), (1000, 128), (10_000, 1200)], [1, 9] as [UInt64])
  func `every visit is of a page`(size: (visits: Int, pages: Int), seed: UInt64) throws {
    let pair = try DatasetSpec.pair(visits: size.visits, pages: size.pages, seed: seed)
    let visits = table(pair.uservisits)
    #expect(visits.rows.count == size.visits)
    #expect(visits.rows.allSatisfy { $0.count == 9 })
    let urls = Set(table(pair.rankings).rows.map { $0[0] })
    #expect(visits.rows.allSatisfy { urls.contains($0[1]) })
    #expect(visits.lengths.reduce(0, +) == 169 * size.visits)
    // Another seed's pages are others.
    let others = Set(table(try DatasetSpec(kind: .rankings, rows: size.pages, seed: 77)).rows.map { $0[0] })
    #expect(urls.isDisjoint(with: others))
  }

  @Test func `fields are drawn as the page of datasets says`() throws {
    let pair = try DatasetSpec.pair(scale: .small)
    let visits = table(pair.uservisits)
    let count = visits.rows.count

    let addresses = visits.rows.map { row in
      row[0].split(separator: 46, omittingEmptySubsequences: false).map {
        Int(String(decoding: $0, as: UTF8.self))!
      }
    }
    #expect(addresses.allSatisfy { $0.count == 4 })
    for (index, range) in [1...254, 0...254, 0...254, 1...254].enumerated() {
      #expect(Set(addresses.map { $0[index] }) == Set(range))
    }
    #expect(visits.rows.allSatisfy { (7...15).contains($0[0].count) })

    let perPage = Dictionary(grouping: visits.rows, by: { $0[1] }).mapValues(\.count)
    #expect(perPage.count > 11_950)
    #expect(perPage.values.max()! < 40)

    let dates = visits.strings(2).sorted()
    #expect(dates.first == "1970-01-01")
    #expect(dates.last == "2012-04-30")
    let before2000 = Double(dates.count { $0 < "2000-01-01" }) / Double(count)
    #expect(abs(before2000 - 10_957 / 15_461) < 0.01)

    let revenues = visits.strings(3)
    #expect(revenues.allSatisfy { $0.hasPrefix("0.") && $0.count <= 11 && !$0.hasSuffix("0") })
    let mean = revenues.reduce(0) { $0 + Double($1)! } / Double(count)
    #expect(abs(mean - 0.5) < 0.01)
    #expect((0.08...0.12).contains(Double(revenues.count { $0.count < 11 }) / Double(count)))

    #expect(Set(visits.strings(4)).count == 64)
    #expect(visits.rows.allSatisfy { $0[5].count == 3 && (2...5).contains($0[6].count) })
    #expect(Set(zip(visits.strings(5), visits.strings(6)).map { $0 + $1 }).count == 64)
    let words = visits.strings(7)
    #expect(words.allSatisfy { (3...24).contains($0.count) })
    #expect(Set(words).count > 300)
    let durations = Dictionary(grouping: visits.numbers(8), by: { $0 }).mapValues(\.count)
    #expect(durations.keys.sorted() == Array(1...10))
    #expect(durations.values.allSatisfy { (9000...11_000).contains($0) })
  }

  @Test func `no field needs quotes in any of the formats`() throws {
    let bytes = wholeDataset(try DatasetSpec(kind: .uservisits, rows: 5000))
    #expect(bytes.allSatisfy { $0 == 10 || (32...126).contains($0) })
    #expect(bytes.allSatisfy { $0 != 34 && $0 != 124 })
  }

  @Test func `every group of 128 rows has its mean length`() throws {
    let lengths = table(try DatasetSpec(kind: .uservisits, rows: 128 * 40 + 77)).lengths
    for group in 0..<40 { #expect(lengths[(128 * group)..<(128 * group + 128)].reduce(0, +) == 128 * 169) }
    #expect(Set(lengths).count > 100)
  }

  @Test func `days are the calendar's`() {
    let tables = VisitTables()
    let expected = [
      0: "1970-01-01", 58: "1970-02-28", 59: "1970-03-01", 789: "1972-02-29", 15_460: "2012-04-30",
    ]
    for (day, date) in expected {
      let bytes = UnsafeRawBufferPointer(start: tables.dates + VisitTables.dateStride * day, count: 11)
      #expect(String(decoding: bytes, as: UTF8.self) == date + ",")
    }
  }

  /// Groups that no search words could fit, the lengths being those that rows can have.
  @Test(arguments: [43, 44, 60, 90, 154, 155], [1, 2, 7, 127, 128])
  func `a group of rows as short or long as can be is fitted`(fixed: Int, count: Int) {
    let rows = VisitsRows(count: 1000, pages: 100, seed: 1)
    let plans = UnsafeMutablePointer<VisitsRows.Planned>.allocate(capacity: 128)
    defer { plans.deallocate() }
    rows.plan(0..<count, into: plans)
    for index in 0..<count {
      plans[index].fixedLength = UInt16(fixed)
      plans[index].agent = UInt8((7 * index + fixed) % 64)
      plans[index].searchLength = 6
    }
    rows.fit(UnsafeMutableBufferPointer(start: plans, count: count))
    var sum = 0
    for index in 0..<count {
      #expect((3...24).contains(plans[index].searchLength))
      #expect(rows.length(plans[index]) <= VisitsRows.longestRow)
      sum += rows.length(plans[index])
    }
    #expect(sum == 169 * count)
  }

  /// 43 and 155 are what a row without userAgent and searchWord has at least and at most.
  @Test func `there is an agent for every length of a row`() {
    let agents = VisitWords.agents.map(\.count)
    #expect(agents.max()! <= VisitTables.agentStride)
    for fixed in 43...155 { #expect(agents.contains { VisitWords.searchLengths.contains(169 - fixed - $0) }) }
    for length in VisitWords.searchLengths {
      let words = VisitWords.search(length: length)
      #expect(words.count == 16)
      #expect(Set(words).count == 16)
      #expect(words.allSatisfy { $0.count == length })
    }
    #expect(VisitWords.locales.map(\.count).min() == 6)
    #expect(VisitWords.locales.map(\.count).max() == 9)
  }
}
