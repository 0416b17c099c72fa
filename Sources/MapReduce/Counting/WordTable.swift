/// Counts of keys that one word holds (``WordKey``): four buckets a cache line.
struct WordTable: ~Copyable {
  struct Bucket {
    /// 0 in an empty bucket.
    var word: UInt64
    var count: UInt64
  }

  static let smallest = 4 * KeyBatch.capacity
  private static let empty = Bucket(word: 0, count: 0)

  private(set) var mask = WordTable.smallest - 1
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
    let buckets = memory.base.bindMemory(to: Bucket.self, capacity: capacity)
    if count > 0 { buckets.update(repeating: Self.empty, count: capacity) }
    mask = Self.smallest - 1
    count = 0
  }

  /// Adds 1 for each key; there must be room for all of them.
  mutating func add(_ keys: UnsafePointer<WordKey>, _ number: Int) {
    let buckets = buckets
    let mask = mask
    var inserted = 0
    for index in 0..<number {
      let bucket = Self.find(keys[index], buckets, mask)
      if bucket.pointee.word == 0 {
        bucket.pointee.word = keys[index].word
        inserted &+= 1
      }
      bucket.pointee.count &+= 1
    }
    count &+= inserted
  }

  /// Adds `counts[i]`, over 0, for each key; there must be room for all. False: a sum went over 2⁶⁴ - 1.
  mutating func add(_ keys: UnsafePointer<WordKey>, counts: UnsafePointer<UInt64>, _ number: Int) -> Bool {
    let buckets = buckets
    let mask = mask
    var inserted = 0
    var carried = false
    for index in 0..<number {
      let bucket = Self.find(keys[index], buckets, mask)
      if bucket.pointee.word == 0 {
        bucket.pointee.word = keys[index].word
        inserted &+= 1
      }
      let (sum, overflow) = bucket.pointee.count.addingReportingOverflow(counts[index])
      bucket.pointee.count = sum
      carried = carried || overflow
    }
    count &+= inserted
    return !carried
  }

  /// The bucket that holds `key`, or the empty one where it belongs.
  @inline(__always)
  private static func find(
    _ key: WordKey, _ buckets: UnsafeMutablePointer<Bucket>, _ mask: Int
  ) -> UnsafeMutablePointer<Bucket> {
    var index = Int(truncatingIfNeeded: key.hash) & mask
    while true {
      let word = buckets[index].word
      if word == key.word || word == 0 { return buckets + index }
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
      $0.word == 0
    } put: { bucket in
      var index = Int(truncatingIfNeeded: WordKey.hash(bucket.word)) & mask
      while buckets[index].word != 0 { index = (index &+ 1) & mask }
      buckets[index] = bucket
    }
    return true
  }

  /// Calls `body` for each bucket that is not empty.
  @inline(__always)
  func forEach(_ body: (Bucket) throws -> Void) rethrows {
    if count == 0 { return }
    try forEachFull(buckets, capacity, isEmpty: { $0.word == 0 }) { try body(buckets[$0]) }
  }

  /// Turns the table into a list of its keys for sorting, at the start of its memory. Only ``reset()`` may follow.
  ///
  /// The `capacity - count` places behind the list are free.
  func takeItems() -> UnsafeMutablePointer<SortItem> {
    var next = 0
    let buckets = buckets
    forEach { bucket in
      // Never ahead of what is read: the group was looked at before.
      buckets[next] = Bucket(word: bucket.word.byteSwapped, count: bucket.count)
      next &+= 1
    }
    return memory.base.bindMemory(to: SortItem.self, capacity: capacity)
  }
}
