import CSystemIO

/// What a pool lies on, and so how bytes get there and what makes them stay.
enum PoolMedium {
  /// DRAM: nothing outlives it, so nothing is flushed.
  case memory
  /// Through libpmem: stores that bypass the cache, flushed lines, one drain. `synchronizes` where the mapping
  /// is an ordinary file of a disk, which keeps only what `pmem_msync` wrote back.
  case libpmem(synchronizes: Bool)

  /// Copies into the pool; durable only after ``SharedPool/settle(_:)``.
  @inline(__always)
  func copy(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawBufferPointer) {
    guard let address = source.baseAddress else { return }
    switch self {
    case .memory: target.copyMemory(from: address, byteCount: source.count)
    case .libpmem: mb_pmem_copy(target, address, source.count)
    }
  }

  /// Makes a few bytes that were stored in place durable.
  @discardableResult
  func persist(_ start: UnsafeRawPointer, _ count: Int) -> Int32 {
    guard case .libpmem(let synchronizes) = self else { return 0 }
    if synchronizes { return mb_pmem_msync(start, count) }
    mb_pmem_persist(start, count)
    return 0
  }
}
