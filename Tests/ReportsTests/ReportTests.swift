import Foundation
import Storage
import Testing

@testable import Reports

private let evil = "<img src=x onerror=alert(1)>"
private let formula = "=HYPERLINK(\"http://x\")"

private func rows() -> [TrialFields] {
  trialFields("ssd", walls: [200, 210, 190, 205, 195, 202])
    + trialFields(
      "marvel-igfs", walls: [100, 105, 95, 102, 98, 101], tier: "pmem", access: "libpmem",
      provenance: "emulated")
    + trialFields("ideal", walls: [90, 91, 92, 93, 94, 95], tier: "dram", access: "memory")
}

private func text(_ format: ReportFormat, _ rows: [TrialFields]) throws -> String {
  try Report(try recorded(rows)).text(format)
}

/// The words of a command's output.
private func output(_ command: String, _ input: String) throws -> String {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["sh", "-c", command]
  let (stdin, stdout) = (Pipe(), Pipe())
  process.standardInput = stdin
  process.standardOutput = stdout
  try process.run()
  stdin.fileHandleForWriting.write(Data(input.utf8))
  try stdin.fileHandleForWriting.close()
  let data = stdout.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return String(decoding: data, as: UTF8.self)
}

struct ReportTests {
  @Test func `the summary comes first, then the warnings, and the whole is one file`() throws {
    let html = try text(.html, rows())
    let sections = html.components(separatedBy: "<section id=\"").dropFirst().compactMap {
      $0.split(separator: "\"").first.map(String.init)
    }
    #expect(sections == ["summary", "warnings", "job-1", "noise", "environment", "reproduce"])
    #expect(html.contains("marvel-igfs [emulated: is dram] is clearly the fastest in 1 of 1 job."))
    #expect(html.contains("2.00"))
    #expect(html.contains("emulated pmem is DRAM: same medium, not comparable with dram"))
    // Nothing is fetched: no address but those within the page.
    #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("@import"))
    #expect(!html.contains(" src="))
    #expect(html.contains("prefers-color-scheme: dark") && html.contains("width=device-width"))
  }

  @Test func `only the page's own script may run, as its digest says`() throws {
    let hex = try output("sha256sum", HTMLPage.script).prefix(64)
    var bytes: [UInt8] = []
    var rest = hex[...]
    while rest.count >= 2 {
      bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
      rest = rest.dropFirst(2)
    }
    #expect(Data(bytes).base64EncodedString() == HTMLPage.scriptDigest)
    #expect(try text(.html, rows()).contains("script-src 'sha256-\(HTMLPage.scriptDigest)'"))
  }

  @Test func `names are text in HTML and Markdown, never markup`() throws {
    var bad = rows()
    for index in bad.indices where bad[index]["system"] == "ssd" { bad[index]["system"] = evil }
    bad[0]["status"] = "failed"
    bad[0]["reason"] = "</p><script>alert(1)</script> [a](javascript:x) | `b`"
    let html = try text(.html, bad)
    #expect(!html.contains("<img") && !html.contains("<script>alert"))
    #expect(html.contains("&lt;img src=x onerror=alert(1)&gt;"))
    let markdown = try text(.md, bad)
    #expect(!markdown.contains("<img") && !markdown.contains("<script"))
    #expect(markdown.contains("\\[a\\](javascript:x)"))
  }

  @Test func `a name that a spreadsheet would compute is text in report csv`() throws {
    var bad = rows()
    for index in bad.indices where bad[index]["system"] == "ssd" { bad[index]["system"] = formula }
    let csv = try text(.csv, bad)
    #expect(csv.contains("\"'=HYPERLINK(\"\"http://x\"\")\""))
    #expect(!csv.contains(",\"=") && !csv.contains(",="))
    for field in ["=1", "+1+1", "-a", "@x", "\t=1", "\n=1", "＝1"] {
      #expect(ReportColumns.safe(field) == "'" + field)
    }
    for field in ["-1", "+1", "-1.5e3", "a=b", ""] { #expect(ReportColumns.safe(field) == field) }
  }

  @Test func `report csv has the documented columns, a row a cell, and reads back`() throws {
    let csv = try text(.csv, rows())
    try withResults(["r.csv": csv]) { folder in
      let reader = try CSVReader(folder + "/r.csv")
      #expect(reader.header == ReportColumns.all.map(\.name))
      var walls: [Int?] = []
      while try reader.next() { walls.append(try reader.integer(reader.index(of: "wall_ns"))) }
      #expect(walls == [201_000_000, 100_500_000, 92_500_000])
    }
  }

  @Test func `the JSON is valid and says the same`() throws {
    let json = try text(.json, rows())
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(object["format"] as? Int == 1)
    #expect((object["cells"] as? [[String: Any]])?.count == 3)
    #expect((object["warnings"] as? [String])?.isEmpty == false)
    #expect((object["summary"] as? [String])?.first?.contains("clearly the fastest") == true)
  }

  /// Six repeats that rise, the last far off, on a machine that others use too.
  private func noisyRows() -> [TrialFields] {
    trialFields("ssd", walls: [200, 201, 202, 203, 204, 400]).enumerated().map { index, row in
      row.merging([
        "load_before": "1.\(index)", "steal_share": index == 5 ? "0.31" : "0.001",
        "other_cpu_share": index == 5 ? "0.4" : "0.0", "cpu_mhz_after": "\(2500 - index)",
        "quota_throttled_ns": "0", "swapped_pages": "0",
      ]) { $1 }
    }
  }

  @Test func `what the machine did besides is said: warnings first, a row a cell, outliers marked`() throws {
    let markdown = try text(.md, noisyRows())
    let warnings = try #require(markdown.range(of: "## Warnings"))
    let noise = try #require(markdown.range(of: "## Noise"))
    let warned = markdown[warnings.upperBound..<noise.lowerBound]
    #expect(
      warned.contains("the hypervisor took over 2 % of the processors' time in 1 of 6 repeats, up to 31 %"))
    #expect(warned.contains("other programs used over 10 % of the processors' time in 1 of 6 repeats"))
    #expect(warned.contains("order effect: later repeats were slower"))
    let section = markdown[noise.upperBound...]
    #expect(section.contains("Order effect: later repeats were slower"))
    func row(_ first: String, _ last: String) -> Bool {
      section.split(separator: "\n").contains { line in
        let fields = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        return fields.joined(separator: "|").contains(first) && fields.joined(separator: "|").hasSuffix(last)
      }
    }
    #expect(row("|ssd|6|1 slow|1.25|31 %|40 %|2495|", "|0 ns|0"))
    #expect(row("|ssd|6|slow|0.400|", "×|1.50|31 %|40 %"))
    // A machine that does not tell its heat has no column for it.
    #expect(!section.contains("slowed by heat"))
    #expect(try text(.html, noisyRows()).contains("<section id=\"noise\">"))
  }

  @Test func `report csv has the noise of each cell`() throws {
    let csv = try text(.csv, noisyRows())
    try withResults(["r.csv": csv]) { folder in
      let reader = try CSVReader(folder + "/r.csv")
      #expect(try reader.next())
      let names = ["outliers", "load_before", "steal_share", "other_cpu_share", "quota_throttled_ns"]
      #expect(
        names.map { reader.index(of: $0).map(reader.text) } == ["1", "1.25", "0.31", "0.4", "0"])
      #expect(reader.index(of: "thermal_throttles").map(reader.text) == "")
    }
  }

  @Test func `a noise that cannot be is named by its place`() {
    var row = noisyRows()[0]
    row["steal_share"] = "-0.5"
    #expect(
      message { _ = try recorded([row]) }.hasSuffix(
        "trials.csv:2: steal_share is '-0.5': it is never negative"))
  }

  @Test func `where nothing was run the page says so`() throws {
    #expect(try text(.html, []).contains("There are no rows: nothing was run"))
    #expect(try text(.md, []).contains("There are no rows: nothing was run"))
    #expect(message { _ = try text(.tex, []) } == "nothing was measured")
  }

  @Test func `thousands of cells share one table`() throws {
    let many = (0..<1500).flatMap { index in
      ["ssd", "pmem"].map { trialFields($0, repeat: 1, wall: 100 + index % 7, workload: "w\(index)") }
    }
    let results = try recorded(many)
    let html = try Report(results).text(.html)
    #expect(html.contains("id=\"jobs\"") && !html.contains("id=\"job-1\""))
    #expect(html.components(separatedBy: "<tr>").count > 4500)
    #expect(try Report(results).text(.csv).split(separator: "\n").count == 3001)
  }

  @Test func `files are written beside the rows, and all of them are named`() throws {
    try withResults(["trials.csv": trialsText(rows())]) { folder in
      let outcome = try Report(try RecordedResults(folder)).write(ReportFormat.allCases, in: folder)
      #expect(outcome.files == ReportFormat.allCases.map { "\(folder)/report.\($0.rawValue)" })
      #expect(outcome.plotsMissing == nil)
      let html = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
      #expect(html.components(separatedBy: "<svg role=\"img\"").count == 4)
      // Ids of two pictures on one page must not meet.
      #expect(html.contains("id=\"systems-gnuplot_canvas\"") && html.contains("id=\"phases-gnuplot_canvas\""))
      let markdown = try String(contentsOfFile: folder + "/report.md", encoding: .utf8)
      #expect(markdown.contains("![Wall time by system](plots/systems.svg)"))
    }
  }

  @Test func `a results folder that cannot be written is named, and what to do`() throws {
    let results = try recorded(rows())
    try withTemporaryFolder { folder in
      try "".write(toFile: folder + "/file", atomically: true, encoding: .utf8)
      let error = message { _ = try Report(results).write([.csv], in: folder + "/file") }
      #expect(error.contains("write \(folder)/file/report.csv: ") && error.contains("with --out"))
    }
  }
}
