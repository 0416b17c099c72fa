import Metrics

/// Makes the report of recorded results.
struct ReportContents {
  let results: RecordedResults
  let plots: [ReportPlot]

  /// Beyond this many jobs a heading for each hides more than it tells: they share one table.
  static let mostHeadings = 40

  var document: ReportDocument {
    var sections = [summary]
    if !warnings.isEmpty {
      sections.append(
        ReportSection(id: "warnings", title: "Warnings", points: warnings, isWarning: true))
    }
    if let comparison = paperSection { sections.append(comparison) }
    if !plots.isEmpty {
      sections.append(ReportSection(id: "plots", title: "Plots", plots: plots))
    }
    sections += jobs
    if let section = noise.section { sections.append(section) }
    if let faas = results.faas { sections.append(FaasReport(faas).section) }
    if let activations { sections.append(activations) }
    if let io { sections.append(io) }
    sections += [environment, reproduction]
    return ReportDocument(title: results.name, lead: lead, sections: sections)
  }

  /// Of the files and rows, and what is to be known of systems set beside each other, once for all jobs.
  var warnings: [String] {
    var order: [String] = []
    var jobs: [String: Int] = [:]
    for note in results.groups.flatMap(\.notes) {
      if jobs[note] == nil { order.append(note) }
      jobs[note, default: 0] += 1
    }
    let all = results.groups.count
    return results.warnings + noise.warnings
      + order.map { note in
        let count = jobs[note] ?? 0
        return count == all ? note : "\(note) (\(count) of \(all) jobs)"
      }
  }

  private var noise: NoiseReport { NoiseReport(results.groups) }

  private var lead: [String] {
    let trials = results.trials
    var lead: [String] = []
    if !trials.isEmpty {
      let measured = trials.filter(\.isMeasured).count
      let cells = results.groups.reduce(0) { $0 + $1.cells.count }
      lead.append(
        "\(measured) measured repeats of \(cells) cells (\(results.groups.count) jobs)"
          + (measured < trials.count ? "; \(trials.count - measured) rows are not ok, see Warnings" : ""))
      let machines = Set(trials.map(\.machineClass)).subtracting([""]).sorted()
      if !machines.isEmpty { lead.append(machines.joined(separator: "; ")) }
    }
    if let io = results.io { lead.append("\(io.rows.count) rows of the I/O microbenchmark") }
    if let faas = results.faas {
      lead.append(
        "\(faas.rows.count(where: \.isMeasured)) measured repeats of \(faas.cells.count) cells of the function platform"
      )
      if trials.isEmpty {
        lead += Set(faas.rows.map(\.environment.machineClass)).subtracting([""]).sorted()
      }
    }
    return lead
  }

  // MARK: Summary

  private var summary: ReportSection {
    var section = ReportSection(id: "summary", title: "Summary")
    let groups = results.groups
    guard !groups.isEmpty else {
      if let faas = results.faas, !faas.rows.isEmpty {
        section.paragraphs = FaasReport(faas).sentences
      } else {
        section.paragraphs = [
          results.io == nil
            ? "There are no rows: nothing was run, or the run ended before its first repeat did."
            : "These are rows of the I/O microbenchmark; no job was run."
        ]
      }
      return section
    }
    let overall = OverallStandings(groups)
    section.paragraphs = overall.sentences
    let withWinners = groups.filter { $0.ranked.count > 1 }
    if !withWinners.isEmpty { section.tables.append(Self.winners(withWinners)) }
    if !overall.standings.isEmpty { section.tables.append(overall.table) }
    return section
  }

  /// A row a job: who is fastest, by how much, and whether that is sure.
  private static func winners(_ groups: [GroupFinding]) -> ReportTable {
    var table = ReportTable(
      caption:
        "Who is fastest, by medians; sure where the 95 % interval of the ratio (bootstrap from a fixed seed) is over 1 and the rank-sum test agrees.",
      columns: [
        .text("job"), .text("fastest"), .number("wall s"), .text("next"), .number("times as fast"),
        .text("95 % interval"), .text("sure"),
      ])
    table.rows = groups.map { group in
      func row(
        _ first: CellFinding, _ next: CellFinding, _ ratio: Double, _ interval: Interval?, _ isSure: String
      ) -> [ReportTable.Cell] {
        [
          .text(group.heading), .text(first.legend), .number(first.wall) { Summary.seconds($0) },
          .text(next.legend), .number(ratio, Figures.ratio), .text(interval.map { Figures.ratio($0) } ?? ""),
          .text(isSure),
        ]
      }
      switch group.verdict {
      case .faster(let winner, let loser, let ratio, let interval):
        return row(winner, loser, ratio, interval, "yes")
      case .close(let one, let other, let ratio, let interval):
        return row(one, other, ratio, interval, interval == nil ? "too few repeats" : "no")
      case .none(let reason):
        return [.text(group.heading)] + Array(repeating: .text(""), count: 5) + [.text(reason)]
      }
    }
    return table
  }

  private var paperSection: ReportSection? {
    guard results.experiment?.contains("compare_with: table1") == true else { return nil }
    let comparison = TrafficComparison(results, with: .table1)
    guard !comparison.rows.isEmpty else { return nil }
    var section = ReportSection(id: "paper", title: comparison.heading)
    section.tables = [comparison.reportTable]
    section.points = comparison.rows.flatMap(comparison.notes)
    return section
  }

  // MARK: Jobs

  private static let cellColumns: [ReportTable.Column] = [
    .text("system"), .number("wall s"), .text("95 % interval"), .number("min"), .number("max"), .number("n"),
    .number("MB/s"), .number("vs ideal"), .number("storage cost s"), .number("input s"), .number("map s"),
    .number("shuffle s"), .number("reduce s"), .number("output s"),
    .text("provenance (input/shuffle/output)"),
  ]

  private var jobs: [ReportSection] {
    let groups = results.groups
    guard groups.count > Self.mostHeadings else {
      return groups.enumerated().map { index, group in
        var table = ReportTable(columns: Self.cellColumns)
        table.rows = group.cells.map { Self.row($0, group) }
        return ReportSection(
          id: "job-\(index + 1)", title: group.heading, paragraphs: [group.verdict.text + "."],
          points: group.notes, tables: [table])
      }
    }
    return [ReportSection(id: "jobs", title: "All cells", tables: [Self.allCells(groups)])]
  }

  /// Every cell of every job in one table.
  static func allCells(_ groups: [GroupFinding]) -> ReportTable {
    var table = ReportTable(columns: [.text("job")] + cellColumns)
    for group in groups {
      table.rows += group.cells.map { [.text(group.heading)] + Self.row($0, group) }
    }
    return table
  }

  private static func row(_ cell: CellFinding, _ group: GroupFinding) -> [ReportTable.Cell] {
    func seconds(_ value: Double?) -> ReportTable.Cell { .number(value) { Summary.seconds($0) } }
    guard let wall = cell.wall else {
      return [.text(cell.label), .text(cell.status)]
        + Array(repeating: .text(""), count: cellColumns.count - 3) + [.text(cell.rows[0].reason)]
    }
    let cost = group.storageCost(cell)
    let isSame = cell.medium == .sameAsMemory && group.floor != nil
    let ratio = cost.flatMap { _ in group.floor?.wall }.map { wall / $0 }
    return [
      .text(cell.legend), seconds(wall), .text(cell.interval.map { Figures.seconds($0) } ?? ""),
      seconds(cell.range?.lowerBound), seconds(cell.range?.upperBound),
      .number(Double(cell.walls.count), Figures.whole), .number(cell.megabytesPerSecond, Figures.whole),
      .number(ratio) { Summary.fixed($0, 2) + "×" }, isSame ? .text("same medium") : seconds(cost),
    ] + (cell.phases.map { $0.map(Optional.some) } ?? Array(repeating: nil, count: 5)).map(seconds)
      + [.text(cell.provenance)]
  }

  // MARK: Activations and I/O

  private var activations: ReportSection? {
    guard let scan = results.activations else { return nil }
    var table = ReportTable(
      columns: [.text("job"), .text("system")]
        + [
          "activations", "cold", "retries", "not ok", "wait p50", "wait p99", "init p50", "run p50",
          "run p99",
        ].map { .number($0) })
    let cells =
      results.groups.flatMap { group in group.cells.map { ($0.id, group.heading, $0.label) } }
      + (results.faas?.cells ?? []).map { ($0.id, $0.name, $0.cell.platform) }
    for (id, job, system) in cells {
      guard let figures = scan.figures[id] else { continue }
      func count(_ value: Int) -> ReportTable.Cell { .number(Double(value), Figures.whole) }
      func time(_ buckets: TimeBuckets, _ share: Double) -> ReportTable.Cell {
        .number(buckets.quantile(share), Figures.time)
      }
      table.rows.append(
        [
          .text(job), .text(system), count(figures.count), count(figures.cold),
          count(figures.retries), count(figures.unsuccessful),
        ] + [
          time(figures.wait, 0.5), time(figures.wait, 0.99), time(figures.initialization, 0.5),
          time(figures.run, 0.5), time(figures.run, 0.99),
        ])
    }
    guard !table.rows.isEmpty else { return nil }
    return ReportSection(
      id: "activations", title: "Activations",
      paragraphs: [
        "Of all repeats of a cell; quantiles are within 6 % of their values. Waits count from the request, and all calls of a "
          + "stage or scenario are asked for at its start."
      ], tables: [table])
  }

  private var io: ReportSection? {
    guard let rows = results.io?.rows, !rows.isEmpty else { return nil }
    var table = ReportTable(
      columns: [.text("job"), .text("tier"), .text("engine"), .text("pattern"), .text("direction")]
        + ["block", "depth", "jobs", "IOPS", "MiB/s", "mean latency"].map { .number($0) }
        + [.text("provenance")])
    table.rows = rows.map { row in
      [.text(row.job), .text(row.tier), .text(row.engine), .text(row.pattern), .text(row.direction)] + [
        .number(Double(row.blockSize)) { ByteSize.text(Int($0)) }, .number(Double(row.depth), Figures.whole),
        .number(Double(row.copies), Figures.whole), .number(row.requests, Figures.whole),
        .number(row.bandwidth / 1_048_576) { Summary.fixed($0, 1) }, .number(row.meanLatency, Figures.time),
        .text(row.provenance),
      ]
    }
    return ReportSection(id: "io", title: "I/O microbenchmark", tables: [table])
  }

  // MARK: Where and how

  private var environment: ReportSection {
    var section = ReportSection(id: "environment", title: "Environment")
    guard !results.environment.isEmpty else {
      section.paragraphs = ["There is no environment.json in these results."]
      return section
    }
    var table = ReportTable(columns: [.text("what"), .text("value")])
    table.rows = results.environment.map { [.text($0.name), .text($0.value)] }
    section.tables = [table]
    return section
  }

  private var reproduction: ReportSection {
    var section = ReportSection(id: "reproduce", title: "How to reproduce")
    let built = results.trials.map(\.commit) + (results.faas?.rows.map(\.environment.commit) ?? [])
    let commits = Set(built).subtracting(["", "unknown"]).sorted()
    if !commits.isEmpty { section.paragraphs.append("Built from commit \(commits.joined(separator: ", ")).") }
    guard let experiment = results.experiment else {
      section.paragraphs.append("There is no experiment.yaml in these results.")
      return section
    }
    section.paragraphs.append(
      "The experiment below is as it was run; datasets follow from their kind, seed and size. Lines over its first: the command."
    )
    if let command = experiment.split(separator: "\n").first, command.hasPrefix("# marvel-bench") {
      section.listings.append(("the command", String(command.dropFirst(2))))
    }
    section.listings.append(("experiment.yaml, for marvel-bench run FILE", experiment))
    return section
  }
}
