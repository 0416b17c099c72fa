import Foundation
import MapReduce
import Testing

/// Where files are cut changes nothing.
struct QuerySplitTests {
  /// Few rows, so that every size of split is tried.
  static let few: TinyTables = {
    var tables = TinyTables()
    tables.page("b", 5)
    tables.page("", 7)
    tables.page("b", 101)
    tables.visit("1.2.3.4", "b", "1980-01-01", "0.5")
    tables.visit("", "", "1980-04-01", "-1")
    tables.visit("1.2.3.4", "none", "1980-02-01", "2")
    return tables
  }()

  static let queries: [@Sendable (TableOptions) -> Workload] = [
    { .scan(minRank: 5, $0) }, { .aggregation(prefixLength: 3, $0) },
    { .join(JoinQuery(from: 1980_01_01, to: 1980_04_01), $0) },
  ]

  @Test(arguments: 0..<3, ["\n", "\r\n"])
  func `splits of every size`(query: Int, end: String) throws {
    let bench = try QueryBench()
    let header = end == "\r\n"
    let style = TinyTables.Style(end: end, header: header, endsLastLine: !header)
    let workload = Self.queries[query](TableOptions(format: TableFormat(hasHeader: header)))
    var request = try bench.request(workload, Self.few, style)
    let expected = texts(Self.few.lines(of: workload))
    let longest = request.input.map(\.file.size).max()! + 1
    request.reduces = 2
    for split in 1...longest {
      // Splits of a byte are a task a byte: one plan is enough for them.
      request.splitSize = split
      request.encoding = split.isMultiple(of: 2) ? .binary : .json
      request.plan = Plan.allCases[split % 3]
      request.join = JoinMethod.allCases[split / 3 % 2]
      #expect(try texts(bench.run(request).lines) == expected, "\(split)")
    }
  }

  @Test(arguments: RecordEncoding.allCases, [JoinMethod.broadcast, .partitioned])
  func `a cut at every byte of the file`(encoding: RecordEncoding, join: JoinMethod) throws {
    let bench = try QueryBench()
    let style = TinyTables.Style(end: "\r\n", endsLastLine: false)
    for query in 0..<3 where query == 2 || join == .broadcast {
      let workload = Self.queries[query](TableOptions())
      var request = try bench.request(workload, Self.few, style)
      request.encoding = encoding
      request.join = join
      let expected = texts(Self.few.lines(of: workload))
      // One cut: the first split ends there, and the second reaches the end.
      let size = request.input.map(\.file.size).max()!
      for split in stride(from: (size + 1) / 2, through: size, by: 1) {
        request.splitSize = split
        #expect(try texts(bench.run(request).lines) == expected, "\(query) \(split)")
      }
    }
  }
}

/// How rows are written changes nothing.
struct QueryFormatTests {
  @Test(
    arguments: ["comma", "bar", "tab", ","], ["\n", "\r\n"])
  func `delimiters, line ends, headings and quotes as told on the command line`(name: String, end: String)
    throws
  {
    let scratch = try Scratch()
    let quoted = name == "," || name == "tab"
    var style = TinyTables.Style(end: end, isQuoted: quoted)
    style.delimiter = name == "tab" ? 9 : name == "bar" ? UInt8(ascii: "|") : UInt8(ascii: ",")
    style.header = name == "bar" || end == "\r\n"
    style.endsLastLine = end == "\n"
    var tables = TinyTables()
    tables.page("p,q\"r|s", 200)
    tables.page("plain", 300)
    for index in 0..<300 {
      let url = index % 3 == 0 ? "plain" : "p,q\"r|s"
      tables.visit(index % 2 == 0 ? "1.\"2\",3" : "1|2", url, "1980-01-0\(1 + index % 9)", "1.25")
    }
    if !quoted {
      // Without quotes a field cannot hold the delimiter.
      let clean = { (bytes: [UInt8]) in bytes.filter { $0 != style.delimiter } }
      tables.pages = tables.pages.map { TinyTables.Page(url: clean($0.url), rank: $0.rank) }
      tables.visits = tables.visits.map {
        TinyTables.Visit(ip: clean($0.ip), url: clean($0.url), date: $0.date, revenue: $0.revenue)
      }
    }
    let rankings = try scratch.file("r", tables.rankings(style))
    let visits = try scratch.file("v", tables.uservisits(style))
    let options =
      ["--delimiter", name, "--workers", "2", "--split", "4KiB"] + (quoted ? ["--quoted"] : [])
      + (style.header ? ["--header"] : [])
    let dates = ["--from", "1980-01-02", "--to", "1980-01-05"]
    let query = JoinQuery(from: 1980_01_02, to: 1980_01_05)
    let jobs: [([String], Workload)] = [
      (["scan", "--rankings", rankings, "--min-rank", "199"], .scan(minRank: 199, TableOptions())),
      (
        ["aggregation", "--uservisits", visits, "--prefix-length", "3"],
        .aggregation(prefixLength: 3, TableOptions())
      ),
      (
        ["aggregation", "--uservisits", visits, "--plan", "paper"],
        .aggregation(prefixLength: 8, TableOptions())
      ),
      (["join", "--rankings", rankings, "--uservisits", visits] + dates, .join(query, TableOptions())),
      (
        ["join", "--rankings", rankings, "--uservisits", visits, "--join", "partitioned"] + dates,
        .join(query, TableOptions())
      ),
      (
        [
          "join-corral", "--rankings", rankings, "--uservisits", visits, "--plan", "corral", "--encoding",
          "json",
        ],
        .join(.corral, TableOptions())
      ),
    ]
    for (index, (arguments, workload)) in jobs.enumerated() {
      let out = "\(scratch.path)/out\(index)"
      let ended = try run(["job"] + arguments + options + ["--output", out])
      #expect(ended.code == 0, "\(ended.error)")
      #expect(try texts(sorted(outputRows(out))) == texts(tables.lines(of: workload)), "\(arguments)")
    }
  }

  @Test func `quoted fields with line ends and quotes, by every plan, encoding and join`() throws {
    let bench = try QueryBench()
    var tables = TinyTables()
    let urls = ["a\nb", "\"", "\"\"x", "c,d\r\n", "", "e"]
    for (index, url) in urls.enumerated() { tables.page(url, Int64(index)) }
    for index in 0..<400 {
      let ip = ["1\"2", "3,4", "", "\"\"", "plain"][index / 7 % 5]
      tables.visit(ip, urls[index % 6], "1990-05-1\(index % 10)", "0.0\(index)")
    }
    let options = TableOptions(format: TableFormat(isQuoted: true))
    let style = TinyTables.Style(isQuoted: true)
    for workload: Workload in [.aggregation(prefixLength: 2, options), .join(.corral, options)] {
      try QueryJobTests.all(
        bench, bench.request(workload, tables, style), expect: tables.lines(of: workload))
    }
  }
}

/// All lines of an output's parts, whatever their order.
func outputRows(_ folder: String) throws -> [[UInt8]] {
  let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  #expect(names.contains("_SUCCESS"))
  return names.filter { $0.hasPrefix("part-") }.flatMap { name in
    [UInt8](FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()).split(separator: 10)
      .map(Array.init)
  }
}
