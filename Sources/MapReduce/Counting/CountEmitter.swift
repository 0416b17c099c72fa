import Storage

/// Turns the keys that a map finds into records of a sink.
///
/// With a combiner, keys are counted in a table, which becomes records at the end, or whenever it is over its budget;
/// without, each key becomes a record with count 1. Records are appended to a buffer of their partition, which is
/// written as an extent whenever it is full.
public final class CountEmitter {
  let workspace: CountWorkspace
  let partitions: Int
  let encoding: RecordEncoding
  let combine: Bool
  private let staging: PartitionStaging

  /// Records written so far.
  public private(set) var records = 0
  /// How often the table was written before the end, since it was full.
  public private(set) var flushes = 0
  /// Bytes of records that were written because the table was full, not because the input had ended.
  public private(set) var spilledBytes = 0

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
    staging = try PartitionStaging(partitions: partitions, memory: &workspace.staging, sink: sink)
    workspace.table.reset()
  }

  /// Takes one key. Slow beside batches, meant for keys that are rare.
  ///
  /// At least ``readableSlack`` bytes behind the key must be readable.
  public func add(_ key: UnsafeRawPointer, length: Int) throws {
    var batch = try nextBatch()
    batch.append(key, length)
    try drain(batch.filled)
  }

  /// Takes a key with its count, as one record. Only with a combiner.
  func addCounted(_ key: String, _ count: UInt64) throws {
    guard combine else { preconditionFailure("without a combiner each record counts 1") }
    var batch = try nextBatch()
    let text = Array(key.utf8) + [UInt8](repeating: 0, count: readableSlack)
    try text.withUnsafeBytes { bytes in
      batch.append(bytes.baseAddress!, key.utf8.count, count: count)
      try workspace.addBatch(batch.filled, counted: true, whenFull: writeFullTable)
    }
  }

  /// An empty batch for ``drain(_:)``, with room for all its keys.
  func nextBatch() throws -> BatchFiller {
    let whole = BatchCounts(words: KeyBatch.capacity, short: KeyBatch.capacity)
    if combine, !workspace.table.makeRoom(whole) { try writeFullTable() }
    return BatchFiller(workspace)
  }

  /// Takes the keys in the workspace's batch.
  func drain(_ batch: BatchCounts) throws {
    if combine {
      try workspace.addBatch(batch, counted: false, whenFull: writeFullTable)
    } else {
      records += batch.total
      try staging.add(workspace.batch, batch, encoding)
    }
  }

  /// Writes all that is still here. Nothing can be added afterwards.
  public func finish() throws {
    if combine { try stageTable() }
    try staging.flush()
  }

  private func stageTable() throws {
    records += workspace.table.count
    try staging.add(workspace.table, encoding)
    workspace.table.reset()
  }

  private func writeFullTable() throws {
    try stageTable()
    // The run is written whole, so that what it cost can be told from what the input's end costs.
    try staging.flush()
    flushes += 1
    spilledBytes = staging.writtenBytes
  }
}
