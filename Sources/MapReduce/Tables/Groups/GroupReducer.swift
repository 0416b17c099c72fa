import Storage

/// Sums one partition's records by key and hands out the groups, sorted bytewise by key.
///
/// Where the groups do not fit the workspace's budget, the table is sorted and spilled as a run; at the end the runs
/// are merged.
public final class GroupReducer {
  private let workspace: GroupWorkspace
  private let kind: GroupKind
  private let encoding: RecordEncoding
  private var runs: SpilledRuns
  private var reader: TableRecordReader

  /// Records taken.
  public private(set) var records = 0
  /// Bytes spilled, merges of merges included.
  public var spilledBytes: Int { runs.bytes }

  /// - Parameter spill: Without one, groups over the budget are ``CountingError/overBudget(bytes:)``.
  public init(
    workspace: GroupWorkspace, kind: GroupKind, encoding: RecordEncoding, spill: (any SpillStore)?
  ) throws {
    self.workspace = workspace
    self.kind = kind
    self.encoding = encoding
    runs = SpilledRuns(spill)
    reader = try TableRecordReader(encoding)
    workspace.reset()
  }

  /// Adds the records of one extent, all of them whole; at least ``readableSlack`` bytes behind it are readable.
  ///
  /// - Throws: ``CountingError/malformedRecord(encoding:offset:reason:)`` on any other bytes (the records before may
  ///   have been added), ``CountingError/sumOverflow(key:)``.
  public func consume(_ extent: UnsafeRawBufferPointer) throws {
    switch encoding {
    case .binary: try consumeBinary(extent)
    case .json: try consumeJSON(extent)
    }
    try drain()
  }

  /// Adds one value, of which somebody else has read the record; ``readableSlack`` bytes behind the key are readable.
  public func add(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) throws {
    if workspace.rows.room.isFull { try drain() }
    records += 1
    if length <= 16 {
      let (slots, mask) = workspace.slots
      workspace.rows.room.appendShort(key, length, value, slots, mask)
    } else {
      try workspace.rows.appendLong(key, length, value)
    }
  }

  /// Hands out all groups in order, and gives up the runs.
  public func finish<Visitor: GroupVisitor & ~Copyable>(_ visitor: inout Visitor) throws {
    try drain()
    if runs.isEmpty {
      try SortedGroups(workspace.table, scratch: &workspace.scratch).visit(&visitor)
    } else {
      try mergeRuns(&visitor)
    }
    workspace.reset()
  }

  /// Hands out all groups in any order, which spares sorting them, and gives up the runs.
  public func finishUnsorted<Visitor: GroupVisitor & ~Copyable>(_ visitor: inout Visitor) throws {
    try drain()
    if !runs.isEmpty { return try finish(&visitor) }
    let groups = workspace.table.groups
    for index in 0..<workspace.table.count {
      let group = groups + index
      try visitor.visit(workspace.table.key(group), group.pointee.length, group.pointee.value)
    }
    workspace.reset()
  }

  private func drain() throws { try workspace.drain(whenFull: spillTable) }

  private func consumeBinary(_ extent: UnsafeRawBufferPointer) throws {
    guard let start = extent.baseAddress else { return }
    let end = start + extent.count
    let kind = kind
    var p = start
    while p < end {
      try drain()
      let rows = workspace.rows
      let (slots, mask) = workspace.slots
      while p < end, !rows.room.isFull {
        guard let (record, next) = BinaryTableRecord.read(p, end: end) else {
          throw malformed(p - start, "no whole record")
        }
        guard let value = GroupValueCodec.read(record.value, length: record.valueLength, kind) else {
          throw malformed(p - start, "no value of a group")
        }
        if record.keyLength <= 16 {
          rows.room.appendShort(record.key, record.keyLength, value, slots, mask)
        } else {
          try rows.appendLong(record.key, record.keyLength, value)
        }
        p = next
      }
      records += rows.count
    }
  }

  private func consumeJSON(_ extent: UnsafeRawBufferPointer) throws {
    reader.begin(extent)
    while true {
      let offset = reader.offset
      guard let record = try reader.next() else { return }
      guard let value = GroupRecord.readText(record.value, length: record.valueLength, kind) else {
        throw malformed(offset, "no value of a group")
      }
      if workspace.rows.room.isFull { try drain() }
      if record.keyLength <= 16 {
        let (slots, mask) = workspace.slots
        workspace.rows.room.appendShort(record.key, record.keyLength, value, slots, mask)
      } else {
        try workspace.rows.appendLong(record.key, record.keyLength, value)
      }
      records += 1
    }
  }

  private func malformed(_ offset: Int, _ reason: String) -> CountingError {
    .malformedRecord(encoding: encoding.rawValue, offset: offset, reason: reason)
  }

  // MARK: Spilling

  private func spillTable() throws {
    let sorted = try SortedGroups(workspace.table, scratch: &workspace.scratch)
    try runs.add(try sorted.chunks(kind), budget: workspace.byteBudget)
    workspace.table.reset()
  }

  private func mergeRuns<Visitor: GroupVisitor & ~Copyable>(_ visitor: inout Visitor) throws {
    // The table is one more run, in memory.
    let last = try SortedGroups(workspace.table, scratch: &workspace.scratch).chunks(kind)
    let kind = kind
    var merge = try runs.merged(with: last) { merge, run in
      var writer = RunWriter(kind: kind, run: run)
      try Self.sum(&merge, kind, &writer)
    }
    try Self.sum(&merge, kind, &visitor)
    try runs.discard()
  }

  private static func sum<Visitor: GroupVisitor & ~Copyable>(
    _ merge: inout RecordMerge, _ kind: GroupKind, _ visitor: inout Visitor
  ) throws {
    var summer = try GroupSummer(kind)
    try merge.run { try summer.take($0, &visitor) }
    try summer.finish(&visitor)
  }

  /// Groups become records of a run.
  private struct RunWriter: GroupVisitor {
    let kind: GroupKind
    let run: RecordRun

    mutating func visit(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) throws {
      try run.append(bound: GroupRecord.bound(keyLength: length, .binary)) {
        GroupRecord.write(key, length, value, kind, .binary, at: $0)
      }
    }
  }
}
