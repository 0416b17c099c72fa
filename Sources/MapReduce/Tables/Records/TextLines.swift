/// Collects lines `key TAB rest LF` in blocks of whole lines of about 1 MiB.
struct TextLines: ~Copyable {
  private static let blockBytes = 1 << 20

  private var memory: GrowingMemory
  private var used = 0
  private var capacity = TextLines.blockBytes
  private let emit: (UnsafeRawBufferPointer) throws -> Void
  private(set) var lines = 0
  private var flushedBytes = 0

  init(emit: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    var room = try GrowingMemory(reserving: Self.blockBytes)
    guard room.commit(Self.blockBytes) else { throw CountingError.outOfMemory(bytes: Self.blockBytes) }
    memory = room
    self.emit = emit
  }

  var bytes: Int { flushedBytes + used }

  /// - Parameters:
  ///   - key: At least 16 bytes are readable.
  ///   - rest: Bytes that `write` may touch.
  ///   - write: Writes what stands behind the tab, and returns where it ends.
  @inline(__always)
  mutating func write(
    _ key: UnsafeRawPointer, _ length: Int, rest: Int,
    write: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  ) throws {
    let bound = max(length, 16) &+ rest &+ 2
    if bound > capacity &- used { try makeRoom(bound) }
    let line = memory.base + used
    if length <= 16 {
      line.storeBytes(of: key.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
    } else {
      line.copyMemory(from: key, byteCount: length)
    }
    (line + length).storeBytes(of: 0x09, as: UInt8.self)
    let end = write(line + length + 1)
    end.storeBytes(of: 0x0a, as: UInt8.self)
    used = end - memory.base + 1
    lines &+= 1
  }

  private mutating func makeRoom(_ bound: Int) throws {
    try flush()
    capacity = max(Self.blockBytes, bound)
    guard memory.commit(capacity) else { throw CountingError.outOfMemory(bytes: capacity) }
  }

  mutating func flush() throws {
    if used == 0 { return }
    try emit(UnsafeRawBufferPointer(start: memory.base, count: used))
    flushedBytes += used
    used = 0
  }
}
