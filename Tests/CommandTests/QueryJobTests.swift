import Foundation
import MapReduce
import Testing

/// Every query by every plan, encoding and join method is what a plain computation says, byte by byte.
struct QueryJobTests {
  static let queries: [Workload] =
    [0, 100, -6, Int.min, Int.max].map { .scan(minRank: $0, TableOptions()) }
    + [1, 2, 3, 7, 8, 15, 16, 400].map { .aggregation(prefixLength: $0, TableOptions()) }
    + [
      .join(JoinQuery(from: 1980_01_01, to: 1980_04_01), TableOptions()),
      .join(JoinQuery(from: 1980_01_01, to: 1980_01_01), TableOptions()),
      .join(JoinQuery(from: 1_01_01, to: 9999_12_31), TableOptions()),
      .join(JoinQuery(from: 1_01_01, to: 9999_12_31, limit: 3), TableOptions()),
      .join(JoinQuery(from: 1980_01_01, to: 1980_04_01, limit: 1000), TableOptions()),
      .join(JoinQuery(from: 2012_01_01, to: 2012_01_02), TableOptions()),
      .join(.corral, TableOptions()),
    ]

  static func joins(_ workload: Workload, _ plan: Plan) -> [JoinMethod] {
    if case .join = workload, plan == .optimized { return JoinMethod.allCases }
    return [.auto]
  }

  /// Runs a request in all ways that must not change its output.
  static func all(
    _ bench: QueryBench, _ request: JobRequest, expect lines: [[UInt8]], partitions: [Int?] = [3],
    layouts: [Layout] = [.segment], splits: [Int] = [500]
  ) throws {
    var request = request
    for plan in Plan.allCases {
      for (encoding, join) in RecordEncoding.allCases.flatMap({ encoding in
        joins(request.workload, plan).map { (encoding, $0) }
      }) {
        for ((count, layout), split) in partitions.flatMap({ count in
          layouts.flatMap { layout in splits.map { ((count, layout), $0) } }
        }) {
          request.plan = plan
          request.encoding = encoding
          request.join = join
          request.reduces = count
          request.layout = layout
          request.splitSize = split
          let ran = try bench.run(request)
          #expect(
            texts(ran.lines) == texts(lines),
            "\(request.workload) \(plan) \(encoding) \(join) \(count ?? 0) \(layout) \(split)")
          if case .join = request.workload, plan == .optimized, join != .auto {
            #expect(ran.result.join == join)
          }
        }
      }
    }
  }

  @Test(arguments: queries.indices)
  func `rows at the edges`(query: Int) throws {
    let bench = try QueryBench()
    let workload = Self.queries[query]
    let tables = TinyTables.edges
    try Self.all(bench, bench.request(workload, tables), expect: tables.lines(of: workload))
  }

  @Test func `one reduce or many, one object or one a partition`() throws {
    let bench = try QueryBench()
    let tables = TinyTables.edges
    for workload in [Self.queries[1], Self.queries[9], Self.queries[15], Self.queries[16]] {
      try Self.all(
        bench, bench.request(workload, tables), expect: tables.lines(of: workload), partitions: [1, 17],
        layouts: Layout.allCases, splits: [64 << 20])
    }
  }

  @Test func `tables without rows, one of them or both`() throws {
    let bench = try QueryBench()
    let full = TinyTables.edges
    let pages = TinyTables(pages: full.pages)
    let visits = TinyTables(visits: full.visits)
    for tables in [TinyTables(), pages, visits] {
      for workload in [
        Self.queries[0], Self.queries[9], Self.queries[15], Self.queries[16], Self.queries[19],
      ] {
        // A table without rows is an empty file.
        var style = TinyTables.Style()
        style.endsLastLine = false
        try Self.all(
          bench, bench.request(workload, tables, style), expect: tables.lines(of: workload),
          partitions: [nil, 2])
      }
    }
  }

  @Test func `the smaller side is read first, and what does not fit is partitioned`() throws {
    let bench = try QueryBench()
    var tables = TinyTables()
    for index in 0..<2000 {
      tables.page("page\(index)", Int64(index))
      tables.visit("1.2.3.\(index % 9)", "page\(index / 2)", "1980-01-\(10 + index % 20)", "0.\(index)")
    }
    for (to, first): (Int32, String) in [(1980_01_10, "uservisits.map"), (1980_12_31, "rankings.map")] {
      let workload = Workload.join(JoinQuery(from: 1980_01_01, to: to), TableOptions())
      var request = try bench.request(workload, tables)
      request.splitSize = 4000
      for budget in [64 << 20, 2000] {
        request.tableBudget = budget
        for join in JoinMethod.allCases {
          request.join = join
          let ran = try bench.run(request)
          #expect(texts(ran.lines) == texts(tables.lines(of: workload)), "\(to) \(budget) \(join)")
          #expect(ran.result.join == (budget == 2000 || join == .partitioned ? .partitioned : .broadcast))
          #expect(ran.result.stages[0].name == "sample.map")
          #expect(ran.result.stages[1].name == first)
        }
      }
    }
  }
}
