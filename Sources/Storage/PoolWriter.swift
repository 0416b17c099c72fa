import Glibc
import Metrics

/// Writes an object into a pool, in one range where its size was known, else in successive, growing ones.
final class PoolWriter: ObjectWriter {
  static let firstRange = 256 << 10
  private static let largestRange = 4 << 20

  private let tier: PoolTier
  private let pool: SharedPool
  private let poolIndex: Int
  private let name: String
  private let owner: UInt32
  private let entry: Int
  private var word: PoolWord
  /// The open range as offsets in the pool: `begin` of it, the next free byte, its end.
  private var begin = 0
  private var position = 0
  private var end = 0
  private var reserved: UnsafeMutableRawBufferPointer?
  private var buffer: IOBuffer?
  private var isOpen = true

  init(
    _ tier: PoolTier, pool: SharedPool, index: Int, name: String, owner: UInt32, expecting: Int?
  ) throws {
    self.tier = tier
    self.pool = pool
    poolIndex = index
    self.name = name
    self.owner = owner
    entry = try pool.claimEntry(name, owner: owner)
    word = PoolWord(.claimed, name: name, owner: owner)
    guard let expecting, expecting > 0 else { return }
    do {
      // Whoever passes a size that no machine has gets an error and no overflow.
      guard expecting <= pool.granuleCount * SharedPool.granule,
        let first = try pool.allocate(entry, count: granules(expecting))
      else { throw pool.noSpace(name, asked: expecting) }
      open(first, granules(expecting))
    } catch {
      abandon()
      throw error
    }
  }

  deinit { abandon() }

  private func granules(_ bytes: Int) -> Int { (bytes + SharedPool.granule - 1) / SharedPool.granule }

  private func granule(at offset: Int) -> Int { (offset - pool.dataOffset) / SharedPool.granule }

  private func open(_ first: Int, _ count: Int) {
    begin = pool.dataOffset + first * SharedPool.granule
    position = begin
    end = begin + count * SharedPool.granule
  }

  /// Room for `count` bytes at `position`.
  private func makeRoom(_ count: Int) throws {
    precondition(isOpen, "an object is written after it was finished")
    precondition(count >= 0)
    if count <= end - position { return }
    guard count <= pool.granuleCount * SharedPool.granule else { throw pool.noSpace(name, asked: count) }
    // The range first grows in place, so that the object stays contiguous as far as possible.
    let growth = min(max(2 * (end - begin), Self.firstRange), Self.largestRange)
    if end > begin {
      let missing = granules(count - (end - position))
      for more in [max(missing, granules(growth)), missing]
      where try pool.extend(entry, at: granule(at: end), by: more) {
        end += more * SharedPool.granule
        return
      }
    }
    releaseTail()
    for size in [max(count, growth), count] {
      if let first = try pool.allocate(entry, count: granules(size)) { return open(first, granules(size)) }
    }
    throw pool.noSpace(name, asked: count)
  }

  /// Gives back the granules of the open range that hold nothing.
  private func releaseTail() {
    guard end > begin else { return }
    let used = granules(position - begin)
    let first = granule(at: begin)
    pool.release(first + used..<granule(at: end), of: entry)
    end = begin + used * SharedPool.granule
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws -> Extent {
    precondition(reserved == nil, "a reservation is open")
    try makeRoom(max(bytes.count, 1))
    return try write(bytes)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws -> Extent {
    let checksum = crc32c(bytes)
    let start = monotonicNanoseconds()
    let done = tier.gate?.write(bytes.count)
    try pool.copy(bytes, to: position)
    if let gate = tier.gate, let done { tier.counters.modelledWaitNanoseconds += gate.wait(until: done) }
    tier.counters.writeWaitNanoseconds += monotonicNanoseconds() - start
    return advance(bytes.count, checksum)
  }

  private func advance(_ count: Int, _ checksum: UInt32) -> Extent {
    let extent = Extent(
      object: name, offset: poolIndex << PoolTier.poolShift | position, length: count, checksum: checksum)
    let padded = count.aligned(to: tier.alignment)
    position += padded
    tier.counters.writtenBytes += count
    tier.counters.deviceWrittenBytes += padded
    return extent
  }

  func reserve(_ capacity: Int) throws -> UnsafeMutableRawBufferPointer {
    precondition(reserved == nil, "a reservation is open")
    try makeRoom(max(capacity, 1))
    let room: UnsafeMutableRawBufferPointer
    switch pool.medium {
    case .memory: room = UnsafeMutableRawBufferPointer(start: pool.base + position, count: capacity)
    // Into persistent memory bytes go by a copy past the cache, from memory that stays in it.
    case .libpmem: room = try staging(capacity)
    }
    reserved = room
    return room
  }

  private func staging(_ capacity: Int) throws -> UnsafeMutableRawBufferPointer {
    if let buffer, buffer.capacity >= capacity {
      return UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<capacity])
    }
    let fresh = try tier.buffers.take(capacity)
    buffer = fresh
    return UnsafeMutableRawBufferPointer(rebasing: fresh.bytes[..<capacity])
  }

  func commit(length: Int) throws -> Extent {
    guard let room = reserved else { preconditionFailure("nothing is reserved") }
    precondition(length >= 0)
    precondition(length <= room.count)
    reserved = nil
    let bytes = UnsafeRawBufferPointer(rebasing: room[..<length])
    switch pool.medium {
    case .memory:
      let done = tier.gate?.write(length)
      let extent = advance(length, crc32c(bytes))
      if let gate = tier.gate, let done {
        let waited = gate.wait(until: done)
        tier.counters.modelledWaitNanoseconds += waited
        tier.counters.writeWaitNanoseconds += waited
      }
      return extent
    case .libpmem: return try write(bytes)
    }
  }

  func finish() throws {
    precondition(isOpen, "an object is finished twice")
    releaseTail()
    let start = monotonicNanoseconds()
    let result = pool.settle(entry)
    tier.counters.writeWaitNanoseconds += monotonicNanoseconds() - start
    guard result == 0 else {
      abandon()
      throw StorageError.system("flush", "\(pool.name):\(name)", -result)
    }
    isOpen = false
    try pool.finish(entry, owner: owner)
  }

  func abandon() {
    guard isOpen else { return }
    isOpen = false
    reserved = nil
    pool.free(entry, seen: word)
  }
}

/// What objects take in a pool beside their bytes.
public enum PoolRoom {
  /// - Parameters:
  ///   - finished: Objects that are whole: the last granule of each is partly empty.
  ///   - open: Objects that are written at a time, each with a first range of its own.
  /// - Returns: Bytes; of no more objects than a pool can have.
  public static func beside(finished: Int, open: Int) -> Int {
    min(finished, SharedPool.entryCount) * SharedPool.granule
      + min(open, SharedPool.entryCount) * PoolWriter.firstRange
  }
}
