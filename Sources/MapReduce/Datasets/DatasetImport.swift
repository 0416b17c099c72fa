import Glibc
import Metrics
import Storage

extension DatasetStore {
  /// The user's own files as one dataset, copied to the store unless it has the same bytes already.
  ///
  /// The files follow one another in the order given, folders by their regular files, sorted by path, hidden
  /// ones left out. Where a file does not end with a newline and another follows, one newline is added, so
  /// that their lines are not joined; ``DatasetManifest/files`` has each file's own range.
  ///
  /// - Parameter progress: As in ``ensure(_:threads:verifying:progress:)``; bytes are counted twice, once read
  ///   for their checksums and once copied.
  /// - Throws: ``StorageError``: `.missing`, `.denied`, `.invalid` (not a regular file, nothing to import),
  ///   `.io` where a file changed while it was read.
  public func importFiles(
    _ paths: [String], threads: Int, progress: (_ done: Int, _ size: Int) -> Bool = { _, _ in true }
  ) throws -> Dataset {
    let source = try ImportSource(paths)
    let size = source.size
    let sums = ChecksumTable(count: DatasetManifest.granuleCount(size))
    let buffers = ThreadBuffers(threads: threads, size: DatasetManifest.granuleSize)
    let granules = DatasetManifest.granuleCount(size)
    try forEachInParallel(
      granules, threads: threads, goesOn: { progress(min(size, $0 * buffers.size), 2 * size) }
    ) { granule, thread in
      let length = min(buffers.size, size - granule * buffers.size)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: buffers[thread][..<length])
      try source.read(at: granule * buffers.size, into: bytes)
      sums[granule] = crc32c(UnsafeRawBufferPointer(bytes))
    }
    let manifest = DatasetManifest(
      kind: .files, size: size, origin: nil, files: source.manifestFiles, checksums: sums.all)
    let id = "files-\(manifest.contentKey)"
    let dataset = try make(id, goesOn: { progress(size, 2 * size) }) { folder in
      try DatasetFolder.requireSpace(size, at: folder)
      let copied = try DatasetWriter(folder: folder, size: size, threads: threads)
        .write(goesOn: { progress(size + $0, 2 * size) }) { granule, target in
          try source.read(at: granule * DatasetManifest.granuleSize, into: target)
        }
      if let granule = copied.indices.first(where: { copied[$0] != manifest.checksums[$0] }) {
        throw source.changed(at: granule * DatasetManifest.granuleSize)
      }
      return manifest
    }
    guard dataset.manifest.digest == manifest.digest else {
      throw StorageError(
        .corrupt, "read \(dataset.path): it is not the dataset with digest \(manifest.digest)")
    }
    dataset.imported = source.files
    return dataset
  }
}

extension DatasetManifest {
  /// 16 hexadecimal digits from the digest and where files begin: names an imported dataset in its store.
  var contentKey: String {
    let digits = UInt64(digest.prefix(16), radix: 16) ?? 0
    let key = files.reduce(digits) { TextRandom.mixed($0 ^ UInt64($1.range.upperBound)) }
    return hexadecimal(key, digits: 16)
  }
}

/// Files back to back, read as one sequence of bytes from any thread.
private final class ImportSource: @unchecked Sendable {
  private struct Part {
    var file: DatasetFile
    var range: Range<Int>
  }

  /// In order; between two ranges there may be one byte, an added newline.
  private var parts: [Part] = []
  private(set) var size = 0

  init(_ paths: [String]) throws {
    guard !paths.isEmpty else { throw StorageError(.invalid, "import: no file is named") }
    var endsLine = true
    for path in try InputPaths.expand(paths) {
      let file = try DatasetFile(path, .read)
      let status = try file.status()
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw StorageError(.invalid, "import \(path): it is neither a regular file nor a folder")
      }
      let length = Int(status.st_size)
      if length > 0, !endsLine { size += 1 }
      parts.append(Part(file: file, range: size..<size + length))
      size += length
      if length > 0 { endsLine = try Self.lastByte(of: file, length) == UInt8(ascii: "\n") }
    }
    guard !parts.isEmpty else {
      throw StorageError(.invalid, "import \(paths.joined(separator: ", ")): there is no file in it")
    }
  }

  var files: [(path: String, range: Range<Int>)] { parts.map { ($0.file.path, $0.range) } }

  var manifestFiles: [DatasetManifest.File] {
    parts.map { DatasetManifest.File(name: Self.encoded($0.file.path), range: $0.range) }
  }

  /// Fills `target` with the bytes from `offset` on.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
    let wanted = offset..<offset + target.count
    // What no file covers is an added newline.
    target.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "\n"))
    var index = firstPart(endingAfter: offset)
    while index < parts.count, parts[index].range.lowerBound < wanted.upperBound {
      let part = parts[index]
      let common = part.range.clamped(to: wanted)
      if !common.isEmpty {
        let bytes = UnsafeMutableRawBufferPointer(
          rebasing: target[(common.lowerBound - offset)..<(common.upperBound - offset)])
        guard try part.file.read(at: common.lowerBound - part.range.lowerBound, into: bytes) == bytes.count
        else { throw StorageError(.io, "import \(part.file.path): it became shorter while it was read") }
      }
      index += 1
    }
  }

  func changed(at offset: Int) -> StorageError {
    let index = min(firstPart(endingAfter: offset), parts.count - 1)
    return StorageError(
      .io, "import \(parts[index].file.path): it, or a file behind it, changed while it was read")
  }

  private func firstPart(endingAfter offset: Int) -> Int {
    var low = 0
    var high = parts.count
    while low < high {
      let middle = (low + high) / 2
      if parts[middle].range.upperBound > offset { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private static func lastByte(of file: DatasetFile, _ length: Int) throws -> UInt8 {
    var byte: UInt8 = 0
    let count = try withUnsafeMutableBytes(of: &byte) { try file.read(at: length - 1, into: $0) }
    guard count == 1 else {
      throw StorageError(.io, "import \(file.path): it became shorter while it was read")
    }
    return byte
  }

  private static func encoded(_ path: String) -> String {
    path.utf8.reduce(into: "") { text, byte in
      if (33...126).contains(byte), byte != UInt8(ascii: "%") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "%" + hexadecimal(byte, digits: 2)
      }
    }
  }
}
