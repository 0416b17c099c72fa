import Metrics

/// One repeat of a scenario's cell: one row of `faas.csv`.
struct RecordedFaasRepeat: Sendable {
  /// Calls that found a process, or that started one.
  struct Calls: Sendable {
    var count: Int
    /// Nanoseconds; nil where there were too few calls for the percentile.
    var p50, p95, p99, maximum: Int?
  }

  var experiment: String
  /// As `activations.csv` has it.
  var id: String
  var cell: FaasCell
  var trial: Int
  var repeatNumber: Int
  var order: Int
  var status: String
  var reason: String
  var provenance: String
  /// Of all calls: the median latency, in nanoseconds.
  var latency: Int?
  /// Calls that succeeded a second.
  var throughput: Double?
  var calls: [ActivationRow.StartKind: Calls]
  /// Medians in nanoseconds: of the cold calls' starts, and of all calls' actions.
  var initialization: Int?
  var run: Int?
  var noise: TrialNoise
  var environment: RowEnvironment

  var isMeasured: Bool { status == TrialStatus.ok.rawValue }
  var key: ActivationScan.Repeat { ActivationScan.Repeat(cell: id, number: repeatNumber) }
}

/// A scenario's cell over its repeats.
struct FaasFinding: Sendable {
  let rows: [RecordedFaasRepeat]
  /// In the order of measurement.
  let measured: [RecordedFaasRepeat]

  init(_ rows: [RecordedFaasRepeat]) {
    self.rows = rows
    measured = rows.filter(\.isMeasured).sorted { ($0.order, $0.repeatNumber) < ($1.order, $1.repeatNumber) }
  }

  var id: String { rows[0].id }
  var cell: FaasCell { rows[0].cell }
  var name: String { FaasSummary.name(cell) }

  func median(_ value: (RecordedFaasRepeat) -> Int?) -> Double? {
    Statistics.median(measured.compactMap { value($0).map(Double.init) })
  }

  var series: RepeatNotes.Series {
    RepeatNotes.Series(
      label: name, walls: measured.compactMap { $0.latency.map(Double.init) }, noise: measured.map(\.noise))
  }
}

/// `faas.csv` of a results folder.
struct RecordedFaas: Sendable {
  private(set) var rows: [RecordedFaasRepeat] = []
  /// In the experiment's order.
  private(set) var cells: [FaasFinding] = []
  private(set) var warnings: [String] = []

  /// - Throws: ``ResultsError`` where it is no such file, or a value is none.
  init(_ path: String) throws {
    let reader = try CSVReader(path)
    let columns = try FaasFileColumns(reader)
    while try reader.next() { rows.append(try columns.row(reader)) }
    cells = Dictionary(grouping: rows, by: \.id).values.map(FaasFinding.init)
      .sorted { ($0.rows[0].trial, $0.id) < ($1.rows[0].trial, $1.id) }
    warnings = reader.warnings + RowWarnings.origin(rows.map(\.environment))
    warnings += RowWarnings.doubled(rows.map { ($0.key, "\(path), \($0.cell.scenario)") })
    var seen = Set<String>()
    for row in rows where !row.isMeasured {
      let line =
        "\(row.status): \(FaasSummary.name(row.cell)): \(row.reason.isEmpty ? "no reason given" : row.reason)"
      if seen.insert(line).inserted { warnings.append(line) }
    }
    let series = cells.map(\.series)
    warnings += RepeatNotes(series).lines
    if let order = RepeatNotes.order(series.map(\.walls)), order.isFound { warnings.append(order.line) }
  }
}

/// Where the columns of one `faas.csv` are; by name, so that their order does not matter.
private struct FaasFileColumns {
  private static let needed = ["cell", "repeat", "scenario", "status", "latency_p50_ns"]
  private let places: [String: Int]

  init(_ reader: CSVReader) throws {
    let missing = Self.needed.filter { reader.index(of: $0) == nil }
    guard missing.isEmpty else {
      throw ResultsError(
        "\(reader.path):1",
        "no column \(missing.joined(separator: ", ")): this is no faas.csv (its columns: marvel-bench list columns)"
      )
    }
    places = Dictionary(uniqueKeysWithValues: reader.header.enumerated().map { ($1, $0) })
  }

  func row(_ reader: CSVReader) throws -> RecordedFaasRepeat {
    func text(_ name: String) -> String { places[name].map(reader.text) ?? "" }
    func amount(_ name: String) throws -> Int? { try reader.amount(places[name]) }
    func word<Word: RawRepresentable & CaseIterable>(_ name: String, _ usual: Word) throws -> Word
    where Word.RawValue == String {
      guard let place = places[name] else { return usual }
      guard let word = Word(rawValue: reader.text(place)) else {
        throw reader.wrong(
          place, "known here: \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return word
    }
    if let format = try amount("format"), format > FaasColumns.format {
      throw ResultsError(
        "\(reader.path):\(reader.line)",
        "format \(format), but this program reads formats up to \(FaasColumns.format): use the newer marvel-bench that wrote it"
      )
    }
    func calls(_ kind: String) throws -> RecordedFaasRepeat.Calls {
      RecordedFaasRepeat.Calls(
        count: try amount("\(kind)_starts") ?? 0, p50: try amount("\(kind)_latency_p50_ns"),
        p95: try amount("\(kind)_latency_p95_ns"), p99: try amount("\(kind)_latency_p99_ns"),
        maximum: try amount("\(kind)_latency_max_ns"))
    }
    let cell = FaasCell(
      scenario: text("scenario"), platform: text("platform"), action: text("action"),
      arrival: try word("arrival", .closed), starts: try word("starts", .warm),
      concurrency: try amount("concurrency") ?? 1, invocations: try amount("invocations") ?? 0,
      payload: try amount("payload_bytes") ?? 0, memory: try amount("memory_bytes"),
      touched: try amount("touched_bytes"))
    let row = RecordedFaasRepeat(
      experiment: text("experiment"), id: text("cell"), cell: cell, trial: try amount("trial") ?? 0,
      repeatNumber: try amount("repeat") ?? 0, order: try amount("order") ?? 0, status: text("status"),
      reason: text("reason"), provenance: text("platform_provenance"), latency: try amount("latency_p50_ns"),
      throughput: try reader.number(places["throughput_per_s"]),
      calls: [.cold: try calls("cold"), .warm: try calls("warm")],
      initialization: try amount("init_p50_ns"), run: try amount("run_p50_ns"),
      noise: try TrialNoise(reader, places),
      environment: RowEnvironment(
        machineClass: text("machine_class"), commit: text("commit"), buildMode: text("build_mode")))
    if row.isMeasured, let place = places["latency_p50_ns"], row.latency ?? 0 <= 0 {
      throw reader.wrong(place, "the latency of an ok row is over 0 ns")
    }
    return row
  }
}
