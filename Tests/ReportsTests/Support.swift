import Foundation

@testable import Reports

/// The package's folder, from where this file lies.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// One row of `trials.csv`, by column.
typealias TrialFields = [String: String]

/// wordcount on a system, all of its tiers alike; 2 workers, `wall` milliseconds, half of it in waits.
func trialFields(
  _ system: String, repeat number: Int, wall: Int, size: Int = 100_000_000, workload: String = "wordcount",
  tier: String = "ssd", access: String = "direct", provenance: String = "measured", plan: String = "optimized"
) -> TrialFields {
  let time = wall * 1_000_000
  var fields: TrialFields = [
    "format": "1", "experiment": "sample", "cell": "\(workload)-\(plan)-\(size)-\(system)",
    "parameters": "split=67108864", "trial": "1", "repeat": "\(number)", "order": "\(number)",
    "workload": workload, "system": system, "platform": "native", "plan": plan, "encoding": "binary",
    "layout": "segment", "access": [access, access, access].joined(separator: "/"), "cache": "none",
    "starts": "warm", "workers": "2", "maps": "2", "reduces": "2", "size_bytes": "\(size)", "status": "ok",
    "wall_ns": "\(time)", "map_ns": "\(time / 10 * 7)", "reduce_ns": "\(time / 10 * 3)",
    "input_wait_ns": "\(time / 5)", "shuffle_wait_ns": "\(time / 10 * 3)",
    "shuffle_write_wait_ns": "\(time / 10)", "output_wait_ns": "\(time / 10)", "modelled_wait_ns": "0",
    "read_bytes": "\(size)", "shuffle_bytes": "\(size / 2)", "output_bytes": "\(size / 100)",
    "machine_class": "a CPU, 2 cores", "commit": "c0ffee", "build_mode": "release",
  ]
  for role in ["input", "shuffle", "output"] {
    fields[role + "_tier"] = tier
    fields[role + "_provenance"] = provenance
  }
  return fields
}

/// A row for each of the walls, in milliseconds.
func trialFields(
  _ system: String, walls: [Int], size: Int = 100_000_000, workload: String = "wordcount",
  tier: String = "ssd", access: String = "direct", provenance: String = "measured", plan: String = "optimized"
) -> [TrialFields] {
  walls.enumerated().map { index, wall in
    trialFields(
      system, repeat: index + 1, wall: wall, size: size, workload: workload, tier: tier, access: access,
      provenance: provenance, plan: plan)
  }
}

/// `trials.csv` with these columns (all of them, where none are named).
func trialsText(_ rows: [TrialFields], columns: [String] = TrialColumns.all.map(\.name)) -> String {
  CSV.line(columns) + rows.map { row in CSV.line(columns.map { row[$0] ?? "" }) }.joined()
}

/// `activations.csv`: one map of each of the repeats, cold, on two workers.
func activationsText(_ rows: [TrialFields]) -> String {
  let columns = ActivationColumns.all.map(\.name)
  return CSV.line(columns)
    + rows.enumerated().flatMap { index, row in
      (0..<4).map { task in
        let fields = [
          "activation_id": "\(index)-\(task)", "cell": row["cell"] ?? "", "repeat": row["repeat"] ?? "",
          "action": task < 3 ? "map" : "reduce", "task": "\(task)", "start_ns": "\(1_000_000 * task + 500)",
          "end_ns": "\(1_000_000 * (task + 1))", "wait_ns": "500", "init_ns": task < 2 ? "100000" : "",
          "run_ns": "800000", "status": "success", "attempt": "1", "worker": "\(task % 2)",
          "start_kind": task < 2 ? "cold" : "warm", "stage": task < 3 ? "map" : "reduce",
        ]
        return CSV.line(columns.map { fields[$0] ?? "" })
      }
    }.joined()
}

/// A folder of the test's own, gone after it.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "mb-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// A results folder with these files.
func withResults<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
  try withTemporaryFolder { folder in
    for (name, text) in files {
      try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }
    return try body(folder)
  }
}

/// The same read back, from rows.
func recorded(_ rows: [TrialFields]) throws -> RecordedResults {
  try withResults(["trials.csv": trialsText(rows)]) { try RecordedResults($0) }
}

/// What an error says; `no error` where there is none.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)"
  }
}
