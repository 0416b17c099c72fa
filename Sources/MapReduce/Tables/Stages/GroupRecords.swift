import Storage

/// Groups with all their rows as records of one partition, in the order in which they come.
struct GroupRecords: GroupVisitor, ~Copyable {
  private let encoding: RecordEncoding
  private let sink: SegmentSink
  private var room: GrowingMemory
  private var used = 0
  private var records = 0

  init(encoding: RecordEncoding, sink: SegmentSink) throws {
    let room = try GrowingMemory(reserving: 2 * largestExtent)
    self.encoding = encoding
    self.sink = sink
    self.room = room
  }

  mutating func visit(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) throws {
    if value.isWide { throw CountingError.sumOverflow(of: key, length) }
    let bound = GroupRecord.bound(keyLength: length, encoding)
    if used > 0, used + bound > largestExtent { try flush() }
    guard room.commit(used + bound) else { throw CountingError.outOfMemory(bytes: bound) }
    used = GroupRecord.write(key, length, value, .joined, encoding, at: room.base + used) - room.base
    records += 1
  }

  private mutating func flush() throws {
    try sink.write(
      UnsafeRawBufferPointer(start: room.base, count: used), partition: 0, records: records, sorted: false)
    used = 0
    records = 0
  }

  mutating func finish() throws { if used > 0 { try flush() } }
}
