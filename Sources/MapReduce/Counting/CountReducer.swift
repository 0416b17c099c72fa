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
      let whole = BatchCounts(words: KeyBatch.capacity, short: KeyBatch.capacity)
      if !workspace.table.makeRoom(whole) { try spillTable() }
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
    var keys = try SortedKeys(workspace.table, scratch: &workspace.scratch)
    try writer.write(&keys, of: workspace.table)
  }

  // MARK: Batches

  /// Adds a batch of records from `start` on; returns where the next one begins.
  private func addBinary(
    _ first: UnsafeRawPointer, end: UnsafeRawPointer, _ extent: UnsafeRawPointer
  ) throws -> UnsafeRawPointer {
    var batch = BatchFiller(workspace)
    var p = first
    while p < end, !batch.isFull {
      guard let record = BinaryRecord.read(p, end: end) else { throw malformed(p - extent) }
      batch.append(record.key, record.length, count: record.count)
      p = record.end
    }
    records &+= batch.filled.total
    try workspace.addBatch(batch.filled, counted: true, whenFull: spillTable)
    return p
  }

  private func addJSON(
    _ first: UnsafeRawPointer, end: UnsafeRawPointer, _ extent: UnsafeRawPointer
  ) throws -> UnsafeRawPointer {
    var batch = BatchFiller(workspace)
    var unescaped = 0
    var p = first
    while p < end, !batch.isFull {
      guard let record = JSONRecordReader.read(p, end: end) else { throw malformed(p - extent) }
      if record.isEscaped {
        // Keys of the batch point into this memory: it must not move before they are in the table.
        let needed = unescaped + record.rawLength + readableSlack
        if needed > workspace.unescaped.committed, batch.filled.total > 0 { break }
        guard workspace.unescaped.commit(needed) else { throw CountingError.outOfMemory(bytes: needed) }
        let key = workspace.unescaped.base + unescaped
        guard let length = JSONRecordReader.unescape(record, into: key) else { throw malformed(p - extent) }
        batch.append(key, length, count: record.count)
        unescaped += length
      } else {
        batch.append(record.key, record.rawLength, count: record.count)
      }
      p = record.end
    }
    records &+= batch.filled.total
    try workspace.addBatch(batch.filled, counted: true, whenFull: spillTable)
    return p
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
