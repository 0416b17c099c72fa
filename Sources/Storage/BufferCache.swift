import CSystemIO

/// Memory for I/O: `capacity` bytes at a page boundary, with ``headroom`` bytes before them and a page behind. It goes
/// back to its cache when its last owner lets go.
final class IOBuffer {
  static let headroom = 64 << 10

  let base: UnsafeMutableRawPointer
  let capacity: Int
  private let cache: BufferCache

  fileprivate init(_ start: UnsafeMutableRawPointer, _ capacity: Int, _ cache: BufferCache) {
    base = start + Self.headroom
    self.capacity = capacity
    self.cache = cache
  }

  deinit { cache.give(base - Self.headroom, capacity) }

  var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: capacity) }
}

/// Keeps the I/O buffers of a tier's instance for reuse: the first touch of fresh memory costs more than the I/O.
///
/// They are cut from slabs of huge pages, which a device addresses as one range where scattered pages would make 256
/// of a MiB (measured on virtio: twice the rate). Slabs are given back with the cache.
final class BufferCache {
  private static let smallest = 64 << 10
  /// Larger buffers (a giant record) are mapped for themselves and not kept.
  private static let largest = 4 << 20
  private static let hugePage = 2 << 20

  private var idle: [Int: [UnsafeMutableRawPointer]] = [:]
  private var slabs: [(start: UnsafeMutableRawPointer, length: Int)] = []

  deinit {
    // Every buffer holds the cache, so that none is in use now.
    for slab in slabs { mb_unmap(slab.start, slab.length) }
  }

  /// A buffer for at least `bytes`; its content is what it was last used for.
  func take(_ bytes: Int) throws -> IOBuffer {
    var capacity = Self.smallest
    while capacity < bytes, capacity < Self.largest { capacity *= 2 }
    if capacity < bytes {
      guard bytes < 1 << 46 else { throw noMemory(bytes) }
      capacity = bytes.aligned(to: Self.smallest)
      guard let start = mb_map_huge(pitch(capacity).aligned(to: Self.hugePage)) else {
        throw noMemory(capacity)
      }
      return IOBuffer(start, capacity, self)
    }
    if let start = idle[capacity]?.popLast() { return IOBuffer(start, capacity, self) }
    let pitch = pitch(capacity)
    let length = pitch.aligned(to: Self.hugePage)
    guard let slab = mb_map_huge(length) else { throw noMemory(capacity) }
    slabs.append((slab, length))
    idle[capacity, default: []] += (1..<length / pitch).reversed().map { slab + $0 * pitch }
    return IOBuffer(slab, capacity, self)
  }

  private func pitch(_ capacity: Int) -> Int { IOBuffer.headroom + capacity + 4096 }

  private func noMemory(_ bytes: Int) -> StorageError {
    StorageError(
      .noSpace, "allocate an I/O buffer of \(bytes) bytes: out of memory (raise the workers' memory limit)")
  }

  fileprivate func give(_ start: UnsafeMutableRawPointer, _ capacity: Int) {
    if capacity > Self.largest {
      mb_unmap(start, pitch(capacity).aligned(to: Self.hugePage))
    } else {
      idle[capacity, default: []].append(start)
    }
  }
}
