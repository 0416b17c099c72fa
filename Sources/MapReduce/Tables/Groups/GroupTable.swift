import CSystemIO
import Glibc
import Storage

/// Sums by key: an open-addressed table of slots, which point at groups that lie one behind the other.
///
/// So a new group is appended without a cache miss, growing moves 8 bytes a group, and sorting reads in order. A slot
/// is the hash's low 32 bits and, below them, the group's index plus 1; 0 is empty. Memory stays mapped over
/// ``reset()``, whose cost is in proportion to the slots used; and the slots stay as many, as far as they are small
/// beside the budget, since a worker's next task is likely to need as many. When the table is full does not depend on
/// that: it is reckoned with the slots that its own groups have needed.
struct GroupTable: ~Copyable {
  /// Bytes that slots, groups and long keys may use; at least one batch always fits.
  var byteBudget: Int

  private(set) var mask = GroupTable.smallest - 1
  /// What `mask` would be in a table that was never reset; at most `mask`.
  private var neededMask = GroupTable.smallest - 1
  private(set) var count = 0
  private(set) var arenaBytes = 0
  private var slotMemory: GrowingMemory
  private var groupMemory: GrowingMemory
  private var arenaMemory: GrowingMemory

  /// Two slots for each group of a batch.
  private static let smallest = 2 * GroupBatch.capacity
  /// To start with: a quarter of a second-level cache of 1 MiB.
  private static let firstSlots = 1 << 15
  /// Slots of at most this part of the budget are kept over a reset.
  private static let keptPart = 16
  private static let most = 1 << 30

  init(byteBudget: Int) throws(CountingError) {
    precondition(byteBudget >= 0)
    let reserving = max(byteBudget, 64 << 20)
    var slots = try GrowingMemory(reserving: reserving)
    let groups = try GrowingMemory(reserving: reserving)
    var arena = try GrowingMemory(reserving: reserving)
    guard slots.commit(Self.smallest * 8), arena.commit(readableSlack) else {
      throw .outOfMemory(bytes: Self.smallest * 8)
    }
    slotMemory = slots
    groupMemory = groups
    arenaMemory = arena
    self.byteBudget = byteBudget
    growToFirstSize()
  }

  @inline(__always) var slots: UnsafeMutablePointer<UInt64> {
    slotMemory.base.assumingMemoryBound(to: UInt64.self)
  }
  @inline(__always) var groups: UnsafeMutablePointer<Group> {
    groupMemory.base.assumingMemoryBound(to: Group.self)
  }
  @inline(__always) var arena: UnsafeRawPointer { UnsafeRawPointer(arenaMemory.base) }
  private var slotBytes: Int { (mask &+ 1) &* 8 }
  private var neededSlotBytes: Int { (neededMask &+ 1) &* 8 }

  /// Bytes of an arena that a key takes.
  @inline(__always) static func arenaSize(_ length: Int) -> Int { (length &+ 7) & ~7 }

  /// Without slots that were kept and not needed.
  var memoryBytes: Int { neededSlotBytes + count * MemoryLayout<Group>.stride + arenaBytes }

  /// Empties the table; its memory stays.
  mutating func reset() {
    if count > 0 {
      slots.update(repeating: 0, count: mask + 1)
      if neededMask < mask / 8 { mask = neededMask }
    }
    if slotBytes > byteBudget / Self.keptPart { mask = Self.smallest - 1 }
    neededMask = Self.smallest - 1
    count = 0
    arenaBytes = 0
    growToFirstSize()
  }

  private mutating func growToFirstSize() {
    while neededMask + 1 < Self.firstSlots, memoryBytes + neededSlotBytes <= byteBudget, grow() {}
  }

  /// Makes room for `number` more groups with so many bytes of long keys. False: the table is full; an empty one is
  /// not, unless the system has no more memory.
  mutating func makeRoom(_ number: Int, arenaBytes more: Int) -> Bool {
    let bytes = (count + number) * MemoryLayout<Group>.stride
    if count > 0, neededSlotBytes + bytes + arenaBytes + more > byteBudget || count + number > Self.most {
      return false
    }
    guard groupMemory.commit(bytes), arenaMemory.commit(arenaBytes + more + readableSlack) else {
      return false
    }
    while (count + number) * 2 > neededMask + 1 {
      if memoryBytes + neededSlotBytes <= byteBudget, grow() { continue }
      // Where it cannot grow any more, probes get longer, yet bounded, until three quarters are full.
      return (count + number) * 4 <= (neededMask + 1) * 3
    }
    return true
  }

  /// Doubles the needed slots. False, and nothing changed, where the system has no more memory.
  private mutating func grow() -> Bool {
    let needed = 2 * neededMask + 1
    guard needed > mask else {
      neededMask = needed
      return true
    }
    guard slotMemory.commit(2 * slotBytes) else { return false }
    let old = mask + 1
    mask = needed
    neededMask = needed
    guard count > 0 else { return true }
    let slots = slots
    let mask = mask
    doubleInPlace(slots, old, empty: 0) {
      $0 == 0
    } put: { slot in
      var index = Int(truncatingIfNeeded: slot &>> 32) & mask
      while slots[index] != 0 { index = (index &+ 1) & mask }
      slots[index] = slot
    }
    return true
  }

  /// Adds a batch, for which there must be room. False: a sum does not fit its type.
  mutating func add(_ batch: GroupBatch) -> Bool {
    let slots = slots
    let groups = groups
    let mask = mask
    let rows = batch.rows
    let tags = batch.tags
    let number = batch.count
    // The slots have come: now the groups that they point at.
    let places = batch.places
    for row in 0..<number {
      let tag = tags[row]
      var index = Int(tag) & mask
      var slot = slots[index]
      while slot != 0, UInt32(truncatingIfNeeded: slot &>> 32) != tag {
        index = (index &+ 1) & mask
        slot = slots[index]
      }
      places[row] = UInt32(truncatingIfNeeded: index)
      // Of an empty slot some address, which does no harm.
      mb_prefetch(groups + Int(truncatingIfNeeded: slot & 0xffff_ffff) - 1)
    }
    var next = count
    var fine = true
    for row in 0..<number {
      let tag = tags[row]
      // No key of the slots passed over was this one; what was added since is behind them.
      var index = Int(places[row])
      while true {
        let slot = slots[index]
        if slot == 0 {
          slots[index] = UInt64(tag) &<< 32 | UInt64(truncatingIfNeeded: next &+ 1)
          groups[next] = rows[row]
          if rows[row].isLong { takeLong(groups + next, from: batch.arena) }
          next &+= 1
          break
        }
        if UInt32(truncatingIfNeeded: slot &>> 32) == tag {
          let group = groups + (Int(truncatingIfNeeded: slot & 0xffff_ffff) &- 1)
          if isSame(group, rows + row, batch.arena) {
            fine = Self.add(rows + row, to: group) && fine
            break
          }
        }
        index = (index &+ 1) & mask
      }
    }
    count = next
    return fine
  }

  @inline(__always)
  private static func add(_ row: UnsafeMutablePointer<Group>, to group: UnsafeMutablePointer<Group>) -> Bool {
    var value = group.pointee.value
    let fine = value.add(row.pointee.value)
    group.pointee.value = value
    return fine
  }

  @inline(__always)
  private func isSame(
    _ group: UnsafeMutablePointer<Group>, _ row: UnsafeMutablePointer<Group>, _ rowArena: UnsafeRawPointer
  ) -> Bool {
    if group.pointee.low != row.pointee.low || group.pointee.length != row.pointee.length { return false }
    if !row.pointee.isLong { return group.pointee.high == row.pointee.high }
    return group.pointee.hashHigh == row.pointee.hashHigh
      && memcmp(
        arena + Int(truncatingIfNeeded: group.pointee.high),
        rowArena + Int(truncatingIfNeeded: row.pointee.high),
        row.pointee.length) == 0
  }

  /// Moves a new group's long key from the batch's arena to this one.
  @inline(never)
  private mutating func takeLong(_ group: UnsafeMutablePointer<Group>, from rowArena: UnsafeRawPointer) {
    let length = group.pointee.length
    (arenaMemory.base + arenaBytes).copyMemory(
      from: rowArena + Int(truncatingIfNeeded: group.pointee.high), byteCount: length)
    group.pointee.high = UInt64(truncatingIfNeeded: arenaBytes)
    arenaBytes += Self.arenaSize(length)
  }

  /// The key of a group, of which at least 16 bytes are readable, behind a longer one 8 more.
  @inline(__always)
  func key(_ group: UnsafeMutablePointer<Group>) -> UnsafeRawPointer {
    group.pointee.isLong
      ? arena + Int(truncatingIfNeeded: group.pointee.high) : UnsafeRawPointer(group)
  }
}
