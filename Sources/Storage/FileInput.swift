import CSystemIO
import Glibc
import Metrics

/// A file of the user's own, read where it lies through the page cache (`input_tier=file`). It has no checksums.
public final class FileInput {
  public let path: String
  /// Bytes at the time of opening. What is appended later is not read; a file that shrinks is an error.
  public let size: Int
  /// Bytes that were read, and how long the callers waited for them.
  public private(set) var counters = TierCounters()
  private let file: FileHandle
  fileprivate let buffers = BufferCache()

  /// - Throws: ``StorageError`` `.missing`, `.denied`, or `.invalid` for what is no regular file; a FIFO does not
  ///   block.
  public init(_ path: String) throws {
    self.path = path
    let descriptor = mb_open(path, Int32(MB_OPEN_NONBLOCK), 0)
    guard descriptor >= 0 else { throw StorageError.system("read", path, -descriptor) }
    file = FileHandle(descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StorageError.system("read", path, errno) }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else {
      let names = [S_IFDIR: "a folder", S_IFIFO: "a FIFO", S_IFCHR: "a device", S_IFBLK: "a device"]
      throw StorageError(
        .invalid, "read \(path): it is \(names[kind] ?? "a socket"), not a regular file (name a file)")
    }
    size = Int(status.st_size)
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  /// The bytes in `range` in order, in pieces of `pieceSize`; a piece stays valid until the next is asked for.
  ///
  /// The default piece fits a core's second-level cache together with what the caller works on, so that a byte is
  /// read from memory once: faster than mapping the file. Pieces start at multiples of their size in the file.
  public func cursor(_ range: Range<Int>, pieceSize: Int = 256 << 10) throws -> any ExtentCursor {
    precondition(pieceSize > 0)
    precondition(range.lowerBound >= 0)
    precondition(range.upperBound <= size)
    return FileCursor(self, range, pieceSize, try buffers.take(pieceSize))
  }

  fileprivate func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    let start = monotonicNanoseconds()
    var done = 0
    while done < target.count {
      let count = pread(file.descriptor, target.baseAddress! + done, target.count - done, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw StorageError.system("read", path, errno) }
      guard count > 0 else {
        throw StorageError(
          .corrupt,
          "read \(path): it shrank while it was read: \(size) bytes expected, \(offset + done) found")
      }
      done += count
    }
    counters.readBytes += done
    counters.deviceReadBytes += done
    counters.readWaitNanoseconds += monotonicNanoseconds() - start
  }
}

private final class FileCursor: ExtentCursor {
  private let input: FileInput
  private var range: Range<Int>
  private let pieceSize: Int
  private let buffer: IOBuffer

  init(_ input: FileInput, _ range: Range<Int>, _ pieceSize: Int, _ buffer: IOBuffer) {
    self.input = input
    self.range = range
    self.pieceSize = pieceSize
    self.buffer = buffer
  }

  var headroom: Int { IOBuffer.headroom }

  func next() throws -> UnsafeRawBufferPointer? {
    guard !range.isEmpty else { return nil }
    let end = min(range.upperBound, (range.lowerBound / pieceSize + 1) * pieceSize)
    let piece = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(end - range.lowerBound)])
    try input.read(piece, at: range.lowerBound)
    range = end..<range.upperBound
    return UnsafeRawBufferPointer(piece)
  }
}
