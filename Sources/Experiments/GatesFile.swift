import Metrics
import Reports

/// `gates.yaml`: which metrics can fail a comparison, and by how much they must be worse.
///
///     metrics:                    # what is not named here is shown and fails nothing
///       wall_ns: 5%
///       cpu_ns: 3%
///     workloads:
///       grep: {wall_ns: 10%, cpu_ns: off}
public enum GatesFile {
  static let keys = ["metrics", "workloads"]

  /// - Throws: ``WorkloadFileError`` with line and column.
  public static func read(_ path: String) throws -> ComparisonGates {
    guard let text = TextFile.read(path) else {
      throw WorkloadFileError(path, "no such file, or it cannot be read (docs/compare.md shows one)")
    }
    return try parse(text, file: path)
  }

  static func parse(_ text: String, file: String) throws -> ComparisonGates {
    let mapping = try StrictNode.parse(text, file: file).mapping("a file of gates", known: keys)
    var gates = ComparisonGates()
    gates.metrics = try mapping["metrics"].map(thresholds) ?? [:]
    if let node = mapping["workloads"] {
      let workloads = try node.mapping("workloads", known: WorkloadKind.all.map(\.name))
      gates.workloads = try workloads.values.mapValues(thresholds)
    }
    guard !gates.names.isEmpty else {
      throw mapping.place.error("no metric gates: name at least one under 'metrics', as in wall_ns: 5%")
    }
    return gates
  }

  private static func thresholds(_ node: StrictNode) throws -> [String: ComparisonGates.Threshold] {
    let mapping = try node.mapping("metrics", known: ComparisonRules.knownMetrics)
    return try mapping.values.mapValues { value -> ComparisonGates.Threshold in
      let text = try value.text("a threshold")
      if text == "off" { return nil }
      guard let share = ShareText.parse(text), share > 0 else {
        throw value.error("a threshold must be a share such as 5%, or off, not '\(text)'")
      }
      return share
    }
  }
}

/// Shares as people write them: `5%`, `0.05`.
public enum ShareText {
  /// 0…10 as a share; nil where it is none.
  public static func parse(_ text: String) -> Double? {
    let isPercent = text.hasSuffix("%")
    let digits = isPercent ? text.dropLast() : text[...]
    guard let value = Double(digits.trimmingSuffix { $0 == " " }), value.isFinite, value >= 0 else {
      return nil
    }
    let share = isPercent ? value / 100 : value
    return share <= 10 ? share : nil
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> Substring {
    var rest = self
    while let last = rest.last, isTrimmed(last) { rest.removeLast() }
    return rest
  }
}
