import Metrics

/// What is to be said of the rows before anyone believes a figure made from them.
enum RowWarnings {
  static func of(_ rows: [RecordedTrial], _ groups: [GroupFinding]) -> [String] {
    if rows.isEmpty { return [] }
    var warnings = origin(
      rows.map { RowEnvironment(machineClass: $0.machineClass, commit: $0.commit, buildMode: $0.buildMode) })
    warnings += doubled(rows)
    let few = groups.flatMap(\.cells).filter { !$0.walls.isEmpty && $0.interval == nil }.count
    if few > 0 {
      warnings.append(
        "\(few) cell\(few == 1 ? " has" : "s have") under \(MedianInterval.fewest) repeats: too few for a 95 % interval of the median; "
          + "plots show the least and the greatest instead")
    }
    return warnings + notMeasured(rows)
  }

  /// On what, and by which program.
  static func origin(_ rows: [RowEnvironment]) -> [String] {
    var warnings: [String] = []
    if rows.contains(where: { $0.buildMode == "debug" }) {
      warnings.append("rows of a debug build: their times mean nothing")
    }
    func several(_ what: String, _ values: Set<String>) {
      let known = values.subtracting([""]).sorted()
      if known.count > 1 { warnings.append("rows of several \(what): \(known.joined(separator: "; "))") }
    }
    several("machine classes", Set(rows.map(\.machineClass)))
    several("commits", Set(rows.map(\.commit)))
    if rows.contains(where: { $0.commit.hasSuffix("-dirty") }) {
      warnings.append("the program had changes that no commit has (-dirty)")
    }
    return warnings
  }

  /// Repeats of one file that are there twice.
  static func doubled(_ rows: [RecordedTrial]) -> [String] {
    doubled(rows.map { (ActivationScan.Repeat(cell: $0.cell, number: $0.repeatNumber), $0.place) })
  }

  static func doubled(_ rows: [(key: ActivationScan.Repeat, place: String)]) -> [String] {
    var seen = Set<ActivationScan.Repeat>()
    let doubled = rows.filter { $0.key.number > 0 && !seen.insert($0.key).inserted }
    guard let first = doubled.first else { return [] }
    return [
      "\(doubled.count) repeats are there more than once, the first at \(first.place): several files were joined "
        + "(or `ab --within` measured several a pair), and all their rows are used"
    ]
  }

  /// Rows that are not `ok`, a line for each reason.
  private static func notMeasured(_ rows: [RecordedTrial]) -> [String] {
    var order: [String] = []
    var counts: [String: Int] = [:]
    for row in rows where !row.isMeasured {
      let line =
        "\(row.status): \(row.workload) on \(row.system) (\(row.plan)): \(row.reason.isEmpty ? "no reason given" : row.reason)"
      if counts[line] == nil { order.append(line) }
      counts[line, default: 0] += 1
    }
    return order.map { counts[$0] == 1 ? $0 : "\($0) (\(counts[$0] ?? 0) rows)" }
  }
}
