import CSystemIO
import Glibc
import Storage

/// A hash table of rows by key in one piece of memory, which means the same wherever it lies: what a join broadcasts.
///
///     header (64): magic (8) | slots (8) | entries' bytes (8) | records (8) | zeros
///     slots:   8 each: 0, or fingerprint << 40 | entry
///     entries: next (4) | key length (4) | value length (4) | 0 (4) | key | value | zeros to a multiple of 8
///
/// Numbers are little-endian. An entry is named by its offset among the entries, divided by 8, plus 1. A slot names the
/// last entry of its key; entries of equal keys are chained by `next`. A key's slot is the first free one, or its own,
/// from the hash's low bits on; the fingerprint is bits 20 to 43 of the hash.
enum HashImage {
  static let magic: UInt64 = 0x3145_4741_4d49_424d
  static let headerBytes = 64
  static let entryHead = 16

  @inline(__always)
  static func fingerprint(_ hash: UInt64) -> UInt64 { (hash &>> 20) & 0xff_ffff }

  static func slotCount(records: Int) -> Int {
    var count = 64
    while count < records * 2 { count *= 2 }
    return count
  }

  /// Bytes of an image of so many records, whose keys and values have so many bytes.
  static func bound(records: Int, bytes: Int) -> Int {
    headerBytes + 8 * slotCount(records: records) + bytes + records * (entryHead + 8) + readableSlack
  }
}

/// Fills an image with rows; at most as many as it was made for.
final class HashImageBuilder {
  private struct Pending {
    var hash: UInt64
    var entry: UInt64
  }

  private var memory: GrowingMemory
  private let mask: Int
  private let entriesAt: Int
  private var used = 0
  private var records = 0
  private let pending = UnsafeMutablePointer<Pending>.allocate(capacity: batch)
  private var waiting = 0
  private static let batch = 64

  /// - Parameters:
  ///   - records: How many rows there will be at most.
  ///   - bytes: Of their keys and values.
  init(records: Int, bytes: Int) throws {
    let whole = HashImage.bound(records: records, bytes: bytes)
    var room = try GrowingMemory(reserving: whole + (1 << 20))
    let slots = HashImage.slotCount(records: records)
    entriesAt = HashImage.headerBytes + 8 * slots
    mask = slots - 1
    guard room.commit(whole) else { throw CountingError.outOfMemory(bytes: whole) }
    memory = room
    memset(memory.base, 0, entriesAt)
  }

  deinit { pending.deallocate() }

  /// Adds a row, whose bytes are copied; ``readableSlack`` bytes behind key and value are readable.
  func add(_ key: UnsafeRawPointer, _ keyLength: Int, _ value: UnsafeRawPointer, _ valueLength: Int) throws {
    let size = (HashImage.entryHead + keyLength + valueLength + 7) & ~7
    let end = entriesAt + used + size + readableSlack
    guard memory.commit(end) else { throw CountingError.outOfMemory(bytes: end) }
    let entry = memory.base + entriesAt + used
    entry.storeBytes(of: 0, as: UInt32.self)
    (entry + 4).storeBytes(of: UInt32(keyLength), as: UInt32.self)
    (entry + 8).storeBytes(of: UInt64(valueLength), as: UInt64.self)
    (entry + HashImage.entryHead).copyMemory(from: key, byteCount: keyLength)
    (entry + HashImage.entryHead + keyLength).copyMemory(from: value, byteCount: valueLength)
    let hash = KeyHash.of(key, length: keyLength)
    mb_prefetch(slots + (Int(truncatingIfNeeded: hash) & mask))
    pending[waiting] = Pending(hash: hash, entry: UInt64(truncatingIfNeeded: used / 8 + 1))
    used += size
    records += 1
    waiting += 1
    if waiting == Self.batch { insert() }
  }

  /// The whole image; rows can be added afterwards, as far as there is room, and the image taken again.
  func finish() -> UnsafeRawBufferPointer {
    insert()
    let base = memory.base
    base.storeBytes(of: HashImage.magic, as: UInt64.self)
    (base + 8).storeBytes(of: UInt64(mask + 1), as: UInt64.self)
    (base + 16).storeBytes(of: UInt64(used), as: UInt64.self)
    (base + 24).storeBytes(of: UInt64(records), as: UInt64.self)
    return UnsafeRawBufferPointer(start: base, count: entriesAt + used)
  }

  private var slots: UnsafeMutablePointer<UInt64> {
    (memory.base + HashImage.headerBytes).assumingMemoryBound(to: UInt64.self)
  }

  private func insert() {
    for index in 0..<waiting {
      let hash = pending[index].hash
      let entry = pending[index].entry
      let fingerprint = HashImage.fingerprint(hash)
      var slot = Int(truncatingIfNeeded: hash) & mask
      while slots[slot] != 0 {
        if slots[slot] &>> 40 == fingerprint, isSameKey(slots[slot] & 0xff_ffff_ffff, entry) {
          address(entry).storeBytes(
            of: UInt32(truncatingIfNeeded: slots[slot] & 0xff_ffff_ffff), as: UInt32.self)
          break
        }
        slot = (slot &+ 1) & mask
      }
      slots[slot] = fingerprint &<< 40 | entry
    }
    waiting = 0
  }

  private func address(_ entry: UInt64) -> UnsafeMutableRawPointer {
    memory.base + entriesAt + Int(truncatingIfNeeded: entry &- 1) * 8
  }

  private func isSameKey(_ a: UInt64, _ b: UInt64) -> Bool {
    let left = address(a)
    let right = address(b)
    let length = (left + 4).load(as: UInt32.self)
    return length == (right + 4).load(as: UInt32.self)
      && memcmp(left + HashImage.entryHead, right + HashImage.entryHead, Int(length)) == 0
  }
}

/// An image as it is read where it lies.
struct HashTableView {
  let slots: UnsafePointer<UInt64>
  let mask: Int
  private let entries: UnsafeRawPointer

  /// - Throws: ``StorageError`` with `.corrupt` where the bytes are no image.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count >= HashImage.headerBytes, let base = bytes.baseAddress,
      base.loadUnaligned(as: UInt64.self) == HashImage.magic
    else { throw StorageError(.corrupt, "read a broadcast table: it is none") }
    let count = (base + 8).loadUnaligned(as: UInt64.self)
    let used = (base + 16).loadUnaligned(as: UInt64.self)
    let behindHeader = UInt64(bytes.count - HashImage.headerBytes)
    guard count >= 64, count & (count - 1) == 0, count <= behindHeader / 8, used == behindHeader - 8 * count
    else {
      throw StorageError(.corrupt, "read a broadcast table: its sizes do not fit its \(bytes.count) bytes")
    }
    slots = (base + HashImage.headerBytes).assumingMemoryBound(to: UInt64.self)
    mask = Int(count) - 1
    entries = base + HashImage.headerBytes + 8 * Int(count)
  }

  @inline(__always)
  func prefetchSlot(_ hash: UInt64) { mb_prefetch(slots + (Int(truncatingIfNeeded: hash) & mask)) }

  /// The first entry that may be the key's, from a slot on; 0 where there is none.
  @inline(__always)
  func candidate(_ hash: UInt64, from slot: inout Int) -> UInt64 {
    let fingerprint = HashImage.fingerprint(hash)
    while true {
      let word = slots[slot & mask]
      if word == 0 { return 0 }
      if word &>> 40 == fingerprint { return word & 0xff_ffff_ffff }
      slot &+= 1
    }
  }

  @inline(__always)
  func address(_ entry: UInt64) -> UnsafeRawPointer { entries + Int(truncatingIfNeeded: entry &- 1) &* 8 }

  /// The last row added of a key, or 0.
  @inline(__always)
  func find(_ hash: UInt64, _ key: UnsafeRawPointer, _ length: Int) -> UInt64 {
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let entry = candidate(hash, from: &slot)
      if entry == 0 { return 0 }
      let found = address(entry)
      if Int((found + 4).load(as: UInt32.self)) == length,
        memcmp(found + HashImage.entryHead, key, length) == 0
      {
        return entry
      }
      slot &+= 1
    }
  }

  /// The next row of the same key, or 0.
  @inline(__always)
  func next(_ entry: UInt64) -> UInt64 { UInt64(address(entry).load(as: UInt32.self)) }

  @inline(__always)
  func value(_ entry: UInt64) -> (bytes: UnsafeRawPointer, length: Int) {
    let at = address(entry)
    let keyLength = Int((at + 4).load(as: UInt32.self))
    return (at + HashImage.entryHead + keyLength, Int((at + 8).load(as: UInt32.self)))
  }
}
