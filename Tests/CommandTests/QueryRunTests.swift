import Foundation
import Testing

/// `run` with the queries, as a user runs it.
struct QueryRunTests {
  private static func table(_ path: String) throws -> [[String: String]] {
    let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    let lines = text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let header = try #require(lines.first)
    return try lines.dropFirst().map { fields in
      try #require(fields.count == header.count)
      return Dictionary(uniqueKeysWithValues: zip(header, fields))
    }
  }

  private static func number(_ row: [String: String], _ column: String) -> Int {
    Int(row[column] ?? "") ?? -1
  }

  @Test func `every system and plan gives the right output, and stages add up to their trial`() throws {
    let scratch = try Scratch()
    var digests: [String: Set<String>] = [:]
    for (plan, encoding, systems) in [
      ("optimized", "binary", "ssd,marvel-hdfs,marvel-igfs,ideal"), ("paper", "json", "ideal"),
      ("corral", "binary", "marvel-igfs"),
    ] {
      let out = "\(scratch.path)/\(plan)"
      let ended = try run([
        "run", "--systems", systems, "--workloads", "scan,aggregation,join,join-corral", "--size", "2MiB",
        "--repeats", "1", "--warmup", "0", "--split", "300KiB", "--reducers", "3", "--plan", plan,
        "--encoding", encoding, "--out", out, "--tier", "ssd=\(scratch.path)",
      ])
      #expect(ended.code == 0, "\(ended.error)")
      let trials = try RunTests.rows(out)
      #expect(trials.count == 4 * systems.split(separator: ",").count)
      #expect(trials.allSatisfy { $0["status"] == "ok" }, "\(trials.compactMap { $0["reason"] })")
      let stages = try Self.table(out + "/stages.csv")
      for trial in trials {
        let workload = trial["workload"] ?? ""
        digests[workload, default: []].insert(trial["output_digest"] ?? "")
        #expect(Self.number(trial, "output_bytes") > 0)
        let isJoin = workload.hasPrefix("join")
        if isJoin, plan == "optimized" {
          #expect(["broadcast", "partitioned"].contains(trial["join"]))
        } else {
          #expect(trial["join"] == (isJoin ? "partitioned" : ""))
        }
        let own = stages.filter { $0["cell"] == trial["cell"] && $0["repeat"] == trial["repeat"] }
        #expect(own.map { $0["stage"] } == own.indices.map { "\($0)" })
        #expect(own.count >= (isJoin ? 5 : 2))
        for column in ["shuffle_bytes", "read_bytes", "output_bytes", "spilled_bytes", "bad_rows"] {
          #expect(own.reduce(0) { $0 + Self.number($1, column) } == Self.number(trial, column), "\(column)")
        }
        for (kind, column) in [("map", "maps"), ("reduce", "reduces")] {
          let tasks = own.filter { $0["kind"] == kind }.reduce(0) { $0 + Self.number($1, "tasks") }
          #expect(tasks == Self.number(trial, column))
        }
        // Only the last stage writes parts of the output.
        #expect(own.map { $0["partitions"] == "0" } == own.indices.map { $0 == own.count - 1 })
      }
    }
    #expect(digests.count == 4)
    #expect(digests.values.allSatisfy { $0.count == 1 && $0.first != "" }, "\(digests)")
  }
}
