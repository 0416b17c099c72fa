import Foundation
import Metrics

/// How a report is written.
public enum ReportFormat: String, CaseIterable, Sendable {
  case html
  case md
  case csv
  case json
  case tex

  /// Whether pictures belong to it.
  var hasPlots: Bool { self == .html || self == .md }
}

/// A report of recorded results.
public struct Report {
  private let results: RecordedResults

  public init(_ results: RecordedResults) { self.results = results }

  public struct Outcome: Sendable {
    /// Path of each file, in the order of the formats.
    public var files: [String] = []
    /// Why there are no plots; nil where they were drawn.
    public var plotsMissing: String?
  }

  /// Writes `report.<format>` for each format, and the plots that they show below `plots/`.
  ///
  /// - Throws: ``StorageError`` where the folder cannot be written.
  public func write(_ formats: [ReportFormat], in folder: String) throws -> Outcome {
    var outcome = Outcome()
    var plots: [ReportPlot] = []
    if formats.contains(where: \.hasPlots) {
      let drawn = try Plots(results).draw(
        PlotKind.allCases.filter(isShown), formats: [.svg], in: folder + "/plots")
      outcome.plotsMissing = drawn.failure
      plots = drawn.drawn.map { picture in
        let svg = FileManager.default.contents(atPath: "\(folder)/plots/\(picture.name).svg")
        return ReportPlot(
          name: picture.name, title: picture.title, svg: svg.map { String(decoding: $0, as: UTF8.self) })
      }
    }
    for format in formats {
      let path = "\(folder)/report.\(format.rawValue)"
      try Plots.write(try text(format, plots), path)
      outcome.files.append(path)
    }
    return outcome
  }

  /// The report as text, without plots.
  public func text(_ format: ReportFormat) throws -> String { try text(format, []) }

  /// Table 1 is only of use where it was asked for.
  private func isShown(_ kind: PlotKind) -> Bool {
    switch kind {
    case .table1: results.experiment?.contains("compare_with: table1") == true
    case .table2: results.experiment?.contains("table2") == true
    default: true
    }
  }

  private func text(_ format: ReportFormat, _ plots: [ReportPlot]) throws -> String {
    let contents = ReportContents(results: results, plots: plots)
    switch format {
    case .html: return contents.document.html
    case .md: return contents.document.markdown(plotsFolder: "plots")
    case .csv: return csv
    case .json: return json(contents.document)
    case .tex: return try tex()
    }
  }

  private var rows: [ReportRow] {
    results.groups.flatMap { group in
      group.cells.map { ReportRow(cell: $0, group: group, experiment: results.name) }
    }
  }

  private var csv: String {
    CSV.header(ReportColumns.all)
      + rows.map { row in CSV.line(ReportColumns.all.map { ReportColumns.safe($0.value(row)) }) }.joined()
  }

  private func tex() throws -> String {
    if let faas = results.faas, results.groups.isEmpty { return FaasReport(faas).latex }
    let hasTrials = results.groups.contains { $0.cells.contains { $0.wall != nil } }
    let pictures =
      hasTrials || results.io == nil
      ? [try TrialPictures(results).systemsPicture()] : try IOPictures(results).pictures()
    return pictures.map {
      $0.table.latex(caption: "\($0.title). \($0.caption.joined(separator: " "))", label: $0.name)
    }.joined(separator: "\n")
  }

  private func json(_ document: ReportDocument) -> String {
    let cells = rows.map { row in
      JSONValue.object(
        ReportColumns.all.map { column in
          let value = column.value(row)
          if value.isEmpty { return (column.name, .null) }
          if !column.unit.isEmpty, let number = Double(value) { return (column.name, .number(number)) }
          return (column.name, .text(value))
        })
    }
    let summary = document.sections.first { $0.id == "summary" }
    return JSONValue.object([
      ("format", .integer(ReportColumns.format)), ("results", .text(results.path)),
      ("experiment", .text(results.name)),
      ("summary", .texts((summary?.paragraphs ?? []) + (summary?.points ?? []))), ("cells", .array(cells)),
      (
        "notes",
        .array(
          results.groups.map { group in
            .object([("job", .text(group.heading)), ("notes", .texts(group.notes))])
          })
      ),
      ("warnings", .texts(ReportContents(results: results, plots: []).warnings)),
      ("environment", .object(results.environment.map { ($0.name, .text($0.value)) })),
      ("experiment_file", .optional(results.experiment)),
    ]).text
  }
}
