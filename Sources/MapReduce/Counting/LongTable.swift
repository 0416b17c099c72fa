import Glibc
import Storage

/// Counts of keys of over 16 bytes, whose bytes lie in an arena.
struct LongTable: ~Copyable {
  struct Bucket {
    var hash: UInt64
    /// 0 in an empty bucket.
    var count: UInt64
    /// Where in the arena.
    var offset: Int
    var length: Int
  }

  /// What became of a key.
  enum Outcome {
    case added
    case overflow
    /// Not in the table: ``insert(_:)`` it where there is room.
    case absent
  }

  static let smallest = 1024
  private static let empty = Bucket(hash: 0, count: 0, offset: 0, length: 0)

  private(set) var mask = LongTable.smallest - 1
  private(set) var count = 0
  private(set) var arenaBytes = 0
  private var memory: GrowingMemory
  private var arenaMemory: GrowingMemory

  init(reserving bytes: Int) throws(CountingError) {
    var room = try GrowingMemory(reserving: bytes)
    var text = try GrowingMemory(reserving: bytes)
    guard room.commit(Self.smallest * MemoryLayout<Bucket>.stride), text.commit(readableSlack) else {
      throw .outOfMemory(bytes: bytes)
    }
    memory = room
    arenaMemory = text
  }

  @inline(__always) var buckets: UnsafeMutablePointer<Bucket> {
    memory.base.assumingMemoryBound(to: Bucket.self)
  }
  @inline(__always) var arena: UnsafeRawPointer { UnsafeRawPointer(arenaMemory.base) }
  @inline(__always) var capacity: Int { mask &+ 1 }
  var bytes: Int { capacity * MemoryLayout<Bucket>.stride }

  /// Bytes of the arena that a key takes.
  static func arenaSize(_ length: Int) -> Int { (length + 7) & ~7 }

  mutating func reset() {
    if count > 0 {
      buckets.update(repeating: Self.empty, count: capacity)
    }
    mask = Self.smallest - 1
    count = 0
    arenaBytes = 0
  }

  /// Adds `key.count` to a key that is there already.
  mutating func add(_ key: LongKey) -> Outcome {
    var index = Int(truncatingIfNeeded: key.hash) & mask
    while true {
      let bucket = buckets + index
      if bucket.pointee.count == 0 { return .absent }
      if bucket.pointee.hash == key.hash, bucket.pointee.length == key.length,
        memcmp(arena + bucket.pointee.offset, key.bytes, key.length) == 0
      {
        let (sum, overflow) = bucket.pointee.count.addingReportingOverflow(key.count)
        bucket.pointee.count = sum
        return overflow ? .overflow : .added
      }
      index = (index &+ 1) & mask
    }
  }

  /// Puts a key that is not there; there must be an empty bucket besides. False, and nothing changed, where the system
  /// has no more memory.
  mutating func insert(_ key: LongKey) -> Bool {
    let size = Self.arenaSize(key.length)
    // Wide loads read behind the last key.
    guard arenaMemory.commit(arenaBytes + size + readableSlack) else { return false }
    var index = Int(truncatingIfNeeded: key.hash) & mask
    while buckets[index].count != 0 { index = (index &+ 1) & mask }
    (arenaMemory.base + arenaBytes).copyMemory(from: key.bytes, byteCount: key.length)
    buckets[index] = Bucket(hash: key.hash, count: key.count, offset: arenaBytes, length: key.length)
    arenaBytes += size
    count += 1
    return true
  }

  /// Doubles the buckets. False, and nothing changed, where the system has no more memory.
  mutating func grow() -> Bool {
    guard memory.commit(2 * bytes) else { return false }
    let old = capacity
    mask = 2 * old - 1
    guard count > 0 else { return true }
    let buckets = buckets
    let mask = mask
    doubleInPlace(buckets, old, empty: Self.empty) {
      $0.count == 0
    } put: { bucket in
      var index = Int(truncatingIfNeeded: bucket.hash) & mask
      while buckets[index].count != 0 { index = (index &+ 1) & mask }
      buckets[index] = bucket
    }
    return true
  }

  /// Calls `body` with the index of each bucket that is not empty.
  @inline(__always)
  func forEach(_ body: (Int) throws -> Void) rethrows {
    if count == 0 { return }
    try forEachFull(buckets, capacity, isEmpty: { $0.count == 0 }, body)
  }
}
