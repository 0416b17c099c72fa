import CSystemIO
import Glibc

extension SharedPool {
  /// Whether libpmem says that stores become durable without the kernel.
  var isReal: Bool { mappedAsPmem }

  /// A pool in a file that libpmem maps.
  ///
  /// - Parameters:
  ///   - capacity: Bytes of a new pool, whose file must not exist; nil opens an existing one.
  ///   - preallocate: Whether the file has all of its blocks from the start.
  ///   - isMemory: Whether the file system is memory (tmpfs), where `msync` has nothing to do.
  /// - Throws: `.unavailable` without libpmem, `.noSpace` where the file system has less free than `capacity`.
  static func persistent(
    path: String, create capacity: Int?, preallocate: Bool, isMemory: Bool
  ) throws -> SharedPool {
    guard mb_pmem_load() == 0 else {
      throw StorageError(
        .unavailable,
        "open pmem:\(path): \(String(cString: mb_pmem_error())) (install libpmem1, or use access: file)")
    }
    let wanted = capacity.map { SharedPool.size(capacity: $0) } ?? 0
    if capacity != nil {
      var available: UInt64 = 0
      var total: UInt64 = 0
      let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
      let result = mb_filesystem_space(folder, &available, &total)
      guard result == 0 else { throw StorageError.system("statvfs", folder, -result) }
      guard available >= UInt64(wanted) else {
        throw StorageError(
          .noSpace,
          "create pmem:\(path): \(wanted) bytes needed, \(available) free (choose another folder with "
            + "--tier pmem=FOLDER, or lower its capacity where a file gives it one)")
      }
    }
    var mapped = 0
    var isPmem: Int32 = 0
    guard let base = mb_pmem_map(path, wanted, preallocate ? 0 : 1, &mapped, &isPmem) else {
      let code = errno
      let reason = String(cString: mb_pmem_error())
      throw StorageError(
        code == ENOENT ? .missing : code == ENOSPC ? .noSpace : .io, "map pmem:\(path): \(reason)")
    }
    let descriptor = mb_open(path, Int32(MB_OPEN_WRITE | MB_OPEN_NOFOLLOW), 0)
    guard descriptor >= 0 else {
      mb_pmem_unmap(base, mapped)
      throw StorageError.system("open", path, -descriptor)
    }
    let file = FileHandle(descriptor)
    if let capacity {
      // The directory and the page behind the end are touched without asking again.
      let data = dataOffset(capacity: capacity)
      for (offset, length) in [(0, data), (mapped - 4096, 4096)] {
        let result = mb_allocate(descriptor, Int64(offset), Int64(length))
        guard result == 0 else {
          mb_pmem_unmap(base, mapped)
          throw StorageError.system("allocate", "pmem:\(path)", -result)
        }
      }
    }
    return try SharedPool(
      name: "pmem:\(path)", mapping: base, size: mapped, file: file,
      medium: .libpmem(synchronizes: isPmem == 0 && !isMemory), needsBacking: !preallocate, format: capacity,
      mappedAsPmem: isPmem != 0, unmap: { mb_pmem_unmap($0, $1) })
  }
}
