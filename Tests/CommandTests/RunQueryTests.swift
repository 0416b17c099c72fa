import Foundation
import Testing

/// `run` with the queries, on generated tables and on files of one's own.
struct RunQueryTests {
  @Test func `table1 prints its bytes beside the paper's, and keeps them in the summary`() throws {
    let scratch = try Scratch()
    let out = scratch.path + "/results"
    let ended = try run(["run", "table1", "--size", "1MiB", "--out", out, "--tier", "ssd=\(scratch.path)"])
    #expect(ended.code == 0, "\(ended.error)")
    let rows = try RunTests.rows(out)
    #expect(rows.map { $0["workload"] } == ["scan", "aggregation", "join-corral", "wordcount"])
    #expect(rows.allSatisfy { $0["plan"] == "paper" && $0["encoding"] == "json" && $0["status"] == "ok" })
    let ratios = rows.map { (Double($0["shuffle_bytes"] ?? "") ?? 0) / Double(1 << 20) }
    for (ratio, range) in zip(ratios, [1.1...1.4, 1.1...1.7, 3.3...4.2, 5.4...5.9]) {
      #expect(range.contains(ratio), "\(ratios)")
    }
    #expect(ended.out.contains("Bytes beside the paper's Table 1"))
    let summary = try String(contentsOfFile: out + "/summary.md", encoding: .utf8)
    #expect(summary.contains("## Bytes beside the paper's Table 1"))
    #expect(summary.contains("its join stage"))
  }

  @Test func `tables of one's own are read by the queries, each as what it is`() throws {
    let scratch = try Scratch()
    let made = try run(["generate", "tables", "--size", "512KiB", "--out", scratch.path + "/t"])
    #expect(made.code == 0, "\(made.error)")
    let (rankings, visits) = (scratch.path + "/t/rankings.csv", scratch.path + "/t/uservisits.csv")
    func go(_ out: String, _ arguments: [String]) throws -> Ended {
      try run(
        ["run", "--systems", "ideal", "--repeats", "1", "--warmup", "0", "--out", scratch.path + "/" + out]
          + ["--tier", "ssd=\(scratch.path)"] + arguments)
    }
    let all = try go("all", ["--rankings", rankings, "--uservisits", visits])
    #expect(all.code == 0, "\(all.error)")
    #expect(all.error.contains("left out: wordcount, grep"))
    let rows = try RunTests.rows(scratch.path + "/all")
    #expect(rows.map { $0["workload"] } == ["scan", "aggregation", "aggregation", "join"])
    #expect(rows.allSatisfy { $0["status"] == "ok" })
    // The wrong table is an error of its rows, never an output.
    let wrong = try go("wrong", ["--workloads", "aggregation", "--input", rankings])
    #expect(wrong.code == 2)
    #expect(try RunTests.rows(scratch.path + "/wrong").allSatisfy { $0["status"] == "failed" })
    let untold = try go("untold", ["--workloads", "join", "--input", rankings, visits])
    #expect(untold.code == 64)
    #expect(untold.error.contains("say which file is which"), "\(untold.error)")
  }

  @Test func `parameters and the kind of join are told on the command line`() throws {
    let scratch = try Scratch()
    let out = scratch.path + "/results"
    let ended = try run([
      "run", "--workloads", "scan,join", "--systems", "ideal", "--size", "512KiB", "--repeats", "1",
      "--warmup", "0",
      "--plan", "optimized", "--set", "scan.min_rank=50", "--set", "limit=3", "--join", "partitioned",
      "--out", out,
      "--tier", "ssd=\(scratch.path)",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    let rows = try RunTests.rows(out)
    #expect(rows[0]["parameters"]?.contains("min_rank=50") ?? false)
    #expect(rows[1]["parameters"]?.contains("limit=3") ?? false)
    #expect(rows.map { $0["join"] } == ["", "partitioned"])
    #expect(ended.out.contains("note: the sides of the join met partitioned"))
    let broadcast = try run([
      "run", "--workloads", "join", "--plan", "paper", "--join", "broadcast", "--systems", "ideal", "--size",
      "512KiB",
      "--out", scratch.path + "/b", "--tier", "ssd=\(scratch.path)",
    ])
    #expect(broadcast.code == 2)
    #expect(broadcast.out.contains("join broadcast needs the plan optimized"), "\(broadcast.out)")
  }
}
