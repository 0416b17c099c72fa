import CSystemIO
import Storage

/// A table's groups in bytewise order of their keys; table and scratch serve nothing else meanwhile.
struct SortedGroups {
  private let items: UnsafeMutablePointer<SortItem>
  private let groups: UnsafeMutablePointer<Group>
  private let arena: UnsafeRawPointer
  let count: Int

  /// Groups are looked up so many ahead.
  private static let ahead = 16

  /// - Parameter scratch: Takes 32 bytes for each group.
  init(_ table: borrowing GroupTable, scratch: inout GrowingMemory) throws(CountingError) {
    count = table.count
    groups = table.groups
    arena = table.arena
    let bytes = 2 * count * MemoryLayout<SortItem>.stride
    guard scratch.commit(max(bytes, 1)) else { throw .outOfMemory(bytes: bytes) }
    items = scratch.base.bindMemory(to: SortItem.self, capacity: 2 * count)
    for index in 0..<count { items[index] = SortItem(prefix: 0, payload: UInt64(truncatingIfNeeded: index)) }
    PackedSort(items: items, spare: items + count, keys: Keys(groups: groups, arena: arena)).sort(count)
  }

  private struct Keys: SortedKeySource {
    let groups: UnsafeMutablePointer<Group>
    let arena: UnsafeRawPointer

    @inline(__always)
    func key(_ payload: UInt64) -> (bytes: UnsafeRawPointer, length: Int) {
      let group = groups + Int(truncatingIfNeeded: payload)
      let length = group.pointee.length
      return (
        group.pointee.isLong ? arena + Int(truncatingIfNeeded: group.pointee.high) : UnsafeRawPointer(group),
        length
      )
    }
  }

  /// The group at a place in the order, and its key.
  @inline(__always)
  func group(_ place: Int) -> (group: UnsafeMutablePointer<Group>, key: UnsafeRawPointer) {
    if place &+ Self.ahead < count {
      mb_prefetch(groups + Int(truncatingIfNeeded: items[place &+ Self.ahead].payload))
    }
    let payload = items[place].payload
    return (
      groups + Int(truncatingIfNeeded: payload), Keys(groups: groups, arena: arena).key(payload).bytes
    )
  }

  /// Hands out all groups in order.
  @inline(__always)
  func visit<Visitor: GroupVisitor & ~Copyable>(_ visitor: inout Visitor) throws {
    for place in 0..<count {
      let (group, key) = group(place)
      try visitor.visit(key, group.pointee.length, group.pointee.value)
    }
  }

  /// All groups in order, as chunks of binary records.
  func chunks(_ kind: GroupKind) throws -> RecordChunks {
    var place = 0
    return try RecordChunks {
      place == count ? nil : GroupRecord.bound(keyLength: group(place).group.pointee.length, .binary)
    } write: {
      let (group, key) = group(place)
      place += 1
      return GroupRecord.write(key, group.pointee.length, group.pointee.value, kind, .binary, at: $0)
    }
  }
}

/// Sums the records of one key, which a merge hands out one after the other, and hands on the groups.
struct GroupSummer: ~Copyable {
  private let kind: GroupKind
  private var key: GrowingMemory
  private var length = 0
  private var value: GroupValue?

  init(_ kind: GroupKind) throws(CountingError) {
    self.kind = kind
    key = try GrowingMemory(reserving: 1 << 20)
  }

  /// Hands on the group before, where the record begins another one.
  mutating func take<Visitor: GroupVisitor & ~Copyable>(
    _ record: TableRecord, _ visitor: inout Visitor
  ) throws {
    guard let more = GroupValueCodec.read(record.value, length: record.valueLength, kind) else {
      throw CountingError.malformedRecord(
        encoding: BinaryRecord.name, offset: 0, reason: "no value of a group in a spilled run")
    }
    if var sum = value, length == record.keyLength,
      KeyOrder.isEqual(key.base, record.key, length: length)
    {
      guard sum.add(more) else { throw CountingError.sumOverflow(of: record.key, length) }
      value = sum
      return
    }
    try finish(&visitor)
    guard key.commit(record.keyLength + readableSlack) else {
      throw CountingError.outOfMemory(bytes: record.keyLength)
    }
    key.base.copyMemory(from: record.key, byteCount: record.keyLength)
    length = record.keyLength
    value = more
  }

  /// Hands on the last group.
  mutating func finish<Visitor: GroupVisitor & ~Copyable>(_ visitor: inout Visitor) throws {
    if let value { try visitor.visit(key.base, length, value) }
    value = nil
  }
}
