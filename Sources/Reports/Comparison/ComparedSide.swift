import Foundation
import Metrics

/// One side of a comparison: one or several runs of what shall be compared.
public struct ComparedSide: Sendable {
  struct Run: Sendable {
    var path: String
    /// Of its file, as its header has them.
    var columns: Set<String>
    var rows: [RecordedTrial]
  }

  let runs: [Run]
  /// In the order in which the runs have them.
  let cells: [ComparedCell]
  let warnings: [String]

  /// Reads results folders, or `trials.csv` files: one a run.
  ///
  /// - Throws: ``ResultsError`` where there is nothing to read, or a file is damaged.
  public init(_ paths: [String], metrics: [String]) throws {
    var warnings: [String] = []
    runs = try paths.map { path in
      let file = try Self.file(path)
      let columns = Set(try CSVReader(file).header)
      var said: [String] = []
      let rows = try RecordedTrial.read(file, figures: metrics, warnings: &said)
      // What the rows lack is said by pair of sides, for what the comparison needs of it.
      warnings += said.filter { !$0.contains("the report says less") } + RowWarnings.doubled(rows)
      guard !rows.isEmpty else { throw ResultsError(file, "has no rows: nothing was measured") }
      return Run(path: path, columns: columns, rows: rows)
    }
    cells = Self.cells(runs.map(\.rows))
    self.warnings = warnings
  }

  /// The runs' rows, for what is in memory already (one run, as `ab` makes it).
  init(runs: [Run]) {
    self.runs = runs
    cells = Self.cells(runs.map(\.rows))
    warnings = []
  }

  var columns: Set<String> {
    runs.dropFirst().reduce(runs[0].columns) { $0.intersection($1.columns) }
  }

  private static func file(_ path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ResultsError(
        path,
        "no such results folder or trials.csv (marvel-bench run writes one; results/latest is the newest)")
    }
    guard isFolder.boolValue else { return path }
    guard FileManager.default.fileExists(atPath: "\(path)/trials.csv") else {
      let other = ["faas.csv", "io.csv"].first { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
      throw ResultsError(
        path,
        other.map {
          "has \($0) and no trials.csv: only runs of jobs are compared (marvel-bench report shows what it holds)"
        } ?? "has no trials.csv: this is no results folder of this program")
    }
    return "\(path)/trials.csv"
  }

  private static func cells(_ runs: [[RecordedTrial]]) -> [ComparedCell] {
    var order: [String] = []
    var byID: [String: ComparedCell] = [:]
    for (index, rows) in runs.enumerated() {
      for row in rows {
        if byID[row.cell] == nil {
          order.append(row.cell)
          byID[row.cell] = ComparedCell(factors: row, runs: Array(repeating: [], count: runs.count))
        }
        byID[row.cell]?.runs[index].append(row)
      }
    }
    return order.compactMap { byID[$0] }
  }
}

/// One cell of a side, over its runs.
struct ComparedCell: Sendable {
  /// Any row of it.
  var factors: RecordedTrial
  /// By run; empty where a run does not have the cell.
  var runs: [[RecordedTrial]]

  var rows: [RecordedTrial] { runs.flatMap(\.self) }
  var measured: [RecordedTrial] { rows.filter(\.isMeasured) }

  /// A metric's values in the order of measurement; each run's median where there are several runs.
  func values(_ metric: String) -> [Double] {
    let byRun = runs.map { rows in
      rows.filter(\.isMeasured).sorted { ($0.order, $0.repeatNumber) < ($1.order, $1.repeatNumber) }
        .compactMap { $0.figures[metric] }
    }
    return byRun.count == 1 ? byRun[0] : byRun.compactMap(Statistics.median)
  }

  /// What keeps it from being compared; nil where nothing does.
  var problem: String? {
    let wrong = rows.first { $0.status == "failed" || $0.status == "wrong" }
    guard let row = wrong ?? (measured.isEmpty ? rows.first : nil) else { return nil }
    return "\(row.status)\(row.reason.isEmpty ? "" : ": \(row.reason)")"
  }

  func values(_ factor: ComparedFactor) -> Set<String> { Set(measured.map(factor.value)) }

  var label: String {
    factors.system + (factors.cache == "none" || factors.cache.isEmpty ? "" : " (\(factors.cache))")
  }

  var medium: Medium {
    let media = measured.map { row in
      Medium(
        (0..<3).map {
          Medium.Role(tier: row.tiers[$0], access: row.access[$0], provenance: row.provenances[$0])
        },
        modelledWait: row.modelledWait ?? 0, workersTime: Double(row.workers ?? 1) * Double(row.wall ?? 0))
    }
    return media.first { $0 == .memoryBehindFiles } ?? media.first { $0 == .sameAsMemory } ?? .own
  }

  /// Nothing but DRAM, by name or because emulated pmem is just that.
  private var isMemory: Bool { medium == .sameAsMemory || factors.tiers.allSatisfy { $0 == "dram" } }

  /// Rule 9 of the design: dram, and emulated pmem that is dram, say nothing about each other.
  func isSameMedium(as other: ComparedCell) -> Bool {
    factors.tiers != other.factors.tiers && isMemory && other.isMemory
  }
}
