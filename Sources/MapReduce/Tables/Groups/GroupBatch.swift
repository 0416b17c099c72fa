import CSystemIO
import Glibc
import Storage

/// A group on its way into a table, or there: one cache line.
struct Group {
  /// A key of at most 16 bytes as its zero-padded block. Of a longer one `low` is its first eight bytes.
  var low: UInt64
  /// Of a longer key where its bytes lie: an offset in the batch's or in the table's arena.
  var high: UInt64
  var revenue: Int128
  var rankSum: Int64
  var count: Int64
  /// As in ``GroupValue``.
  var revenueHigh: Int32
  var rankHigh: Int32
  /// The upper half of the key's hash; the lower one is in the batch, and in a table's slot.
  var hashHigh: UInt32
  private var shortLength: UInt32

  @inline(__always)
  init(low: UInt64, high: UInt64, hash: UInt64, length: Int, _ value: GroupValue) {
    self.low = low
    self.high = high
    revenue = value.revenue
    rankSum = value.rankSum
    count = value.count
    revenueHigh = value.revenueHigh
    rankHigh = value.rankHigh
    hashHigh = UInt32(truncatingIfNeeded: hash &>> 32)
    shortLength = UInt32(truncatingIfNeeded: length)
  }

  @inline(__always) var length: Int { Int(truncatingIfNeeded: shortLength) }
  @inline(__always) var isLong: Bool { shortLength > 16 }

  @inline(__always) var value: GroupValue {
    get {
      GroupValue(
        revenue: revenue, rankSum: rankSum, count: count, revenueHigh: revenueHigh, rankHigh: rankHigh)
    }
    set {
      revenue = newValue.revenue
      rankSum = newValue.rankSum
      count = newValue.count
      revenueHigh = newValue.revenueHigh
      rankHigh = newValue.rankHigh
    }
  }
}

/// Groups that are hashed first, their slots prefetched, and only then looked for in the table.
///
/// Keys are copied: whoever adds them may forget them at once.
final class GroupBatch {
  static let capacity = 256
  /// A batch with more bytes of long keys is full.
  static let largestArena = 1 << 20

  struct State {
    var count = 0
    var arenaBytes = 0
  }

  /// The batch as a row's path sees it: plain pointers, so that nothing is counted for each row.
  struct Places {
    let rows: UnsafeMutablePointer<Group>
    let tags: UnsafeMutablePointer<UInt32>
    let state: UnsafeMutablePointer<State>

    @inline(__always) var isFull: Bool {
      state.pointee.count == GroupBatch.capacity || state.pointee.arenaBytes > GroupBatch.largestArena
    }

    /// Adds a key of at most 16 bytes. There must be room; at least 16 bytes from `key` on are readable.
    @inline(__always)
    func appendShort(
      _ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue, _ slots: UnsafePointer<UInt64>, _ mask: Int
    ) {
      let block = mb_load_words(key, length)
      let hash = KeyHash.short(block.low, block.high, length: length)
      mb_prefetch(slots + (Int(truncatingIfNeeded: hash) & mask))
      rows[state.pointee.count] = Group(
        low: block.low, high: block.high, hash: hash, length: length, value)
      tags[state.pointee.count] = UInt32(truncatingIfNeeded: hash)
      state.pointee.count &+= 1
    }
  }

  let rows: UnsafeMutablePointer<Group>
  /// The lower halves of the rows' hashes.
  let tags = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
  /// For the table: the slot where it began to look for each row.
  let places = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
  private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
  private var arenaMemory: GrowingMemory

  init() throws(CountingError) {
    arenaMemory = try GrowingMemory(reserving: 4 * Self.largestArena)
    rows = UnsafeMutableRawPointer.allocate(
      byteCount: Self.capacity * MemoryLayout<Group>.stride, alignment: 64
    ).bindMemory(to: Group.self, capacity: Self.capacity)
    state.initialize(to: State())
  }

  deinit {
    UnsafeMutableRawPointer(rows).deallocate()
    tags.deallocate()
    places.deallocate()
    state.deallocate()
  }

  @inline(__always) var count: Int { state.pointee.count }
  /// Bytes of long keys, each rounded up as a table's arena does.
  @inline(__always) var arenaBytes: Int { state.pointee.arenaBytes }
  var arena: UnsafeRawPointer { UnsafeRawPointer(arenaMemory.base) }

  @inline(__always) var room: Places { Places(rows: rows, tags: tags, state: state) }

  func clear() { state.pointee = State() }

  /// Adds a longer key, of less than 4 GiB. There must be room; ``readableSlack`` bytes behind it are readable.
  func appendLong(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) throws(CountingError) {
    let offset = state.pointee.arenaBytes
    let end = offset + GroupTable.arenaSize(length)
    guard arenaMemory.commit(end + readableSlack) else { throw .outOfMemory(bytes: end) }
    (arenaMemory.base + offset).copyMemory(from: key, byteCount: length)
    let hash = KeyHash.of(key, length: length)
    rows[state.pointee.count] = Group(
      low: key.loadUnaligned(as: UInt64.self), high: UInt64(truncatingIfNeeded: offset), hash: hash,
      length: length, value)
    tags[state.pointee.count] = UInt32(truncatingIfNeeded: hash)
    state.pointee.count += 1
    state.pointee.arenaBytes = end
  }
}
