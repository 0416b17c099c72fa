import MapReduce
import Metrics
import Storage

/// What a run's rows say, cell by cell: medians, where the time went, what storage cost, and what is not real.
public struct Summary: Sendable {
  /// A cell's figures over its `ok` rows.
  public struct Cell: Sendable {
    public var cell: TrialCell
    public var rows: [TrialRow]
    var measured: [TrialRow] { rows.filter { $0.outcome.status == .ok } }

    func median(_ value: (TrialOutcome) -> Int?) -> Double? {
      Statistics.median(measured.compactMap { value($0.outcome) }.map(Double.init))
    }

    public var wall: Double? { median(\.wall) }
    var wallRange: (Int, Int)? {
      let walls = measured.compactMap(\.outcome.wall)
      return walls.isEmpty ? nil : (walls.min()!, walls.max()!)
    }

    /// Wall time as input, map, shuffle, reduce and output: waits are summed over the workers, so that their
    /// share of a stage is the sum divided by the workers; the rest of the stage is compute.
    var phases: [Double]? {
      guard let map = median(\.map), let reduce = median(\.reduce), let input = median(\.inputWait),
        let shuffle = median(\.shuffleWait), let written = median(\.shuffleWriteWait),
        let output = median(\.outputWait)
      else { return nil }
      let workers = Double(cell.job.workers)
      let inMap = min(map, (input + written) / workers)
      let inReduce = min(reduce, (shuffle - written + output) / workers)
      return [
        min(map, input / workers), map - inMap, shuffle / workers, reduce - inReduce, output / workers,
      ]
    }
  }

  /// Cells that differ in their system and cache only, under one heading.
  public struct Group: Sendable {
    public var cells: [Cell]
    public var heading: String

    var ideal: Cell? { cells.first { $0.cell.system.name == "ideal" } }
  }

  public var groups: [Group]
  public var isInterrupted: Bool
  /// Rows that are not `ok`, with their reasons.
  public var failures: [TrialRow]

  public init(_ rows: [TrialRow], isInterrupted: Bool) {
    self.isInterrupted = isInterrupted
    failures = rows.filter { $0.outcome.status != .ok }
    var order: [String] = []
    var byComparison: [String: [TrialRow]] = [:]
    for row in rows.sorted(by: { ($0.trial, $0.repeatNumber) < ($1.trial, $1.repeatNumber) }) {
      let key = row.cell.comparisonID
      if byComparison[key] == nil { order.append(key) }
      byComparison[key, default: []].append(row)
    }
    groups = order.map { key in
      var ids: [String] = []
      let rows = byComparison[key] ?? []
      for row in rows where !ids.contains(row.cell.id) { ids.append(row.cell.id) }
      let cells = ids.map { id in
        let mine = rows.filter { $0.cell.id == id }
        return Cell(cell: mine[0].cell, rows: mine)
      }
      return Group(cells: cells, heading: Self.heading(cells[0].cell))
    }
  }

  private static func heading(_ cell: TrialCell) -> String {
    let parameters = cell.job.workload.parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let name = ([cell.job.workload.name] + parameters).joined(separator: ", ")
    return "\(name) · \(ByteSize.text(cell.dataset.size)) · plan \(cell.job.plan.rawValue), "
      + "\(cell.job.encoding.rawValue) · \(cell.job.workers) workers, \(cell.job.starts.rawValue)"
  }

  // MARK: - Tables

  private static let headers: [TextTable.Header] = [
    .left("system"), .right("wall s"), .right("min–max"), .right("MB/s"), .right("vs ideal"),
    .right("storage cost s"), .right("input"), .right("map"), .right("shuffle"), .right("reduce"),
    .right("output"), .left("provenance (input/shuffle/output)"),
  ]

  private func table(_ group: Group) -> TextTable {
    var table = TextTable(Self.headers)
    let ideal = group.ideal?.wall
    for cell in group.cells {
      guard let wall = cell.wall, let range = cell.wallRange, let outcome = cell.measured.first?.outcome
      else {
        let status = cell.rows.first?.outcome.status.rawValue ?? "no rows"
        table.add([cell.cell.system.name, status] + Array(repeating: "", count: Self.headers.count - 2))
        continue
      }
      let phases = cell.phases?.map { Self.seconds($0) } ?? Array(repeating: "", count: 5)
      table.add(
        [
          cell.cell.system.name + (cell.cell.job.cache == .none ? "" : " (\(cell.cell.job.cache.rawValue))"),
          Self.seconds(wall), "\(Self.seconds(Double(range.0)))–\(Self.seconds(Double(range.1)))",
          String(Int((Double(outcome.readBytes ?? 0) * 1000 / wall).rounded())),
          ideal.map { Self.fixed(wall / $0, 2) + "×" } ?? "",
          ideal.map { Self.seconds(wall - $0) } ?? "",
        ] + phases + [
          joinedRoles([outcome.inputProvenance, outcome.shuffleProvenance, outcome.outputProvenance])
        ])
    }
    return table
  }

  /// What a reader must know of a group before he believes it.
  private func notes(_ group: Group) -> [String] {
    var notes: [String] = []
    let emulated = group.cells.filter { cell in
      cell.measured.contains { $0.outcome.hasUnpacedEmulatedMemory(cell.cell.system) }
    }.map(\.cell.system.name)
    if !emulated.isEmpty {
      notes.append(
        "\(emulated.joined(separator: ", ")): pmem is emulated in DRAM and unpaced: same medium as dram, not comparable"
      )
    }
    if let outcome = group.cells.lazy.compactMap({ $0.measured.first?.outcome }).first,
      let shuffled = outcome.shuffleBytes, let read = outcome.readBytes, let written = outcome.outputBytes,
      Double(shuffled) < 0.05 * Double(read + shuffled + written)
    {
      notes.append("the shuffle is under 5 % of the bytes: the shuffle tier cannot matter here")
    }
    return notes
  }

  /// For a terminal.
  public var text: String {
    var text = ""
    for group in groups {
      text += "\n\(group.heading)\n" + table(group).text(indent: 2)
      for note in notes(group) { text += "  note: \(note)\n" }
    }
    text += failureLines.map { "\n\($0)" }.joined() + (failureLines.isEmpty ? "" : "\n")
    if isInterrupted { text += "\nINTERRUPTED: these are partial results\n" }
    return text
  }

  public func markdown(experiment: String) -> String {
    var text = "# \(experiment)\n"
    if isInterrupted { text += "\n**INTERRUPTED: these are partial results.**\n" }
    text +=
      "\nMedians over repeats; seconds. Storage cost = wall − wall of `ideal`. Columns: results/README.md.\n"
    for group in groups {
      text += "\n## \(group.heading)\n\n\(table(group).markdown)\n"
      for note in notes(group) { text += "\n- \(note)" }
      if !notes(group).isEmpty { text += "\n" }
    }
    if !failureLines.isEmpty {
      text += "\n## Not measured\n\n" + failureLines.map { "- \($0)" }.joined(separator: "\n") + "\n"
    }
    return text
  }

  private var failureLines: [String] {
    var seen = Set<String>()
    return failures.compactMap { row in
      let line =
        "\(row.outcome.status.rawValue): \(row.cell.job.workload.name) on \(row.cell.system.name) "
        + "(\(row.cell.job.plan.rawValue)): \(row.outcome.reason)"
      return seen.insert(line).inserted ? line : nil
    }
  }

  public func json(folder: String) -> String {
    let cells: [JSONValue] = groups.flatMap { group in
      group.cells.map { cell in
        .object([
          ("cell", .text(cell.cell.id)), ("workload", .text(cell.cell.job.workload.name)),
          ("system", .text(cell.cell.system.name)), ("plan", .text(cell.cell.job.plan.rawValue)),
          ("encoding", .text(cell.cell.job.encoding.rawValue)),
          ("cache", .text(cell.cell.job.cache.rawValue)),
          ("size_bytes", .integer(cell.cell.dataset.size)), ("repeats", .integer(cell.measured.count)),
          ("wall_ns", .optional(cell.wall)), ("map_ns", .optional(cell.median(\.map))),
          ("reduce_ns", .optional(cell.median(\.reduce))),
          ("storage_cost_ns", .optional(group.ideal?.wall.flatMap { ideal in cell.wall.map { $0 - ideal } })),
          ("shuffle_bytes", .optional(cell.median(\.shuffleBytes))),
          (
            "provenance",
            .text(
              cell.measured.first.map {
                joinedRoles([
                  $0.outcome.inputProvenance, $0.outcome.shuffleProvenance, $0.outcome.outputProvenance,
                ])
              } ?? "")
          ),
        ])
      }
    }
    return JSONValue.object([
      ("folder", .text(folder)), ("interrupted", .bool(isInterrupted)), ("cells", .array(cells)),
      ("not_measured", .texts(failureLines)),
    ]).text
  }

  static func seconds(_ nanoseconds: Double) -> String { fixed(nanoseconds / 1e9, 3) }

  /// `value` with `digits` decimals.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value.magnitude * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return "\(sign)\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }
}

extension TrialOutcome {
  /// Rule 9: pmem that is DRAM, and no model slows it down by as much as 1 % of the workers' time.
  fileprivate func hasUnpacedEmulatedMemory(_ system: SystemSpecification) -> Bool {
    let provenances = [inputProvenance, shuffleProvenance, outputProvenance]
    let emulated = zip(system.tiers, provenances).contains {
      $0.kind == .pmem && $1.split(separator: "+").contains("emulated")
    }
    guard emulated else { return false }
    let workersTime = activations.reduce(0) { $0 + $1.run }
    return Double(modelledWait ?? 0) < 0.01 * Double(workersTime)
  }
}
