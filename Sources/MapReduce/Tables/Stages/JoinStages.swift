import Functions
import Storage

/// Rows of two tables brought together by URL, and their sums by source.
enum JoinStages {
  /// Few rows of visits: how many there are, and how many of them the dates select.
  static func sample(_ run: StageRun, _ query: JoinQuery) throws {
    let handler = try run.readSample(SampleHandler(dates: query.from...query.to))
    run.output.findings = [handler.rows, handler.selected]
    run.output.counters.badRows = 0
  }

  /// One side by URL.
  static func side(_ run: StageRun, _ query: JoinQuery) throws {
    guard case .split(let role, _) = run.task.source else {
      throw WireError("payload: a map without a split")
    }
    let sink = try run.segmentSink()
    let emitter = try JoinRowEmitter(
      workspace: RowWorkspace.of(run), partitions: run.task.partitions ?? 1, encoding: run.task.encoding,
      sink: sink)
    if role == .rankings {
      _ = try run.readRankings(RankingsSide(emitter: emitter))
    } else {
      // Plan `paper` ships all days, and leaves the others out in its last reduce.
      let dates = query.from...query.to
      _ = try run.readVisits(
        VisitsSide(emitter: emitter, dates: dates), dates: dates, keepsOthers: run.task.plan == .paper)
    }
    try emitter.finish()
    try run.finish(sink)
  }

  /// Both sides of one partition: rankings in a table, as many as fit the budget at a time, and visits looked up in it.
  static func join(_ run: StageRun, _ query: JoinQuery) throws {
    guard case .extents(let lists) = run.task.source, lists.count == 2 else {
      throw WireError("payload: a join of \(run.task.extents.count) extents has not two sides")
    }
    let sink = try run.segmentSink()
    let output = try JoinedOutput(run, sink)
    var reader = try JoinRowReader(run.task.encoding)
    for pass in passes(lists[0], budget: run.task.tableBudget) {
      let builder = try HashImageBuilder(
        records: pass.reduce(0) { $0 + $1.records }, bytes: pass.reduce(0) { $0 + $1.extent.length })
      try run.read(pass) { extent in
        reader.begin(extent)
        while let (key, length, row) = try reader.next() {
          try withUnsafeBytes(of: row.rank) { rank in
            try withUnsafeTemporaryAllocation(byteCount: 8 + readableSlack, alignment: 8) { room in
              room.baseAddress!.copyMemory(from: rank.baseAddress!, byteCount: 8)
              try builder.add(key, length, room.baseAddress!, 8)
            }
          }
        }
      }
      let table = try HashTableView(builder.finish())
      var probe = output.probe(table)
      try run.read(lists[1]) { extent in
        reader.begin(extent)
        while let (key, length, visit) = try reader.next() {
          if probe != nil {
            try probe?.addVisit(visit, url: key, length)
            continue
          }
          var entry = table.find(KeyHash.of(key, length: length), key, length)
          while entry != 0 {
            let rank = table.value(entry).bytes.loadUnaligned(as: Int64.self)
            try output.add(visit, rank, url: key, length)
            entry = table.next(entry)
          }
        }
        try probe?.flushVisits()
      }
    }
    try output.finish()
    try run.finish(sink)
  }

  /// Extents in groups whose tables fit the budget, at least one extent each.
  private static func passes(_ extents: [SegmentExtent], budget: Int) -> [[SegmentExtent]] {
    var passes: [[SegmentExtent]] = []
    var bytes = 0
    for extent in extents {
      let size = extent.extent.length + extent.records * JoinPlan.tableBytesPerRecord
      if passes.isEmpty || bytes + size > budget {
        passes.append([])
        bytes = 0
      }
      passes[passes.count - 1].append(extent)
      bytes += size
    }
    return passes
  }

  /// Records as they are, by their keys; joined rows by source.
  static func shuffleJoined(_ run: StageRun) throws {
    let sink = try run.segmentSink()
    let emitter = try RowEmitter(
      workspace: RowWorkspace.of(run), partitions: run.task.partitions ?? 1, encoding: run.task.encoding,
      sink: sink)
    if run.task.operation == .joinedMap, run.task.encoding == .json {
      var room = try GrowingMemory(reserving: 1 << 20)
      try run.forEachExtent { try JoinedLine.forEach($0, room: &room) { try emitter.add($0) } }
    } else {
      var reader = try TableRecordReader(run.task.encoding)
      try run.forEachExtent { extent in
        reader.begin(extent)
        while let record = try reader.next() { try emitter.add(record) }
      }
    }
    try emitter.finish()
    try run.finish(sink)
  }

  /// Sums by source: lines of the output, or, where there is a limit, groups for the stage that puts them in order.
  static func aggregate(_ run: StageRun, _ query: JoinQuery) throws {
    let reducer = try run.groupReducer(.joined)
    if run.task.plan == .optimized {
      try run.forEachExtent { try reducer.consume($0) }
    } else {
      var reader = try JoinRowReader(run.task.encoding)
      try run.forEachExtent { extent in
        reader.begin(extent)
        while let (key, length, row) = try reader.next() {
          if row.kind == .otherJoined { continue }
          try reducer.add(key, length, GroupValue(revenue: row.revenue, rankSum: row.rank, count: 1))
        }
      }
    }
    guard run.task.partitions == nil else { return try handOn(reducer, run, query) }
    try run.writePart { emit in
      var writer = try GroupLineWriter(query.line, emit: emit)
      try reducer.finish(&writer)
      try writer.flush()
      return writer.lines
    }
  }

  private static func handOn(_ reducer: GroupReducer, _ run: StageRun, _ query: JoinQuery) throws {
    let sink = try run.segmentSink()
    var records = try GroupRecords(encoding: run.task.encoding, sink: sink)
    // Plans `paper` and `corral` choose in the last reduce only.
    if run.task.plan == .optimized, let limit = query.limit {
      var best = BestGroups(limit)
      try reducer.finishUnsorted(&best)
      try best.emit(to: &records)
    } else {
      try reducer.finishUnsorted(&records)
    }
    try records.finish()
    try run.finish(sink)
  }

  /// The groups with the highest revenue, highest first.
  static func order(_ run: StageRun, _ query: JoinQuery) throws {
    let reducer = try run.groupReducer(.joined)
    try run.forEachExtent { try reducer.consume($0) }
    var best = BestGroups(query.limit ?? 0)
    try reducer.finishUnsorted(&best)
    try run.writePart { emit in
      var writer = try GroupLineWriter(query.line, emit: emit)
      try best.emit(to: &writer)
      try writer.flush()
      return writer.lines
    }
  }
}

extension JoinQuery {
  fileprivate var line: GroupLine { output == .averages ? .averages : .sumAndRank }
}

/// Where joined rows go: as groups, added up as far as that pays, or, without a combiner, row by row.
struct JoinedOutput {
  private let groups: GroupEmitter?
  private let rows: JoinRowEmitter?
  private let run: StageRun

  init(_ run: StageRun, _ sink: SegmentSink) throws {
    self.run = run
    if run.task.plan == .optimized {
      groups = try run.groupEmitter(.joined, sink)
      rows = nil
    } else {
      groups = nil
      rows = try JoinRowEmitter(
        workspace: RowWorkspace.of(run), partitions: run.task.partitions ?? 1, encoding: run.task.encoding,
        asLines: true, sink: sink)
    }
  }

  /// Looks visits up by the batch; nil where a row does not stay in place until its extent ends, or is no group.
  func probe(_ table: HashTableView) -> TableProbe? {
    guard let groups, run.task.encoding == .binary else { return nil }
    return TableProbe([table], groups)
  }

  func add(_ visit: JoinRow, _ rank: Int64, url: UnsafeRawPointer, _ length: Int) throws {
    if let groups {
      try groups.add(visit.ip, visit.ipLength, GroupValue(revenue: visit.revenue, rankSum: rank, count: 1))
    } else {
      var row = visit
      row.kind = visit.kind.joined
      row.rank = rank
      try rows?.add(row, url: url, length)
    }
  }

  func finish() throws {
    try groups?.finish()
    try rows?.finish()
    run.output.counters.spilledBytes += groups?.spilledBytes ?? 0
  }
}

private struct SampleHandler: VisitsHandler {
  static let readsDate = true
  let dates: ClosedRange<Int32>
  var rows = 0
  var selected = 0

  init(dates: ClosedRange<Int32>) { self.dates = dates }

  @inline(__always)
  mutating func take(_ row: VisitRow) {
    rows += 1
    if dates.contains(row.date) { selected += 1 }
  }

  mutating func release() {}
}

private struct RankingsSide: RankingsHandler {
  let emitter: JoinRowEmitter

  @inline(__always)
  mutating func take(_ row: RankingsRow) throws {
    try emitter.add(JoinRow(kind: .ranking, rank: row.rank, ip: row.url), url: row.url, row.urlLength)
  }

  mutating func release() {}
}

private struct VisitsSide: VisitsHandler {
  static let readsDate = true
  let emitter: JoinRowEmitter
  let dates: ClosedRange<Int32>

  @inline(__always)
  mutating func take(_ row: VisitRow) throws {
    let visit = JoinRow(
      kind: dates.contains(row.date) ? .visit : .otherVisit, revenue: row.revenue, ip: row.ip,
      ipLength: row.ipLength)
    try emitter.add(visit, url: row.url, row.urlLength)
  }

  mutating func release() {}
}
