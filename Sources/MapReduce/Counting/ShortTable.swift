/// Counts of the other keys of at most 16 bytes (``ShortKey``), two buckets a cache line.
struct ShortTable: ~Copyable {
  struct Bucket {
    var low: UInt64
    var high: UInt64
    /// 0 in an empty bucket.
    var count: UInt64
    var tag: UInt64

    @inline(__always) var length: Int { Int(truncatingIfNeeded: tag) &- 1 }
    @inline(__always) var hash: UInt64 { KeyHash.short(low, high, length: length) }
  }

  static let smallest = 4 * KeyBatch.capacity
  private static let empty = Bucket(low: 0, high: 0, count: 0, tag: 0)

  private(set) var mask = ShortTable.smallest - 1
  private(set) var count = 0
  private var memory: GrowingMemory

  init(reserving bytes: Int) throws(CountingError) {
    var room = try GrowingMemory(reserving: bytes)
    guard room.commit(Self.smallest * MemoryLayout<Bucket>.stride) else { throw .outOfMemory(bytes: bytes) }
    memory = room
  }

  @inline(__always) var buckets: UnsafeMutablePointer<Bucket> {
    memory.base.assumingMemoryBound(to: Bucket.self)
  }
  @inline(__always) var capacity: Int { mask &+ 1 }
  var bytes: Int { capacity * MemoryLayout<Bucket>.stride }

  mutating func reset() {
    if count > 0 { buckets.update(repeating: Self.empty, count: capacity) }
    mask = Self.smallest - 1
    count = 0
  }

  /// Adds 1, or `counts[i]` over 0, for each key; there must be room for all. False: a sum went over 2⁶⁴ - 1.
  @inline(__always)
  mutating func add(_ keys: UnsafePointer<ShortKey>, counts: UnsafePointer<UInt64>?, _ number: Int) -> Bool {
    let buckets = buckets
    let mask = mask
    var inserted = 0
    var carried = false
    for index in 0..<number {
      let key = keys[index]
      let bucket = Self.find(key, buckets, mask)
      if bucket.pointee.count == 0 {
        bucket.pointee.low = key.low
        bucket.pointee.high = key.high
        bucket.pointee.tag = key.tag
        inserted &+= 1
      }
      let (sum, overflow) = bucket.pointee.count.addingReportingOverflow(counts?[index] ?? 1)
      bucket.pointee.count = sum
      carried = carried || overflow
    }
    count &+= inserted
    return !carried
  }

  /// The bucket that holds `key`, or the empty one where it belongs.
  @inline(__always)
  private static func find(
    _ key: ShortKey, _ buckets: UnsafeMutablePointer<Bucket>, _ mask: Int
  ) -> UnsafeMutablePointer<Bucket> {
    var index = Int(truncatingIfNeeded: key.hash) & mask
    while true {
      let bucket = buckets + index
      let difference =
        (bucket.pointee.low ^ key.low) | (bucket.pointee.high ^ key.high) | (bucket.pointee.tag ^ key.tag)
      if difference == 0 || bucket.pointee.count == 0 { return bucket }
      index = (index &+ 1) & mask
    }
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
