import Metrics

/// What else the machine did while the trials were measured: warnings, a row a cell, and the repeats that stand out.
struct NoiseReport {
  private let groups: [GroupFinding]
  private let order: RepeatNotes.OrderEffect?

  init(_ groups: [GroupFinding]) {
    self.groups = groups
    order = RepeatNotes.order(groups.flatMap(\.cells).map(\.walls))
  }

  /// What makes figures doubtful, once for all jobs; a sentence each.
  var warnings: [String] {
    RepeatNotes.noise(groups.flatMap(\.cells).flatMap(\.noise))
      + (order.map { $0.isFound ? [$0.line] : [] } ?? [])
  }

  /// nil where the rows say nothing of it.
  var section: ReportSection? {
    let tables = [cells, outliers].filter { !$0.rows.isEmpty }
    guard !tables.isEmpty || order != nil else { return nil }
    var section = ReportSection(id: "noise", title: "Noise", tables: tables)
    if let order {
      section.paragraphs.append(order.line.prefix(1).uppercased() + order.line.dropFirst() + ".")
    }
    return section
  }

  // MARK: A row a cell

  /// A column, and what it says of a cell.
  private typealias Said = (
    column: ReportTable.Column, cell: @Sendable (CellFinding) -> ReportTable.Cell
  )

  private static let all: [Said] = [
    (.text("outliers"), { .text(Self.counted($0.outliers)) }),
    (.number("load (median)"), { of($0, Statistics.median, \.loadBefore) { Summary.fixed($0, 2) } }),
    (.number("steal (most)"), { of($0, { $0.max() }, \.stealShare, RepeatNotes.percent) }),
    (.number("other programs (most)"), { of($0, { $0.max() }, \.otherCPUShare, RepeatNotes.percent) }),
    (.number("MHz (least)"), { of($0, { $0.min() }, \.frequencyAfter, Figures.whole) }),
    (.number("stopped by a quota"), { of($0, sum, { $0.quotaThrottled.map(Double.init) }, Figures.time) }),
    (.number("slowed by heat"), { of($0, sum, { $0.thermalThrottles.map(Double.init) }, Figures.whole) }),
    (.number("pages swapped"), { of($0, sum, { $0.swappedPages.map(Double.init) }, Figures.whole) }),
  ]

  /// Without the columns that no cell says anything in: a machine tells what it can.
  private var cells: ReportTable {
    let measured = groups.flatMap { group in group.cells.filter { $0.wall != nil }.map { (group, $0) } }
    let said = Self.all.filter { said in measured.contains { !said.cell($0.1).text.isEmpty } }
    var table = ReportTable(
      caption:
        "What else the machine did while the repeats were measured; shares are of all processors' time. "
        + "Outliers stay in all figures.",
      columns: [.text("job"), .text("system"), .number("repeats")] + said.map(\.column))
    guard !said.isEmpty else { return table }
    table.rows = measured.map { group, cell in
      [.text(group.heading), .text(cell.legend), .number(Double(cell.walls.count), Figures.whole)]
        + said.map { $0.cell(cell) }
    }
    return table
  }

  private static func counted(_ outliers: [CellFinding.Outlier]?) -> String {
    guard let outliers else { return "" }
    let counts = ["slow", "fast"].compactMap { mark -> String? in
      let count = outliers.count { $0.mark == mark }
      return count > 0 ? "\(count) \(mark)" : nil
    }
    return counts.isEmpty ? "none" : counts.joined(separator: ", ")
  }

  private static func of(
    _ cell: CellFinding, _ all: ([Double]) -> Double?, _ value: (TrialNoise) -> Double?,
    _ text: (Double) -> String
  ) -> ReportTable.Cell {
    let values = cell.noise.compactMap(value)
    return .number(values.isEmpty ? nil : all(values), text)
  }

  private static func sum(_ values: [Double]) -> Double? { values.reduce(0, +) }

  // MARK: A row an outlier

  private var outliers: ReportTable {
    var table = ReportTable(
      caption: "Repeats that lie over 14.826 median absolute deviations from their cell's median.",
      columns: [
        .text("job"), .text("system"), .number("repeat"), .text("outlier"), .number("wall s"),
        .number("of the median"), .number("load"), .number("steal"), .number("other programs"),
      ])
    for group in groups {
      for cell in group.cells {
        for outlier in cell.outliers ?? [] {
          let (row, wall) = (outlier.row, outlier.row.wall.map(Double.init))
          table.rows.append([
            .text(group.heading), .text(cell.legend), .number(Double(row.repeatNumber), Figures.whole),
            .text(outlier.mark), .number(wall) { Summary.seconds($0) },
            .number(wall.map { $0 / (cell.wall ?? $0) }) { Figures.ratio($0) + "×" },
            .number(row.noise.loadBefore) { Summary.fixed($0, 2) },
            .number(row.noise.stealShare, RepeatNotes.percent),
            .number(row.noise.otherCPUShare, RepeatNotes.percent),
          ])
        }
      }
    }
    return table
  }
}
