import Foundation

/// The page of `marvel-bench reproduce`: the paper's figures, ours, the difference, and why they differ.
public struct ReproductionPage {
  private var parts: [ReproducedPart]
  private let machine: String
  private let command: String

  /// - Parameters:
  ///   - machine: As ``RowEnvironment/machineClass`` says it.
  ///   - command: What was typed.
  public init(_ parts: [ReproducedPart], machine: String, command: String) {
    self.parts = parts
    self.machine = machine
    self.command = command
  }

  /// Draws the plots of each part in its results folder, and writes `reproduction.html` and `reproduction.md`.
  ///
  /// - Returns: The files, and why there are no plots (nil where there are).
  public mutating func write(in folder: String) throws -> (files: [String], plotsMissing: String?) {
    var missing: String?
    for index in parts.indices {
      guard let results = parts[index].results else { continue }
      let name = parts[index].name
      let place = results.folder + "/plots"
      let drawn = try Plots(results).draw(parts[index].kinds, formats: [.svg], in: place)
      missing = missing ?? drawn.failure
      parts[index].plots = drawn.drawn.map { picture in
        let svg = FileManager.default.contents(atPath: "\(place)/\(picture.name).svg")
        return ReportPlot(
          name: "\(name)/plots/\(picture.name)", title: picture.title,
          svg: svg.map { String(decoding: $0, as: UTF8.self) })
      }
    }
    let document = document
    let files = ["reproduction.html", "reproduction.md"].map { "\(folder)/\($0)" }
    try Plots.write(document.html, files[0])
    try Plots.write(document.markdown(plotsFolder: "."), files[1])
    return (files, missing)
  }

  var document: ReportDocument {
    let rows = Claims(parts: parts).rows
    var summary = ReportSection(id: "summary", title: "Summary")
    let counts = [ClaimRow.Outcome.holds, .fails, .open, .beside, .skipped].compactMap { outcome -> String? in
      let count = rows.filter { $0.outcome == outcome }.count
      return count == 0 ? nil : "\(outcome.rawValue) \(count)"
    }
    summary.paragraphs = [
      "Of \(rows.count) claims and figures of the paper: \(counts.joined(separator: ", "))."
    ]
    summary.tables = [Self.table(rows, withPart: true)]
    var sections = [summary]
    for part in parts { sections.append(section(part, rows.filter { $0.part == part.name })) }
    let warnings = parts.flatMap { part in
      (part.results?.warnings ?? []).map { "\(part.name): \($0)" }
    }
    if !warnings.isEmpty {
      sections.append(ReportSection(id: "warnings", title: "Warnings", points: warnings, isWarning: true))
    }
    sections.append(
      ReportSection(
        id: "reproduce", title: "How to reproduce",
        paragraphs: [
          "Each part has its own results folder beside this page, with its experiment, rows and plots."
        ],
        listings: [("the command", command)]))
    return ReportDocument(
      title: "The Marvel paper, reproduced",
      lead: [
        "Li, Assogba et al., “Towards Persistent Memory based Stateful Serverless Computing for Big Data Applications”: "
          + "its tables and figures by plan paper with JSON records, on this machine.", machine,
      ], sections: sections)
  }

  private static func table(_ rows: [ClaimRow], withPart: Bool) -> ReportTable {
    var table = ReportTable(
      columns: (withPart ? [.text("part")] : [])
        + [.text("the paper"), .text("here"), .text("difference"), .text("outcome"), .text("provenance")])
    table.rows = rows.map { row in
      (withPart ? [.text(row.part)] : [])
        + [row.claim, row.here, row.difference, row.outcome.rawValue, row.provenance].map { .text($0) }
    }
    return table
  }

  private func section(_ part: ReproducedPart, _ rows: [ClaimRow]) -> ReportSection {
    var section = ReportSection(id: part.name, title: part.title)
    guard let results = part.results else {
      section.paragraphs = ["Skipped: \(part.reason)."]
      return section
    }
    section.tables = [Self.table(rows, withPart: false)]
    if !results.groups.isEmpty, part.name != "table1" {
      var cells = ReportContents.allCells(results.groups)
      cells.caption = "Ours, cell by cell."
      section.tables.append(cells)
    }
    section.plots = part.plots
    section.points = Self.whyDifferent(part)
    if part.name == "table1" {
      let comparison = TrafficComparison(results, with: .table1)
      section.tables.append(comparison.reportTable)
      section.points = comparison.rows.flatMap(comparison.notes)
    }
    section.points += Array(Set(results.groups.flatMap(\.notes))).sorted()
    section.paragraphs = ["Rows: \(part.name)/trials.csv."]
    if results.io != nil { section.paragraphs = ["Rows: \(part.name)/io.csv."] }
    return section
  }

  /// What is known to differ between the paper's measurement and this one.
  private static func whyDifferent(_ part: ReproducedPart) -> [String] {
    let hasLambda = part.results?.trials.contains { $0.system == "lambda-s3" && $0.isMeasured } ?? false
    let setup = PaperFacts.claim("setup-server")?.text ?? ""
    let common = [
      "the paper: \(setup); OpenWhisk, YARN, HDFS and Ignite on the JVM; here one program whose controller, workers and storage are one binary",
      "the paper's inputs are gigabytes; these are as --size says, so fixed costs (starts, scheduling) weigh more",
      "where persistent memory is emulated, bandwidth and a latency for each borrow are modelled; load latency, the 256-byte granularity and interference of readers with writers are not",
    ]
    switch part.name {
    case "figure1":
      return [
        "the paper's bars are of 7 GB; its SSD and file system cache are not described, here the cache is bypassed"
      ] + common
    case "figure4", "figure5":
      return hasLambda
        ? common
        : [
          "the largest reduction is against Lambda with S3, which was not measured here: those rows are skipped, not guessed"
        ] + common
    case "figure6":
      return [
        "the paper does not say which bytes its throughput counts; here all bytes that the job moves (input, shuffle written and read, output) by its wall time"
      ] + common
    case "table2":
      return [
        "the paper's depths differ between its tiers (Little's law: pmem 1, ssd 64); its write bandwidths of pmem are GB/s, its read bandwidths GiB/s",
        "where persistent memory is emulated, its rows are this machine's DRAM at its own pace: no model slows them",
        "the same patterns at equal depth are in table2/io.csv (ssd-…-depth1)",
      ] + common.prefix(1)
    default: return common
    }
  }
}
