import Foundation
import MapReduce
import Reports
import Storage
import Testing

@testable import Experiments

private func experiment(_ workloads: String, _ rest: String) throws -> Experiment {
  try Experiment.parse(
    "name: a\nsystems: [\"input=dram,shuffle=dram,output=dram\"]\nworkloads: \(workloads)\n\(rest)\n",
    file: "w.yaml",
    knownSystems: []
  ) { _ in nil }
}

private func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "accepted"
  } catch {
    return "\(error)"
  }
}

struct OwnInputTests {
  @Test func `a list of files is what all workloads read`() throws {
    #expect(try experiment("[wordcount, drain]", "input: [a, b]").inputs == [.text: ["a", "b"]])
    #expect(try experiment("scan", "input: a").inputs == [.rankings: ["a"]])
    #expect(try experiment("aggregation", "input: a").inputs == [.uservisits: ["a"]])
    let both = try experiment("[scan, join]", "input: {rankings: [r, s], uservisits: v}")
    #expect(both.inputs == [.rankings: ["r", "s"], .uservisits: ["v"]])
    #expect(
      try Experiment.parse(both.yaml, file: "again", knownSystems: []) { _ in nil }.inputs == both.inputs)
  }

  @Test(arguments: [
    ("join", "input: a", "4:8: join reads uservisits and rankings: say which file is which"),
    (
      "[scan, aggregation]", "input: a",
      "4:8: scan reads rankings, aggregation reads uservisits: say which file is which"
    ),
    ("join", "input: {rankings: r}", "4:8: join reads uservisits, and no file of it is given"),
    ("scan", "input: {ranking: r}", "4:9: unknown key 'ranking'"),
  ])
  func `tables are never taken for one another`(workloads: String, input: String, expected: String) {
    let said = message { _ = try experiment(workloads, input) }
    #expect(said.hasPrefix("w.yaml:\(expected)"), "\(said)")
  }

  @Test func `on the command line workloads without files are left out, unless they were asked for`() throws {
    var quick = try experiment("[wordcount, scan, aggregation, join]", "sizes: 1MiB")
    let note = try quick.readOwn(["logs"], named: [:], keepsAll: false)
    #expect(note == "no files for what they read, so left out: scan, aggregation, join")
    #expect(quick.workloads.map(\.name) == ["wordcount"] && quick.inputs == [.text: ["logs"]])

    var tables = try experiment("[wordcount, scan, aggregation, join]", "sizes: 1MiB")
    _ = try tables.readOwn([], named: [.rankings: ["r"], .uservisits: ["v"]], keepsAll: false)
    #expect(tables.workloads.map(\.name) == ["scan", "aggregation", "join"])

    var chosen = try experiment("[scan, aggregation]", "sizes: 1MiB")
    #expect(
      message { _ = try chosen.readOwn(["x"], named: [:], keepsAll: true) }.contains("which file is which"))
    var scan = try experiment("scan", "sizes: 1MiB")
    #expect(try scan.readOwn(["x"], named: [:], keepsAll: true) == nil)
    #expect(scan.inputs == [.rankings: ["x"]])
    #expect(
      message { _ = try scan.readOwn(["x"], named: [.rankings: ["y"]], keepsAll: true) }.contains(
        "--rankings"))
    var join = try experiment("join", "sizes: 1MiB")
    #expect(
      message { _ = try join.readOwn([], named: [.rankings: ["r"]], keepsAll: true) }
        .contains("no file of it is given"))
  }

  @Test func `each table of a join has its own files and size`() throws {
    try withTemporaryFolder { folder in
      func file(_ name: String, _ size: Int) throws -> String {
        let path = folder.appending(path: name)
        try Data(repeating: 0x0a, count: size).write(to: path)
        return path.path
      }
      let (r, v) = (try file("r", 30), try file("v", 500))
      let join = try experiment("join", "input: {rankings: \(r), uservisits: \(v)}")
      let cell = TrialMatrix(join, processors: 1, inputSizes: try join.inputSizes()).cells[0]
      #expect(cell.datasets.map(\.kind) == ["uservisits", "rankings"])
      #expect(cell.datasets.map(\.size) == [500, 30])
      #expect(cell.datasets.map(\.inputs) == [[v], [r]])
      var other = cell
      other.smaller?.inputs = [v]
      #expect(other.id != cell.id)
      // Headers of several files would end up among the rows.
      let several = try experiment(
        "[{name: scan, header: on}]", "input: {rankings: [\(r), \(v)]}")
      #expect(message { _ = try several.inputSizes() }.contains("2 files of rankings have a header each"))
    }
  }
}

struct ParameterTests {
  @Test func `a parameter is set where it is, by its name or its workload's`() throws {
    var some = try experiment("[scan, aggregation, join]", "sizes: 1MiB")
    try some.set("min_rank=50")
    try some.set("join.from=1980-02-01")
    try some.set("delimiter=bar")
    #expect(some.workloads[0].parameters == ["min_rank": "50", "delimiter": "bar"])
    #expect(some.workloads[1].parameters == ["prefix_length": "8", "delimiter": "bar"])
    #expect(some.workloads[2].parameters == ["from": "1980-02-01", "to": "1980-04-01", "delimiter": "bar"])
  }

  @Test(arguments: [
    ("min_rank", "--set min_rank: write it as min_rank=50 or scan.min_rank=50"),
    ("=1", "--set =1: write it as min_rank=50 or scan.min_rank=50"),
    ("grep.pattern=a", "--set grep.pattern=a: the experiment has no workload 'grep'; known here: scan, join"),
    ("scan.limit=1", "--set scan.limit=1: unknown parameter 'limit'; known here: min_rank, delimiter,"),
    ("min_rank=high", "--set min_rank=high: workload scan: min_rank 'high' is no whole number"),
    ("quoted=maybe", "--set quoted=maybe: unknown quoted 'maybe'; known here: on, off"),
  ])
  func `what cannot be set is said`(setting: String, expected: String) throws {
    var some = try experiment("[scan, join]", "sizes: 1MiB")
    let said = message { try some.set(setting) }
    #expect(said.hasPrefix(expected), "\(said)")
  }

  @Test func `join is a factor of the workloads that join`() throws {
    let some = try experiment(
      "[wordcount, join]",
      "sizes: 1MiB\njoin: [auto, broadcast, partitioned]\nplans: [optimized, paper]\nexclude: {join: auto, plan: paper, workload: join}"
    )
    let cells = TrialMatrix(some, processors: 1).cells
    #expect(
      cells.map { "\($0.job.workload.name) \($0.job.plan.rawValue) \($0.job.join?.rawValue ?? "auto")" } == [
        "wordcount optimized auto", "wordcount paper auto", "join optimized auto", "join optimized broadcast",
        "join optimized partitioned", "join paper broadcast", "join paper partitioned",
      ])
    #expect(Set(cells.map(\.id)).count == cells.count)
    #expect(cells.map { $0.unsupported != nil } == [false, false, false, false, false, true, false])
    #expect(try Experiment.parse(some.yaml, file: "again", knownSystems: []) { _ in nil }.yaml == some.yaml)
  }

  @Test func `what options took away is excluded no more in the text that is kept`() throws {
    var some = try experiment(
      "[wordcount, scan, join]",
      "sizes: 1MiB\nplans: [optimized, paper]\nexclude: [{workload: [scan, join], plan: paper}]")
    some.workloads = [some.workloads[0], some.workloads[1]]
    let again = try Experiment.parse(some.yaml, file: "again", knownSystems: []) { _ in nil }
    #expect(
      TrialMatrix(again, processors: 1).cells.map(\.id) == TrialMatrix(some, processors: 1).cells.map(\.id))
    some.workloads = [some.workloads[0]]
    #expect(!some.yaml.contains("exclude"))
  }

  @Test func `a table to compare with is one that is known`() throws {
    #expect(try experiment("scan", "sizes: 1MiB\ncompare_with: table1").compareWith == .table1)
    #expect(
      message { _ = try experiment("scan", "sizes: 1MiB\ncompare_with: table2") }
        == "w.yaml:5:15: unknown table 'table2'; known here: table1 (did you mean 'table1'?)")
  }
}
