import CSystemIO
import Glibc

/// A file's bytes where they lie in the page cache, mapped for reading: nothing is copied.
///
/// A file that shrinks while it is mapped ends nothing; where its bytes were, zeros are found, and
/// ``hasLostBytes`` says so.
final class FileMapping {
  private let map: mb_file_map

  /// Nil where the file cannot be mapped (no address space, a file system that does not map).
  ///
  /// - Parameter size: Over 0, at most the file's.
  init?(_ file: FileHandle, size: Int) {
    map = mb_map_file(file.descriptor, size)
    guard map.bytes != nil else { return nil }
  }

  deinit { mb_unmap_file(map) }

  /// The file's bytes; at least a page of zeros can be read behind them.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: map.bytes, count: map.length) }

  /// Whether bytes could not be read: the file shrank, or its device failed.
  var hasLostBytes: Bool { mb_file_map_is_lost(map) != 0 }
}
