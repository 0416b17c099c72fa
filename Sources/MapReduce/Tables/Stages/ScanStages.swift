import Functions
import Storage

/// Pages with a rank over a bound.
enum ScanStages {
  static func map(_ run: StageRun, minRank: Int) throws {
    let task = run.task
    let sink = try run.segmentSink()
    let emitter = try RowEmitter(
      workspace: RowWorkspace.of(run), partitions: task.partitions ?? 1, encoding: task.encoding, sink: sink)
    // Plan `paper` leaves the choice to the reduce.
    let bound = task.plan == .paper ? Int64.min : Int64(minRank)
    _ = try run.readRankings(
      Handler(emitter: emitter, bound: bound, takesAll: task.plan == .paper), looksOnce: true)
    try emitter.finish()
    try run.finish(sink)
  }

  static func reduce(_ run: StageRun, minRank: Int) throws {
    let task = run.task
    let sorter = try RowSorter(
      workspace: RowWorkspace.of(run), encoding: task.encoding, spill: run.spillStore())
    try run.forEachExtent { try sorter.consume($0) }
    try run.writePart { emit in
      var writer = FilteredRows(
        lines: try RowLineWriter(emit: emit), bound: task.plan == .paper ? minRank : nil)
      try sorter.finish(&writer)
      try writer.lines.flush()
      return writer.lines.lines
    }
  }

  private struct Handler: RankingsHandler {
    let emitter: RowEmitter
    let bound: Int64
    let takesAll: Bool

    @inline(__always)
    mutating func take(_ row: RankingsRow) throws {
      if row.rank > bound || takesAll { try emitter.add(row.url, row.urlLength, number: row.rank) }
    }

    mutating func release() {}
  }

  /// Rows whose value, a rank, is over a bound.
  private struct FilteredRows: RowVisitor, ~Copyable {
    var lines: RowLineWriter
    let bound: Int?

    mutating func visit(_ row: TableRecord) throws {
      if let bound {
        guard let rank = WholeNumber.parse(row.value, length: row.valueLength) else {
          throw CountingError.malformedRecord(encoding: "", offset: 0, reason: "no rank in a row of rankings")
        }
        if rank <= bound { return }
      }
      try lines.visit(row)
    }
  }
}

extension RowWorkspace {
  /// The worker's workspace: memory that stays between activations, data that does not.
  static func of(_ run: StageRun) throws -> RowWorkspace {
    let workspace = try run.state.object { try RowWorkspace(byteBudget: run.task.tableBudget) }
    workspace.byteBudget = run.task.tableBudget
    return workspace
  }
}

extension GroupWorkspace {
  /// The worker's workspace: memory that stays between activations, data that does not.
  static func of(_ run: StageRun) throws -> GroupWorkspace {
    let workspace = try run.state.object { try GroupWorkspace(byteBudget: run.task.tableBudget) }
    workspace.byteBudget = run.task.tableBudget
    return workspace
  }
}
