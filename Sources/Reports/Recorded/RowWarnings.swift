import Metrics

/// What is to be said of the rows before anyone believes a figure made from them.
enum RowWarnings {
  static func of(_ rows: [RecordedTrial], _ groups: [GroupFinding]) -> [String] {
    var warnings: [String] = []
    if rows.isEmpty { return [] }
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
    var seen = Set<ActivationScan.Repeat>()
    let doubled = rows.filter {
      $0.repeatNumber > 0
        && !seen.insert(ActivationScan.Repeat(cell: $0.cell, number: $0.repeatNumber)).inserted
    }
    if let first = doubled.first {
      warnings.append(
        "\(doubled.count) repeats are there more than once, the first at \(first.place): several files were joined, "
          + "and all their rows are used")
    }
    let few = groups.flatMap(\.cells).filter { !$0.walls.isEmpty && $0.interval == nil }.count
    if few > 0 {
      warnings.append(
        "\(few) cell\(few == 1 ? " has" : "s have") under \(MedianInterval.fewest) repeats: too few for a 95 % interval of the median; "
          + "plots show the least and the greatest instead")
    }
    return warnings + notMeasured(rows)
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
