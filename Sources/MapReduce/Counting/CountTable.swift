import CSystemIO
import Glibc

/// Counts by key in open-addressed tables of bounded memory.
///
/// Keys of at most 16 bytes lie in their bucket, two buckets a cache line; longer ones in an arena. Tables start
/// small, so that few distinct keys stay in the second-level cache, and double in place. Counts are exact up to
/// 2⁶⁴ - 1. Memory stays mapped over ``reset()``, whose cost is in proportion to what was used.
///
/// The bucket comes from the hash's low bits; the partition uses the upper ones.
public struct CountTable: ~Copyable {
  struct ShortBucket {
    var low: UInt64
    var high: UInt64
    /// 0 in an empty bucket.
    var count: UInt64
    var tag: UInt64
  }

  struct LongBucket {
    var hash: UInt64
    /// 0 in an empty bucket.
    var count: UInt64
    /// Where in the arena.
    var offset: Int
    var length: Int
  }

  static let smallestShortBuckets = 4 * KeyBatch.capacity
  static let smallestLongBuckets = 1024

  /// Bytes that tables and arena may use; at least one batch always fits, and one key of any length.
  public var byteBudget: Int
  /// Keys of at most 16 bytes, and longer ones, in the table.
  private(set) var shortCount = 0
  private(set) var longCount = 0
  /// A sum went over 2⁶⁴ - 1 since the last ``reset()``.
  private(set) var overflowed = false

  private(set) var shortMask: Int
  private(set) var longMask: Int
  private var arenaUsed = 0
  private var shortMemory: GrowingMemory
  private var longMemory: GrowingMemory
  private var arenaMemory: GrowingMemory
  private let firstShortBuckets: Int

  /// - Parameter firstBuckets: Buckets for short keys to start with, a power of two.
  public init(byteBudget: Int, firstBuckets: Int = 1 << 14) throws(CountingError) {
    precondition(byteBudget >= 0)
    precondition(firstBuckets.nonzeroBitCount == 1)
    self.byteBudget = byteBudget
    firstShortBuckets = max(firstBuckets, Self.smallestShortBuckets)
    let reserving = max(byteBudget, 64 << 20)
    var short = try GrowingMemory(reserving: reserving)
    var long = try GrowingMemory(reserving: reserving)
    var arena = try GrowingMemory(reserving: reserving)
    let shortBytes = Self.smallestShortBuckets * MemoryLayout<ShortBucket>.stride
    let longBytes = Self.smallestLongBuckets * MemoryLayout<LongBucket>.stride
    guard short.commit(shortBytes), long.commit(longBytes), arena.commit(1) else {
      throw .outOfMemory(bytes: shortBytes + longBytes)
    }
    shortMask = Self.smallestShortBuckets - 1
    longMask = Self.smallestLongBuckets - 1
    shortMemory = short
    longMemory = long
    arenaMemory = arena
    growToFirstSize()
  }

  /// Distinct keys in the table.
  public var count: Int { shortCount + longCount }

  /// Bytes of the tables in use and of the arena.
  public var memoryBytes: Int {
    (shortMask + 1) * MemoryLayout<ShortBucket>.stride + (longMask + 1) * MemoryLayout<LongBucket>.stride
      + arenaUsed
  }

  @inline(__always) var shortBuckets: UnsafeMutablePointer<ShortBucket> {
    shortMemory.base.assumingMemoryBound(to: ShortBucket.self)
  }
  @inline(__always) var longBuckets: UnsafeMutablePointer<LongBucket> {
    longMemory.base.assumingMemoryBound(to: LongBucket.self)
  }
  @inline(__always) var arena: UnsafeMutableRawPointer { arenaMemory.base }

  /// Empties the table and makes it small again; its memory stays.
  public mutating func reset() {
    if shortCount > 0 { memset(shortBuckets, 0, (shortMask + 1) * MemoryLayout<ShortBucket>.stride) }
    if longCount > 0 { memset(longBuckets, 0, (longMask + 1) * MemoryLayout<LongBucket>.stride) }
    shortMask = Self.smallestShortBuckets - 1
    longMask = Self.smallestLongBuckets - 1
    shortCount = 0
    longCount = 0
    arenaUsed = 0
    overflowed = false
    growToFirstSize()
  }

  private mutating func growToFirstSize() {
    while shortMask + 1 < firstShortBuckets, growShort() {}
  }

  // MARK: Adding

  /// Makes room for `keys` more short keys, growing within the budget. False: the table is full.
  mutating func makeRoom(forShort keys: Int) -> Bool {
    while shortCount + keys > (shortMask + 1) / 2 {
      if growShort() { continue }
      // No more growth: the probes get longer, yet bounded, until the buckets are three quarters full.
      return shortCount + keys <= (shortMask + 1) / 4 * 3
    }
    return true
  }

  /// Adds 1 for each of the batch's short keys, for which there must be room.
  mutating func add(_ keys: UnsafePointer<ShortKey>, _ number: Int) {
    let buckets = shortBuckets
    let mask = shortMask
    var inserted = 0
    for i in 0..<number {
      let key = keys[i]
      let bucket = Self.find(key, buckets, mask)
      if bucket.pointee.count == 0 {
        bucket.pointee.low = key.low
        bucket.pointee.high = key.high
        bucket.pointee.tag = key.tag
        inserted &+= 1
      }
      bucket.pointee.count &+= 1
    }
    shortCount &+= inserted
  }

  /// Adds `counts[i]` (over 0) for each of the batch's short keys, for which there must be room.
  mutating func add(_ keys: UnsafePointer<ShortKey>, counts: UnsafePointer<UInt64>, _ number: Int) {
    let buckets = shortBuckets
    let mask = shortMask
    var inserted = 0
    var carried = false
    for i in 0..<number {
      let key = keys[i]
      let bucket = Self.find(key, buckets, mask)
      if bucket.pointee.count == 0 {
        bucket.pointee.low = key.low
        bucket.pointee.high = key.high
        bucket.pointee.tag = key.tag
        inserted &+= 1
      }
      let (sum, overflow) = bucket.pointee.count.addingReportingOverflow(counts[i])
      bucket.pointee.count = sum
      carried = carried || overflow
    }
    shortCount &+= inserted
    overflowed = overflowed || carried
  }

  /// The bucket that holds `key`, or the empty one where it belongs. There must be an empty bucket.
  @inline(__always)
  private static func find(
    _ key: ShortKey, _ buckets: UnsafeMutablePointer<ShortBucket>, _ mask: Int
  ) -> UnsafeMutablePointer<ShortBucket> {
    var index = Int(truncatingIfNeeded: key.hash) & mask
    while true {
      let bucket = buckets + index
      let difference =
        (bucket.pointee.low ^ key.low) | (bucket.pointee.high ^ key.high) | (bucket.pointee.tag ^ key.tag)
      if difference == 0 || bucket.pointee.count == 0 { return bucket }
      index = (index &+ 1) & mask
    }
  }

  /// Adds `key.count` to a key of over 16 bytes. False, and nothing changed, where the table is full.
  mutating func add(_ key: LongKey) -> Bool {
    var index = Int(truncatingIfNeeded: key.hash) & longMask
    while true {
      let bucket = longBuckets + index
      if bucket.pointee.count == 0 { break }
      if bucket.pointee.hash == key.hash, bucket.pointee.length == key.length,
        memcmp(arena + bucket.pointee.offset, key.bytes, key.length) == 0
      {
        let (sum, overflow) = bucket.pointee.count.addingReportingOverflow(key.count)
        bucket.pointee.count = sum
        overflowed = overflowed || overflow
        return true
      }
      index = (index &+ 1) & longMask
    }
    guard makeRoom(forLong: key.length) else { return false }
    index = Int(truncatingIfNeeded: key.hash) & longMask
    while longBuckets[index].count != 0 { index = (index &+ 1) & longMask }
    (arena + arenaUsed).copyMemory(from: key.bytes, byteCount: key.length)
    longBuckets[index] = LongBucket(
      hash: key.hash, count: key.count, offset: arenaUsed, length: key.length)
    arenaUsed += (key.length + 7) & ~7
    longCount += 1
    return true
  }

  private mutating func makeRoom(forLong length: Int) -> Bool {
    let bytes = (length + 7) & ~7
    if longCount > 0 || shortCount > 0, memoryBytes + bytes > byteBudget { return false }
    if longCount + 1 > (longMask + 1) / 2, !growLong(), longCount + 1 > (longMask + 1) / 4 * 3 {
      return false
    }
    // Wide loads read behind the last key.
    return arenaMemory.commit(arenaUsed + bytes + 64)
  }

  // MARK: Growing

  private mutating func growShort() -> Bool {
    let old = shortMask + 1
    let oldBytes = old * MemoryLayout<ShortBucket>.stride
    if memoryBytes + oldBytes > byteBudget { return false }
    guard shortMemory.commit(2 * oldBytes) else { return false }
    shortMask = 2 * old - 1
    let buckets = shortBuckets
    let mask = shortMask
    if shortCount > 0 {
      doubleInPlace(
        old, isEmpty: { buckets[$0].count == 0 },
        take: {
          let bucket = buckets[$0]
          buckets[$0].count = 0
          buckets[$0].tag = 0
          return bucket
        },
        put: { bucket in
          let hash = KeyHash.short(bucket.low, bucket.high, length: Int(truncatingIfNeeded: bucket.tag) &- 1)
          var index = Int(truncatingIfNeeded: hash) & mask
          while buckets[index].count != 0 { index = (index &+ 1) & mask }
          buckets[index] = bucket
        })
    }
    return true
  }

  private mutating func growLong() -> Bool {
    let old = longMask + 1
    let oldBytes = old * MemoryLayout<LongBucket>.stride
    if memoryBytes + oldBytes > byteBudget { return false }
    guard longMemory.commit(2 * oldBytes) else { return false }
    longMask = 2 * old - 1
    let buckets = longBuckets
    let mask = longMask
    doubleInPlace(
      old, isEmpty: { buckets[$0].count == 0 },
      take: {
        let bucket = buckets[$0]
        buckets[$0].count = 0
        return bucket
      },
      put: { bucket in
        var index = Int(truncatingIfNeeded: bucket.hash) & mask
        while buckets[index].count != 0 { index = (index &+ 1) & mask }
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
private func doubleInPlace<Bucket>(
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
