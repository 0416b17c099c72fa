/// One text of the input: a user's file where it lies, or a dataset staged to a tier as blocks.
public struct InputFile: Sendable, Equatable {
  /// A contiguous piece of the file on its tier.
  public struct Block: Sendable, Equatable {
    public var object: String
    /// Where the block starts: an offset as the tier's writer returned it.
    public var offset: Int
    public var length: Int

    public init(object: String, offset: Int, length: Int) {
      self.object = object
      self.offset = offset
      self.length = length
    }
  }

  /// What errors call it: the path, or dataset and file.
  public var name: String
  public var size: Int
  /// In order, back to back; all but the last a multiple of ``granule``.
  public var blocks: [Block]
  /// Bytes that one checksum covers: reads are cut here.
  public var granule: Int
  /// CRC32C of granule `firstGranule + i`; empty for a user's file, which nobody has checksummed.
  public var checksums: [UInt32]
  public var firstGranule: Int

  public init(
    name: String, size: Int, blocks: [Block], granule: Int, checksums: [UInt32], firstGranule: Int = 0
  ) {
    self.name = name
    self.size = size
    self.blocks = blocks
    self.granule = granule
    self.checksums = checksums
    self.firstGranule = firstGranule
  }
}

/// A map's input: the lines that start in `range` of a file.
public struct InputSplit: Sendable, Equatable {
  public var file: InputFile
  public var range: Range<Int>

  public init(file: InputFile, range: Range<Int>) {
    self.file = file
    self.range = range
  }

  /// Covers a file of `size` bytes with ranges of `splitSize`, the last one shorter; none for an empty file.
  public static func ranges(size: Int, splitSize: Int) -> [Range<Int>] {
    precondition(splitSize > 0)
    return stride(from: 0, to: size, by: splitSize).map { $0..<min($0 + splitSize, size) }
  }

  /// The split as its activation carries it: with the checksums from its first granule on, since how far its
  /// last line reaches is known only when it is read.
  public var trimmed: InputSplit {
    guard !file.checksums.isEmpty else { return self }
    var copy = self
    let first = max(0, range.lowerBound - 1) / file.granule
    copy.file.checksums = Array(file.checksums[(first - file.firstGranule)...])
    copy.file.firstGranule = first
    return copy
  }
}
