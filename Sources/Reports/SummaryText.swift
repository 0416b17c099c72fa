import MapReduce
import Metrics

extension Summary {
  private static let headers: [TextTable.Header] = [
    .left("system"), .right("wall s"), .right("min–max"), .right("MB/s"), .right("vs ideal"),
    .right("storage cost s"), .right("input"), .right("map"), .right("shuffle"), .right("reduce"),
    .right("output"),
  ]

  /// - Parameter provenance: With a last column that says it of input, shuffle and output.
  private func table(_ group: Group, provenance: Bool) -> TextTable {
    var table = TextTable(Self.headers + (provenance ? [.left("provenance (input/shuffle/output)")] : []))
    for cell in group.cells {
      table.add(row(cell, group) + (provenance ? [self.provenance(cell)] : []))
    }
    return table
  }

  private func row(_ cell: Cell, _ group: Group) -> [String] {
    guard let wall = cell.wall, let range = cell.wallRange, let outcome = cell.measured.first?.outcome else {
      let status = cell.rows.first?.outcome.status.rawValue ?? "no rows"
      return [cell.label, status] + Array(repeating: "", count: Self.headers.count - 2)
    }
    let phases = cell.phases?.map { Self.seconds($0) } ?? Array(repeating: "", count: 5)
    let cost = group.storageCost(cell)
    let isSame = cell.medium == .sameAsMemory && group.ideal != nil
    return [
      cell.label, Self.seconds(wall), "\(Self.seconds(Double(range.0)))–\(Self.seconds(Double(range.1)))",
      String(Int((Double(outcome.readBytes ?? 0) * 1000 / wall).rounded())),
      cost.flatMap { _ in group.ideal?.wall }.map { Self.fixed(wall / $0, 2) + "×" } ?? "",
      isSame ? "same medium" : cost.map { Self.seconds($0) } ?? "",
    ] + phases
  }

  private func provenance(_ cell: Cell) -> String {
    cell.measured.first.map { row in
      joinedRoles([
        row.outcome.inputProvenance, row.outcome.shuffleProvenance, row.outcome.outputProvenance,
      ])
    } ?? ""
  }

  /// What a reader must know of a group before he believes it.
  func notes(_ group: Group) -> [String] {
    let outcome = group.cells.lazy.compactMap { $0.measured.first?.outcome }.first
    return ComparisonNotes(
      systems: group.cells.map {
        ComparisonNotes.System(label: $0.label, provenanceNotes: $0.provenanceNotes, medium: $0.medium)
      },
      bytes: outcome.flatMap { outcome in
        guard let shuffled = outcome.shuffleBytes, let read = outcome.readBytes,
          let written = outcome.outputBytes
        else { return nil }
        return (shuffled, read, written)
      },
      joins: Set(group.cells.flatMap(\.measured).map(\.outcome.join)).subtracting([""]).sorted()
    ).lines + rejectNotes(group) + RepeatNotes(group.cells.map(\.series)).lines
  }

  private func rejectNotes(_ group: Group) -> [String] {
    group.cells.compactMap { cell in
      guard let file = cell.rejects, let count = cell.badRows else { return nil }
      let rows = count == 1 ? "1 malformed row" : "\(count) malformed rows"
      return "\(cell.label): \(rows) set aside in \(file) (of the results folder)"
    }
  }

  /// For a terminal.
  public var text: String {
    var text = ""
    for group in groups {
      text += "\n\(group.heading)\n" + table(group, provenance: false).text(indent: 2)
      for note in notes(group) { text += "  note: \(note)\n" }
    }
    if let comparison, !comparison.rows.isEmpty {
      text += "\n\(comparison.heading)\n" + comparison.textTable.text(indent: 2)
      for note in comparison.rows.flatMap(comparison.notes) { text += "  note: \(note)\n" }
    }
    if !conduct.isEmpty { text += "\n" + conduct.map { "note: \($0)\n" }.joined() }
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
      text += "\n## \(group.heading)\n\n\(table(group, provenance: true).markdown)\n"
      for note in notes(group) { text += "\n- \(note)" }
      if !notes(group).isEmpty { text += "\n" }
    }
    if let comparison, !comparison.rows.isEmpty {
      text += "\n## \(comparison.heading)\n\n\(comparison.textTable.markdown)\n"
      let notes = comparison.rows.flatMap(comparison.notes)
      text += notes.map { "\n- \($0)" }.joined() + (notes.isEmpty ? "" : "\n")
    }
    if !conduct.isEmpty { text += "\n## The run\n\n" + conduct.map { "- \($0)\n" }.joined() }
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
    JSONValue.object(
      [
        ("folder", .text(folder)), ("interrupted", .bool(isInterrupted)),
        (
          "groups",
          .array(groups.map { .object([("heading", .text($0.heading)), ("notes", .texts(notes($0)))]) })
        ),
        ("cells", .array(groups.flatMap { group in group.cells.map { json($0, group) } })),
        ("run_notes", .texts(conduct)), ("not_measured", .texts(failureLines)),
      ] + (comparison.map { [("compared_with", $0.json)] } ?? [])
    ).line
  }

  private func json(_ cell: Cell, _ group: Group) -> JSONValue {
    let job = cell.cell.job
    let names = ["input_ns", "map_compute_ns", "shuffle_ns", "reduce_compute_ns", "output_ns"]
    let phases = cell.phases.map { zip(names, $0).map { ($0, JSONValue.number($1)) } } ?? []
    return .object([
      ("cell", .text(cell.cell.id)), ("group", .text(cell.cell.comparisonID)),
      ("workload", .text(job.workload.name)), ("system", .text(cell.cell.system.name)),
      ("plan", .text(job.plan.rawValue)), ("encoding", .text(job.encoding.rawValue)),
      ("cache", .text(job.cache.rawValue)), ("size_bytes", .integer(cell.cell.dataset.size)),
      ("input_bytes", .integer(cell.cell.inputBytes)),
      ("repeats", .integer(cell.measured.count)), ("wall_ns", .optional(cell.wall)),
      ("wall_min_ns", .optional(cell.wallRange?.0)), ("wall_max_ns", .optional(cell.wallRange?.1)),
      ("map_ns", .optional(cell.median(\.map))), ("reduce_ns", .optional(cell.median(\.reduce))),
      ("phases", .object(phases)), ("storage_cost_ns", .optional(group.storageCost(cell))),
      ("same_medium_as_ideal", .bool(cell.medium == .sameAsMemory)),
      ("shuffle_bytes", .optional(cell.median(\.shuffleBytes))),
      ("output_bytes", .optional(cell.median(\.outputBytes))),
      ("bad_rows", .optional(cell.badRows)), ("rejects", .text(cell.rejects ?? "")),
      ("join", .text(cell.measured.first?.outcome.join ?? "")), ("provenance", .text(provenance(cell))),
    ])
  }

  static func seconds(_ nanoseconds: Double) -> String { fixed(nanoseconds / 1e9, 3) }

  /// `value` with `digits` decimals.
  static func fixed(_ value: Double, _ digits: Int) -> String { FixedPoint.text(value, digits) }
}
