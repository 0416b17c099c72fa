import CSystemIO
import Glibc

/// The state of the kernel's page cache for files: what `cache` = cold and warm are enforced and checked with.
public enum PageCache {
  public struct Residency: Sendable, Equatable {
    /// Bytes of the file, of them in the cache, of those not yet written to the device.
    public var size: Int
    public var cached: Int
    public var dirty: Int
  }

  /// What the cache holds of a file now (cachestat, Linux 6.5).
  ///
  /// - Throws: ``StorageError`` `.unavailable` where the kernel does not know the call.
  public static func residency(_ path: String) throws -> Residency {
    let file = try open(path)
    var status = stat()
    guard fstat(file.descriptor, &status) == 0 else { throw StorageError.system("stat", path, errno) }
    var cached: UInt64 = 0
    var dirty: UInt64 = 0
    var writeback: UInt64 = 0
    let result = mb_cached_pages(file.descriptor, &cached, &dirty, &writeback)
    guard result == 0 else { throw StorageError.system("cachestat", path, -result) }
    let page = sysconf(Int32(_SC_PAGESIZE))
    return Residency(
      size: Int(status.st_size), cached: Int(cached) * page, dirty: Int(dirty + writeback) * page)
  }

  /// Writes a file to its device and drops it from the cache; pages that somebody maps stay.
  public static func drop(_ path: String) throws {
    let file = try open(path)
    guard fdatasync(file.descriptor) == 0 else { throw StorageError.system("fdatasync", path, errno) }
    let result = posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED)
    guard result == 0 else { throw StorageError.system("fadvise", path, result) }
  }

  /// Reads a file once, so that it is in the cache; check by ``residency(_:)`` right before it matters.
  public static func warm(_ path: String) throws {
    let input = try FileInput(path)
    let cursor = try input.cursor(0..<input.size, pieceSize: 1 << 20)
    while try cursor.next() != nil {}
  }

  private static func open(_ path: String) throws -> FileHandle {
    let descriptor = mb_open(path, Int32(MB_OPEN_NONBLOCK), 0)
    guard descriptor >= 0 else { throw StorageError.system("open", path, -descriptor) }
    return FileHandle(descriptor)
  }
}
