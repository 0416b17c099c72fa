import Glibc
import Storage

/// What a copy writes into its blocks, and the check of what is read back (`verify`).
///
/// Without `verify` blocks hold random words that no device can compress, filled once and changed a little before each
/// write (fio's `scramble_buffers`, its default), or filled anew with `refill_buffers`. With `verify=crc32c` each block has
/// a stamp of 48 bytes that says where and when it was written, and a checksum over all its bytes
/// (`docs/format-verify.md`); with `verify=pattern` it is the pattern over and over, from the block's start.
public struct BlockContent: Sendable {
  private let kind: VerifyKind
  private let pattern: [UInt8]
  private let refills: Bool
  private let seed: UInt64
  /// What the copy reads was written by itself, so that seed and file are known.
  private let isOwn: Bool

  /// - Parameter seed: The copy's (``IOJob/seed(ofCopy:entropy:)``).
  public init(_ job: IOJob, seed: UInt64) {
    kind = job.verify
    pattern = job.verifyPattern
    refills = job.refillBuffers
    self.seed = seed
    isOwn = job.pattern.writes
  }

  /// Random words that depend on `seed` alone; the bytes of a shorter buffer are the first ones of a longer.
  public static func fill(_ buffer: UnsafeMutableRawBufferPointer, seed: UInt64) {
    var random = RandomWords(seed: seed)
    fill(buffer, &random)
  }

  /// Makes a buffer ready for ``write(_:offset:file:generation:)``, once, before the clock.
  public func prepare(_ buffer: UnsafeMutableRawBufferPointer, number: Int) {
    Self.fill(buffer, seed: seed &+ RandomWords.mixed(UInt64(number)))
  }

  /// Puts into `block` what is to be written.
  ///
  /// - Parameters:
  ///   - block: One that ``prepare(_:number:)`` filled. With `verify=crc32c` of at least ``BlockStamp/size`` bytes.
  ///   - offset: Where in the file it will lie.
  ///   - file: Which of the job's files.
  ///   - generation: Grows with each time that the block is written; for instance the pass, or the request's number.
  @inline(__always)
  public func write(_ block: UnsafeMutableRawBufferPointer, offset: Int, file: Int, generation: UInt64) {
    switch kind {
    case .none:
      if refills {
        Self.fill(block, seed: seed ^ RandomWords.mixed(UInt64(offset) ^ generation &* RandomWords.step))
      } else {
        Self.scramble(block, offset: UInt64(offset), generation)
      }
    case .crc32c:
      BlockStamp(
        offset: UInt64(offset), seed: seed, generation: generation, length: UInt64(block.count),
        file: UInt32(file)
      ).write(block)
    case .pattern: repeatPattern(block)
    }
  }

  /// Compares what was read with what must have been written there; nil where it is right, or nothing is to be checked.
  ///
  /// - Parameters:
  ///   - generation: Nil where it is not known which of several writes was the last.
  public func check(_ block: UnsafeRawBufferPointer, offset: Int, file: Int, generation: UInt64? = nil)
    -> BlockDifference?
  {
    switch kind {
    case .none: return nil
    case .pattern: return patternDifference(block, offset: offset)
    case .crc32c:
      return BlockStamp.check(
        block, offset: UInt64(offset), seed: isOwn ? seed : nil, generation: generation,
        file: isOwn ? UInt32(file) : nil)
    }
  }

  @inline(__always)
  static func fill(_ buffer: UnsafeMutableRawBufferPointer, _ random: inout RandomWords) {
    guard let base = buffer.baseAddress else { return }
    let whole = buffer.count & ~7
    var position = 0
    while position < whole {
      base.storeBytes(of: random.next().littleEndian, toByteOffset: position, as: UInt64.self)
      position &+= 8
    }
    guard position < buffer.count else { return }
    withUnsafeBytes(of: random.next().littleEndian) {
      (base + position).copyMemory(from: $0.baseAddress!, byteCount: buffer.count - position)
    }
  }

  /// Three words in each 512 bytes, where fio puts them: enough that no two blocks are the same to a device.
  @inline(__always)
  private static func scramble(_ block: UnsafeMutableRawBufferPointer, offset: UInt64, _ generation: UInt64) {
    guard let base = block.baseAddress else { return }
    let line = Int(truncatingIfNeeded: (offset &>> 9) ^ generation) & 7
    var position = 0
    var place = offset
    while position &+ 512 <= block.count {
      base.storeBytes(of: place, toByteOffset: position &+ line &* 64, as: UInt64.self)
      base.storeBytes(of: generation, toByteOffset: position &+ 48, as: UInt64.self)
      base.storeBytes(of: place ^ generation, toByteOffset: position &+ 56, as: UInt64.self)
      position &+= 512
      place &+= 512
    }
  }

  private func repeatPattern(_ block: UnsafeMutableRawBufferPointer) {
    guard let base = block.baseAddress else { return }
    pattern.withUnsafeBytes { base.copyMemory(from: $0.baseAddress!, byteCount: min($0.count, block.count)) }
    // Each copy doubles what is there.
    var done = pattern.count
    while done < block.count {
      let count = min(done, block.count - done)
      (base + done).copyMemory(from: base, byteCount: count)
      done += count
    }
  }

  private func patternDifference(_ block: UnsafeRawBufferPointer, offset: Int) -> BlockDifference? {
    guard let base = block.baseAddress, block.count > 0 else { return nil }
    let head = min(pattern.count, block.count)
    let isRight = pattern.withUnsafeBytes {
      memcmp(base, $0.baseAddress!, head) == 0
        // Each byte equals the one a pattern before it.
        && (block.count == head || memcmp(base + head, base, block.count - head) == 0)
    }
    if isRight { return nil }
    let position = block.indices.first { block[$0] != pattern[$0 % pattern.count] }!
    return BlockDifference(
      offset: UInt64(offset), part: .content, position: position,
      expected: UInt64(pattern[position % pattern.count]), actual: UInt64(block[position]))
  }
}

/// What is wrong with a block that was read back.
public struct BlockDifference: Equatable, Sendable, CustomStringConvertible {
  public enum Part: String, CaseIterable, Sendable {
    case magic, version, offset, length, seed, file, generation, checksum, content
  }

  /// Where in its file the block lies.
  public var offset: UInt64
  public var part: Part
  /// The first wrong byte, from the block's start: of the field, or of the content.
  public var position: Int
  /// The field's value, or one byte of content.
  public var expected: UInt64
  public var actual: UInt64

  public init(offset: UInt64, part: Part, position: Int, expected: UInt64, actual: UInt64) {
    self.offset = offset
    self.part = part
    self.position = position
    self.expected = expected
    self.actual = actual
  }

  public var description: String {
    let (found, wanted) = (Self.hex(actual), Self.hex(expected))
    let what = part == .content ? "byte \(position)" : "\(part.rawValue) (byte \(position))"
    return "block at offset \(offset): \(what) is \(found), must be \(wanted)"
  }

  private static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
