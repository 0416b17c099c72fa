import Metrics
import Storage
import Testing

@testable import MapReduce

@Suite struct DatasetRankingsTests {
  private func table(_ rows: Int, seed: UInt64 = 1) throws -> ParsedTable {
    ParsedTable(wholeDataset(try DatasetSpec(kind: .rankings, rows: rows, seed: seed)))
  }

  @Test(arguments: [1, 2, 3, 127, 128, 129, 255, 257, 1200, 12_001], [1, 9] as [UInt64])
  func `every page is there once, and nothing else`(rows: Int, seed: UInt64) throws {
    let table = try table(rows, seed: seed)
    #expect(table.rows.count == rows)
    #expect(table.rows.allSatisfy { $0.count == 3 })
    let urls = table.rows.map { $0[0] }
    #expect(Set(urls).count == rows)
    #expect(urls.allSatisfy { (10...100).contains($0.count) && $0.allSatisfy { $0 &- 97 < 26 } })
    // Sorted downwards, rank number i is floor(20 · sqrt(N / i)): rank² · i ≤ 400 · N < (rank + 1)² · i.
    for (index, rank) in table.numbers(1).sorted(by: >).enumerated() {
      #expect(rank * rank * (index + 1) <= 400 * rows)
      #expect((rank + 1) * (rank + 1) * (index + 1) > 400 * rows)
    }
    #expect(table.numbers(2).allSatisfy { (1...99).contains($0) })
    #expect(table.lengths.reduce(0, +) == 62 * rows)
  }

  @Test func `every group of 128 rows, and every odd last row, has its mean length`() throws {
    let lengths = try table(128 * 20 + 5).lengths
    for group in 0..<20 { #expect(lengths[(128 * group)..<(128 * group + 128)].reduce(0, +) == 128 * 62) }
    #expect(lengths.last == 62)
    #expect(Set(lengths).count > 80)
  }

  @Test(arguments: [20, 50, 100, 200, 500, 1000])
  func `ranks over X are as many as the law says`(bound: Int) throws {
    let rows = 120_000
    let pages = Pages(count: rows, seed: 1)
    let over = (1...UInt64(rows)).count { pages.rank(ofPage: $0) > UInt64(bound) }
    let expected = Double(rows) * (20 / Double(bound + 1)) * (20 / Double(bound + 1))
    #expect(abs(Double(over) - expected) <= 1)
  }

  @Test func `rows are in no order, durations and lengths are even`() throws {
    let table = try table(12_000)
    let ranks = table.numbers(1)
    let rising = zip(ranks, ranks.dropFirst()).count { $0 < $1 }
    let falling = zip(ranks, ranks.dropFirst()).count { $0 > $1 }
    #expect(abs(rising - falling) < 400)
    let durations = Dictionary(grouping: table.numbers(2), by: { $0 }).mapValues(\.count)
    #expect(durations.count == 99)
    #expect(durations.values.allSatisfy { (60...190).contains($0) })
    let lengths = Dictionary(grouping: table.rows.map { $0[0].count }, by: { $0 }).mapValues(\.count)
    #expect((10...100).allSatisfy { (60...220).contains(lengths[$0] ?? 0) })
    let firsts = Dictionary(grouping: table.rows.map { $0[0].first! }, by: { $0 }).mapValues(\.count)
    #expect(firsts.count == 26)
    #expect(firsts.values.allSatisfy { (350...580).contains($0) })
  }

  /// Among 2^36 pages: the rows at the edges and some in between, and their partners.
  @Test func `the largest table's pages fit their rows`() {
    let rows = UInt64(Pages.counts.upperBound)
    let pages = Pages(count: Int(rows), seed: 3)
    var random = TextRandom(seed: 1, stream: 1)
    for row in [0, 1, rows - 1] + (0..<1000).map({ _ in random.next() % rows }) {
      let page = pages[row]
      #expect((1...rows).contains(page.page))
      #expect((10...100).contains(page.urlLength))
      let digits = String(pages.rank(ofPage: page.page)).count + String(page.duration).count
      #expect(pages.rowLength(page) == page.urlLength + digits + 3)
    }
    #expect(pages.rank(ofPage: 1) == 5_242_880)
    #expect(pages.rank(ofPage: rows) == 20)
  }

  @Test func `permutations have every number once`() {
    for count in Array(1...70) + [1000, 1023, 1024, 1025, 4096, 9999] {
      for key in [0, 1, .max] as [UInt64] {
        let permutation = PagePermutation(count: count, key: key)
        #expect(Set((0..<UInt64(count)).map { permutation($0) }) == Set(0..<UInt64(count)))
      }
    }
  }

  @Test func `square roots are the largest that fit`() {
    var random = TextRandom(seed: 5, stream: 5)
    let values = [0, 1, 2, 3, 4, .max] + (0..<2000).map { random.next() >> UInt64($0 % 64) }
    for value in values {
      let root = TextLaw.squareRoot(value)
      #expect(root * root <= value)
      let (next, overflows) = (root + 1).multipliedReportingOverflow(by: root + 1)
      #expect(overflows || next > value)
    }
  }
}
