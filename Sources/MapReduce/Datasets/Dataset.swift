import Glibc
import Metrics
import Storage

/// A whole dataset in a store, open for reading. As long as it is referenced nobody deletes it.
public final class Dataset: @unchecked Sendable {
  /// Names it in its store: ``DatasetSpec/id``, or `files-` and 16 digits from the files' bytes.
  public let id: String
  /// The folder that holds the blocks and the manifest.
  public let path: String
  public let manifest: DatasetManifest
  /// The user's files whose bytes it has, as they were named this time; empty for what was generated.
  public internal(set) var imported: [(path: String, range: Range<Int>)] = []
  /// Holds the shared lock.
  private let folder: DatasetFile

  static let manifestName = "manifest"
  /// Bytes that a thread reads, checks or makes at once: granules of one block.
  static let stripeGranules = 4

  init(id: String, folder: DatasetFile) throws {
    self.id = id
    self.folder = folder
    path = folder.path
    let manifestPath = "\(folder.path)/\(Self.manifestName)"
    let file = try DatasetFile(manifestPath, .read)
    let size = Int(try file.status().st_size)
    var bytes = [UInt8](repeating: 0, count: size)
    let count = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
    manifest = try DatasetManifest(decoding: Array(bytes[..<count]), path: manifestPath)
  }

  /// The file that holds block `block`, all its bytes and no others.
  public func blockPath(_ block: Int) -> String { "\(path)/\(Self.blockName(block))" }

  static func blockName(_ block: Int) -> String {
    let digits = String(block)
    return "block-" + String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
  }

  /// Reads every byte and compares it with the manifest.
  ///
  /// - Parameter goesOn: Asked now and then on the calling thread, with the bytes read; false throws
  ///   `CancellationError`.
  /// - Throws: ``StorageError`` with `.corrupt`, naming the block's file and the offset in it.
  public func verify(threads: Int, goesOn: (_ bytes: Int) -> Bool = { _ in true }) throws {
    let buffers = ThreadBuffers(threads: threads, size: Self.stripeGranules * DatasetManifest.granuleSize)
    for block in 0..<manifest.blockCount {
      let file = try openBlock(block)
      let granules = manifest.granules(ofBlock: block)
      let stripes = (granules.count + Self.stripeGranules - 1) / Self.stripeGranules
      nonisolated(unsafe) let shared = file
      try forEachInParallel(
        stripes, threads: threads,
        goesOn: { goesOn(min(self.manifest.size, block * DatasetManifest.blockSize + $0 * buffers.size)) }
      ) { stripe, thread in
        let first = granules.lowerBound + stripe * Self.stripeGranules
        let last = min(first + Self.stripeGranules, granules.upperBound)
        try self.check(first..<last, of: shared, firstInBlock: granules.lowerBound, buffers[thread])
      }
    }
  }

  /// Where a byte of an imported dataset comes from; nil where it was generated.
  ///
  /// - Returns: The user's file, and the byte in it.
  public func source(of offset: Int) -> (path: String, offset: Int)? {
    imported.last { !$0.range.isEmpty && $0.range.lowerBound <= offset }
      .map { ($0.path, offset - $0.range.lowerBound) }
  }

  /// The number of a byte's line in the user's file, from 1: counts the lines before it.
  public func line(of offset: Int) throws -> Int {
    let start = offset - (source(of: offset)?.offset ?? offset)
    var line = 1
    for block in 0..<manifest.blockCount {
      let first = block * DatasetManifest.blockSize
      let before = (start..<offset).clamped(to: first..<first + manifest.blockLength(block))
      guard !before.isEmpty else { continue }
      line += try FileInput(blockPath(block)).lineEnds(
        in: before.lowerBound - first..<before.upperBound - first)
    }
    return line
  }

  private func check(
    _ granules: Range<Int>, of file: DatasetFile, firstInBlock: Int, _ buffer: UnsafeMutableRawBufferPointer
  ) throws {
    let offset = (granules.lowerBound - firstInBlock) * DatasetManifest.granuleSize
    let length = granules.reduce(0) { $0 + manifest.granuleLength($1) }
    let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<length])
    guard try file.read(at: offset, into: bytes) == length else {
      throw Self.broken(file.path, "it ended while it was read")
    }
    var start = 0
    for granule in granules {
      let end = start + manifest.granuleLength(granule)
      guard
        crc32c(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) == manifest.checksums[granule]
      else { throw Self.broken(file.path, "the bytes at \(offset + start) do not fit their checksum") }
      start = end
    }
  }

  private func openBlock(_ block: Int) throws -> DatasetFile {
    let file = try DatasetFile(blockPath(block), .read)
    let size = Int(try file.status().st_size)
    guard size == manifest.blockLength(block) else {
      throw Self.broken(file.path, "it has \(size) bytes instead of \(manifest.blockLength(block))")
    }
    return file
  }

  private static func broken(_ path: String, _ why: String) -> StorageError {
    StorageError(.corrupt, "read \(path): \(why) (remove it with `marvel-bench clean --datasets`)")
  }
}
