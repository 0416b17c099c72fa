import Storage

/// Turns the rows that a map finds into records of a sink, one each, by the partition of their keys.
public final class RowEmitter {
  public let encoding: RecordEncoding
  /// Kept, since the staging's buffers lie in it.
  private let workspace: RowWorkspace
  private let staging: PartitionStaging
  private let count = UnsafeMutablePointer<Int>.allocate(capacity: 1)

  /// Records taken so far.
  public var records: Int { count.pointee }

  /// - Parameter partitions: At least 1.
  public init(
    workspace: RowWorkspace, partitions: Int, encoding: RecordEncoding, sink: any PartitionSink
  ) throws {
    precondition(partitions > 0)
    self.encoding = encoding
    self.workspace = workspace
    staging = try PartitionStaging(partitions: partitions, memory: &workspace.staging, sink: sink)
    count.initialize(to: 0)
  }

  deinit { count.deallocate() }

  /// Takes one row, whose bytes are copied; at least ``readableSlack`` bytes behind key and value are readable.
  @inline(__always)
  public func add(_ row: TableRecord) throws { try add(row, hashing: row.keyLength) }

  /// The same for rows that belong together by the first `length` bytes of their keys, at most the key's length.
  @inline(__always)
  public func add(_ row: TableRecord, hashing length: Int) throws {
    count.pointee &+= 1
    let hash = KeyHash.of(row.key, length: length)
    let encoding = encoding
    try staging.addRecord(
      hash, encoding.bound(keyLength: row.keyLength, valueLength: row.valueLength)
    ) { encoding.write(row, at: $0) }
  }

  /// Takes one joined row, which becomes a line and no record.
  func addLine(_ row: TableRecord) throws {
    count.pointee &+= 1
    try staging.addRecord(
      KeyHash.of(row.key, length: row.keyLength),
      JoinedLine.bound(keyLength: row.keyLength, valueLength: row.valueLength)
    ) { JoinedLine.write(row, at: $0) }
  }

  /// Takes one row whose value is a number, as decimal text.
  @inline(__always)
  public func add(_ key: UnsafeRawPointer, _ length: Int, number: Int64) throws {
    try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { room in
      let text = room.baseAddress!
      text.storeBytes(of: 0x2d, as: UInt8.self)
      let end = DecimalText.write(number.magnitude, at: text + (number < 0 ? 1 : 0))
      try add(TableRecord(key: key, keyLength: length, value: text, valueLength: end - text))
    }
  }

  /// Writes all that is still here. Nothing can be added afterwards.
  public func finish() throws { try staging.flush() }

}

/// The memory of rows, made once a worker and used by every activation in turn; it carries no data between them.
public final class RowWorkspace {
  /// Bytes that a reduce's rows may use, with what sorting takes; at least 4 KiB, or one row, always fit.
  public var byteBudget: Int
  /// A reduce's rows.
  var rows: GrowingMemory
  /// Where they lie, and as much again for sorting.
  var items: GrowingMemory
  /// Buffers of the partitions' records.
  var staging: GrowingMemory

  public init(byteBudget: Int) throws {
    precondition(byteBudget >= 0)
    self.byteBudget = byteBudget
    rows = try GrowingMemory(reserving: max(byteBudget, 64 << 20))
    items = try GrowingMemory(reserving: max(byteBudget, 64 << 20))
    staging = try GrowingMemory(reserving: 64 << 20)
  }
}
