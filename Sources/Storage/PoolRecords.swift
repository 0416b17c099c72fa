import CSystemIO
import Glibc

/// Small logs and values in a pool: entries of the directory of their own kinds, changed under a record lock.
///
/// A log is a list of parts, each one range of granules: records of `length`, CRC32C and bytes (padded to 8), and in
/// the entry the tail up to which they are whole, set last. A value is two slots, written in turn; the one with the
/// higher version and a fitting checksum counts, so that a torn write leaves the value before it.
extension SharedPool {
  private static let recordHeader = 8
  static let largestValue = 4096
  private static let slotSize = 8192

  private func data(of index: Int) -> UnsafeMutableRawPointer {
    let low = Int(entry(index).load(fromByteOffset: EntryOffset.low, as: UInt32.self))
    return base + dataOffset + min(low, granuleCount - 1) * Self.granule
  }

  private func capacity(of index: Int) -> Int {
    let low = Int(entry(index).load(fromByteOffset: EntryOffset.low, as: UInt32.self))
    let high = Int(entry(index).load(fromByteOffset: EntryOffset.high, as: UInt32.self))
    return low < high && high <= granuleCount ? (high - low) * Self.granule : 0
  }

  private func tail(_ index: Int) -> Int {
    min(Int(truncatingIfNeeded: mb_load_u64(entry(index) + EntryOffset.tail)), capacity(of: index))
  }

  /// The entries of a log, in order.
  private func parts(_ log: String) -> [Int] {
    let tag = PoolWord.tag(log)
    return (0..<usedEntries)
      .filter { word($0).state == .log && word($0).tag == tag && isNamed($0, .log, log) }
      .sorted { part($0) < part($1) }
  }

  private func part(_ index: Int) -> UInt32 {
    entry(index).load(fromByteOffset: EntryOffset.part, as: UInt32.self)
  }

  /// A new entry in state `log` or `value` with `count` zeroed granules.
  private func newRecordEntry(_ name: String, _ state: PoolState, part: Int, count: Int) throws -> Int {
    let owner = UInt32(bitPattern: getpid())
    let index = try newEntry(name, owner: owner)
    let claimed = PoolWord(.claimed, name: name, owner: owner)
    do {
      guard let first = try allocate(index, count: count) else {
        throw noSpace(name, asked: count * Self.granule)
      }
      // A failed claim elsewhere may have widened the entry's range: it is exactly this one.
      entry(index).storeBytes(of: UInt32(first), toByteOffset: EntryOffset.low, as: UInt32.self)
      entry(index).storeBytes(of: UInt32(first + count), toByteOffset: EntryOffset.high, as: UInt32.self)
    } catch {
      free(index, seen: claimed)
      throw error
    }
    data(of: index).initializeMemory(
      as: UInt8.self, repeating: 0, count: min(count * Self.granule, 2 * Self.slotSize))
    entry(index).storeBytes(of: UInt32(part), toByteOffset: EntryOffset.part, as: UInt32.self)
    medium.persist(data(of: index), min(count * Self.granule, 2 * Self.slotSize))
    medium.persist(entry(index), Self.entrySize)
    guard swapWord(index, claimed, PoolWord(state, name: name, owner: owner)) else {
      throw StorageError(.io, "create \(self.name):\(name): it was reclaimed meanwhile")
    }
    return index
  }

  func append(_ record: [UInt8], toLog log: String) throws {
    try ObjectName.validate(log)
    let size = Self.recordHeader + record.count.aligned(to: 8)
    try locked(LockByte.logs) {
      let existing = parts(log)
      var index = existing.last
      if let last = index, capacity(of: last) - tail(last) < size { index = nil }
      let target =
        try index
        ?? newRecordEntry(
          log, .log, part: existing.count,
          count: max((size + Self.granule - 1) / Self.granule, min(16, 1 << min(existing.count, 4))))
      let position = tail(target)
      let address = data(of: target) + position
      let checksum = record.withUnsafeBytes { bytes in
        if let start = bytes.baseAddress {
          (address + Self.recordHeader).copyMemory(from: start, byteCount: bytes.count)
        }
        return crc32c(bytes)
      }
      address.storeBytes(of: UInt32(record.count), as: UInt32.self)
      address.storeBytes(of: checksum, toByteOffset: 4, as: UInt32.self)
      var result = medium.persist(address, size)
      mb_store_u64(entry(target) + EntryOffset.tail, UInt64(position + size))
      if result == 0 { result = medium.persist(entry(target) + EntryOffset.tail, 8) }
      guard result == 0 else { throw StorageError.system("append to", "\(name):\(log)", -result) }
    }
  }

  func records(ofLog log: String) throws -> [[UInt8]] {
    try locked(LockByte.logs) {
      var records: [[UInt8]] = []
      for index in parts(log) {
        let address = data(of: index)
        let end = tail(index)
        var position = 0
        while position + Self.recordHeader <= end {
          let length = Int(address.load(fromByteOffset: position, as: UInt32.self))
          let checksum = address.load(fromByteOffset: position + 4, as: UInt32.self)
          let bytes = UnsafeRawBufferPointer(
            start: address + position + Self.recordHeader,
            count: min(length, end - position - Self.recordHeader))
          guard bytes.count == length, crc32c(bytes) == checksum else {
            throw StorageError(
              .corrupt, "read log \(name):\(log): record \(records.count) does not have its checksum")
          }
          records.append(Array(bytes))
          position += Self.recordHeader + length.aligned(to: 8)
        }
      }
      return records
    }
  }

  private func findValue(_ key: String) -> Int? { find(key, [.value]) }

  /// The valid slot with the highest version.
  private func current(_ index: Int) -> (version: UInt64, bytes: [UInt8])? {
    var best: (version: UInt64, bytes: [UInt8])?
    for slot in 0..<2 {
      let address = data(of: index) + slot * Self.slotSize
      let version = address.load(as: UInt64.self)
      let length = Int(address.load(fromByteOffset: 8, as: UInt32.self))
      let checksum = address.load(fromByteOffset: 12, as: UInt32.self)
      guard version > best?.version ?? 0, length <= Self.largestValue else { continue }
      let bytes = UnsafeRawBufferPointer(start: address + 16, count: length)
      // The version is part of what is checked: a slot is torn as a whole or not at all.
      let seed = withUnsafeBytes(of: version) { crc32c($0) }
      if crc32c(bytes, continuing: seed) == checksum { best = (version, Array(bytes)) }
    }
    return best
  }

  func value(of key: String) throws -> (version: UInt64, bytes: [UInt8])? {
    try locked(LockByte.values) { findValue(key).flatMap { current($0) } }
  }

  func compareAndSwap(_ key: String, version: UInt64, value: [UInt8]) throws -> UInt64? {
    try ObjectName.validate(key)
    guard value.count <= Self.largestValue else {
      throw StorageError(
        .invalid, "set \(name):\(key): \(value.count) bytes; a value has at most \(Self.largestValue)")
    }
    return try locked(LockByte.values) {
      let existing = findValue(key)
      guard existing.flatMap({ current($0)?.version }) ?? 0 == version else { return nil }
      let index = try existing ?? newRecordEntry(key, .value, part: 0, count: 1)
      let next = version + 1
      let address = data(of: index) + Int(next & 1) * Self.slotSize
      address.storeBytes(of: next, as: UInt64.self)
      address.storeBytes(of: UInt32(value.count), toByteOffset: 8, as: UInt32.self)
      let checksum = value.withUnsafeBytes { bytes in
        if let start = bytes.baseAddress { (address + 16).copyMemory(from: start, byteCount: bytes.count) }
        return crc32c(bytes, continuing: withUnsafeBytes(of: next) { crc32c($0) })
      }
      address.storeBytes(of: checksum, toByteOffset: 12, as: UInt32.self)
      let result = medium.persist(address, 16 + value.count)
      guard result == 0 else { throw StorageError.system("set", "\(name):\(key)", -result) }
      return next
    }
  }
}

extension PoolTier {
  func append(_ record: [UInt8], toLog name: String) throws { try pools[0].append(record, toLog: name) }
  func records(ofLog name: String) throws -> [[UInt8]] { try pools[0].records(ofLog: name) }
  func compareAndSwap(_ key: String, version: UInt64, value: [UInt8]) throws -> UInt64? {
    try pools[0].compareAndSwap(key, version: version, value: value)
  }
  func value(of key: String) throws -> (version: UInt64, bytes: [UInt8])? { try pools[0].value(of: key) }
}
