import Metrics

/// The pictures that are made of the I/O microbenchmark's rows.
struct IOPictures {
  let rows: [RecordedIORow]
  let latencies: [RecordedLatencies]
  private let origin: [String]

  init(_ results: RecordedResults) {
    rows = results.io?.rows ?? []
    latencies = results.io?.latencies ?? []
    origin = results.environment.filter { $0.name == "machine_class" }.map(\.value)
  }

  private func demandRows() throws(NothingToDraw) {
    guard !rows.isEmpty else { throw NothingToDraw("there is no io.csv (marvel-bench io writes one)") }
  }

  /// Requests and bandwidth over what was varied, and latencies where they were kept.
  func pictures() throws(NothingToDraw) -> [Picture] {
    try demandRows()
    let sweeps = Self.axes.map { ($0, swept($0)) }.filter { !$0.1.isEmpty }
    // A picture a sweep; where nothing was varied, or one thing only, one of all rows.
    var pictures =
      sweeps.count > 1
      ? sweeps.map { ratesPicture($0, of: $1, named: "io-\($0.word)") }
      : [ratesPicture(sweeps.first?.0 ?? Self.axes[0], of: rows, named: "io")]
    if !latencies.isEmpty { pictures.append(latencyPicture()) }
    return pictures
  }

  /// What a sweep varies.
  private struct Axis: Sendable {
    var name: String
    /// In the picture's file name.
    var word: String
    /// fio's.
    var option: String
    var value: @Sendable (RecordedIORow) -> Int
  }

  private static let axes = [
    Axis(name: "queue depth", word: "depth", option: "iodepth") { $0.depth },
    Axis(name: "jobs", word: "jobs", option: "numjobs") { $0.copies },
    Axis(name: "block size", word: "blocks", option: "bs") { $0.blockSize },
  ]

  /// The rows of lines over `axis`: those that differ in it and in nothing else. Where several sweeps have a point, it
  /// is that of the sweep over this axis, which its name says.
  private func swept(_ axis: Axis) -> [RecordedIORow] {
    let others = Self.axes.filter { $0.word != axis.word }
    func line(_ row: RecordedIORow) -> [String] {
      [row.series, row.direction] + others.map { String($0.value(row)) }
    }
    let lines = Dictionary(grouping: rows, by: line)
    var taken: Set<[String]> = []
    let ordered = rows.filter { $0.job.contains("/\(axis.option)=") } + rows
    return ordered.filter { row in
      let mine = line(row)
      guard Set((lines[mine] ?? []).map(axis.value)).count > 1 else { return false }
      return taken.insert(mine + [String(axis.value(row))]).inserted
    }
  }

  private func ratesPicture(_ axis: Axis, of rows: [RecordedIORow], named name: String) -> Picture {
    var names: [String] = []
    for row in rows where !names.contains(row.series) { names.append(row.series) }
    var table = PlotTable(
      headers: [
        .left("job"), .left("what"), .right(axis.name), .right("IOPS"), .right("MiB/s"),
        .right("mean latency"),
      ])
    var panels: [String] = []
    var labels: [String] = []
    var data: [[[String]]] = []
    for direction in ["read", "write"] {
      let mine = rows.filter { $0.direction == direction }.sorted { axis.value($0) < axis.value($1) }
      guard !mine.isEmpty else { continue }
      for row in mine {
        table.rows.append([
          row.job, "\(row.series) \(direction)", String(axis.value(row)), Figures.whole(row.requests),
          Summary.fixed(row.bandwidth / 1_048_576, 1), row.meanLatency.map(Figures.time) ?? "",
        ])
      }
      func block(_ value: (RecordedIORow) -> Double) -> [[String]] {
        mine.map { row in
          let series = (names.firstIndex(of: row.series) ?? 0) + 1
          let figure = Picture.figure(value(row))
          return [String(series), String(axis.value(row)), figure, figure, figure]
        }
      }
      panels += ["\(direction): requests", "\(direction): bandwidth"]
      labels += ["IOPS", "GB/s"]
      data += [block(\.requests), block { $0.bandwidth / 1e9 }]
    }
    let isBlocks = axis.name == "block size"
    return Picture(
      name: name, script: "sizes", title: "Requests and bandwidth against \(axis.name)", legend: names,
      legendKind: .lines, panels: panels, panelHeight: 200, leftMargin: 74, footMargin: 50, panelGap: 62,
      caption: origin,
      settings: [
        ("yLabel", .text("")), ("YLabel", .texts(labels)), ("yLabels", .number(1)),
        ("YFormat", .texts(labels.map { $0 == "IOPS" ? "%.0s%c" : "%g" })),
        ("xLabel", .text(axis.name)),
        ("logY", .number(1)),
      ]
        + TrialPictures.sizeAxis(rows.map(axis.value)) {
          isBlocks ? ByteSize.text($0).replacing(" ", with: "") : String($0)
        },
      columnsOfData: "series x value low high", data: data.map(TrialPictures.lines), table: table)
  }

  private func latencyPicture() -> Picture {
    let drawn = Array(latencies.filter { !$0.points.isEmpty }.prefix(8))
    func name(_ each: RecordedLatencies) -> String {
      let row = rows.first { $0.job == each.job && $0.direction == each.direction }
      return "\(each.job) \(each.direction)"
        + (row.map { $0.provenance == "measured" || $0.provenance.isEmpty ? "" : " [\($0.provenance)]" } ?? "")
    }
    var table = PlotTable(
      headers: [.left("job")] + ["p50", "p90", "p99", "p99.9", "max"].map { .right($0) })
    var share: [[String]] = []
    var tail: [[String]] = []
    var nines = 1000.0
    for (index, each) in drawn.enumerated() {
      let quantiles = [0.5, 0.9, 0.99, 0.999, 1].map { quantile in
        each.points.first { $0.share >= quantile - 1e-12 }.map { Figures.time($0.nanoseconds) } ?? ""
      }
      table.rows.append([name(each)] + quantiles)
      for point in each.points {
        let seconds = Picture.figure(point.nanoseconds / 1e9)
        share.append([String(index + 1), seconds, Picture.figure(point.share * 100)])
        // The slowest of all has no share above it.
        guard point.share < 1 else { continue }
        let rest = 1 / (1 - point.share)
        nines = max(nines, rest)
        tail.append([String(index + 1), Picture.figure(rest), seconds])
      }
      if each.points.count == 1 {
        tail.append([String(index + 1), "1", Picture.figure(each.points[0].nanoseconds / 1e9)])
      }
    }
    return Picture(
      name: "io-latency", script: "latency", title: "Latencies of requests", legend: drawn.map(name),
      legendKind: .lines, panels: ["share of requests", "percentiles"], columns: 1, panelHeight: 210,
      leftMargin: 86,
      footMargin: 52,
      caption: (latencies.count > 8 ? ["\(latencies.count - 8) more jobs are in latency.csv."] : []) + origin,
      settings: [
        ("XLabel", .texts(["latency", "percentile"])), ("YLabel", .texts(["requests (%)", "latency"])),
        ("nines", .number(min(1e6, (nines * 1.2).rounded()))),
      ], columnsOfData: "series x y (seconds and %, then 1/(1-share) and seconds)", data: [share, tail],
      table: table)
  }

  /// A pattern on a tier, beside the paper's.
  struct Table2Row: Sendable {
    var pattern: String
    var tier: String
    var here: Double
    var paper: Double
    var provenance: String
  }

  private static let patterns = ["seq-read", "seq-write", "rand-read", "rand-write"]

  /// Of each of the paper's rows the job that has its pattern on its tier: one with its depth and streams, else the
  /// first.
  var table2Rows: [Table2Row] {
    let words = [
      "read": "seq-read", "write": "seq-write", "randread": "rand-read", "randwrite": "rand-write",
    ]
    return ["pmem", "ssd"].flatMap { tier in
      Self.patterns.compactMap { pattern in
        let candidates = rows.filter { $0.tier == tier && words[$0.pattern] == pattern }
        guard let paper = PaperFacts.ioRows.first(where: { $0.tier == tier && $0.pattern == pattern }),
          let mine = candidates.first(where: { $0.depth == paper.depth && $0.copies == paper.copies })
            ?? candidates.first
        else { return nil }
        return Table2Row(
          pattern: pattern, tier: tier, here: mine.requests, paper: paper.requests,
          provenance: mine.provenance)
      }
    }
  }

  /// Requests a second of each pattern and tier beside the paper's.
  func table2Picture() throws(NothingToDraw) -> Picture {
    try demandRows()
    let rows = table2Rows
    guard !rows.isEmpty else { throw NothingToDraw("io.csv has no pattern of the paper's Table 2") }
    var table = PlotTable(
      headers: [.left("pattern"), .left("tier"), .right("IOPS"), .right("paper"), .left("provenance")])
    var panels: [String] = []
    var data: [[[String]]] = []
    for tier in ["pmem", "ssd"] {
      let mine = rows.filter { $0.tier == tier }
      guard !mine.isEmpty else { continue }
      panels.append("\(tier) (\(Set(mine.map(\.provenance)).sorted().joined(separator: ", ")))")
      data.append(
        mine.flatMap { row -> [[String]] in
          let position = Self.patterns.firstIndex(of: row.pattern) ?? 0
          return [
            TrialPictures.bar(1, position, row.here, nil), TrialPictures.bar(2, position, row.paper, nil),
          ]
        })
      table.rows += mine.map {
        [$0.pattern, tier, Figures.whole($0.here), Figures.whole($0.paper), $0.provenance]
      }
    }
    return Picture(
      name: "table2", script: "table2", title: "Requests a second beside the paper's Table 2",
      legend: ["measured here", "the paper"], panels: panels, panelHeight: 220, leftMargin: 76,
      footMargin: 60,
      caption: ["The paper's depths differ between its tiers: pmem 1, ssd 64."] + origin,
      settings: [
        ("positions", .number(Double(Self.patterns.count))), ("TickName", .ticks(Self.patterns)),
        ("yLabel", .text("IOPS")),
      ], columnsOfData: "series position iops low high (1 here, 2 the paper)", data: data, table: table)
  }
}
