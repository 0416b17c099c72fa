/// Counts of keys that one word holds (``WordKey``): four buckets a cache line.
struct WordTable: ~Copyable {
  struct Bucket {
    /// 0 in an empty bucket.
    var word: UInt64
    var count: UInt64
  }

  static let smallest = 4 * KeyBatch.capacity

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
    if count > 0 { buckets.update(repeating: Bucket(word: 0, count: 0), count: capacity) }
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
    doubleInPlace(
      old, isEmpty: { buckets[$0].word == 0 },
      take: {
        let bucket = buckets[$0]
        buckets[$0] = Bucket(word: 0, count: 0)
        return bucket
      },
      put: { bucket in
        var index = Int(truncatingIfNeeded: WordKey.hash(bucket.word)) & mask
        while buckets[index].word != 0 { index = (index &+ 1) & mask }
        buckets[index] = bucket
      })
    return true
  }
}

/// Rehashes a linearly probed table of `old` buckets whose memory has just been doubled.
///
/// In order from the first empty bucket on, each entry is taken and put again. It finds room at or before where it
/// was, or in the new half, and passes only over entries that have been put again already: so none is lost from
/// its probe sequence when a later one is taken. The one cluster that wraps around the end would break this
/// (an entry put at the new end may wrap over it), so it is set aside first.
@inline(__always)
func doubleInPlace<Bucket>(
  _ old: Int, isEmpty: (Int) -> Bool, take: (Int) -> Bucket, put: (Bucket) -> Void
) {
  var first = 0
  var wrapped: [Bucket] = []
  while !isEmpty(first) {
    wrapped.append(take(first))
    first += 1
  }
  for index in first..<old where !isEmpty(index) { put(take(index)) }
  for bucket in wrapped { put(bucket) }
}
