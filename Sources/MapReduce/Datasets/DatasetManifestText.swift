import Storage

/// The manifest's text, as `docs/format-manifest.md` has it.
extension DatasetManifest {
  static let heading = "marvel-bench-dataset 1"

  /// The whole file.
  func encoded() -> [UInt8] {
    var text = "\(Self.heading)\nkind \(kind.rawValue)\nsize \(size)\n"
    if let origin {
      text += "seed \(origin.seed)\n"
      if kind == .text { text += "vocabulary \(origin.vocabulary.map(String.init) ?? "grows")\n" }
      if let rows = origin.rows { text += "rows \(rows)\n" }
      if let pages = origin.pages { text += "pages \(pages)\n" }
      text += "generator \(origin.generatorVersion)\n"
    }
    text += "block_size \(Self.blockSize)\ngranule_size \(Self.granuleSize)\ndigest \(digest)\n"
    for file in files { text += "file \(file.range.lowerBound) \(file.range.count) \(file.name)\n" }
    for block in 0..<blockCount {
      text += "block \(block) "
      for granule in granules(ofBlock: block) { text += hexadecimal(checksums[granule], digits: 8) }
      text += "\n"
    }
    let body = Array(text.utf8)
    return body + Self.endLine(body[...])
  }

  /// The last line: the checksum of all before it.
  private static func endLine(_ body: ArraySlice<UInt8>) -> [UInt8] {
    Array("end \(hexadecimal(body.withUnsafeBytes { crc32c($0) }, digits: 8))\n".utf8)
  }

  /// - Parameter path: Names the manifest in errors.
  /// - Throws: ``StorageError`` with `.corrupt` where `bytes` are not a whole manifest as it was written,
  ///   `.invalid` where another version of the format wrote it.
  init(decoding bytes: [UInt8], path: String) throws {
    func broken(_ why: String) -> StorageError {
      StorageError(.corrupt, "read \(path): \(why) (remove it with `marvel-bench clean --datasets`)")
    }
    guard bytes.starts(with: Array("marvel-bench-dataset ".utf8)) else {
      throw broken("it is not the manifest of a dataset")
    }
    let end = bytes.count - Self.endLine([]).count
    guard end > 0, bytes[end...].starts(with: Array("end ".utf8)) else { throw broken("its end is missing") }
    guard bytes[end...].elementsEqual(Self.endLine(bytes[..<end])) else {
      throw broken("its bytes do not fit its checksum")
    }
    // From here on the bytes are what a program wrote: what does not fit is another version's.
    var lines = ManifestLines(bytes[..<end], path: path)
    guard try lines.text("marvel-bench-dataset") == "1" else { throw lines.unknown() }
    guard let kind = DatasetKind(rawValue: try lines.text("kind")) else { throw lines.unknown() }
    let size = try lines.number("size")
    var origin: Origin?
    if kind.isGenerated {
      guard let seed = UInt64(try lines.text("seed")) else { throw lines.unknown() }
      var made = Origin(seed: seed, generatorVersion: 0)
      if kind == .text {
        let words = try lines.text("vocabulary")
        made.vocabulary = words == "grows" ? nil : Int(words)
        guard words == "grows" || made.vocabulary != nil else { throw lines.unknown() }
      }
      if let rowSize = kind.rowSize {
        let rows = try lines.number("rows")
        guard rows.multipliedReportingOverflow(by: rowSize) == (size, false) else { throw lines.unknown() }
        made.rows = rows
      }
      if kind == .uservisits { made.pages = try lines.number("pages") }
      made.generatorVersion = try lines.number("generator")
      origin = made
    }
    guard try lines.number("block_size") == Self.blockSize,
      try lines.number("granule_size") == Self.granuleSize
    else { throw lines.unknown() }
    let digest = try lines.text("digest")
    var files: [File] = []
    while let file = lines.next(if: "file") {
      let fields = file.split(separator: " ", maxSplits: 2)
      guard fields.count == 3, let offset = Int(fields[0]), let length = Int(fields[1]), offset >= 0,
        length >= 0, offset <= size, length <= size - offset
      else { throw lines.unknown() }
      files.append(File(name: String(fields[2]), range: offset..<offset + length))
    }
    var checksums: [UInt32] = []
    while let block = lines.next(if: "block") {
      guard let digits = block.split(separator: " ").last?.utf8 else { throw lines.unknown() }
      var rest = digits[...]
      while !rest.isEmpty {
        guard let checksum = UInt32(Substring(rest.prefix(8)), radix: 16) else { throw lines.unknown() }
        checksums.append(checksum)
        rest = rest.dropFirst(8)
      }
    }
    guard lines.isAtEnd, checksums.count == Self.granuleCount(size) else { throw lines.unknown() }
    self.init(kind: kind, size: size, origin: origin, files: files, checksums: checksums)
    guard digest == self.digest else { throw broken("its digest does not fit its checksums") }
  }
}

/// Lines of `key value`, taken in order.
private struct ManifestLines {
  private let lines: [Substring]
  private var index = 0
  private let path: String

  init(_ bytes: ArraySlice<UInt8>, path: String) {
    // The bytes are ASCII: names are percent-encoded.
    lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    self.path = path
  }

  var isAtEnd: Bool { index == lines.count }

  mutating func next(if key: String) -> Substring? {
    guard index < lines.count else { return nil }
    let parts = lines[index].split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0] == key else { return nil }
    index += 1
    return parts[1]
  }

  mutating func text(_ key: String) throws -> String {
    guard let value = next(if: key) else { throw unknown() }
    return String(value)
  }

  mutating func number(_ key: String) throws -> Int {
    guard let number = Int(try text(key)), number >= 0 else { throw unknown() }
    return number
  }

  func unknown() -> StorageError {
    StorageError(
      .invalid,
      "read \(path): line \(index + 1) is not known to this version (remove it with "
        + "`marvel-bench clean --datasets`)")
  }
}
