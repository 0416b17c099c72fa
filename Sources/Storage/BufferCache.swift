import CSystemIO

/// Memory for I/O: `capacity` bytes at a page boundary, with ``IOBuffer/headroom`` bytes before them and a page
/// behind. It goes back to its cache when its last owner lets go.
final class IOBuffer {
  static let headroom = 64 << 10

  let base: UnsafeMutableRawPointer
  let capacity: Int
  private let cache: BufferCache

  fileprivate init(_ mapping: BufferCache.Mapping, _ cache: BufferCache) {
    base = mapping.start + Self.headroom
    capacity = mapping.capacity
    self.cache = cache
  }

  deinit { cache.give(BufferCache.Mapping(start: base - Self.headroom, capacity: capacity)) }

  var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: capacity) }
}

/// Keeps the I/O buffers of a tier's instance for reuse: the first touch of fresh memory costs more than the I/O.
final class BufferCache {
  fileprivate struct Mapping {
    let start: UnsafeMutableRawPointer
    let capacity: Int
    var length: Int { IOBuffer.headroom + capacity + 4096 }
  }

  private static let smallest = 64 << 10
  /// Larger buffers (a giant record) are not kept.
  private static let largest = 4 << 20
  private static let kept = 64 << 20

  private var idle: [Int: [Mapping]] = [:]
  private var idleBytes = 0

  deinit {
    for mapping in idle.values.joined() { mb_unmap(mapping.start, mapping.length) }
  }

  /// A buffer for at least `bytes`; its content is what it was last used for.
  func take(_ bytes: Int) throws -> IOBuffer {
    var capacity = Self.smallest
    while capacity < bytes, capacity < Self.largest { capacity *= 2 }
    if capacity < bytes {
      guard bytes < Int.max / 2 else {
        throw StorageError(.invalid, "allocate an I/O buffer of \(bytes) bytes")
      }
      capacity = bytes.aligned(to: Self.smallest)
    }
    if let mapping = idle[capacity]?.popLast() {
      idleBytes -= capacity
      return IOBuffer(mapping, self)
    }
    let length = IOBuffer.headroom + capacity + 4096
    guard let start = mb_map_private(length) else {
      throw StorageError(
        .noSpace,
        "allocate an I/O buffer of \(capacity) bytes: out of memory (raise the workers' memory limit)")
    }
    return IOBuffer(Mapping(start: start, capacity: capacity), self)
  }

  fileprivate func give(_ mapping: Mapping) {
    guard mapping.capacity <= Self.largest, idleBytes + mapping.capacity <= Self.kept else {
      mb_unmap(mapping.start, mapping.length)
      return
    }
    idle[mapping.capacity, default: []].append(mapping)
    idleBytes += mapping.capacity
  }
}
