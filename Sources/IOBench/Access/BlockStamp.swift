import Storage

/// The first bytes of a block written with `verify=crc32c`: `docs/format-verify.md` has them byte by byte.
public struct BlockStamp: Equatable, Sendable {
  /// Bytes of a stamp; a block is at least as long.
  public static let size = 48
  /// `MBVB` as the first four bytes.
  static let magic: UInt32 = 0x4256_424d
  static let version: UInt32 = 1

  public var offset: UInt64
  public var seed: UInt64
  public var generation: UInt64
  public var length: UInt64
  public var file: UInt32

  private enum Position {
    static let magic = 0
    static let version = 4
    static let offset = 8
    static let seed = 16
    static let generation = 24
    static let length = 32
    static let file = 40
    static let checksum = 44
  }

  public init(offset: UInt64, seed: UInt64, generation: UInt64, length: UInt64, file: UInt32) {
    self.offset = offset
    self.seed = seed
    self.generation = generation
    self.length = length
    self.file = file
  }

  /// Fills a whole block: stamp, content, checksum.
  func write(_ block: UnsafeMutableRawBufferPointer) {
    precondition(block.count >= Self.size)
    func put(_ value: some FixedWidthInteger, at position: Int) {
      block.storeBytes(of: value.littleEndian, toByteOffset: position, as: type(of: value).self)
    }
    put(Self.magic, at: Position.magic)
    put(Self.version, at: Position.version)
    put(offset, at: Position.offset)
    put(seed, at: Position.seed)
    put(generation, at: Position.generation)
    put(length, at: Position.length)
    put(file, at: Position.file)
    var random = content
    BlockContent.fill(UnsafeMutableRawBufferPointer(rebasing: block[Self.size...]), &random)
    put(Self.checksum(UnsafeRawBufferPointer(block)), at: Position.checksum)
  }

  /// The words behind the stamp: they follow from it.
  private var content: RandomWords {
    RandomWords(seed: seed ^ RandomWords.mixed(offset ^ generation &* RandomWords.step) ^ UInt64(file))
  }

  /// Over all bytes but its own four.
  private static func checksum(_ block: UnsafeRawBufferPointer) -> UInt32 {
    let front = crc32c(UnsafeRawBufferPointer(rebasing: block[..<Position.checksum]))
    return crc32c(UnsafeRawBufferPointer(rebasing: block[size...]), continuing: front)
  }

  /// The first thing that is wrong with a block; nil where all is right. What is nil is not compared, but is still covered
  /// by the checksum.
  static func check(
    _ block: UnsafeRawBufferPointer, offset: UInt64, seed: UInt64?, generation: UInt64?, file: UInt32?
  ) -> BlockDifference? {
    precondition(block.count >= size)
    func word(_ position: Int) -> UInt64 {
      UInt64(littleEndian: block.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
    func half(_ position: Int) -> UInt64 {
      UInt64(UInt32(littleEndian: block.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
    }
    let found = BlockStamp(
      offset: word(Position.offset), seed: word(Position.seed), generation: word(Position.generation),
      length: word(Position.length), file: UInt32(half(Position.file)))
    let fields: [(BlockDifference.Part, Int, UInt64?, UInt64)] = [
      (.magic, Position.magic, UInt64(magic), half(Position.magic)),
      (.version, Position.version, UInt64(version), half(Position.version)),
      (.offset, Position.offset, offset, found.offset),
      (.length, Position.length, UInt64(block.count), found.length),
      (.seed, Position.seed, seed, found.seed),
      (.file, Position.file, file.map(UInt64.init), UInt64(found.file)),
      (.generation, Position.generation, generation, found.generation),
    ]
    for (part, position, expected, actual) in fields {
      guard let expected, expected != actual else { continue }
      return BlockDifference(
        offset: offset, part: part, position: position, expected: expected, actual: actual)
    }
    let stored = half(Position.checksum)
    let computed = UInt64(checksum(block))
    guard stored != computed else { return nil }
    return found.contentDifference(block)
      ?? BlockDifference(
        offset: offset, part: .checksum, position: Position.checksum, expected: computed, actual: stored)
  }

  /// The first wrong byte behind the stamp; nil where most of them are, so that rather the stamp is wrong.
  private func contentDifference(_ block: UnsafeRawBufferPointer) -> BlockDifference? {
    var expected = [UInt8](repeating: 0, count: block.count - Self.size)
    var random = content
    expected.withUnsafeMutableBytes { BlockContent.fill($0, &random) }
    let wrong = expected.indices.filter { expected[$0] != block[Self.size + $0] }
    guard let first = wrong.first, wrong.count * 2 <= expected.count else { return nil }
    return BlockDifference(
      offset: offset, part: .content, position: Self.size + first, expected: UInt64(expected[first]),
      actual: UInt64(block[Self.size + first]))
  }
}
