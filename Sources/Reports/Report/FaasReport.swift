import Metrics

/// What a report says of a faas experiment: a line for the cold and one for the warm calls of each cell.
struct FaasReport {
  private let faas: RecordedFaas

  init(_ faas: RecordedFaas) { self.faas = faas }

  var section: ReportSection {
    ReportSection(id: "faas", title: "The function platform", tables: [table])
  }

  private var table: ReportTable {
    var table = ReportTable(
      caption:
        "Latency from the request (burst) or the dispatch (closed) until the result; cold: a process was started for "
        + "the call. Medians over the repeats of each repeat's percentile, and the greatest of all; empty where a repeat "
        + "has too few calls.",
      columns: [.text("scenario"), .text("action"), .text("arrival"), .text("start")]
        + ["repeats", "calls", "p50", "p95", "p99", "max", "init p50", "run p50", "calls/s"].map {
          .number($0)
        } + [.text("provenance")])
    for finding in faas.cells {
      for kind in [ActivationRow.StartKind.cold, .warm] {
        func median(_ value: (RecordedFaasRepeat.Calls) -> Int?) -> Double? {
          finding.median { $0.calls[kind].flatMap(value) }
        }
        let mine = finding.measured.compactMap { $0.calls[kind] }
        let count = mine.reduce(0) { $0 &+ $1.count }
        guard count > 0 else { continue }
        let times = [
          median(\.p50), median(\.p95), median(\.p99), mine.compactMap(\.maximum).max().map(Double.init),
          kind == .cold ? finding.median(\.initialization) : nil, finding.median(\.run),
        ]
        table.rows.append(
          [
            .text(finding.name), .text(finding.cell.action), .text(finding.cell.arrival.rawValue),
            .text(kind.rawValue), .number(Double(finding.measured.count), Figures.whole),
            .number(Double(count), Figures.whole),
          ] + times.map { .number($0, Figures.time) } + [
            .number(Statistics.median(finding.measured.compactMap(\.throughput)), Figures.whole),
            .text(finding.measured[0].provenance),
          ])
      }
    }
    return table
  }

  /// What was measured, and what a start costs.
  var sentences: [String] {
    let repeats = faas.rows.count(where: \.isMeasured)
    guard repeats > 0 else { return ["No scenario of the function platform was measured, see Warnings."] }
    var sentences = ["These are \(repeats) repeats of the function platform alone; no job was run."]
    if let cold = first(.cold), let warm = first(.warm) {
      sentences.append(
        "A cold call takes \(Figures.time(cold.latency)) (\(cold.name)), a warm one \(Figures.time(warm.latency)) "
          + "(\(warm.name)): \(Figures.ratio(cold.latency / warm.latency)) times.")
    }
    return sentences
  }

  /// The first cell whose calls are all of one kind, one after the other, with nothing to carry.
  private func first(_ kind: ActivationRow.StartKind) -> (name: String, latency: Double)? {
    for finding in faas.cells where finding.cell.arrival == .closed && finding.cell.payload == 0 {
      guard finding.cell.touched == nil, finding.measured.allSatisfy({ $0.calls[kind]?.count ?? 0 > 0 }),
        let latency = finding.median({ $0.calls[kind]?.p50 }), latency > 0
      else { continue }
      return (finding.name, latency)
    }
    return nil
  }

  /// The same as a LaTeX table.
  var latex: String {
    let table = self.table
    return PlotTable(
      headers: table.columns.map { $0.isNumber ? .right($0.title) : .left($0.title) },
      rows: table.rows.map { $0.map(\.text) }
    ).latex(caption: "The function platform. \(table.caption)", label: "faas")
  }
}

extension RecordedFaas {
  /// Whose calls a timeline shows: of each scenario the cell with the most workers, its middle repeat; the scenarios with
  /// the most workers first, as many as can be read.
  func drawn(most panels: Int) -> [ActivationScan.Repeat] {
    var scenarios = Set<String>()
    let chosen = cells.filter { !$0.measured.isEmpty }
      .sorted { $0.cell.concurrency > $1.cell.concurrency }
      .filter { scenarios.insert($0.cell.scenario).inserted }.prefix(panels)
    let ids = Set(chosen.map(\.id))
    return cells.filter { ids.contains($0.id) }.map { finding in
      let sorted = finding.measured.sorted { ($0.latency ?? 0) < ($1.latency ?? 0) }
      return sorted[sorted.count / 2].key
    }
  }
}
