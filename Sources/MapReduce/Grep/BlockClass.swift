import CSystemIO

/// The bytes of a text that the scans look at in one call; their masks stay in the first-level cache.
let scanBlockSize = 4096

/// A byte class made ready for scanning: a table for single bytes and masks for the block at hand.
///
/// `masks` speaks of the block `[base, base + size)` of the latest ``prepare(_:base:size:level:)``, which the caller
/// names again with each question; bytes outside the block are looked up one by one.
struct BlockClass {
  private let table: UnsafeMutablePointer<Bool>
  private let ranges: UnsafeMutablePointer<mb_byte_ranges>
  let masks: UnsafeMutablePointer<UInt64>

  init(_ set: ByteSet) {
    table = .allocate(capacity: 256)
    for byte in UInt8.min...UInt8.max { (table + Int(byte)).initialize(to: set.contains(byte)) }
    ranges = .allocate(capacity: 1)
    ranges.initialize(to: set.ranges)
    masks = .allocate(capacity: scanBlockSize / 64)
    masks.initialize(repeating: 0, count: scanBlockSize / 64)
  }

  func deallocate() {
    table.deallocate()
    ranges.deallocate()
    masks.deallocate()
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool { table[Int(byte)] }

  /// Fills the masks of a block of at most ``scanBlockSize`` bytes; whether any byte of it is in the class.
  @inline(__always)
  func prepare(_ text: UnsafePointer<UInt8>, base: Int, size: Int, level: CInt) -> Bool {
    mb_scan_ranges(level, text + base, size, ranges, masks) != 0
  }

  /// The first position from `position` on whose byte is not in the class, or `end`.
  @inline(__always)
  func endOfRun(_ text: UnsafePointer<UInt8>, from position: Int, end: Int, base: Int, size: Int) -> Int {
    let offset = position &- base
    if UInt(bitPattern: offset) < UInt(bitPattern: size) {
      let outside = ~masks[offset &>> 6] &>> UInt64(truncatingIfNeeded: offset & 63)
      if outside != 0 { return min(end, position &+ outside.trailingZeroBitCount) }
    }
    return endOfLongRun(text, from: position, end: end, base: base, size: size)
  }

  @inline(never)
  private func endOfLongRun(
    _ text: UnsafePointer<UInt8>, from position: Int, end: Int, base: Int, size: Int
  ) -> Int {
    var position = position
    if position >= base, position < base + size {
      var word = (position - base) >> 6 + 1
      while word << 6 < size, masks[word] == .max { word += 1 }
      if word << 6 < size { return min(end, base + word << 6 + (~masks[word]).trailingZeroBitCount) }
      position = base + size
    }
    while position < end, contains(text[position]) { position += 1 }
    return min(position, end)
  }

  /// The first position from which on all bytes before `position` are in the class; not below `low`.
  @inline(__always)
  func startOfRun(_ text: UnsafePointer<UInt8>, before position: Int, low: Int, base: Int, size: Int) -> Int {
    let offset = position &- base
    if UInt(bitPattern: offset) < UInt(bitPattern: size) {
      let below: UInt64 = 1 &<< UInt64(truncatingIfNeeded: offset & 63) &- 1
      let outside = ~masks[offset &>> 6] & below
      if outside != 0 { return max(low, position &- (offset & 63) &+ 64 &- outside.leadingZeroBitCount) }
    }
    return startOfLongRun(text, before: position, low: low, base: base, size: size)
  }

  @inline(never)
  private func startOfLongRun(
    _ text: UnsafePointer<UInt8>, before position: Int, low: Int, base: Int, size: Int
  ) -> Int {
    var position = position
    if position > base, position < base + size {
      var word = (position - base) >> 6 - 1
      while word >= 0, masks[word] == .max { word -= 1 }
      if word >= 0 { return max(low, base + word << 6 + 64 - (~masks[word]).leadingZeroBitCount) }
      position = base
    }
    while position > low, contains(text[position - 1]) { position -= 1 }
    return max(position, low)
  }
}
