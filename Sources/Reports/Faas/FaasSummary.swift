import Functions
import Metrics

/// What a faas experiment's rows say, for people: cold and warm calls apart, over all repeats of a cell.
public struct FaasSummary: Sendable {
  /// One cell's calls of one kind.
  struct Line: Sendable {
    var cell: FaasCell
    var kind: ActivationRow.StartKind
    /// Calls of all its repeats, together.
    var sample: LatencySample
    var initialization: Int?
    var run: Int?
    var repeats: Int
    /// Median over the repeats, of cold and warm calls together.
    var throughput: Double?
    var provenance: String
  }

  let lines: [Line]
  let failures: [String]
  let notes: [String]
  public var isInterrupted: Bool

  /// - Parameter conduct: A sentence each: what ended the repeats.
  public init(_ rows: [FaasRow], isInterrupted: Bool, conduct: [String] = []) {
    self.isInterrupted = isInterrupted
    var lines: [Line] = []
    var failures: [String] = []
    var series: [RepeatNotes.Series] = []
    let cells = Dictionary(grouping: rows, by: \.trial).sorted { $0.key < $1.key }.map(\.value)
    for rows in cells {
      let ok = rows.filter { $0.status == .ok }.sorted { $0.order < $1.order }
      for row in rows where row.status != .ok {
        let line = "\(row.status.rawValue): \(Self.name(row.cell)): \(row.reason)"
        if !failures.contains(line) { failures.append(line) }
      }
      let middles = ok.compactMap { LatencySample($0.latencies()).percentile(0.5).map(Double.init) }
      series.append(
        RepeatNotes.Series(label: Self.name(rows[0].cell), walls: middles, noise: ok.map(\.noise)))
      for kind in [ActivationRow.StartKind.cold, .warm] {
        let sample = LatencySample(ok.flatMap { $0.latencies(kind) })
        guard sample.count > 0 else { continue }
        let calls = ok.flatMap(\.succeeded).filter { $0.startKind == kind }
        lines.append(
          Line(
            cell: ok[0].cell, kind: kind, sample: sample,
            initialization: LatencySample(calls.compactMap(\.initialization)).percentile(0.5),
            run: LatencySample(calls.map(\.run)).percentile(0.5), repeats: ok.count,
            throughput: Statistics.median(ok.compactMap(\.throughput)), provenance: ok[0].provenance))
      }
    }
    self.lines = lines
    self.failures = failures
    let order = RepeatNotes.order(series.map(\.walls))
    notes = conduct + RepeatNotes(series).lines + (order.map { [$0.line] } ?? [])
  }

  /// The scenario, and what a list in it varies.
  static func name(_ cell: FaasCell) -> String {
    var parts = [cell.scenario]
    if cell.payload > 0 { parts.append(ByteSize.text(cell.payload)) }
    if let memory = cell.memory { parts.append("\(ByteSize.text(memory)) memory") }
    if cell.concurrency > 1 { parts.append("\(cell.concurrency) workers") }
    if cell.platform != PlatformProfile.native.name { parts.append(cell.platform) }
    return parts.joined(separator: ", ")
  }

  private var table: TextTable {
    var table = TextTable([
      .left("scenario"), .left("action"), .left("arrival"), .left("start"), .right("calls"), .right("p50 ms"),
      .right("p95"), .right("p99"), .right("max"), .right("init p50"), .right("run p50"), .right("calls/s"),
      .left("provenance"),
    ])
    for line in lines {
      let sample = line.sample
      let times = [
        sample.percentile(0.5), sample.percentile(0.95), sample.percentile(0.99), sample.maximum,
        line.initialization, line.run,
      ]
      table.add(
        [
          Self.name(line.cell), line.cell.action, line.cell.arrival.rawValue, line.kind.rawValue,
          String(sample.count),
        ] + times.map(Self.milliseconds)
          + [line.throughput.map { String(Int($0.rounded())) } ?? "", line.provenance])
    }
    return table
  }

  private static let explanation =
    "Latency from the request (burst) or the dispatch (closed) until the result; cold: a process was started for the "
    + "call. Percentiles are calls of all repeats; empty where there are too few."

  private static func milliseconds(_ nanoseconds: Int?) -> String {
    nanoseconds.map { Summary.fixed(Double($0) / 1e6, 3) } ?? ""
  }

  public var text: String {
    var text = "\n" + table.text(indent: 2) + "\(Self.explanation)\n"
    text += notes.map { "note: \($0)\n" }.joined()
    text += failures.map { "\($0)\n" }.joined()
    if isInterrupted { text += "\nINTERRUPTED: these are partial results\n" }
    return text
  }

  public func markdown(experiment: String) -> String {
    var text = "# \(experiment)\n"
    if isInterrupted { text += "\n**INTERRUPTED: these are partial results.**\n" }
    text += "\n\(Self.explanation) Columns: results/README.md.\n\n\(table.markdown)\n"
    if !notes.isEmpty { text += "\n" + notes.map { "- \($0)\n" }.joined() }
    if !failures.isEmpty { text += "\n## Not measured\n\n" + failures.map { "- \($0)\n" }.joined() }
    return text
  }

  public func json(folder: String) -> String {
    JSONValue.object([
      ("folder", .text(folder)), ("interrupted", .bool(isInterrupted)),
      (
        "cells",
        .array(
          lines.map { line in
            .object([
              ("cell", .text(line.cell.id)), ("scenario", .text(line.cell.scenario)),
              ("platform", .text(line.cell.platform)), ("provenance", .text(line.provenance)),
              ("action", .text(line.cell.action)), ("arrival", .text(line.cell.arrival.rawValue)),
              ("start_kind", .text(line.kind.rawValue)), ("concurrency", .integer(line.cell.concurrency)),
              ("payload_bytes", .integer(line.cell.payload)), ("memory_bytes", .optional(line.cell.memory)),
              ("repeats", .integer(line.repeats)), ("calls", .integer(line.sample.count)),
              ("p50_ns", .optional(line.sample.percentile(0.5))),
              ("p95_ns", .optional(line.sample.percentile(0.95))),
              ("p99_ns", .optional(line.sample.percentile(0.99))),
              ("max_ns", .optional(line.sample.maximum)), ("init_p50_ns", .optional(line.initialization)),
              ("run_p50_ns", .optional(line.run)), ("calls_per_s", .optional(line.throughput)),
            ])
          })
      ),
      ("notes", .texts(notes)), ("not_measured", .texts(failures)),
    ]).line
  }
}
