import CSystemIO
import Glibc

/// Space of a ``SharedPool``, in granules of 64 KiB. A place in the table is 0 where the granule is free, else the
/// number of the owning entry plus one; bit 31 stays set once the file system gave it blocks.
extension SharedPool {
  static let backed: UInt32 = 1 << 31

  private var table: UnsafeMutableRawPointer { base + Self.tableOffset }

  /// The entry that owns `granule`, or nil.
  @inline(__always)
  func owner(ofGranule granule: Int) -> Int? {
    let place = mb_load_u32(table + granule * 4) & ~Self.backed
    return place == 0 || place > Self.entryCount ? nil : Int(place) - 1
  }

  @inline(__always)
  private func isFree(_ granule: Int) -> Bool { mb_load_u32(table + granule * 4) & ~Self.backed == 0 }

  private func take(_ granule: Int, _ entry: Int) -> Bool {
    let seen = mb_load_u32(table + granule * 4)
    return seen & ~Self.backed == 0 && mb_swap_u32(table + granule * 4, seen, seen | UInt32(entry + 1)) != 0
  }

  /// Gives back granules of `entry` in `range`; those of others are left alone.
  func release(_ range: Range<Int>, of entry: Int) {
    var lowest: Int?
    for granule in range {
      let seen = mb_load_u32(table + granule * 4)
      guard seen & ~Self.backed == UInt32(entry + 1) else { continue }
      if mb_swap_u32(table + granule * 4, seen, seen & Self.backed) != 0, lowest == nil { lowest = granule }
    }
    guard let lowest else { return }
    medium.persist(table + range.lowerBound * 4, range.count * 4)
    var hint = mb_load_u64(base + HeaderOffset.hint)
    while hint > UInt64(lowest), mb_swap_u64(base + HeaderOffset.hint, hint, UInt64(lowest)) == 0 {
      hint = mb_load_u64(base + HeaderOffset.hint)
    }
  }

  /// Returns once all that was copied into the granules of an entry is durable: one drain, and an `msync` where
  /// the mapping is an ordinary file. 0 or -errno.
  func settle(_ index: Int) -> Int32 {
    guard case .libpmem(let synchronizes) = medium else { return 0 }
    mb_pmem_drain()
    guard synchronizes else { return 0 }
    let low = Int(entry(index).load(fromByteOffset: EntryOffset.low, as: UInt32.self))
    let high = Int(entry(index).load(fromByteOffset: EntryOffset.high, as: UInt32.self))
    var granule = low
    while granule < min(high, granuleCount) {
      var end = granule
      while end < high, owner(ofGranule: end) == index { end += 1 }
      if end > granule {
        let result = mb_pmem_msync(
          base + dataOffset + granule * Self.granule, (end - granule) * Self.granule)
        if result != 0 { return result }
      }
      granule = max(end, granule + 1)
    }
    return 0
  }

  func releaseGranules(of index: Int) {
    let low = entry(index).load(fromByteOffset: EntryOffset.low, as: UInt32.self)
    let high = entry(index).load(fromByteOffset: EntryOffset.high, as: UInt32.self)
    guard low < high, Int(high) <= granuleCount else { return }
    release(Int(low)..<Int(high), of: index)
  }

  /// Claims exactly `range` for `entry`, or nothing; the first place that was taken is returned on failure.
  private func claim(_ range: Range<Int>, _ index: Int) -> Int? {
    // The entry says first where to look: who reclaims after a kill reads only that part of the table.
    let fields = entry(index)
    let low = min(fields.load(fromByteOffset: EntryOffset.low, as: UInt32.self), UInt32(range.lowerBound))
    let high = max(fields.load(fromByteOffset: EntryOffset.high, as: UInt32.self), UInt32(range.upperBound))
    mb_store_u32(fields + EntryOffset.low, low)
    mb_store_u32(fields + EntryOffset.high, high)
    for granule in range where !take(granule, index) {
      release(range.lowerBound..<granule, of: index)
      return granule
    }
    return nil
  }

  /// Claims the granules right behind `end` for `entry`; false where they are not free.
  func extend(_ index: Int, at end: Int, by count: Int) throws -> Bool {
    guard end + count <= granuleCount, claim(end..<end + count, index) == nil else { return false }
    try settleClaim(end..<end + count, index)
    return true
  }

  /// Claims `count` successive granules for the entry and returns the first, or nil where there are not as many.
  func allocate(_ index: Int, count: Int) throws -> Int? {
    let hint = mb_load_u64(base + HeaderOffset.hint)
    var start = Int(min(UInt64(granuleCount), hint))
    var passes = 0
    while true {
      guard let (found, firstFree) = freeRun(from: start, count: count) else {
        // Below the hint there may be space that was given back while we looked.
        passes += 1
        if passes == 2 { return nil }
        start = 0
        continue
      }
      if let taken = claim(found..<found + count, index) {
        start = taken + 1
        continue
      }
      if found == firstFree, found >= hint {
        _ = mb_swap_u64(base + HeaderOffset.hint, hint, UInt64(found + count))
      }
      try settleClaim(found..<found + count, index)
      return found
    }
  }

  private func settleClaim(_ range: Range<Int>, _ index: Int) throws {
    if needsBacking {
      do { try back(range) } catch {
        release(range, of: index)
        throw error
      }
    }
    medium.persist(table + range.lowerBound * 4, range.count * 4)
  }

  /// The first `count` successive free granules from `start` on, and the first free one.
  private func freeRun(from start: Int, count: Int) -> (found: Int, firstFree: Int)? {
    var run = 0
    var granule = start
    var firstFree: Int?
    while granule < granuleCount {
      run = isFree(granule) ? run + 1 : 0
      if run == 1, firstFree == nil { firstFree = granule }
      granule += 1
      if run == count { return (granule - count, firstFree ?? granule - count) }
    }
    return nil
  }

  /// Asks the file system for the blocks of granules that have none yet, so that no touch of them can fail.
  func back(_ range: Range<Int>) throws {
    var start = range.lowerBound
    while start < range.upperBound {
      guard mb_load_u32(table + start * 4) & Self.backed == 0 else {
        start += 1
        continue
      }
      var end = start + 1
      while end < range.upperBound, mb_load_u32(table + end * 4) & Self.backed == 0 { end += 1 }
      let result = mb_allocate(
        descriptor, Int64(dataOffset + start * Self.granule), Int64((end - start) * Self.granule))
      guard result == 0 else {
        throw StorageError.system(
          "allocate \((end - start) * Self.granule) bytes of", name, -result,
          advice:
            "free space in its folder, or choose another with --tier \(tierName)=FOLDER")
      }
      for granule in start..<end {
        var seen = mb_load_u32(table + granule * 4)
        while mb_swap_u32(table + granule * 4, seen, seen | Self.backed) == 0 {
          seen = mb_load_u32(table + granule * 4)
        }
      }
      start = end
    }
  }

  /// Free bytes, and the longest free range, as of now.
  func freeSpace() -> (total: Int, largest: Int) {
    var total = 0
    var largest = 0
    var run = 0
    for granule in 0..<granuleCount {
      run = isFree(granule) ? run + 1 : 0
      total += run > 0 ? 1 : 0
      largest = max(largest, run)
    }
    return (total * Self.granule, largest * Self.granule)
  }

  func noSpace(_ object: String, asked: Int) -> StorageError {
    let space = freeSpace()
    return StorageError(
      .noSpace,
      "write \(name):\(object): \(asked) bytes asked, \(space.total) of \(granuleCount * Self.granule) free, "
        + "\(space.largest) in one range (give it more: tiers: {\(tierName): {capacity: …}} in an experiment, "
        + "shuffle: {tier: \(tierName), capacity: …} in a system file)")
  }

  /// As files and options call it: `dram`, `pmem`.
  private var tierName: String { String(name.prefix { $0 != ":" }) }
}
