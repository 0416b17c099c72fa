import Functions
import Storage

extension StageRun {
  private var options: TableOptions { task.workload.tables ?? TableOptions() }

  /// Hands the rows of the task's split of `rankings` to a handler, and the handler back.
  ///
  /// - Parameter looksOnce: As in ``SplitReader``.
  func readRankings<Handler: RankingsHandler>(
    _ handler: Handler, looksOnce: Bool = false
  ) throws -> Handler {
    let rejects = rejects()
    var consumer = RankingsConsumer(
      handler, format: options.format, file: fileName, badRows: rejects.map { .skip($0) } ?? .fail)
    try readTable(&consumer, rejects, looksOnce: looksOnce)
    return consumer.withHandler { $0 }
  }

  /// The same for `uservisits`, of days between `dates` where the handler reads dates.
  func readVisits<Handler: VisitsHandler>(
    _ handler: Handler, dates: ClosedRange<Int32> = CalendarDate.all, keepsOthers: Bool = false
  ) throws -> Handler {
    let rejects = rejects()
    var consumer = VisitsConsumer(
      handler, dates: dates, keepsOthers: keepsOthers, format: options.format, file: fileName,
      badRows: rejects.map { .skip($0) } ?? .fail)
    try readTable(&consumer, rejects)
    return consumer.withHandler { $0 }
  }

  /// Few rows; what is malformed is left out here and found when all rows are read.
  func readSample<Handler: VisitsHandler>(_ handler: Handler) throws -> Handler {
    var consumer = VisitsConsumer(
      handler, format: options.format, file: fileName, badRows: .skip(NoRejects()))
    try feed(&consumer)
    return consumer.withHandler { $0 }
  }

  private final class NoRejects: BadRowSink {
    func take(_ row: BadRow) {}
  }

  private func readTable(
    _ consumer: inout some ChunkConsumer & ~Copyable, _ rejects: RowRejects?, looksOnce: Bool = false
  ) throws {
    do {
      try feed(&consumer, looksOnce: looksOnce)
    } catch TableError.badRow(let row) {
      throw JobError(placed(row))
    }
    try rejects?.finish(&output)
  }

  private var fileName: String {
    guard case .split(_, let split) = task.source else { return "" }
    return split.file.name
  }

  /// With the number of the row's line, which nobody counts before somebody asks.
  private func placed(_ row: BadRow) -> String {
    let plain = TableError.badRow(row).description
    guard let file = meter.file, let before = try? file.lineEnds(in: 0..<row.offset) else { return plain }
    return "line \(before + 1): \(plain)"
  }

  private func rejects() -> RowRejects? {
    options.onBadRow == .skip ? RowRejects(self) : nil
  }
}

extension FileInput {
  /// How many lines end in a range: reads it.
  func lineEnds(in range: Range<Int>) throws -> Int {
    var count = 0
    let cursor = try cursor(range)
    while let bytes = try cursor.next() { count += bytes.count { $0 == 0x0a } }
    return count
  }
}

/// Malformed rows on the output tier: lines of file, byte offset, reason and the row as it was, with TABs between.
final class RowRejects: BadRowSink {
  private let run: StageRun
  private var writer: (any ObjectWriter)?
  private var extents: [Extent] = []
  private var pending: [UInt8] = []
  private var rows = 0

  init(_ run: StageRun) { self.run = run }

  private var name: String {
    // `…/part-00003.attempt-0` or `job/uservisits.map-00003.attempt-0`: the task's name without its folder.
    let task = run.task.object.split(separator: "/").last.map(String.init) ?? run.task.object
    return "\(run.task.outputPrefix)_rejects-\(task)"
  }

  func take(_ row: BadRow) throws {
    rows += 1
    pending += "\(row.file)\t\(row.offset)\t\(row.reason)\t".utf8
    pending += row.bytes
    pending.append(0x0a)
    if pending.count >= 1 << 20 { try flush() }
  }

  func finish(_ output: inout TaskOutput) throws {
    output.counters.badRows += rows
    guard rows > 0 else { return }
    try flush()
    try run.meter.writingOutput { try writer?.finish() }
    output.rejects = OutputPart(object: name, extents: extents, rows: rows)
  }

  private func flush() throws {
    try run.meter.writingOutput {
      if writer == nil { writer = try run.tiers.output.create(name, owner: run.task.owner, expecting: nil) }
      if let extent = try pending.withUnsafeBytes({ try writer?.append($0) }) { extents.append(extent) }
    }
    pending = []
  }
}
