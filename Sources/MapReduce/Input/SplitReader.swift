import CSystemIO
import Glibc
import Metrics
import Storage

/// The part of a map that sees the input: fed chunk by chunk, never record by record.
public protocol ChunkConsumer: ~Copyable {
  /// Called once before the first bytes; `offset` is where in the file they lie. By default it is ignored.
  mutating func begin(at offset: Int)

  /// Consumes the whole records at the start of `bytes` and returns how many bytes those were.
  ///
  /// What is not consumed (an unfinished record) is handed again at the start of the next call, followed by new
  /// bytes. ``readableSlack`` bytes behind the end can be read.
  ///
  /// - Parameters:
  ///   - carried: How many leading bytes an earlier call has seen already: the record's end is not among
  ///     them, so searching only the rest keeps one line of any length linear.
  ///   - last: No bytes will follow; all must be consumed.
  mutating func consume(_ bytes: UnsafeRawBufferPointer, carried: Int, last: Bool) throws -> Int
}

extension ChunkConsumer where Self: ~Copyable {
  public mutating func begin(at offset: Int) {}
}

/// Feeds the lines of a split to a consumer.
///
/// Hadoop's rule on any byte boundary: a line belongs to the split in which it starts. So reading begins one
/// byte early and skips to the first line start, and goes on behind the end until the last line is whole.
public struct SplitReader {
  /// Where the split's bytes lie.
  public enum Source {
    /// Blocks staged to a tier, with checksums.
    case tier(any Tier)
    /// A user's own file.
    case file(FileInput)
  }

  private let split: InputSplit
  private let source: Source
  private let readAhead: Int
  private let looksOnce: Bool

  /// - Parameters:
  ///   - readAhead: Bytes that may be in flight while the consumer computes.
  ///   - looksOnce: The consumer does little more than look at each byte: a file is then read where it lies in the
  ///     page cache. What works longer on the bytes is faster on a copy in the core's own cache.
  public init(_ split: InputSplit, from source: Source, readAhead: Int = 8 << 20, looksOnce: Bool = false) {
    self.split = split
    self.source = source
    self.readAhead = readAhead
    self.looksOnce = looksOnce
  }

  public func feed(_ consumer: inout some ChunkConsumer & ~Copyable) throws {
    let range = split.range
    let size = split.file.size
    guard !range.isEmpty else { return }
    let granule = split.file.granule
    let first = max(0, range.lowerBound - 1) / granule
    let granules = (size + granule - 1) / granule
    // The line at the end nearly always ends within the granule that follows; the rest is opened only where it does not.
    let main = min(granules, (range.upperBound - 1) / granule + 2)
    var state = Feeding(range: range, fileSize: size, position: first * granule)
    defer { state.free() }
    try state.run(try cursor(first..<main, readAhead: readAhead), &consumer)
    var next = main
    while !state.done, next < granules {
      let upTo = min(granules, next + 16)
      try state.run(try cursor(next..<upTo, readAhead: granule), &consumer)
      next = upTo
    }
    precondition(state.done)
    if case .file(let input) = source { try input.check() }
  }

  private func cursor(_ granules: Range<Int>, readAhead: Int) throws -> any ExtentCursor {
    switch source {
    case .tier(let tier):
      return try tier.cursor(over: extents(granules), readAhead: readAhead)
    case .file(let input):
      let granule = split.file.granule
      let end = min(granules.upperBound * granule, split.file.size)
      let range = granules.lowerBound * granule..<end
      return try looksOnce
        ? input.cachedCursor(range, pieceSize: granule) : input.cursor(range, pieceSize: granule)
    }
  }

  private func extents(_ granules: Range<Int>) -> [Extent] {
    let file = split.file
    var extents: [Extent] = []
    extents.reserveCapacity(granules.count)
    var block = 0
    var blockStart = 0
    for index in granules {
      let start = index * file.granule
      while start >= blockStart + file.blocks[block].length {
        blockStart += file.blocks[block].length
        block += 1
      }
      let place = file.blocks[block]
      extents.append(
        Extent(
          object: place.object, offset: place.offset + start - blockStart,
          length: min(file.granule, file.size - start),
          checksum: file.checksums.isEmpty ? 0 : file.checksums[index - file.firstGranule]))
    }
    return extents
  }
}

/// Where a split's reading stands between two chunks.
private struct Feeding {
  let range: Range<Int>
  let fileSize: Int
  /// Offset in the file of the next chunk's first byte.
  var position: Int
  var done = false
  /// Whether the consumer has been told where its first byte lies.
  private var hasBegun = false
  /// Still looking for the first line start.
  private var seeking: Bool
  /// The unfinished record: in the tier's memory (memory tiers), else at the start of `scratch`.
  private var carry = UnsafeRawBufferPointer(start: nil, count: 0)
  private var scratch: UnsafeMutableRawPointer?
  private var scratchCapacity = 0

  init(range: Range<Int>, fileSize: Int, position: Int) {
    self.range = range
    self.fileSize = fileSize
    self.position = position
    seeking = range.lowerBound > 0
  }

  mutating func free() {
    scratch?.deallocate()
    scratch = nil
  }

  mutating func run(_ cursor: any ExtentCursor, _ consumer: inout some ChunkConsumer & ~Copyable) throws {
    let headroom = cursor.headroom
    while !done {
      if headroom > 0, !carry.isEmpty { keepCarryInScratch() }
      guard let chunk = try cursor.next() else { return }
      let start = position
      guard let (lines, last) = trim(chunk) else { continue }
      if !hasBegun {
        consumer.begin(at: start + (lines.baseAddress.map { $0 - chunk.baseAddress! } ?? 0))
        hasBegun = true
      }
      let bytes = join(lines, headroom: lines.baseAddress == chunk.baseAddress ? headroom : 0)
      let carried = bytes.count - lines.count
      let consumed = try consumer.consume(bytes, carried: carried, last: last)
      precondition(consumed >= 0 && consumed <= bytes.count && (!last || consumed == bytes.count))
      carry = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
      done = last
    }
  }

  /// The part of the chunk that belongs to the split's lines, and whether it is the last; nil where there is none yet.
  private mutating func trim(_ chunk: UnsafeRawBufferPointer) -> (UnsafeRawBufferPointer, last: Bool)? {
    let start = position
    let end = position + chunk.count
    position = end
    var low = 0
    var high = chunk.count
    var last = end == fileSize
    if seeking {
      let from = max(start, range.lowerBound - 1) - start
      guard let newline = newline(in: chunk, from: from) else {
        // A line that started before this split fills the chunk: past the split's end nothing can start in it.
        done = last || end >= range.upperBound
        return nil
      }
      guard start + newline + 1 < range.upperBound else {
        done = true
        return nil
      }
      low = newline + 1
      seeking = false
    }
    if end >= range.upperBound {
      let from = max(start + low, range.upperBound - 1) - start
      if let newline = newline(in: chunk, from: from) {
        high = newline + 1
        last = true
      }
    }
    return (UnsafeRawBufferPointer(rebasing: chunk[low..<high]), last)
  }

  private func newline(in chunk: UnsafeRawBufferPointer, from: Int) -> Int? {
    guard from < chunk.count, let base = chunk.baseAddress else { return nil }
    return memchr(base + from, 10, chunk.count - from).map { UnsafeRawPointer($0) - base }
  }

  /// The carry and the new bytes, contiguous: in place where possible, in the chunk's headroom, else in scratch.
  private mutating func join(_ lines: UnsafeRawBufferPointer, headroom: Int) -> UnsafeRawBufferPointer {
    guard !carry.isEmpty, let carryBase = carry.baseAddress else { return lines }
    guard let base = lines.baseAddress else { return carry }
    let count = carry.count + lines.count
    if carryBase + carry.count == base { return UnsafeRawBufferPointer(start: carryBase, count: count) }
    if carry.count <= headroom {
      let start = UnsafeMutableRawPointer(mutating: base) - carry.count
      start.copyMemory(from: carryBase, byteCount: carry.count)
      return UnsafeRawBufferPointer(start: start, count: count)
    }
    keepCarryInScratch(room: lines.count)
    scratch!.advanced(by: carry.count).copyMemory(from: base, byteCount: lines.count)
    return UnsafeRawBufferPointer(start: scratch, count: count)
  }

  /// Moves the carry to the start of scratch, which grows geometrically, so that a long record is copied a
  /// bounded number of times.
  private mutating func keepCarryInScratch(room: Int = 0) {
    guard let base = carry.baseAddress else { return }
    let needed = carry.count + room
    if needed > scratchCapacity {
      let capacity = max(needed, scratchCapacity * 2)
      let grown = UnsafeMutableRawPointer.allocate(byteCount: capacity + readableSlack, alignment: 64)
      grown.copyMemory(from: base, byteCount: carry.count)
      scratch?.deallocate()
      scratch = grown
      scratchCapacity = capacity
    } else if scratch.map({ UnsafeRawPointer($0) != base }) ?? false {
      memmove(scratch!, base, carry.count)
    }
    carry = UnsafeRawBufferPointer(start: scratch, count: carry.count)
  }
}
