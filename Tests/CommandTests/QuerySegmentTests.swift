import Foundation
import MapReduce
import Testing

/// `scripts/check_segments.py` knows the formats only by their pages: of a run's kept segments it computes the outputs.
struct QuerySegmentTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../scripts/check_segments.py").path

  private static func check(_ arguments: [String]) throws -> Ended {
    try Running(["python3", script] + arguments, executable: "/usr/bin/env").wait()
  }

  /// Runs the queries on a system in memory and keeps their segments.
  ///
  /// - Returns: Rows of the trials, with the folder of each one's segments.
  private static func kept(
    _ scratch: Scratch, _ options: [String]
  ) throws -> [(row: [String: String], folder: String)] {
    let rankings = try scratch.file("r", TinyTables.edges.rankings())
    let visits = try scratch.file("v", TinyTables.edges.uservisits())
    let results = scratch.path + "/results"
    let ended = try CommandTests.run(
      [
        "run", "--rankings", rankings, "--uservisits", visits, "--workloads",
        "scan,aggregation,join,join-corral",
        "--systems", "ideal", "--repeats", "1", "--warmup", "0", "--reducers", "3", "--split", "4KiB",
        "--keep",
        "--tier", "ssd=\(scratch.path)", "--out", results,
      ] + options)
    #expect(ended.code == 0, "\(ended.error)")
    return try RunTests.rows(results).map { row in (row, "\(results)/segments/\(row["cell"] ?? "")") }
  }

  @Test(arguments: Plan.allCases, RecordEncoding.allCases)
  func `the queries' outputs are found in their segments`(plan: Plan, encoding: RecordEncoding) throws {
    for join in plan == .optimized ? ["broadcast", "partitioned"] : ["auto"] {
      let scratch = try Scratch()
      let trials = try Self.kept(
        scratch, ["--plan", plan.rawValue, "--encoding", encoding.rawValue, "--join", join])
      #expect(trials.count == 4)
      for (row, folder) in trials {
        let workload = row["workload"] ?? ""
        let query = ["--query", workload, "--plan", plan.rawValue]
        let checked = try Self.check([folder, "--summary"] + query)
        #expect(checked.code == 0, "\(workload): \(checked.error)")
        #expect(checked.out.contains("digest=\(row["output_digest"] ?? "?")"), "\(workload): \(checked.out)")
        if join == "broadcast", workload.hasPrefix("join") {
          // Of another plan's stages there is no output.
          #expect(try Self.check([folder, "--query", workload, "--plan", "paper"]).code == 1)
        }
      }
    }
  }

  @Test func `of a cell's runs the first one's segments are kept, and all runs are measured`() throws {
    let scratch = try Scratch()
    let trials = try Self.kept(scratch, ["--workloads", "scan", "--repeats", "2", "--warmup", "1"])
    #expect(trials.map(\.row["status"]) == ["ok", "ok"], "\(trials.map(\.row["reason"]))")
    let (row, folder) = try #require(trials.first)
    let checked = try Self.check([folder, "--summary", "--query", "scan", "--plan", "optimized"])
    #expect(checked.out.contains("digest=\(row["output_digest"] ?? "?")"), "\(checked.error)\(checked.out)")
  }

  @Test func `a row that was changed is seen where both sides of a join are there`() throws {
    let scratch = try Scratch()
    let trials = try Self.kept(scratch, ["--plan", "paper", "--encoding", "json", "--workloads", "join"])
    let folder = try #require(trials.first?.folder)
    #expect(try Self.check([folder, "--query", "join", "--plan", "paper"]).code == 0)
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    where name.hasPrefix("uservisits.map") {
      // A whole segment is missing: what it held is in the join's, and nobody can say from where.
      try FileManager.default.moveItem(atPath: "\(folder)/\(name)", toPath: scratch.path + "/gone")
      let checked = try Self.check([folder, "--query", "join", "--plan", "paper"])
      #expect(checked.code == 1)
      #expect(checked.error.contains("not what its two sides join to"), "\(checked.error)")
      break
    }
  }
}
