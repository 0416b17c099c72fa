import Foundation
import Testing

/// A row that is none stops a job by its place, or is set aside.
struct BadRowTests {
  /// A table, with what is wrong in it, where, and what is right.
  struct Case: Sendable {
    var arguments: [String]
    var table: String
    var text: String
    var offset: Int
    var line: Int
    var reason: String
    var row: String
    /// What is right of the file, as the query has it.
    var lines: [String]
  }

  private static let tail = "agent,DEU,de,word,3"
  private static let head = "1.1.1.1,b,1980-01-02,0.5,\(tail)\n"

  static let cases: [Case] = [
    Case(
      arguments: ["scan", "--min-rank", "0"], table: "rankings", text: "a,1,2\nb,x,2\nc,3,4\n", offset: 6,
      line: 2, reason: "pageRank", row: "b,x,2", lines: ["a\t1", "c\t3"]),
    Case(
      arguments: ["scan", "--min-rank", "0"], table: "rankings", text: "a,1,2\n\nc,3,4", offset: 6, line: 2,
      reason: "field", row: "", lines: ["a\t1", "c\t3"]),
    Case(
      arguments: ["scan", "--min-rank", "0"], table: "rankings", text: "a,1,2\nc,9223372036854775808,4",
      offset: 6, line: 2, reason: "pageRank", row: "c,9223372036854775808,4", lines: ["a\t1"]),
    Case(
      arguments: ["aggregation"], table: "uservisits", text: head + head + "1.1.1.1,b,1980-01-02,0.5\n",
      offset: 2 * head.utf8.count, line: 3, reason: "field", row: "1.1.1.1,b,1980-01-02,0.5",
      lines: ["1.1.1.1\t1"]),
    Case(
      arguments: ["aggregation", "--plan", "paper"], table: "uservisits",
      text: head + "1,b,1980-01-02,1e3,\(tail)\n", offset: head.utf8.count, line: 2, reason: "adRevenue",
      row: "1,b,1980-01-02,1e3,\(tail)", lines: ["1.1.1.1\t0.5"]),
  ]

  /// The other table of a join.
  private static let joins: [Case] = ["broadcast", "partitioned"].flatMap { join in
    [
      Case(
        arguments: ["join", "--join", join], table: "uservisits",
        text: "1,b,1980-02-30,1,\(tail)\n" + head, offset: 0, line: 1, reason: "visitDate",
        row: "1,b,1980-02-30,1,\(tail)", lines: ["1.1.1.1\t0.5\t7.000000"]),
      Case(
        arguments: ["join", "--join", join, "--plan", "corral"], table: "rankings",
        text: "b,7,1\nb,7\n", offset: 6, line: 2, reason: "field", row: "b,7",
        lines: ["1.1.1.1\t0.5\t7.000000"]),
      Case(
        arguments: ["join", "--join", join], table: "rankings", text: "b,7,1\nb,7,1,1\n", offset: 6, line: 2,
        reason: "field", row: "b,7,1,1", lines: ["1.1.1.1\t0.5\t7.000000"]),
    ]
  }

  private func arguments(_ test: Case, _ scratch: Scratch) throws -> [String] {
    let file = try scratch.file("table.csv", Array(test.text.utf8))
    var arguments = ["job"] + test.arguments + ["--\(test.table)", file, "--output", scratch.path + "/out"]
    if test.arguments[0] == "join" {
      let isRankings = test.table == "rankings"
      let other = try scratch.file("other.csv", Array((isRankings ? Self.head : "b,7,1\n").utf8))
      arguments += [isRankings ? "--uservisits" : "--rankings", other]
    }
    return arguments + ["--workers", "1"]
  }

  @Test(arguments: cases + joins)
  func `stops the job with its file, line, byte and reason, and leaves no output`(test: Case) throws {
    let scratch = try Scratch()
    let ended = try run(arguments(test, scratch))
    #expect(ended.code == 2)
    for words in ["table.csv", "line \(test.line)", "byte \(test.offset)", test.reason, "'\(test.row)'"] {
      #expect(ended.error.contains(words), "\(words): \(ended.error)")
    }
    let left = try? FileManager.default.contentsOfDirectory(atPath: scratch.path + "/out")
    #expect(left ?? [] == [])
  }

  @Test(arguments: cases + joins)
  func `is set aside with its place and counted, and the rest is right`(test: Case) throws {
    let scratch = try Scratch()
    let ended = try run(arguments(test, scratch) + ["--on-bad-row", "skip", "--json"])
    #expect(ended.code == 0, "\(ended.error)")
    let report = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any]
    #expect(report?["bad_rows"] as? Int == 1)
    let out = scratch.path + "/out"
    #expect(try sorted(outputRows(out)).map { String(decoding: $0, as: UTF8.self) } == test.lines)
    let names = try FileManager.default.contentsOfDirectory(atPath: out).filter { $0.hasPrefix("_rejects-") }
    #expect(names.count == 1)
    let text = String(
      decoding: FileManager.default.contents(atPath: "\(out)/\(names.first ?? "")") ?? Data(), as: UTF8.self)
    #expect(text.hasSuffix("\n"))
    let fields = text.dropLast().split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    #expect(fields.count == 4)
    #expect(fields.first == scratch.path + "/table.csv")
    #expect(fields.dropFirst().first == "\(test.offset)")
    #expect(fields.dropFirst(2).first?.contains(test.reason) ?? false)
    #expect(fields.last == test.row)
  }

  /// Two files, the second one with two rows that are none.
  private func runTwo(_ scratch: Scratch, _ arguments: [String]) throws -> Ended {
    let first = try scratch.file("f1.csv", Array("a,1,2\nb,7,2\n".utf8))
    let second = try scratch.file("f2.csv", Array("c,1,2\nb,x,2\nc\nd,5,1\n".utf8))
    return try run(
      [
        "run", "--workloads", "scan", "--set", "scan.min_rank=0", "--systems", "ideal,ssd", "--repeats", "2",
        "--rankings", first, second, "--out", scratch.path + "/results", "--tier", "ssd=\(scratch.path)",
      ] + arguments)
  }

  @Test func `in a run it is named by the user's file, line and byte`() throws {
    let scratch = try Scratch()
    let ended = try runTwo(scratch, [])
    #expect(ended.code == 2)
    let rows = try RunTests.rows(scratch.path + "/results")
    let words = "line 2: read \(scratch.path)/f2.csv, row at byte 6: pageRank is 'x'"
    #expect(rows.count == 6)
    #expect(rows.allSatisfy { $0["status"] == "failed" && $0["reason"]?.contains(words) ?? false }, "\(rows)")
  }

  @Test func `in a run it is set aside in the results folder, and said`() throws {
    let scratch = try Scratch()
    let ended = try runTwo(scratch, ["--set", "on_bad_row=skip"])
    #expect(ended.code == 0, "\(ended.error)")
    let out = scratch.path + "/results"
    let summary = try String(contentsOfFile: out + "/summary.md", encoding: .utf8)
    for row in try RunTests.rows(out) {
      #expect(row["bad_rows"] == "2")
      let file = "rejects/\(row["cell"] ?? "").tsv"
      let lines = try String(contentsOfFile: "\(out)/\(file)", encoding: .utf8).split(separator: "\n")
      #expect(lines.map { $0.hasPrefix("\(scratch.path)/f2.csv\t") } == [true, true])
      #expect(lines.map { $0.split(separator: "\t")[1] } == ["6", "12"])
      #expect(lines.map { $0.split(separator: "\t").last } == ["b,x,2", "c"])
      for text in [ended.out, summary] {
        #expect(text.contains("2 malformed rows set aside in \(file)"), "\(text)")
      }
    }
    let other = try Scratch()
    let json = try runTwo(other, ["--set", "scan.on_bad_row=skip", "--json", "--warmup", "0"])
    let report = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
    for cell in report?["cells"] as? [[String: Any]] ?? [[:]] {
      #expect(cell["bad_rows"] as? Int == 2)
      #expect(cell["rejects"] as? String == "rejects/\(cell["cell"] as? String ?? "").tsv")
    }
  }

  @Test func `many of them in many splits are all counted, none twice`() throws {
    let scratch = try Scratch()
    let rows = (0..<3000).map { $0.isMultiple(of: 3) ? "page\($0),bad,1" : "page\($0),\($0),1" }
    let file = try scratch.file("table.csv", Array(rows.joined(separator: "\n").utf8))
    let out = scratch.path + "/out"
    let ended = try run([
      "job", "scan", "--rankings", file, "--min-rank", "-1", "--output", out, "--on-bad-row", "skip",
      "--json",
      "--split", "4KiB", "--workers", "2",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    let report = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any]
    #expect(report?["bad_rows"] as? Int == 1000)
    #expect(report?["rows"] as? Int == 2000)
    let names = try FileManager.default.contentsOfDirectory(atPath: out).filter { $0.hasPrefix("_rejects-") }
    let lines = names.flatMap { name -> [String] in
      String(decoding: FileManager.default.contents(atPath: "\(out)/\(name)") ?? Data(), as: UTF8.self)
        .split(separator: "\n").map(String.init)
    }
    #expect(Set(lines.map { $0.split(separator: "\t").last! }).count == 1000)
    #expect(lines.count == 1000)
  }
}
