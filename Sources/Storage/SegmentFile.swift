import CSystemIO
import Glibc

/// A segment as a file that stands alone (`--keep`): offsets count from its start.
public enum SegmentFile {
  /// Copies a segment from its tier to a new file; every extent's checksum is verified on the way.
  ///
  /// - Throws: ``StorageError``; a file that was begun is removed.
  public static func export(
    _ segment: Segment, from tier: any Tier, partitionCount: Int, encoding: UInt32, to path: String
  ) throws {
    let descriptor = mb_open(path, Int32(MB_OPEN_WRITE | MB_OPEN_CREATE | MB_OPEN_EXCLUSIVE), 0o644)
    guard descriptor >= 0 else { throw StorageError.system("create", path, -descriptor) }
    let file = FileHandle(descriptor)
    do {
      var position = 0
      var extents: [SegmentExtent] = []
      let zeros = [UInt8](repeating: 0, count: 64)
      let cursor = try tier.cursor(over: segment.extents.map(\.extent), readAhead: 4 << 20)
      for entry in segment.extents {
        guard let bytes = try cursor.next() else { break }
        let padding = position.aligned(to: 64) - position
        try zeros.withUnsafeBytes {
          try writeAll(file, UnsafeRawBufferPointer(rebasing: $0[..<padding]), at: position, path)
        }
        position += padding
        try writeAll(file, bytes, at: position, path)
        var copy = entry
        copy.extent.offset = position
        extents.append(copy)
        position += bytes.count
      }
      let directory = SegmentDirectory.encode(extents, partitionCount: partitionCount, encoding: encoding)
      try directory.withUnsafeBytes { try writeAll(file, $0, at: position, path) }
    } catch {
      unlink(path)
      throw error
    }
  }

  private static func writeAll(
    _ file: FileHandle, _ bytes: UnsafeRawBufferPointer, at position: Int, _ path: String
  ) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(file.descriptor, bytes.baseAddress! + done, bytes.count - done, position + done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw StorageError.system("write", path, count == 0 ? ENOSPC : errno) }
      done += count
    }
  }

  /// Reads an exported segment whole: each run with its bytes, all checksums verified.
  ///
  /// - Throws: ``StorageError`` `.corrupt`, naming the file, for anything that is torn, truncated or flipped.
  public static func read(
    _ path: String
  ) throws -> (runs: [(entry: SegmentExtent, bytes: [UInt8])], partitionCount: Int, encoding: UInt32) {
    let input = try FileInput(path)
    var content: [UInt8] = []
    content.reserveCapacity(input.size)
    let cursor = try input.cursor(0..<input.size)
    while let piece = try cursor.next() { content.append(contentsOf: piece) }
    return try content.withUnsafeBytes { bytes in
      let footer = try SegmentDirectory.decodeFooter(bytes, name: path)
      let end = bytes.count - SegmentDirectory.footerSize
      let begin = end - footer.entryCount * SegmentDirectory.entrySize
      guard begin >= 0 else {
        throw StorageError(.corrupt, "read segment \(path): its directory is truncated")
      }
      let entries = try SegmentDirectory.decode(
        UnsafeRawBufferPointer(rebasing: bytes[begin..<end]), footer, object: path, name: path)
      let runs = try entries.map { entry in
        guard entry.extent.offset <= begin, entry.extent.length <= begin - entry.extent.offset else {
          throw StorageError(.corrupt, "read segment \(path): a run lies outside of the file")
        }
        let run = UnsafeRawBufferPointer(
          rebasing: bytes[entry.extent.offset..<entry.extent.offset + entry.extent.length])
        guard crc32c(run) == entry.extent.checksum else {
          throw StorageError(
            .corrupt,
            "read segment \(path): the run of partition \(entry.partition) at \(entry.extent.offset) does not have its checksum"
          )
        }
        return (entry, Array(run))
      }
      return (runs, footer.partitionCount, footer.encoding)
    }
  }
}
