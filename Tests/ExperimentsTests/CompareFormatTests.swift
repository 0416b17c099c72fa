import Metrics
import Foundation
import Testing

@testable import Experiments
@testable import Reports

@Suite struct CompareFormatTests {
  /// Three rows: regressed, unchanged, insufficient; and a cell that is missing.
  private func sample(system: String = "ssd", failsOnInconclusive: Bool = false) throws -> Comparison {
    let files = try CompareFiles()
    let base = try files.small(
      "base.csv",
      [
        system: [100, 101, 102, 103, 104, 105], "ideal": [50, 51, 52, 53, 54, 55], "two": [7, 8],
        "gone": [1, 2, 3],
      ])
    let new = try files.small(
      "new.csv",
      [system: [200, 201, 202, 203, 204, 205], "ideal": [50, 51, 52, 53, 54, 55], "two": [7, 9]])
    var rules = ComparisonRules()
    rules.failsOnInconclusive = failsOnInconclusive
    var comparison = try Comparison(files.side(base), against: files.side(new), rules: rules)
    comparison.sides = (["base.csv"], ["new.csv"])
    return comparison
  }

  // swift-format-ignore
  @Test func `text is as benchstat prints it`() throws {
    #expect(
      try sample().text == """
        base: base.csv
        new:  new.csv

        wall_ns                    base             new   change       95 % interval      p    n  verdict
        ───────────────  ──────────────  ──────────────  ───────  ──────────────────  ─────  ───  ──────────────────────────────────────────
        wordcount ssd    102.5 ms ± 1 %  202.5 ms ± 1 %  +97.6 %  +93.3 % … +102.0 %  0.006  6+6  regressed
        wordcount ideal   52.5 ms ± 2 %   52.5 ms ± 2 %        ~     −5.5 % … +5.0 %  1.000  6+6  unchanged
        wordcount two      7.5 ms ± 3 %    8.0 ms ± 6 %        ~                      1.000  2+2  insufficient runs: 5 repeats a side needed

        geometric mean of wall_ns: +28.2 %

        not compared:
          wordcount gone: missing in new

        note: one run a side: its repeats are compared, and what runs differ by is assumed to be 5 % (marvel-bench calibrate measures it)

        Mann–Whitney U of repeats, bootstrap interval of the ratio of medians; p after Holm over 3 rows; a regression is p ≤ 0.05 and worse by 5.0 % or more; ~ no change shown
        1 regressed, 1 unchanged, 1 insufficient runs, 1 cell missing or failed

        """)
  }

  @Test func `CSV has a row a row, and no field that a spreadsheet takes for a formula`() throws {
    let lines = try sample(system: "=HYPERLINK(\"x\")").csv.split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("label,workload,base_system,new_system,"))
    let files = try CompareFiles()
    defer { withExtendedLifetime(files) {} }
    let reader = try CSVReader(files.file("c.csv", try sample(system: "=1+1").csv))
    let system = try #require(reader.index(of: "base_system"))
    let verdict = try #require(reader.index(of: "verdict"))
    #expect(try reader.next())
    #expect(reader.text(system) == "'=1+1")
    #expect(reader.text(verdict) == "regressed")
  }

  @Test func `JSON has values, figures and the exit code`() throws {
    let text = try sample().json.text
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["exit_code"] as? Int == 1)
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows.map { $0["verdict"] as? String } == ["regressed", "unchanged", "insufficient runs"])
    #expect((rows[0]["base"] as? [Double])?.count == 6)
    #expect(rows[2]["n_needed"] as? Int == 5)
  }

  @Test func `JUnit counts what fails, what is broken and what is open`() throws {
    let junit = try sample(system: "a<b>&\"c\"").junit
    #expect(junit.contains("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""))
    #expect(junit.contains("name=\"wordcount a&lt;b&gt;&amp;&quot;c&quot;\""))
    #expect(junit.contains("<error message=\"missing in new\"/>"))
    #expect(XMLParserCheck.isWellFormed(junit))
    #expect(try sample(failsOnInconclusive: true).junit.contains("failures=\"2\" errors=\"1\" skipped=\"0\""))
  }

  @Test func `annotations are one line each, with what would end them escaped`() throws {
    let lines = try sample(system: "50%: x,y").annotations.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("::error title=regressed%3A wordcount 50%25%3A x%2Cy::wall_ns regressed: "))
    #expect(lines.contains { $0.hasPrefix("::error title=not compared%3A wordcount gone::missing in new") })
    #expect(lines.contains { $0.hasPrefix("::warning title=insufficient runs%3A wordcount two::") })
    let broken = try sample(system: "a\r\n::error::b").annotations
    #expect(!broken.contains("\r") && !broken.split(separator: "\n").contains { $0.hasPrefix("::error::b") })
    #expect(lines.last?.hasPrefix("::notice title=marvel-bench compare::1 regressed") == true)
  }

  @Test func `names cannot leave their cell of a Markdown table`() throws {
    let markdown = try sample(system: "a|b <img src=x> [l](u)").markdown
    #expect(markdown.contains("a\\|b &lt;img src=x&gt; \\[l\\](u)"))
    #expect(!markdown.contains("<img"))
  }
}

/// Every tag is closed in its order, attributes are quoted.
private enum XMLParserCheck {
  static func isWellFormed(_ text: String) -> Bool {
    var open: [Substring] = []
    for part in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
      guard let end = part.firstIndex(of: ">") else { return false }
      let tag = part[..<end]
      if tag.hasPrefix("?") || tag.hasSuffix("/") { continue }
      let name = tag.prefix { $0 != " " }
      if name.hasPrefix("/") {
        guard open.popLast() == name.dropFirst() else { return false }
      } else {
        open.append(name)
      }
    }
    return open.isEmpty
  }
}

@Suite struct CompareHostileTests {
  @Test(arguments: [
    ("nan", "wall_ns is 'nan'"), ("-5", "it is never negative"), ("0", "over 0 ns"),
    ("1e9x", "no whole number"),
    ("inf", "no whole number"), ("=1+1", "no whole number"),
  ])
  func `times that are none are an error with file and line`(value: String, said: String) throws {
    let files = try CompareFiles()
    let path = try files.file(
      "bad.csv", "workload,system,repeat,wall_ns\nwordcount,ssd,1,5\nwordcount,ssd,2,\(value)\n")
    let error = #expect(throws: ResultsError.self) { _ = try files.side(path) }
    #expect(error?.description.contains("bad.csv:3") == true)
    #expect(error?.description.contains(said) == true, "\(String(describing: error))")
  }

  @Test func `no rows, no file, no columns: each is said`() throws {
    let files = try CompareFiles()
    for (text, said) in [
      ("", "is empty"), ("workload,system,repeat,wall_ns\n", "has no rows"),
      ("a,b\n1,2\n", "no column workload"),
      ("format,workload,system,repeat,wall_ns\n99,w,s,1,1\n", "format 99"),
    ] {
      let path = try files.file("x.csv", text)
      let error = #expect(throws: ResultsError.self) { _ = try files.side(path) }
      #expect(error?.description.contains(said) == true, "\(String(describing: error))")
    }
    #expect(throws: ResultsError.self) { _ = try files.side(files.path + "/none") }
    #expect(throws: ResultsError.self) { _ = try files.side(files.path) }
  }

  private func said(_ base: String, _ new: String) throws -> (rows: [ComparisonRow], warnings: [String]) {
    let files = try CompareFiles()
    let comparison = try Comparison(
      files.side(files.file("a.csv", base)), against: files.side(files.file("b.csv", new)),
      rules: ComparisonRules())
    return (comparison.rows, comparison.warnings)
  }

  private let base = csv((1...6).map { fullRow(repeatNumber: $0, wall: 1000 + $0) })

  @Test func `rows and columns in another order mean the same`() throws {
    let rows = (1...6).map { fullRow(repeatNumber: $0, wall: 1200 + $0) }
    let names = rows[0].keys.sorted().reversed()
    let mixed = ([Array(names)] + rows.reversed().map { row in names.map { row[$0] ?? "" } }).map {
      CSV.line($0)
    }
    let (plain, other) = (try said(base, csv(rows)), try said(base, mixed.joined()))
    #expect(plain.rows.map(\.verdict) == [.regressed])
    #expect(other.rows.map(\.verdict) == [.regressed])
    #expect(
      plain.rows[0].interval == other.rows[0].interval && plain.rows[0].test?.p == other.rows[0].test?.p)
    #expect(plain.warnings == other.warnings)
  }

  @Test func `a file that was cut off is compared without its last line, and that is said`() throws {
    let cut = try said(base, String(base.dropLast(20)))
    #expect(cut.rows.map(\.sample.new.count) == [5])
    #expect(cut.warnings.contains { $0.hasSuffix("b.csv:7: the last line is cut off and was left out") })
  }

  @Test func `files that were joined are said, headers and repeats`() throws {
    let joined = try said(base, base + base)
    #expect(joined.rows.map(\.sample.new.count) == [12])
    #expect(joined.warnings.contains { $0.contains("b.csv:8: the header again: files were joined") })
    #expect(joined.warnings.contains { $0.hasPrefix("6 repeats are there more than once, the first at ") })
  }

  @Test func `a line that was edited by hand is named`() throws {
    let edited = base.replacing("wordcount\n", with: "word,count\n")
    #expect(edited != base)
    let error = #expect(throws: ResultsError.self) { _ = try said(base, edited) }
    #expect(error?.description.contains("b.csv:2: ") == true, "\(String(describing: error))")
    #expect(error?.description.contains("was the file edited by hand?") == true)
  }

  @Test(arguments: ["faas.csv", "io.csv"])
  func `results that hold no trials of jobs are said to be others`(name: String) throws {
    let files = try CompareFiles()
    _ = try files.file(name, "a,b\n")
    let error = #expect(throws: ResultsError.self) { _ = try files.side(files.path) }
    #expect(
      error?.description
        == "\(files.path): has \(name) and no trials.csv: only runs of jobs are compared (marvel-bench report shows what it holds)"
    )
  }

  @Test func `one repeat a side has no interval and no verdict`() throws {
    let files = try CompareFiles()
    let comparison = try Comparison(
      files.side(files.small("a.csv", ["ssd": [100]])),
      against: files.side(files.small("b.csv", ["ssd": [300]])),
      rules: ComparisonRules())
    #expect(comparison.rows.map(\.verdict) == [.insufficient])
    #expect(comparison.rows[0].interval == nil)
    #expect(ComparisonFormat.allCases.allSatisfy { !comparison.written(as: $0).isEmpty })
  }

  @Test func `a metric that was zero and no longer is has no ratio to print, but a verdict`() throws {
    let files = try CompareFiles()
    func side(_ name: String, _ spilled: (Int) -> Int) throws -> ComparedSide {
      try files.side(
        files.file(
          name,
          csv((1...6).map { fullRow(repeatNumber: $0, wall: 1000, ["spilled_bytes": "\(spilled($0))"]) })),
        metrics: ["spilled_bytes"])
    }
    var rules = ComparisonRules()
    rules.metrics = ["spilled_bytes"]
    let worse = try Comparison(side("a.csv") { _ in 0 }, against: side("b.csv") { 100 + $0 }, rules: rules)
    #expect(worse.rows.map(\.verdict) == [.regressed])
    let better = try Comparison(side("a.csv") { 100 + $0 }, against: side("b.csv") { _ in 0 }, rules: rules)
    #expect(better.rows.map(\.verdict) == [.improved])
    let none = try Comparison(side("a.csv") { _ in 0 }, against: side("b.csv") { _ in 0 }, rules: rules)
    #expect(none.rows.map(\.verdict) == [.unchanged])
    for comparison in [worse, better, none] {
      #expect(ComparisonFormat.allCases.allSatisfy { !comparison.written(as: $0).isEmpty })
    }
  }

  @Test func `unicode names stay whole, thousands of cells are compared`() throws {
    let files = try CompareFiles()
    func side(_ name: String) throws -> ComparedSide {
      var text = "workload,system,repeat,wall_ns\n"
      for cell in 0..<1500 {
        for number in 1...2 { text += "größe-数-\(cell),система🚀,\(number),\(1000 + cell + number)\n" }
      }
      return try files.side(files.file(name, text))
    }
    let comparison = try Comparison(side("a.csv"), against: side("b.csv"), rules: ComparisonRules())
    #expect(comparison.rows.count == 1500)
    #expect(comparison.rows.allSatisfy { $0.verdict == .insufficient && $0.needed == 10 })
    #expect(comparison.text.contains("größe-数-7 система🚀"))
  }
}

@Suite struct GatesFileTests {
  @Test func `thresholds are read by metric and workload, off takes one away`() throws {
    let gates = try GatesFile.parse(
      "metrics: {wall_ns: 5%, cpu_ns: 0.03}\nworkloads:\n  grep: {wall_ns: 10%, cpu_ns: off}\n",
      file: "gates.yaml")
    #expect(gates.metrics == ["wall_ns": 0.05, "cpu_ns": 0.03])
    #expect(gates.workloads == ["grep": ["wall_ns": 0.1, "cpu_ns": nil]])
    #expect(gates.names == ["cpu_ns", "wall_ns"])
  }

  @Test(arguments: [
    ("metrics: {wal_ns: 5%}", "gates.yaml:1:11: unknown key 'wal_ns'"),
    (
      "metrics: {wall_ns: fast}",
      "gates.yaml:1:20: a threshold must be a share such as 5%, or off, not 'fast'"
    ),
    ("metrics: {wall_ns: -5%}", "gates.yaml:1:20: a threshold must be"),
    ("metrics: {wall_ns: nan}", "gates.yaml:1:20: a threshold must be"),
    ("workloads: {sort: {wall_ns: 5%}}", "gates.yaml:1:13: unknown key 'sort'"),
    ("metrics: {wall_ns: 5%, wall_ns: 6%}", "is given more than once"), ("{}", "no metric gates"),
    ("alpha: 5%", "gates.yaml:1:1: unknown key 'alpha'"),
  ])
  func `what is not understood is an error at its place`(text: String, said: String) {
    let error = #expect(throws: WorkloadFileError.self) { _ = try GatesFile.parse(text, file: "gates.yaml") }
    #expect(error?.description.contains(said) == true, "\(String(describing: error))")
  }

  @Test func `noise is written and read again, and renewed by machine, workload, system and metric`() throws {
    let files = try CompareFiles()
    func entry(_ system: String, _ noise: Double) -> NoiseTable.Entry {
      NoiseTable.Entry(
        machineClass: "a \"CPU\", 2", workload: "wordcount", system: system, metric: "wall_ns", runs: 10,
        repeats: 3,
        noise: noise)
    }
    let table = NoiseTable([entry("ssd", 0.01), entry("ideal", 0.02)])
    let read = try NoiseTable.read(files.file("noise.csv", table.csv))
    #expect(read.csv == table.csv)
    let merged = NoiseTable([entry("ssd", 0.5)]).merged(with: read)
    #expect(merged.entries.map(\.noise) == [0.02, 0.5])
    #expect(throws: ResultsError.self) {
      _ = try NoiseTable.read(files.file("bad.csv", table.csv.replacing("0.02", with: "NaN")))
    }
  }

  @Test func `noise is the spread of runs' medians`() throws {
    let files = try CompareFiles()
    let paths = try [100, 110, 121].enumerated().map { try files.small("r\($0).csv", ["ssd": [$1, $1, $1]]) }
    let table = NoiseTable(
      of: try ComparedSide(paths, metrics: ["wall_ns"]), metrics: ["wall_ns"], repeats: 3)
    // Logarithms 0.0953 apart: that is their standard deviation too.
    #expect(abs((table.entries.first?.noise ?? 0) - 0.0953101798) < 1e-9)
  }

  @Test(arguments: 1...20)
  func `of each two pairs one begins with base`(count: Int) {
    let orders = PairedRuns.orders(count, seed: UInt64(count))
    #expect(orders.count == count)
    #expect(abs(orders.filter { $0 }.count * 2 - count) <= 1)
    #expect(orders == PairedRuns.orders(count, seed: UInt64(count)))
  }
}
