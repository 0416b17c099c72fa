import Storage

/// What a stored dataset consists of: blocks of 64 MiB, checked in granules of 256 KiB.
///
/// Its bytes are one sequence; block b has `b * blockSize ..< min(size, (b + 1) * blockSize)`, granule g
/// `g * granuleSize ..< min(size, (g + 1) * granuleSize)`. Lines straddle granules and blocks.
/// Stored as text, see `docs/format-manifest.md`.
public struct DatasetManifest: Equatable, Sendable {
  /// Bytes of a block, the last one may be shorter.
  public static let blockSize = 64 << 20
  /// Bytes of a granule, the last one may be shorter: what has a checksum, and is read or written as a whole.
  public static let granuleSize = 256 << 10

  /// A file that was imported, at `range` of the dataset's bytes.
  ///
  /// Where a file's last byte is no newline and another file follows, one newline was added behind `range`:
  /// no line goes on from one file into the next.
  public struct File: Equatable, Sendable {
    /// The path as it was given, percent-encoded: all but printable ASCII, and `%`.
    public var name: String
    public var range: Range<Int>

    public init(name: String, range: Range<Int>) {
      self.name = name
      self.range = range
    }
  }

  /// How the bytes were generated.
  public struct Origin: Equatable, Sendable {
    public var seed: UInt64
    /// Of a text; nil for one that grows with the size.
    public var vocabulary: Int?
    /// Of a table; nil for a text.
    public var rows: Int?
    /// Of `uservisits`; nil for other kinds.
    public var pages: Int?
    public var generatorVersion: Int
  }

  public let kind: DatasetKind
  /// Bytes.
  public let size: Int
  /// Nil for imported files.
  public let origin: Origin?
  /// Empty for generated datasets.
  public let files: [File]
  /// CRC32C of granule g.
  public let checksums: [UInt32]
  /// 32 hexadecimal digits, from the size and all checksums in order: the column `dataset_digest`.
  public let digest: String

  init(kind: DatasetKind, size: Int, origin: Origin?, files: [File], checksums: [UInt32]) {
    precondition(checksums.count == Self.granuleCount(size))
    self.kind = kind
    self.size = size
    self.origin = origin
    self.files = files
    self.checksums = checksums
    digest = Self.digest(size: size, checksums: checksums)
  }

  init(spec: DatasetSpec, checksums: [UInt32]) {
    let origin = Origin(
      seed: spec.seed, vocabulary: spec.vocabulary, rows: spec.rows, pages: spec.pages,
      generatorVersion: spec.generatorVersion)
    self.init(kind: spec.kind, size: spec.size, origin: origin, files: [], checksums: checksums)
  }

  public var blockCount: Int { size / Self.blockSize + (size % Self.blockSize > 0 ? 1 : 0) }

  public func blockLength(_ block: Int) -> Int { min(Self.blockSize, size - block * Self.blockSize) }

  /// The granules of a block.
  public func granules(ofBlock block: Int) -> Range<Int> {
    let perBlock = Self.blockSize / Self.granuleSize
    return block * perBlock..<min(checksums.count, (block + 1) * perBlock)
  }

  public func granuleLength(_ granule: Int) -> Int {
    min(Self.granuleSize, size - granule * Self.granuleSize)
  }

  /// The block's granules as extents of `object`, in which the block starts at `offset`.
  public func extents(ofBlock block: Int, object: String, offset: Int = 0) -> [Extent] {
    granules(ofBlock: block).map { granule in
      Extent(
        object: object, offset: offset + granule * Self.granuleSize - block * Self.blockSize,
        length: granuleLength(granule), checksum: checksums[granule])
    }
  }

  static func granuleCount(_ size: Int) -> Int { size / granuleSize + (size % granuleSize > 0 ? 1 : 0) }

  /// Two lanes of 64 bits; each takes the size, then `length << 32 | checksum` of every granule in order.
  static func digest(size: Int, checksums: [UInt32]) -> String {
    var lanes: (UInt64, UInt64) = (0x6D61_7276_656C_3031, 0x6461_7461_7365_7432)
    func take(_ value: UInt64) {
      lanes.0 = TextRandom.mixed(lanes.0 ^ value)
      lanes.1 = TextRandom.mixed(lanes.1 &+ value &* 0x9E37_79B9_7F4A_7C15)
    }
    take(UInt64(size))
    for (granule, checksum) in checksums.enumerated() {
      take(UInt64(min(granuleSize, size - granule * granuleSize)) << 32 | UInt64(checksum))
    }
    return hexadecimal(lanes.0, digits: 16) + hexadecimal(lanes.1, digits: 16)
  }
}

/// `value` as `digits` lower-case hexadecimal digits.
func hexadecimal(_ value: some FixedWidthInteger & UnsignedInteger, digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
