import Foundation
import Reports

/// A folder of a test's own, with files that are gone with it.
final class CompareFiles {
  let path = NSTemporaryDirectory() + "marvel-compare-\(UUID().uuidString)"

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }

  /// The columns that every file must have; `cells[name]` are milliseconds, as wordcount on that system.
  func small(_ name: String, _ cells: KeyValuePairs<String, [Int]>) throws -> String {
    var text = "workload,system,repeat,wall_ns\n"
    for (system, walls) in cells {
      for (index, wall) in walls.enumerated() {
        text += CSV.line(["wordcount", system, "\(index + 1)", "\(wall)000000"])
      }
    }
    return try file(name, text)
  }

  func side(_ paths: String..., metrics: [String] = ["wall_ns"]) throws -> ComparedSide {
    try ComparedSide(paths, metrics: metrics)
  }
}

/// A `trials.csv` with what sides must have in common.
func fullRow(
  system: String = "ssd", repeatNumber: Int = 1, wall: Int, _ changed: [String: String] = [:]
) -> [String: String] {
  let row = [
    "format": "1", "experiment": "e", "cell": "c-\(system)", "parameters": "seed=1", "trial": "1",
    "repeat": "\(repeatNumber)", "order": "\(repeatNumber)", "workload": "wordcount", "system": system,
    "input_tier": "ssd", "shuffle_tier": "ssd", "output_tier": "ssd", "input_provenance": "measured",
    "shuffle_provenance": "measured", "output_provenance": "measured", "plan": "optimized",
    "encoding": "binary", "access": "direct/direct/direct", "cache": "bypassed", "workers": "2",
    "dataset_digest": "d1", "durability": "fdatasync/cached/fdatasync", "status": "ok", "reason": "",
    "wall_ns": "\(wall)", "cpu_ns": "\(wall * 2)", "modelled_wait_ns": "0", "machine_class": "m1",
    "build_mode": "release", "model_digest": "",
  ]
  return row.merging(changed) { $1 }
}

func csv(_ rows: [[String: String]]) -> String {
  let names = (rows.first ?? [:]).keys.sorted()
  return ([names] + rows.map { row in names.map { row[$0] ?? "" } }).map(CSV.line).joined()
}
