import Foundation
import Functions
import MapReduce
import Testing

/// Sums that leave 128 bits on their way and come back, and those that do not: the outcome is the same in any order,
/// plan, encoding and number of tasks.
struct QuerySumTests {
  /// Rows whose sums fit one after the other, with numbers of which two do not fit together.
  private static func tables(last: String) -> TinyTables {
    var tables = TinyTables()
    tables.page("a", Int64.max)
    tables.page("b", -Int64.max)
    for round in 0..<6 {
      for (url, revenue) in [("a", "170000000000000000000.5"), ("b", "-170000000000000000000.25")] {
        tables.visit("1.2.3.4", url, "1980-01-0\(round + 1)", revenue)
      }
    }
    tables.visit("1.2.3.4", "a", "1980-01-09", last)
    tables.page("c", 1)
    tables.visit("9.9.9.9", "c", "1980-01-09", "1")
    return tables
  }

  /// All of one sign first: every sum on the way is too large.
  private static func reordered(_ tables: TinyTables) -> TinyTables {
    var tables = tables
    tables.visits.sort { !$0.revenue.hasPrefix("-") && $1.revenue.hasPrefix("-") }
    return tables
  }

  static let queries: [Workload] = [
    .aggregation(prefixLength: 8, TableOptions()),
    .join(JoinQuery(from: 1980_01_01, to: 1980_01_31), TableOptions()),
    .join(JoinQuery(from: 1980_01_01, to: 1980_01_31, limit: 5), TableOptions()),
    .join(.corral, TableOptions()),
  ]

  @Test(arguments: queries.indices)
  func `that fit in the end are right in any order`(query: Int) throws {
    let bench = try QueryBench()
    let tables = Self.tables(last: "-0.000000000000000001")
    let lines = tables.lines(of: Self.queries[query])
    #expect(texts(lines).contains { $0.hasPrefix("1.2.3.4\t1.499999999999999999") } || query == 3)
    for rows in [tables, Self.reordered(tables)] {
      // A map for each row, for a few, and one for all.
      try QueryJobTests.all(
        bench, bench.request(Self.queries[query], rows), expect: lines, splits: [70, 300, 1 << 20])
    }
  }

  @Test(arguments: Plan.allCases, RecordEncoding.allCases)
  func `that do not fit in the end fail in any order`(plan: Plan, encoding: RecordEncoding) throws {
    let bench = try QueryBench(workers: 1)
    // Over 1.7e20 by the last two rows.
    var tables = Self.tables(last: "170000000000000000000")
    tables.visit("1.2.3.4", "a", "1980-01-10", "170000000000000000000")
    for workload in [Self.queries[0], Self.queries[1], Self.queries[2]] {
      for rows in [tables, Self.reordered(tables)] {
        var request = try bench.request(workload, rows)
        request.plan = plan
        request.encoding = encoding
        request.splitSize = 300
        request.join = .partitioned
        let error = #expect(throws: FunctionError.self) { try bench.run(request) }
        #expect(
          error?.description.contains("a sum of adRevenue is not under 1.7e20") ?? false, "\(error as Any)")
      }
    }
  }
}

/// What a query refuses does not depend on its plan.
struct QueryRefusalTests {
  private static let tail = "agent,DEU,de,word,3"

  private static func run(
    _ plan: Plan, _ encoding: RecordEncoding, day: String, _ more: [String] = []
  ) throws -> (ended: Ended, rows: [String]) {
    let scratch = try Scratch()
    let rankings = try scratch.file("r", Array("b,7,1\n".utf8))
    let visits = try scratch.file(
      "v", Array("1.1.1.1,b,1980-01-02,0.5,\(tail)\n2.2.2.2,b,\(day),none,\(tail)\n".utf8))
    let out = scratch.path + "/out"
    let ended = try CommandTests.run(
      [
        "job", "join", "--rankings", rankings, "--uservisits", visits, "--output", out, "--workers", "1",
        "--plan", plan.rawValue, "--encoding", encoding.rawValue,
      ] + more)
    let rows = ended.code == 0 ? try outputRows(out).map { String(decoding: $0, as: UTF8.self) } : []
    return (ended, rows)
  }

  @Test(arguments: Plan.allCases, RecordEncoding.allCases)
  func `a bad revenue is refused on the days that are asked for, and on no other`(
    plan: Plan, encoding: RecordEncoding
  ) throws {
    let other = try Self.run(plan, encoding, day: "2001-01-01")
    #expect(other.ended.code == 0, "\(other.ended.error)")
    #expect(other.rows == ["1.1.1.1\t0.5\t7.000000"])
    #expect(!other.ended.out.contains("malformed"))
    let asked = try Self.run(plan, encoding, day: "1980-01-03")
    #expect(asked.ended.code == 2)
    #expect(asked.ended.error.contains("adRevenue is 'none'"), "\(asked.ended.error)")
    let skipped = try Self.run(plan, encoding, day: "1980-01-03", ["--on-bad-row", "skip"])
    #expect(skipped.rows == ["1.1.1.1\t0.5\t7.000000"])
    #expect(skipped.ended.out.contains("1 malformed row set aside"), "\(skipped.ended.out)")
  }
}
