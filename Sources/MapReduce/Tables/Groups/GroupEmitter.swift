import Storage

/// Turns the rows that a map finds into records of a sink, a group or a row each.
///
/// With a combiner rows are summed in a table, which becomes records at the end, or whenever it is over its budget;
/// without, each row becomes a record. A combiner that finds hardly any repeated keys among its first rows gives up:
/// what follows is written row by row. That depends on the map's rows alone, so a map always writes the same bytes.
public final class GroupEmitter {
  /// The rows after which the combiner is judged, and how many of them must have repeated a key.
  static let trialRows = 1 << 15
  static let leastRepeats = trialRows / 32

  let workspace: GroupWorkspace
  let kind: GroupKind
  let encoding: RecordEncoding
  private let staging: PartitionStaging
  private var combines: Bool
  /// Rows that the trial still waits for; 0 after it.
  private var trial: Int
  /// Of the batch's table.
  private let slots: UnsafeMutablePointer<(UnsafePointer<UInt64>, Int)>
  private let room: GroupBatch.Places

  /// Records written so far.
  public private(set) var records = 0
  /// How often the table was written before the end, since it was full.
  public private(set) var flushes = 0
  /// Whether the combiner gave up.
  public private(set) var gaveUp = false
  /// Bytes of records that were written because the table was full, not because the input had ended.
  public private(set) var spilledBytes = 0

  /// - Parameters:
  ///   - partitions: At least 1.
  ///   - combine: Whether rows of one key become one record (as far as memory reaches).
  public init(
    workspace: GroupWorkspace, kind: GroupKind, partitions: Int, encoding: RecordEncoding, combine: Bool,
    sink: any PartitionSink
  ) throws {
    precondition(partitions > 0)
    self.workspace = workspace
    self.kind = kind
    self.encoding = encoding
    combines = combine
    trial = combine ? Self.trialRows : 0
    staging = try PartitionStaging(partitions: partitions, memory: &workspace.staging, sink: sink)
    workspace.reset()
    slots = .allocate(capacity: 1)
    slots.initialize(to: workspace.slots)
    room = workspace.rows.room
  }

  deinit { slots.deallocate() }

  /// Takes one row. The key is copied; at least ``readableSlack`` bytes behind it are readable.
  ///
  /// - Parameter value: `rankSum` and `count` are 0 in ``GroupKind/revenue``; `count` is over 0 in ``GroupKind/joined``.
  /// - Throws: ``CountingError/sumOverflow(key:)``; what the sink throws.
  @inline(__always)
  public func add(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) throws {
    if length <= 16 {
      if room.isFull { try drain() }
      room.appendShort(key, length, value, slots.pointee.0, slots.pointee.1)
    } else {
      try addLong(key, length, value)
    }
  }

  @inline(never)
  private func addLong(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) throws {
    if room.isFull { try drain() }
    try workspace.rows.appendLong(key, length, value)
  }

  /// Writes all that is still here. Nothing can be added afterwards.
  public func finish() throws {
    try drain()
    if combines { try stageTable() }
    try staging.flush()
  }

  @inline(never)
  private func drain() throws {
    if !combines {
      let batch = workspace.rows
      try stage(batch.rows, batch.count, arena: batch.arena)
      batch.clear()
      return
    }
    let number = workspace.rows.count
    try workspace.drain(whenFull: writeFullTable)
    if trial > 0 { try judge(number) }
    slots.pointee = workspace.slots
  }

  /// Counts the rows of the trial, and ends it.
  private func judge(_ rows: Int) throws {
    trial = max(0, trial - rows)
    // A table that was full before has shown what it can.
    if flushes > 0 { trial = 0 }
    guard trial == 0, flushes == 0, Self.trialRows - workspace.table.count < Self.leastRepeats else { return }
    try stageTable()
    combines = false
    gaveUp = true
  }

  private func stage(_ groups: UnsafeMutablePointer<Group>, _ number: Int, arena: UnsafeRawPointer) throws {
    records += number
    let kind = kind
    switch encoding {
    case .binary:
      for index in 0..<number { try stage(groups + index, arena, kind, .binary) }
    case .json:
      for index in 0..<number { try stage(groups + index, arena, kind, .json) }
    }
  }

  @inline(__always)
  private func stage(
    _ group: UnsafeMutablePointer<Group>, _ arena: UnsafeRawPointer, _ kind: GroupKind,
    _ encoding: RecordEncoding
  ) throws {
    let length = group.pointee.length
    let key =
      group.pointee.isLong ? arena + Int(truncatingIfNeeded: group.pointee.high) : UnsafeRawPointer(group)
    try staging.addRecord(
      UInt64(group.pointee.hashHigh) &<< 32, GroupRecord.bound(keyLength: length, encoding)
    ) {
      GroupRecord.write(key, length, group.pointee.value, kind, encoding, at: $0)
    }
  }

  private func stageTable() throws {
    try stage(workspace.table.groups, workspace.table.count, arena: workspace.table.arena)
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
