import Foundation
import Metrics

/// The rows of a run that was cut off, after its files were brought back to whole repeats.
///
/// A row of `trials.csv` says that all of its repeat is there, since it is written last. What `activations.csv` and
/// `stages.csv` have of other repeats, and a last line that was cut off, is removed: those repeats are measured again.
public struct ResumedRows: Sendable {
  /// One row of `trials.csv`.
  public struct Row: Sendable {
    public var cell: String
    public var repeatNumber: Int
    public var order: Int
    fileprivate var fields: [String: String]
    /// Nanoseconds that its activations ran, together.
    fileprivate var workersTime = 0
    fileprivate var stages: [StageRow] = []

    public func text(_ column: String) -> String { fields[column] ?? "" }
    func integer(_ column: String) -> Int? { Int(text(column)) }
    public var isMeasured: Bool { text("status") == TrialStatus.ok.rawValue }
    public var wall: Int? { isMeasured ? integer("wall_ns") : nil }
  }

  /// In the order of the file.
  public private(set) var rows: [Row] = []
  /// How many repeats were half written and were removed.
  public private(set) var removed = 0

  /// Reads a results folder and mends its files; a file that is whole is not touched.
  ///
  /// - Throws: ``ResultsError`` where it is no folder of a run, or its columns are other than this program's.
  public init(mending path: String) throws {
    try Self.removeTornLine("\(path)/trials.csv")
    var kept: [[String]] = []
    var dropped = 0
    let reader = try Self.reader("\(path)/trials.csv", TrialColumns.all.map(\.name))
    while try reader.next() {
      let fields = reader.header.indices.map(reader.text)
      let row = Row(
        cell: reader.text(reader.index(of: "cell") ?? 0),
        repeatNumber: try reader.integer(reader.index(of: "repeat")) ?? 0,
        order: try reader.integer(reader.index(of: "order")) ?? 0,
        fields: Dictionary(uniqueKeysWithValues: zip(reader.header, fields)))
      // Cells for which the budget left no time are measured now.
      guard !row.text("reason").hasPrefix(Self.budgetReason) else {
        dropped += 1
        continue
      }
      kept.append(fields)
      rows.append(row)
    }
    if dropped > 0 || !reader.warnings.isEmpty {
      try Self.replace("\(path)/trials.csv", reader.header, kept)
    }
    var places: [ActivationScan.Repeat: Int] = [:]
    for (index, row) in rows.enumerated() {
      places[ActivationScan.Repeat(cell: row.cell, number: row.repeatNumber)] = index
    }
    var strangers = Set<ActivationScan.Repeat>()
    try Self.mend("\(path)/activations.csv", ActivationColumns.all.map(\.name), places, &strangers) {
      (reader, index) in
      rows[index].workersTime += try reader.integer(reader.index(of: "run_ns")) ?? 0
    }
    try Self.mend("\(path)/stages.csv", StageColumns.all.map(\.name), places, &strangers) { (reader, index) in
      rows[index].stages.append(try StageRow(reader))
    }
    removed = strangers.count
  }

  /// How the reason of a row begins that stands for a cell without a repeat, because the budget was used up.
  public static let budgetReason = "budget: "

  /// The places in a file's records are looked up once; `take` is called for each record of a known repeat.
  private static func mend(
    _ path: String, _ columns: [String], _ places: [ActivationScan.Repeat: Int],
    _ strangers: inout Set<ActivationScan.Repeat>, _ take: (CSVReader, Int) throws -> Void
  ) throws {
    try removeTornLine(path)
    let reader = try Self.reader(path, columns)
    let (cell, number) = (reader.index(of: "cell"), reader.index(of: "repeat"))
    var isWhole = true
    while try reader.next() {
      let key = ActivationScan.Repeat(
        cell: cell.map(reader.text) ?? "", number: try reader.integer(number) ?? 0)
      if let index = places[key] {
        try take(reader, index)
      } else {
        isWhole = false
        strangers.insert(key)
      }
    }
    guard !isWhole || !reader.warnings.isEmpty else { return }
    let again = try CSVReader(path)
    var kept: [[String]] = []
    while try again.next() {
      let key = ActivationScan.Repeat(
        cell: cell.map(again.text) ?? "", number: try again.integer(number) ?? 0)
      if places[key] != nil { kept.append(again.header.indices.map(again.text)) }
    }
    try replace(path, again.header, kept)
  }

  private static func reader(_ path: String, _ columns: [String]) throws -> CSVReader {
    let reader = try CSVReader(path)
    guard reader.header == columns else {
      throw ResultsError(
        "\(path):1",
        "its columns are not those of this program: it was written by another version, and only that can resume it"
      )
    }
    return reader
  }

  /// Cuts off what stands behind the last line feed.
  private static func removeTornLine(_ path: String) throws {
    guard let file = FileHandle(forUpdatingAtPath: path) else {
      throw ResultsError(path, "cannot be read and written: this is no results folder of a run")
    }
    defer { try? file.close() }
    do {
      let size = try file.seekToEnd()
      var end = size
      while end > 0 {
        let start = end > 65536 ? end - 65536 : 0
        try file.seek(toOffset: start)
        let bytes = try file.read(upToCount: Int(end - start)) ?? Data()
        if let last = bytes.lastIndex(of: 10) {
          end = start + UInt64(last - bytes.startIndex) + 1
          break
        }
        end = start
      }
      if end < size { try file.truncate(atOffset: end) }
    } catch {
      throw ResultsError(path, "cannot be mended: \(error.localizedDescription)")
    }
  }

  private static func replace(_ path: String, _ header: [String], _ records: [[String]]) throws {
    let text = ([header] + records).map { CSV.line($0) }.joined()
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw ResultsError(path, "cannot be written: \(error.localizedDescription)")
    }
  }
}

extension StageRow {
  fileprivate init(_ reader: CSVReader) throws {
    func integer(_ name: String) throws -> Int { try reader.integer(reader.index(of: name)) ?? 0 }
    self.init(
      name: reader.index(of: "name").map(reader.text) ?? "",
      isMap: reader.index(of: "kind").map(reader.text) == "map", tasks: try integer("tasks"),
      partitions: try integer("partitions"))
    wall = try integer("wall_ns")
    readBytes = try integer("read_bytes")
    shuffleReadBytes = try integer("shuffle_read_bytes")
    shuffleWrittenBytes = try integer("shuffle_bytes")
    outputBytes = try integer("output_bytes")
    spilledBytes = try integer("spilled_bytes")
    badRows = try integer("bad_rows")
  }
}

extension TrialRow {
  /// A recorded row as the summary reads it; its activations are one that ran as long as all of them.
  public init(_ row: ResumedRows.Row, cell: TrialCell, environment: RowEnvironment) {
    var outcome = TrialOutcome(
      TrialStatus(rawValue: row.text("status")) ?? .failed, reason: row.text("reason"))
    outcome.wall = row.integer("wall_ns")
    outcome.map = row.integer("map_ns")
    outcome.reduce = row.integer("reduce_ns")
    outcome.inputWait = row.integer("input_wait_ns")
    outcome.shuffleWait = row.integer("shuffle_wait_ns")
    outcome.shuffleWriteWait = row.integer("shuffle_write_wait_ns")
    outcome.outputWait = row.integer("output_wait_ns")
    outcome.modelledWait = row.integer("modelled_wait_ns")
    outcome.readBytes = row.integer("read_bytes")
    outcome.shuffleBytes = row.integer("shuffle_bytes")
    outcome.outputBytes = row.integer("output_bytes")
    outcome.join = row.text("join")
    outcome.datasetDigest = row.text("dataset_digest")
    outcome.inputProvenance = row.text("input_provenance")
    outcome.shuffleProvenance = row.text("shuffle_provenance")
    outcome.outputProvenance = row.text("output_provenance")
    outcome.stages = row.stages
    outcome.noise.otherCPUShare = Double(row.text("other_cpu_share"))
    outcome.noise.stealShare = Double(row.text("steal_share"))
    outcome.noise.quotaThrottled = row.integer("quota_throttled_ns")
    outcome.noise.thermalThrottles = row.integer("thermal_throttles")
    if row.workersTime > 0 {
      var activation = ActivationRow()
      activation.run = row.workersTime
      outcome.activations = [activation]
    }
    self.init(
      experiment: row.text("experiment"), cell: cell, trial: row.integer("trial") ?? 0,
      repeatNumber: row.repeatNumber, order: row.order, outcome: outcome, environment: environment)
  }
}
