/// Collects output lines `key TAB count LF` in blocks of whole lines.
struct LineWriter: ~Copyable {
  static let blockBytes = 1 << 20

  private var memory: GrowingMemory
  private var used = 0
  private var capacity = LineWriter.blockBytes
  private let emit: (UnsafeRawBufferPointer) throws -> Void
  private(set) var lines = 0
  private(set) var bytes = 0

  init(emit: @escaping (UnsafeRawBufferPointer) throws -> Void) throws(CountingError) {
    var room = try GrowingMemory(reserving: Self.blockBytes)
    guard room.commit(Self.blockBytes) else { throw .outOfMemory(bytes: Self.blockBytes) }
    memory = room
    self.emit = emit
  }

  /// At least 16 bytes from `key` on must be readable.
  @inline(__always)
  mutating func write(key: UnsafeRawPointer, length: Int, count: UInt64) throws {
    let bound = max(length, 16) &+ DecimalText.longest &+ 2
    if bound > capacity &- used { try makeRoom(bound) }
    let line = memory.base + used
    if length <= 16 {
      line.storeBytes(of: key.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
    } else {
      line.copyMemory(from: key, byteCount: length)
    }
    (line + length).storeBytes(of: 0x09, as: UInt8.self)
    let end = DecimalText.write(count, at: line + length + 1)
    end.storeBytes(of: 0x0a, as: UInt8.self)
    used = end - memory.base + 1
    lines &+= 1
  }

  /// Writes all keys that are left.
  mutating func write(_ keys: inout SortedKeys, of table: borrowing CountTable) throws {
    while let entry = keys.next(table) {
      try write(key: entry.key, length: entry.length, count: entry.count)
    }
  }

  private mutating func makeRoom(_ bound: Int) throws {
    try flush()
    capacity = max(Self.blockBytes, bound)
    guard memory.commit(capacity) else { throw CountingError.outOfMemory(bytes: capacity) }
  }

  mutating func flush() throws {
    if used == 0 { return }
    try emit(UnsafeRawBufferPointer(start: memory.base, count: used))
    bytes += used
    used = 0
  }
}
