import CSystemIO
import Functions
import Storage

/// One side of a join as hash tables that every map of the other side reads.
enum BroadcastStages {
  /// One partition of a side as an image: values are ranks (8 bytes), or revenues (16) and sources.
  static func build(_ run: StageRun) throws {
    let extents = run.task.extents
    let builder = try HashImageBuilder(
      records: extents.reduce(0) { $0 + $1.records }, bytes: extents.reduce(0) { $0 + $1.extent.length })
    var reader = try JoinRowReader(run.task.encoding)
    var room = try GrowingMemory(reserving: 1 << 20)
    try run.forEachExtent { extent in
      reader.begin(extent)
      while let (key, length, row) = try reader.next() {
        let size = row.kind == .ranking ? 8 : 16 + row.ipLength
        guard room.commit(size + readableSlack) else { throw CountingError.outOfMemory(bytes: size) }
        if row.kind == .ranking {
          room.base.storeBytes(of: row.rank, as: Int64.self)
        } else {
          room.base.storeBytes(of: row.revenue, as: Int128.self)
          (room.base + 16).copyMemory(from: row.ip, byteCount: row.ipLength)
        }
        try builder.add(key, length, room.base, size)
      }
    }
    let image = builder.finish()
    let sink = try run.segmentSink(expecting: image.count)
    try sink.write(image, partition: 0, records: extents.reduce(0) { $0 + $1.records }, sorted: false)
    try run.finish(sink)
  }

  /// Rows of a split looked up in the other side's tables.
  static func probe(_ run: StageRun, _ query: JoinQuery) throws {
    guard case .split(let role, _) = run.task.source else {
      throw WireError("payload: a map without a split")
    }
    let tables = try run.meter.readingShuffle { try BroadcastTables.of(run) }
    let sink = try run.segmentSink()
    let emitter = try run.groupEmitter(.joined, sink)
    let probe = TableProbe(tables.views, emitter)
    if role == .rankings {
      _ = try run.readRankings(RankingsProbe(probe: probe))
    } else {
      _ = try run.readVisits(VisitsProbe(probe: probe), dates: query.from...query.to)
    }
    try emitter.finish()
    try run.finish(sink)
    run.output.counters.spilledBytes = emitter.spilledBytes
  }
}

/// The tables that a worker has opened: declared state of a function, read once a worker and not once an activation.
final class BroadcastTables {
  private let extents: [Extent]
  /// What a cursor handed out lasts as long as it does.
  private let cursors: [any ExtentCursor]
  /// By partition.
  let views: [HashTableView]

  private init(_ extents: [Extent], on tier: any Tier) throws {
    self.extents = extents
    var cursors: [any ExtentCursor] = []
    views = try extents.map { extent in
      let cursor = try tier.cursor(over: [extent], readAhead: extent.length)
      cursors.append(cursor)
      guard let bytes = try cursor.next() else {
        throw StorageError(.corrupt, "read \(extent.object): a broadcast table is empty")
      }
      return try HashTableView(bytes)
    }
    self.cursors = cursors
  }

  static func of(_ run: StageRun) throws -> BroadcastTables {
    let holder = run.state.object { Holder() }
    let extents = run.task.broadcast.map(\.extent)
    if let tables = holder.tables, tables.extents == extents { return tables }
    holder.tables = nil
    let tables = try BroadcastTables(extents, on: run.tiers.shuffle)
    holder.tables = tables
    return tables
  }

  private final class Holder {
    var tables: BroadcastTables?
  }
}

/// Looks rows up by the batch: hashes first, then slots, then entries, so that their cache misses overlap.
struct TableProbe {
  static let batch = 64

  private struct Row {
    var hash: UInt64
    var url: UnsafeRawPointer
    var urlLength: Int
    var ip: UnsafeRawPointer
    var ipLength: Int
    var revenue: Int128
    var rank: Int64
    var entry: UInt64
  }

  /// Freed with the worker's activation.
  private final class Batch {
    let rows = UnsafeMutablePointer<Row>.allocate(capacity: TableProbe.batch)
    let views: UnsafeMutablePointer<HashTableView>

    init(_ views: [HashTableView]) {
      self.views = .allocate(capacity: max(1, views.count))
      self.views.initialize(from: views, count: views.count)
    }

    deinit {
      rows.deallocate()
      views.deallocate()
    }
  }

  private let batch: Batch
  private let rows: UnsafeMutablePointer<Row>
  private let views: UnsafeMutablePointer<HashTableView>
  private let partitions: Int
  private let emitter: GroupEmitter
  private var count = 0

  /// - Parameter views: By partition of the URLs' hashes.
  init(_ views: [HashTableView], _ emitter: GroupEmitter) {
    batch = Batch(views)
    rows = batch.rows
    self.views = batch.views
    partitions = views.count
    self.emitter = emitter
  }

  @inline(__always)
  private func view(_ hash: UInt64) -> UnsafeMutablePointer<HashTableView> {
    views + KeyHash.partition(of: hash, among: partitions)
  }

  /// Takes a visit, or a page; what it points at must stay until ``flush()``.
  @inline(__always)
  mutating func add(
    url: UnsafeRawPointer, _ urlLength: Int, ip: UnsafeRawPointer, _ ipLength: Int, revenue: Int128,
    rank: Int64
  ) throws {
    let hash = KeyHash.of(url, length: urlLength)
    view(hash).pointee.prefetchSlot(hash)
    rows[count] = Row(
      hash: hash, url: url, urlLength: urlLength, ip: ip, ipLength: ipLength, revenue: revenue, rank: rank,
      entry: 0)
    count &+= 1
  }

  @inline(__always) var isFull: Bool { count == Self.batch }

  /// The same for a visit that crossed a shuffle; a full batch is looked up.
  @inline(__always)
  mutating func addVisit(_ visit: JoinRow, url: UnsafeRawPointer, _ length: Int) throws {
    try add(url: url, length, ip: visit.ip, visit.ipLength, revenue: visit.revenue, rank: 0)
    if isFull { try flushVisits() }
  }

  /// Finds each row's first entry and asks for its memory.
  @inline(__always)
  private mutating func findCandidates() {
    for index in 0..<count {
      let hash = rows[index].hash
      let table = view(hash)
      var slot = Int(truncatingIfNeeded: hash) & table.pointee.mask
      let entry = table.pointee.candidate(hash, from: &slot)
      rows[index].entry = entry
      if entry != 0 {
        let address = table.pointee.address(entry)
        mb_prefetch(address)
        mb_prefetch(address + 64)
      }
    }
  }

  /// Visits looked up in tables of rankings.
  mutating func flushVisits() throws {
    findCandidates()
    for index in 0..<count where rows[index].entry != 0 {
      let row = rows + index
      let table = view(row.pointee.hash)
      var entry = table.pointee.find(row.pointee.hash, row.pointee.url, row.pointee.urlLength)
      while entry != 0 {
        let rank = table.pointee.value(entry).bytes.loadUnaligned(as: Int64.self)
        try emitter.add(
          row.pointee.ip, row.pointee.ipLength,
          GroupValue(revenue: row.pointee.revenue, rankSum: rank, count: 1))
        entry = table.pointee.next(entry)
      }
    }
    count = 0
  }

  /// Pages looked up in tables of visits.
  mutating func flushRankings() throws {
    findCandidates()
    for index in 0..<count where rows[index].entry != 0 {
      let row = rows + index
      let table = view(row.pointee.hash)
      var entry = table.pointee.find(row.pointee.hash, row.pointee.url, row.pointee.urlLength)
      while entry != 0 {
        let (value, length) = table.pointee.value(entry)
        try emitter.add(
          value + 16, length &- 16,
          GroupValue(revenue: value.loadUnaligned(as: Int128.self), rankSum: row.pointee.rank, count: 1))
        entry = table.pointee.next(entry)
      }
    }
    count = 0
  }
}

private struct VisitsProbe: VisitsHandler {
  static let readsDate = true
  var probe: TableProbe

  @inline(__always)
  mutating func take(_ row: VisitRow) throws {
    try probe.add(url: row.url, row.urlLength, ip: row.ip, row.ipLength, revenue: row.revenue, rank: 0)
    if probe.isFull { try probe.flushVisits() }
  }

  mutating func release() throws { try probe.flushVisits() }
}

private struct RankingsProbe: RankingsHandler {
  var probe: TableProbe

  @inline(__always)
  mutating func take(_ row: RankingsRow) throws {
    try probe.add(url: row.url, row.urlLength, ip: row.url, 0, revenue: 0, rank: row.rank)
    if probe.isFull { try probe.flushRankings() }
  }

  mutating func release() throws { try probe.flushRankings() }
}
