import Foundation
import MapReduce
import Testing

/// What a query says when its numbers do not fit, and that fresh processes find what warm ones do.
struct QueryLimitTests {
  private static let tail = ",agent,DEU,de,word,3\n"

  @Test(arguments: [
    ("aggregation", "optimized", "binary"), ("aggregation", "corral", "json"),
    ("aggregation", "paper", "binary"),
    ("join", "optimized", "binary"), ("join", "corral", "json"),
  ])
  func `a sum that does not fit is an error, never another number`(
    query: String, plan: String, encoding: String
  )
    throws
  {
    let scratch = try Scratch()
    let most = "170141183460469231731.687303715884105727"
    func job(_ revenues: [String], _ ranks: [String], _ out: String) throws -> Ended {
      let visits = revenues.map { "1.2.3.4,b,1980-01-01,\($0)" + Self.tail }.joined()
      let pages = ranks.map { "b,\($0),1\n" }.joined()
      var arguments = ["job", query, "--uservisits", try scratch.file("v", Array(visits.utf8))]
      if query == "join" { arguments += ["--rankings", try scratch.file("r", Array(pages.utf8))] }
      return try run(
        arguments + [
          "--plan", plan, "--encoding", encoding, "--workers", "1", "--output", scratch.path + out,
        ])
    }
    let fits = try job([most], ["7"], "/fits")
    #expect(fits.code == 0, "\(fits.error)")
    #expect(
      try outputRows(scratch.path + "/fits").map { String(decoding: $0, as: UTF8.self) }
        == ["1.2.3.4\t\(most)" + (query == "join" ? "\t7.000000" : "")])
    var failures = [try job([most, "0.000000000000000001"], ["7"], "/revenue")]
    if query == "join" { failures.append(try job(["1"], ["9223372036854775807", "1"], "/rank")) }
    for ended in failures {
      #expect(ended.code == 2)
      #expect(ended.error.contains("sum groups of key '1.2.3.4': a sum of adRevenue"), "\(ended.error)")
    }
    for name in ["revenue", "rank"] {
      #expect((try? FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/\(name)")) ?? [] == [])
    }
  }

  @Test func `cold workers, one or many, join as warm ones do`() throws {
    let scratch = try Scratch()
    let tables = QuerySpillTests.many
    let rankings = try scratch.file("r", tables.rankings())
    let visits = try scratch.file("v", tables.uservisits())
    let query = JoinQuery(from: 1980_02_02, to: 1980_02_03, limit: 7)
    let expected = texts(tables.lines(of: .join(query, TableOptions())))
    for (index, workers) in [1, 3].enumerated() {
      for join in ["broadcast", "partitioned"] {
        let out = "\(scratch.path)/out-\(join)\(index)"
        let ended = try run([
          "job", "join", "--rankings", rankings, "--uservisits", visits, "--from", "1980-02-02", "--to",
          "1980-02-03", "--limit", "7", "--join", join, "--starts", "cold", "--workers", "\(workers)",
          "--split",
          "30KiB", "--reducers", "2", "--output", out, "--json",
        ])
        #expect(ended.code == 0, "\(ended.error)")
        #expect(try texts(outputRows(out)) == expected)
        let report = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any]
        #expect(report?["join"] as? String == join)
      }
    }
  }

  @Test(arguments: [
    (["join", "--from", "1980-04-02"], "--from is after --to"), (["join", "--limit", "0"], "--limit"),
    (["join", "--from", "1980-02-30"], "--from"), (["join", "--join", "sorted"], "--join"),
    (["aggregation", "--prefix-length", "0"], "--prefix-length"),
    (["scan", "--min-rank", "x"], "--min-rank"),
    (["scan", "--delimiter", ";"], "--delimiter"), (["scan", "--on-bad-row", "drop"], "--on-bad-row"),
    (["scan"], "rankings"), (["join-corral", "--rankings", "x"], "uservisits"),
  ])
  func `what cannot be asked is said before anything runs`(arguments: [String], words: String) throws {
    let scratch = try Scratch()
    var given = ["job"] + arguments + ["--output", scratch.path + "/out"]
    let file = try scratch.file("t", [])
    if arguments.count > 1, arguments[0] != "join-corral" {
      if arguments[0] != "aggregation" { given += ["--rankings", file] }
      if arguments[0] != "scan" { given += ["--uservisits", file] }
    }
    let ended = try run(given)
    #expect(ended.code == 64, "\(ended.error)")
    #expect(ended.error.contains(words), "\(ended.error)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/out"))
  }
}
