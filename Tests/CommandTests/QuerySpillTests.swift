import Foundation
import Functions
import MapReduce
import Storage
import Testing

/// Tables that do not fit their memory are spilled, and what comes out is the same.
struct QuerySpillTests {
  /// So many sources and pages that few of them fit.
  static let many: TinyTables = {
    var tables = TinyTables()
    for index in 0..<2000 {
      tables.page("http://page\(index * 7919 % 2000)", Int64(index - 1000))
      tables.visit(
        "\(index * 6007 % 4000).0.0.\(index % 256)-and-more", "http://page\(index / 2)",
        "1980-02-0\(1 + index % 9)",
        index % 3 == 0 ? "-0.\(index)" : "\(index).000000000000000001")
    }
    return tables
  }()

  static let queries: [Workload] = [
    .scan(minRank: -800, TableOptions()), .aggregation(prefixLength: 20, TableOptions()),
    .join(JoinQuery(from: 1980_02_01, to: 1980_02_08), TableOptions()),
    .join(JoinQuery(from: 1980_02_01, to: 1980_02_08, limit: 20), TableOptions()),
    .join(.corral, TableOptions()),
  ]

  @Test(arguments: queries.indices, Plan.allCases)
  func `with tables of few bytes`(query: Int, plan: Plan) throws {
    let bench = try QueryBench()
    let workload = Self.queries[query]
    var request = try bench.request(workload, Self.many)
    request.plan = plan
    request.reduces = 2
    request.splitSize = 50_000
    request.tableBudget = 16_000
    let expected = Self.many.lines(of: workload)
    for encoding in RecordEncoding.allCases {
      request.encoding = encoding
      let ran = try bench.run(request)
      #expect(ran.lines == expected, "\(encoding)")
      #expect(ran.result.counters.spilledBytes > 0)
      if case .join = workload { #expect(ran.result.join == .partitioned) }
      let shuffled = ran.result.stages.reduce(0) { $0 + $1.counters.shuffleWrittenBytes }
      #expect(ran.result.counters.shuffleWrittenBytes == shuffled)
      for stage in ran.result.stages {
        #expect(stage.counters.spilledBytes <= stage.counters.shuffleWrittenBytes, "\(stage.name)")
      }
      // What reduces left is what later stages can read, and footers: not the runs, but all that was written early.
      let left = zip(ran.result.stages.filter { $0.partitions > 0 }, ran.result.segments).reduce(0) {
        $1.0.isMap ? $0 : $1.1.extents.reduce($0) { $0 + $1.extent.length }
      }
      let whole = ran.result.outputBytesOfAllStages - ran.result.outputBytes
      #expect(whole >= left && whole <= left + 64 * 1024 * ran.result.reduces)
    }
  }

  @Test func `with a memory limit on the command line`() throws {
    let scratch = try Scratch()
    var tables = TinyTables()
    for index in 0..<40_000 {
      tables.visit("source-\(index &* 7907 % 40_000)", "b", "1980-02-01", "0.\(index)")
    }
    tables.page("b", 3)
    let rankings = try scratch.file("r", tables.rankings())
    let visits = try scratch.file("v", tables.uservisits())
    for (index, plan) in ["optimized", "paper"].enumerated() {
      let out = "\(scratch.path)/out\(index)"
      let ended = try run([
        "job", "aggregation", "--prefix-length", "40", "--uservisits", visits, "--output", out,
        "--memory-limit",
        "100MiB", "--reducers", "1", "--workers", "2", "--json", "--plan", plan,
      ])
      #expect(ended.code == 0, "\(ended.error)")
      let report = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any]
      #expect(report?["spilled_bytes"] as? Int ?? 0 > 0)
      #expect(try outputRows(out) == tables.lines(of: .aggregation(prefixLength: 40, TableOptions())))
    }
    let out = scratch.path + "/joined"
    let ended = try run([
      "job", "join-corral", "--rankings", rankings, "--uservisits", visits, "--output", out, "--memory-limit",
      "100MiB", "--reducers", "1", "--workers", "2", "--json",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    let report = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any]
    #expect(report?["spilled_bytes"] as? Int ?? 0 > 0)
    #expect(report?["join"] as? String == "broadcast")
    #expect(try outputRows(out) == tables.lines(of: .join(.corral, TableOptions())))
  }
}

/// A segment or a broadcast table that changes between two stages is never read as data.
struct QueryCorruptionTests {
  @Test(arguments: [
    ("rankings.map", "build.reduce-00000", JoinMethod.broadcast), ("build.reduce", "probe.map-", .broadcast),
    ("probe.map", "aggregate.reduce-00000", .broadcast), ("rankings.map", "join.reduce-00000", .partitioned),
    ("join.reduce", "aggregate.reduce-00000", .partitioned),
  ])
  func `one flipped byte fails the job by name`(after: String, reader: String, join: JoinMethod) throws {
    let word = "unmistakable-word"
    let bench = try QueryBench(workers: 1)
    var tables = TinyTables()
    tables.page(word, 1)
    tables.visit(word, word, "1980-01-01", "1")
    for index in 0..<9 { tables.visit("x\(index)", "y", "1980-01-01", "1") }
    var request = try bench.request(.join(.corral, TableOptions()), tables)
    request.join = join
    var flipped = 0
    let error = #expect(throws: FunctionError.self) {
      try bench.run(request) { progress in
        guard progress.stage == after, progress.done == progress.tasks, flipped == 0 else { return }
        // Older stages have it too; nobody reads them again.
        flipped = (try? CorruptionTests.flip(in: bench.host, Array(word.utf8))) ?? 0
      }
    }
    #expect(flipped > 0)
    let said = error?.description ?? ""
    #expect(said.contains(reader) && said.contains(after) && said.contains("checksum"), "\(said)")
  }
}
