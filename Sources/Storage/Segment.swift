import Glibc

/// One run of one partition in a segment: an extent, how many records it holds, and whether they are sorted by key.
public struct SegmentExtent: Hashable, Sendable {
  public var partition: Int
  public var extent: Extent
  public var records: Int
  public var sorted: Bool

  public init(partition: Int, extent: Extent, records: Int, sorted: Bool) {
    self.partition = partition
    self.extent = extent
    self.records = records
    self.sorted = sorted
  }
}

/// What a map returns of its segment.
public struct Segment: Hashable, Sendable {
  /// In the order in which they were appended; a partition may have several, or none.
  public var extents: [SegmentExtent]
  /// The directory and the footer, the last extent of the object: with it ``SegmentReader`` opens the whole.
  public var directory: Extent

  public init(extents: [SegmentExtent], directory: Extent) {
    self.extents = extents
    self.directory = directory
  }
}

/// The bytes at the end of a segment: docs/format-segment.md.
enum SegmentDirectory {
  static let entrySize = 40
  static let footerSize = 32
  static let version: UInt32 = 1
  static let magic: [UInt8] = Array("MBSEGMT1".utf8)

  struct Footer {
    var entryCount: Int
    var partitionCount: Int
    var encoding: UInt32
    var directoryChecksum: UInt32
  }

  static func encode(_ extents: [SegmentExtent], partitionCount: Int, encoding: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(extents.count * entrySize + footerSize)
    func put<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    for entry in extents {
      put(UInt32(entry.partition))
      put(UInt32(entry.sorted ? 1 : 0))
      put(UInt64(entry.extent.offset))
      put(UInt64(entry.extent.length))
      put(UInt64(entry.records))
      put(entry.extent.checksum)
      put(UInt32(0))
    }
    let directoryChecksum = bytes.withUnsafeBytes { crc32c($0) }
    let footer = bytes.count
    put(UInt32(extents.count))
    put(UInt32(partitionCount))
    put(encoding)
    put(version)
    put(directoryChecksum)
    bytes.append(contentsOf: magic)
    put(bytes.withUnsafeBytes { crc32c(UnsafeRawBufferPointer(rebasing: $0[footer...])) })
    return bytes
  }

  /// - Parameter name: What errors call the segment.
  static func decodeFooter(_ bytes: UnsafeRawBufferPointer, name: String) throws -> Footer {
    func corrupt(_ what: String) -> StorageError {
      StorageError(.corrupt, "read segment \(name): \(what): it is torn, truncated or no segment")
    }
    guard bytes.count >= footerSize else { throw corrupt("\(bytes.count) bytes hold no footer") }
    let footer = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - footerSize)...])
    func word(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: footer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    guard footer[20..<28].elementsEqual(magic) else { throw corrupt("no footer at its end") }
    guard word(28) == crc32c(UnsafeRawBufferPointer(rebasing: footer[..<28])) else {
      throw corrupt("the footer's checksum does not fit")
    }
    guard word(12) == version else {
      throw StorageError(
        .invalid,
        "read segment \(name): format version \(word(12)); known here: \(version) (another release wrote it)")
    }
    return Footer(
      entryCount: Int(word(0)), partitionCount: Int(word(4)), encoding: word(8), directoryChecksum: word(16))
  }

  /// - Parameter bytes: The directory's entries, without the footer.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, _ footer: Footer, object: String, name: String
  ) throws -> [SegmentExtent] {
    guard bytes.count == footer.entryCount * entrySize, crc32c(bytes) == footer.directoryChecksum else {
      throw StorageError(.corrupt, "read segment \(name): the directory's checksum does not fit")
    }
    return try (0..<footer.entryCount).map { index in
      func load<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: index * entrySize + offset, as: type))
      }
      // The checksum holds, so that this is what was written; but who wrote it may have been wrong.
      guard let offset = Int(exactly: load(8, UInt64.self)), let length = Int(exactly: load(16, UInt64.self)),
        let records = Int(exactly: load(24, UInt64.self)), load(0, UInt32.self) < footer.partitionCount
      else { throw StorageError(.corrupt, "read segment \(name): entry \(index) is out of range") }
      return SegmentExtent(
        partition: Int(load(0, UInt32.self)),
        extent: Extent(object: object, offset: offset, length: length, checksum: load(32, UInt32.self)),
        records: records, sorted: load(4, UInt32.self) & 1 == 1)
    }
  }
}

/// Writes one segment: the partitions' runs one after the other, then their directory.
///
/// Records never straddle extents; the caller cuts a partition into runs of about 1 MiB at record boundaries, so
/// that a reader's memory is bounded.
public struct SegmentWriter: ~Copyable {
  private let writer: any ObjectWriter
  private let partitionCount: Int
  private let encoding: UInt32
  private var extents: [SegmentExtent] = []

  /// - Parameters:
  ///   - encoding: How records are written, a number of the caller's; stands in the footer.
  public init(_ writer: any ObjectWriter, partitionCount: Int, encoding: UInt32) {
    precondition(partitionCount > 0)
    self.writer = writer
    self.partitionCount = partitionCount
    self.encoding = encoding
  }

  /// Appends a copy of `bytes`, which hold `records` whole records of one partition.
  @discardableResult
  public mutating func append(
    partition: Int, _ bytes: UnsafeRawBufferPointer, records: Int, sorted: Bool
  ) throws -> SegmentExtent {
    record(try writer.append(bytes), partition, records, sorted)
  }

  /// Room for one run of at most `capacity` bytes, filled in place, then ``commit(partition:length:records:sorted:)``ted.
  public mutating func reserve(_ capacity: Int) throws -> UnsafeMutableRawBufferPointer {
    try writer.reserve(capacity)
  }

  @discardableResult
  public mutating func commit(
    partition: Int, length: Int, records: Int, sorted: Bool
  ) throws -> SegmentExtent {
    record(try writer.commit(length: length), partition, records, sorted)
  }

  private mutating func record(
    _ extent: Extent, _ partition: Int, _ records: Int, _ sorted: Bool
  ) -> SegmentExtent {
    precondition(partition >= 0)
    precondition(partition < partitionCount)
    precondition(records >= 0)
    let entry = SegmentExtent(partition: partition, extent: extent, records: records, sorted: sorted)
    extents.append(entry)
    return entry
  }

  /// Writes the directory and the footer and finishes the object.
  public consuming func finish() throws -> Segment {
    let directory = SegmentDirectory.encode(extents, partitionCount: partitionCount, encoding: encoding)
    let extent = try directory.withUnsafeBytes { try writer.append($0) }
    try writer.finish()
    return Segment(extents: extents, directory: extent)
  }
}

/// A finished segment on a tier, opened by its directory's extent.
public struct SegmentReader: Sendable {
  public let extents: [SegmentExtent]
  public let partitionCount: Int
  public let encoding: UInt32

  /// - Throws: ``StorageError`` `.corrupt`, naming the segment, where directory or footer are not what was written.
  public init(_ tier: any Tier, directory: Extent) throws {
    let name = "\(tier.kind.rawValue):\(directory.object)"
    (extents, partitionCount, encoding) = try tier.withBytes(of: directory) { span in
      try span.withUnsafeBytes { bytes in
        let footer = try SegmentDirectory.decodeFooter(bytes, name: name)
        let entries = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - SegmentDirectory.footerSize)])
        let extents = try SegmentDirectory.decode(entries, footer, object: directory.object, name: name)
        return (extents, footer.partitionCount, footer.encoding)
      }
    }
  }
}
