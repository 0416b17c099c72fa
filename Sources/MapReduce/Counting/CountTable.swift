/// Counts by key in open-addressed tables of bounded memory.
///
/// Keys of at most 16 bytes lie in their bucket, those of at most 8 in one of half the size; longer ones in an arena.
/// Tables start small, so that few distinct keys stay in the second-level cache, and double in place. Counts are
/// exact up to 2⁶⁴ - 1. Memory stays mapped over ``reset()``, whose cost is in proportion to what was used.
///
/// The bucket comes from the hash's low bits; the partition uses the upper ones.
public struct CountTable: ~Copyable {
  /// Bytes that tables and arena may use; at least one batch always fits, and one key of any length.
  public var byteBudget: Int
  /// A sum went over 2⁶⁴ - 1 since the last ``reset()``.
  private(set) var overflowed = false

  private(set) var words: WordTable
  private(set) var short: ShortTable
  private(set) var long: LongTable

  /// Buckets of the words' table to start with: half of a second-level cache of 1 MiB.
  private static let firstWords = 1 << 15

  public init(byteBudget: Int) throws(CountingError) {
    precondition(byteBudget >= 0)
    let reserving = max(byteBudget, 64 << 20)
    let words = try WordTable(reserving: reserving)
    let short = try ShortTable(reserving: reserving)
    let long = try LongTable(reserving: reserving)
    self.words = words
    self.short = short
    self.long = long
    self.byteBudget = byteBudget
    growToFirstSize()
  }

  /// Distinct keys in the table.
  public var count: Int { words.count + short.count + long.count }

  /// Bytes of the tables in use and of the arena.
  public var memoryBytes: Int { words.bytes + short.bytes + long.bytes + long.arenaBytes }

  /// Empties the table and makes it small again; its memory stays.
  public mutating func reset() {
    words.reset()
    short.reset()
    long.reset()
    overflowed = false
    growToFirstSize()
  }

  private mutating func growToFirstSize() {
    while words.capacity < Self.firstWords, memoryBytes + words.bytes <= byteBudget, words.grow() {}
  }

  /// Whether a table of `capacity` buckets with `keys` keys should grow, and whether it must.
  ///
  /// Where it cannot grow any more, probes get longer, yet bounded, until three quarters are full.
  @inline(__always)
  private static func wantsToGrow(_ keys: Int, _ capacity: Int) -> Bool { keys &* 2 > capacity }
  @inline(__always)
  private static func isFull(_ keys: Int, _ capacity: Int) -> Bool { keys &* 4 > capacity &* 3 }

  /// Makes room for as many keys of at most 16 bytes, growing within the budget. False: the table is full.
  mutating func makeRoom(_ batch: BatchCounts) -> Bool {
    while Self.wantsToGrow(words.count &+ batch.words, words.capacity) {
      if memoryBytes + words.bytes <= byteBudget, words.grow() { continue }
      if Self.isFull(words.count + batch.words, words.capacity) { return false }
      break
    }
    while Self.wantsToGrow(short.count &+ batch.short, short.capacity) {
      if memoryBytes + short.bytes <= byteBudget, short.grow() { continue }
      if Self.isFull(short.count + batch.short, short.capacity) { return false }
      break
    }
    return true
  }

  /// Adds a batch's keys of at most 16 bytes, for which there must be room: once each, or as its counts say.
  mutating func add(_ batch: borrowing KeyBatch, _ number: BatchCounts, counted: Bool) {
    var fine: Bool
    if counted {
      fine = words.add(batch.words, counts: batch.wordCounts, number.words)
      fine = short.add(batch.short, counts: batch.shortCounts, number.short) && fine
    } else {
      words.add(batch.words, number.words)
      fine = short.add(batch.short, counts: nil, number.short)
    }
    overflowed = overflowed || !fine
  }

  /// Adds `key.count` to a key of over 16 bytes. False, and nothing changed, where the table is full.
  mutating func add(_ key: LongKey) -> Bool {
    switch long.add(key) {
    case .added: return true
    case .overflow:
      overflowed = true
      return true
    case .absent:
      // Where there is nothing else, a key is taken whatever its size.
      if count > 0, memoryBytes + LongTable.arenaSize(key.length) > byteBudget { return false }
      if Self.wantsToGrow(long.count + 1, long.capacity) {
        let grown = memoryBytes + long.bytes <= byteBudget && long.grow()
        if !grown, Self.isFull(long.count + 1, long.capacity) { return false }
      }
      return long.insert(key)
    }
  }
}
