import CSystemIO
import Storage

/// Sums the counts of one partition's records and writes them as lines, sorted bytewise by key.
///
/// Where the keys do not fit the workspace's budget, the table is sorted and spilled as a run; at the end the runs
/// are merged.
public final class CountReducer {
  private let workspace: CountWorkspace
  private let encoding: RecordEncoding
  private let spill: (any SpillStore)?
  private var runs: [Int] = []

  /// Records taken.
  public private(set) var records = 0
  /// Bytes spilled, merges of merges included.
  public private(set) var spilledBytes = 0

  /// - Parameter spill: Without one, keys over the budget are ``CountingError/overBudget(bytes:)``.
  public init(workspace: CountWorkspace, encoding: RecordEncoding, spill: (any SpillStore)?) {
    self.workspace = workspace
    self.encoding = encoding
    self.spill = spill
    workspace.table.reset()
  }

  /// Adds the records of one extent, all of them whole; at least ``readableSlack`` bytes behind it are readable.
  ///
  /// - Throws: ``CountingError/malformedRecord(encoding:offset:reason:)`` on any other bytes; the records before it
  ///   may have been added.
  public func consume(_ extent: UnsafeRawBufferPointer) throws {
    guard let start = extent.baseAddress else { return }
    var p = start
    let end = start + extent.count
    while p < end {
      if !workspace.table.makeRoom(forShort: KeyBatch.capacity) { try spillTable() }
      switch encoding {
      case .binary: p = try addBinary(p, end: end, start)
      case .json: p = try addJSON(p, end: end, start)
      }
    }
  }

  /// Writes all lines to `emit`, in blocks of whole lines of about 1 MiB, and gives up the runs.
  ///
  /// - Returns: How many lines and bytes.
  public func finish(
    emit: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws -> (lines: Int, bytes: Int) {
    if workspace.table.overflowed { throw CountingError.countOverflow }
    var writer = try LineWriter(emit: emit)
    if runs.isEmpty {
      try writeTable(to: &writer)
    } else {
      try mergeRuns(to: &writer)
    }
    try writer.flush()
    workspace.table.reset()
    return (writer.lines, writer.bytes)
  }

  private func writeTable(to writer: inout LineWriter) throws {
    let items = try workspace.table.sorted(scratch: &workspace.scratch)
    let ahead = 12
    for index in 0..<items.count {
      if index &+ ahead < items.count { workspace.table.prefetch(items[index &+ ahead].reference) }
      let entry = workspace.table.entry(items[index].reference)
      try writer.write(key: entry.key, length: entry.length, count: entry.count)
    }
  }

  // MARK: Batches

  /// Adds a batch of records from `start` on; returns where the next one begins.
  private func addBinary(
    _ first: UnsafeRawPointer, end: UnsafeRawPointer, _ extent: UnsafeRawPointer
  ) throws -> UnsafeRawPointer {
    let batch = BatchFiller(workspace)
    var short = 0
    var long = 0
    var p = first
    while p < end, short < KeyBatch.capacity, long < KeyBatch.capacity {
      guard let record = BinaryRecord.read(p, end: end) else { throw malformed(p - extent) }
      batch.append(record.key, record.length, record.count, &short, &long)
      p = record.end
    }
    records &+= short &+ long
    try drain(short, long)
    return p
  }

  private func addJSON(
    _ first: UnsafeRawPointer, end: UnsafeRawPointer, _ extent: UnsafeRawPointer
  ) throws -> UnsafeRawPointer {
    let batch = BatchFiller(workspace)
    var short = 0
    var long = 0
    var unescaped = 0
    var p = first
    while p < end, short < KeyBatch.capacity, long < KeyBatch.capacity {
      guard let record = JSONRecordReader.read(p, end: end) else { throw malformed(p - extent) }
      if record.isEscaped {
        // Keys of the batch point into this memory: it must not move before they are in the table.
        let needed = unescaped + record.rawLength + readableSlack
        if needed > workspace.unescaped.committed, short + long > 0 { break }
        guard workspace.unescaped.commit(needed) else { throw CountingError.outOfMemory(bytes: needed) }
        let key = workspace.unescaped.base + unescaped
        guard let length = JSONRecordReader.unescape(record, into: key) else { throw malformed(p - extent) }
        batch.append(key, length, record.count, &short, &long)
        unescaped += length
      } else {
        batch.append(record.key, record.rawLength, record.count, &short, &long)
      }
      p = record.end
    }
    records &+= short &+ long
    try drain(short, long)
    return p
  }

  private func drain(_ short: Int, _ long: Int) throws {
    try workspace.addBatch(short: short, long: long, counted: true) { try spillTable() }
  }

  private func malformed(_ offset: Int) -> CountingError {
    .malformedRecord(encoding: encoding.rawValue, offset: offset, reason: "no whole record")
  }

  // MARK: Spilling

  private func spillTable() throws {
    if workspace.table.overflowed { throw CountingError.countOverflow }
    guard let spill else { throw CountingError.overBudget(bytes: workspace.byteBudget) }
    try spill.beginRun()
    let cursor = try SortedTableCursor(workspace: workspace)
    while let chunk = try cursor.next() {
      try spill.append(chunk)
      spilledBytes += chunk.count
    }
    runs.append(try spill.endRun())
    workspace.table.reset()
  }

  private func mergeRuns(to writer: inout LineWriter) throws {
    guard let spill else { return }
    // The table is one more run, in memory.
    while runs.count >= RunMerge.fanIn { try mergeFirstRuns(spill) }
    var cursors = try runs.map { try spill.cursor(overRun: $0) }
    cursors.append(try SortedTableCursor(workspace: workspace))
    var merge = try RunMerge(cursors)
    try merge.run { key, length, count in try writer.write(key: key, length: length, count: count) }
    for run in runs { try spill.discard(run: run) }
    runs = []
  }

  /// Makes one run of the first ``RunMerge/fanIn`` ones.
  private func mergeFirstRuns(_ spill: any SpillStore) throws {
    let merged = Array(runs.prefix(RunMerge.fanIn))
    var merge = try RunMerge(try merged.map { try spill.cursor(overRun: $0) })
    var chunk = try GrowingMemory(reserving: 4 * RunMerge.chunkBytes)
    var used = 0
    try spill.beginRun()
    func flush() throws {
      try spill.append(UnsafeRawBufferPointer(start: chunk.base, count: used))
      spilledBytes += used
      used = 0
    }
    try merge.run { key, length, count in
      let bound = BinaryRecord.bound(keyLength: length)
      if used > 0, used + bound > RunMerge.chunkBytes { try flush() }
      guard chunk.commit(used + bound) else { throw CountingError.outOfMemory(bytes: bound) }
      used = BinaryRecord.write(key: key, length: length, count: count, at: chunk.base + used) - chunk.base
    }
    if used > 0 { try flush() }
    let run = try spill.endRun()
    for old in merged { try spill.discard(run: old) }
    runs = runs.dropFirst(merged.count) + [run]
  }
}

/// Puts keys with counts into a workspace's batch and asks for their buckets.
struct BatchFiller {
  private let short: UnsafeMutablePointer<ShortKey>
  private let counts: UnsafeMutablePointer<UInt64>
  private let long: UnsafeMutablePointer<LongKey>
  private let buckets: UnsafeMutablePointer<CountTable.ShortBucket>
  private let longBuckets: UnsafeMutablePointer<CountTable.LongBucket>
  private let mask: Int
  private let longMask: Int

  /// Valid until the table grows or the batch is drained.
  init(_ workspace: CountWorkspace) {
    short = workspace.batch.short
    counts = workspace.batch.shortCounts
    long = workspace.batch.long
    buckets = workspace.table.shortBuckets
    longBuckets = workspace.table.longBuckets
    mask = workspace.table.shortMask
    longMask = workspace.table.longMask
  }

  /// The caller holds how many keys there are, so that the numbers stay in registers.
  @inline(__always)
  func append(
    _ key: UnsafeRawPointer, _ length: Int, _ count: UInt64, _ shortCount: inout Int, _ longCount: inout Int
  ) {
    if length > 16 {
      let hash = KeyHash.of(key, length: length)
      mb_prefetch(longBuckets + (Int(truncatingIfNeeded: hash) & longMask))
      long[longCount] = LongKey(bytes: key, length: length, hash: hash, count: count)
      longCount &+= 1
      return
    }
    let words = mb_load_words(key, length)
    let hash = KeyHash.short(words.low, words.high, length: length)
    mb_prefetch(buckets + (Int(truncatingIfNeeded: hash) & mask))
    short[shortCount] = ShortKey(
      low: words.low, high: words.high, hash: hash, tag: UInt64(truncatingIfNeeded: length) &+ 1)
    counts[shortCount] = count
    shortCount &+= 1
  }
}
