import CSystemIO

/// Turns the keys that a map finds into records of a sink.
///
/// With a combiner, keys are counted in a table, which is written partition by partition at the end, or whenever it
/// is over its budget. Without, each key becomes a record with count 1 in a buffer of its partition, written
/// whenever it is full.
public final class CountEmitter {
  /// Bytes that all partitions' buffers may take together, and bounds of one.
  static let stagingBytes = 16 << 20
  static let smallestStaging = 64 << 10

  let workspace: CountWorkspace
  let partitions: Int
  let encoding: RecordEncoding
  let combine: Bool
  private let sink: any PartitionSink
  private var staging: PartitionStaging?

  /// Records written so far.
  public private(set) var records = 0
  /// How often the table was written before the end, since it was full.
  public private(set) var flushes = 0

  /// - Parameters:
  ///   - partitions: At least 1.
  ///   - combine: Whether equal keys become one record (as far as memory reaches).
  public init(
    workspace: CountWorkspace, partitions: Int, encoding: RecordEncoding, combine: Bool,
    sink: any PartitionSink
  ) throws(CountingError) {
    precondition(partitions > 0)
    self.workspace = workspace
    self.partitions = partitions
    self.encoding = encoding
    self.combine = combine
    self.sink = sink
    workspace.table.reset()
    if !combine {
      let each = min(max(Self.stagingBytes / partitions, Self.smallestStaging), largestExtent)
      staging = try PartitionStaging(partitions: partitions, capacity: each)
    }
  }

  /// Takes one key. Slow beside the batches of ``WordCountKernel``, meant for keys that are rare.
  ///
  /// At least ``readableSlack`` bytes behind the key must be readable.
  public func add(_ key: UnsafeRawPointer, length: Int) throws {
    let hash = KeyHash.of(key, length: length)
    if length <= 16 {
      let words = mb_load_words(key, length)
      workspace.batch.short[0] = ShortKey(
        low: words.low, high: words.high, hash: hash, tag: UInt64(length) &+ 1)
      try drain(short: 1, long: 0)
    } else {
      workspace.batch.long[0] = LongKey(bytes: key, length: length, hash: hash, count: 1)
      try drain(short: 0, long: 1)
    }
  }

  /// Takes a key of at most 16 bytes with its count, as one record.
  func addCounted(_ key: StaticString, _ count: UInt64) throws {
    precondition(key.utf8CodeUnitCount <= 16)
    let words = mb_load_words(key.utf8Start, key.utf8CodeUnitCount)
    let hash = KeyHash.of(key.utf8Start, length: key.utf8CodeUnitCount)
    workspace.batch.short[0] = ShortKey(
      low: words.low, high: words.high, hash: hash, tag: UInt64(key.utf8CodeUnitCount) &+ 1)
    workspace.batch.shortCounts[0] = count
    guard combine else { preconditionFailure("a drain always combines") }
    try workspace.addBatch(short: 1, long: 0, counted: true) { try flushTable() }
  }

  /// Makes room for one batch of short keys, so that buckets can be prefetched; the mask is valid until the drain.
  func prepareBatch() throws {
    guard combine, !workspace.table.makeRoom(forShort: KeyBatch.capacity) else { return }
    try flushTable()
    flushes += 1
  }

  /// Takes the keys in the workspace's batch.
  func drain(short: Int, long: Int) throws {
    if combine {
      try workspace.addBatch(short: short, long: long, counted: false) {
        try flushTable()
        flushes += 1
      }
    } else {
      try stage(workspace.batch.short, short, workspace.batch.long, long)
    }
  }

  /// Writes all that is still here. Nothing can be added afterwards.
  public func finish() throws {
    if combine {
      try flushTable()
    } else {
      try staging?.flush { bytes, partition, records in
        try sink.write(bytes, partition: partition, records: records, sorted: false)
      }
      staging = nil
    }
  }

  private func flushTable() throws {
    records += workspace.table.count
    try workspace.table.write(
      partitions: partitions, encoding: encoding, scratch: &workspace.scratch, to: sink)
    workspace.table.reset()
  }

  private func stage(
    _ short: UnsafePointer<ShortKey>, _ shortCount: Int, _ long: UnsafePointer<LongKey>, _ longCount: Int
  ) throws {
    records += shortCount + longCount
    let sink = sink
    try staging?.add(short, shortCount, long, longCount, encoding) { bytes, partition, records in
      try sink.write(bytes, partition: partition, records: records, sorted: false)
    }
  }
}
