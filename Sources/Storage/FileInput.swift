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
  /// The whole file, from the first piece on that is not copied; kept, so that pieces lie behind one another.
  private var mapping: FileMapping?

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

  /// The same without a copy where the page cache holds the range: pieces of the mapped file, one behind the other.
  ///
  /// What is there already is only looked at; what must come from the device is read, so that the kernel reads
  /// ahead, and that the wait for it is counted. ``check()`` must follow before what was computed counts.
  public func cachedCursor(_ range: Range<Int>, pieceSize: Int) throws -> any ExtentCursor {
    precondition(pieceSize > 0)
    precondition(range.lowerBound >= 0)
    precondition(range.upperBound <= size)
    guard isCached(range) else { return try cursor(range, pieceSize: pieceSize) }
    mapping = mapping ?? FileMapping(file, size: size)
    guard let mapping else { return try cursor(range, pieceSize: pieceSize) }
    return MappedCursor(self, mapping, range, pieceSize)
  }

  /// Whether all bytes that ``cachedCursor(_:pieceSize:)`` handed out were the file's.
  ///
  /// - Throws: ``StorageError`` `.corrupt` where the file has shrunk, `.io` where its device failed.
  public func check() throws {
    guard let mapping else { return }
    var status = stat()
    guard fstat(file.descriptor, &status) == 0 else { throw StorageError.system("read", path, errno) }
    // The page in which a shorter file ends reads as zeros behind the end, without a fault.
    guard status.st_size >= size else { throw shrunk(to: Int(status.st_size)) }
    guard !mapping.hasLostBytes else {
      throw StorageError(
        .io, "read \(path): bytes could not be read: its device failed, or it was written anew meanwhile")
    }
  }

  /// Whether the page cache holds the range, but for a few pages that the kernel took back.
  private func isCached(_ range: Range<Int>) -> Bool {
    guard !range.isEmpty else { return false }
    let page = sysconf(Int32(_SC_PAGESIZE))
    let pages = (range.upperBound - 1) / page - range.lowerBound / page + 1
    return Int(mb_cached_range(file.descriptor, UInt64(range.lowerBound), UInt64(range.count)))
      >= pages - pages / 64
  }

  fileprivate func noteMapped(_ bytes: Int) {
    counters.readBytes += bytes
    counters.deviceReadBytes += bytes
  }

  private func shrunk(to found: Int) -> StorageError {
    StorageError(
      .corrupt, "read \(path): it shrank while it was read: \(size) bytes expected, \(found) found")
  }

  fileprivate func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    let start = monotonicNanoseconds()
    var done = 0
    while done < target.count {
      let count = pread(file.descriptor, target.baseAddress! + done, target.count - done, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw StorageError.system("read", path, errno) }
      guard count > 0 else {
        var status = stat()
        let isKnown = fstat(file.descriptor, &status) == 0 && status.st_size < size
        throw shrunk(to: isKnown ? Int(status.st_size) : offset + done)
      }
      done += count
    }
    counters.readBytes += done
    counters.deviceReadBytes += done
    counters.readWaitNanoseconds += monotonicNanoseconds() - start
  }
}

/// Pieces of a mapped file.
private final class MappedCursor: ExtentCursor {
  private let input: FileInput
  private let mapping: FileMapping
  private var range: Range<Int>
  private let pieceSize: Int

  init(_ input: FileInput, _ mapping: FileMapping, _ range: Range<Int>, _ pieceSize: Int) {
    self.input = input
    self.mapping = mapping
    self.range = range
    self.pieceSize = pieceSize
  }

  var headroom: Int { 0 }

  func next() throws -> UnsafeRawBufferPointer? {
    // No further than where the file was found shorter.
    if mapping.hasLostBytes { try input.check() }
    guard !range.isEmpty else { return nil }
    let end = min(range.upperBound, (range.lowerBound / pieceSize + 1) * pieceSize)
    let piece = UnsafeRawBufferPointer(rebasing: mapping.bytes[range.lowerBound..<end])
    input.noteMapped(piece.count)
    range = end..<range.upperBound
    return piece
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
