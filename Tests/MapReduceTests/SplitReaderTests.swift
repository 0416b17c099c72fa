import Glibc
import Metrics
import Storage
import Testing

@testable import MapReduce

/// A tier of one object in memory whose cursor hands out granules as a copying tier (headroom, recycled buffer)
/// or as a memory tier does (in place).
private final class GranuleCursor: ExtentCursor {
  let text: [UInt8]
  var pending: [Extent]
  let headroom: Int
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 64)
  private let base: UnsafeRawPointer

  init(_ text: [UInt8], base: UnsafeRawPointer, _ extents: [Extent], headroom: Int) {
    self.text = text
    self.base = base
    pending = extents
    self.headroom = headroom
  }

  deinit { buffer.deallocate() }

  func next() -> UnsafeRawBufferPointer? {
    guard !pending.isEmpty else { return nil }
    let extent = pending.removeFirst()
    if headroom == 0 { return UnsafeRawBufferPointer(start: base + extent.offset, count: extent.length) }
    // What was handed out before is no longer valid: a reader that still looks at it sees '#'.
    memset(buffer.baseAddress!, 35, buffer.count)
    (buffer.baseAddress! + headroom).copyMemory(from: base + extent.offset, byteCount: extent.length)
    return UnsafeRawBufferPointer(start: buffer.baseAddress! + headroom, count: extent.length)
  }
}

private final class TextTier: Tier {
  let text: [UInt8]
  let base: UnsafeMutableRawPointer
  let headroom: Int
  init(_ text: [UInt8], headroom: Int) {
    self.text = text
    self.headroom = headroom
    base = .allocate(byteCount: text.count + readableSlack, alignment: 64)
    text.withUnsafeBytes { if let from = $0.baseAddress { base.copyMemory(from: from, byteCount: $0.count) } }
  }
  deinit { base.deallocate() }

  var kind: TierKind { .dram }
  var provenance: Provenance { .measured }
  var capabilities: TierCapabilities { [] }
  var durability: Durability { .none }
  var alignment: Int { 1 }
  var engine: String { "memcpy" }
  var counters: TierCounters { TierCounters() }
  func cursor(over extents: [Extent], readAhead: Int) -> any ExtentCursor {
    GranuleCursor(text, base: base, extents, headroom: headroom)
  }
  private var unused: StorageError { StorageError(.invalid, "a split is only read") }
  func create(_ name: String, owner: UInt32, expecting: Int?) throws -> any ObjectWriter { throw unused }
  func publish(_ attempt: String, as name: String) throws { throw unused }
  func withBytes<R>(of extent: Extent, _ body: (RawSpan) throws -> R) throws -> R { throw unused }
  func delete(_ name: String) throws { throw unused }
  func list(prefix: String) throws -> [String] { throw unused }
  func append(_ record: [UInt8], toLog name: String) throws { throw unused }
  func records(ofLog name: String) throws -> [[UInt8]] { throw unused }
  func compareAndSwap(_ key: String, version: UInt64, value: [UInt8]) throws -> UInt64? { throw unused }
  func value(of key: String) throws -> (version: UInt64, bytes: [UInt8])? { throw unused }
  func reclaim(owner: UInt32) throws { throw unused }
}

/// Collects whole lines, and holds the feeder to its contract.
private struct LineCollector: ChunkConsumer {
  var lines: [[UInt8]] = []
  var left = 0
  var violations = 0
  /// Where the first byte was said to lie.
  var begun: [Int] = []

  mutating func begin(at offset: Int) {
    violations += lines.isEmpty && left == 0 ? 0 : 1
    begun.append(offset)
  }

  mutating func consume(_ bytes: UnsafeRawBufferPointer, carried: Int, last: Bool) -> Int {
    violations += carried == left && !bytes[..<carried].contains(10) ? 0 : 1
    var consumed = 0
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == 10 {
      lines.append(Array(bytes[start...index]))
      start = index + 1
      consumed = start
    }
    if last, start < bytes.count {
      lines.append(Array(bytes[start...]))
      consumed = bytes.count
    }
    left = bytes.count - consumed
    return consumed
  }
}

private func file(_ text: [UInt8], granule: Int, blockSize: Int) -> InputFile {
  let blocks = InputSplit.ranges(size: text.count, splitSize: blockSize)
    .map { InputFile.Block(object: "b", offset: $0.lowerBound, length: $0.count) }
  return InputFile(name: "text", size: text.count, blocks: blocks, granule: granule, checksums: [])
}

/// The lines by their offsets, cut in the plainest way.
private func lines(_ text: [UInt8]) -> [(start: Int, bytes: [UInt8])] {
  var result: [(Int, [UInt8])] = []
  var start = 0
  while start < text.count {
    let end = text[start...].firstIndex(of: 10).map { $0 + 1 } ?? text.count
    result.append((start, Array(text[start..<end])))
    start = end
  }
  return result
}

struct SplitReaderTests {
  static let texts: [String] = [
    "", "\n", "a", "a\n", "\n\n\n", "one\ntwo\nthree", "one\r\ntwo\r\n", "a\n\nbb\n\n\nccc\n",
    "a long line without any end that spans many granules and splits",
    "x\n" + String(repeating: "y", count: 50) + "\nz",
  ]

  @Test(arguments: texts, [0, 4, 4096])
  func `a line is read by exactly the split in which it starts, whatever the boundary`(
    text: String, headroom: Int
  )
    throws
  {
    let text = Array(text.utf8)
    let tier = TextTier(text, headroom: headroom)
    for granule in [1, 3, 8, 64] {
      for splitSize in 1...max(1, text.count) {
        let file = file(text, granule: granule, blockSize: granule * 2)
        for range in InputSplit.ranges(size: text.count, splitSize: splitSize) {
          var collector = LineCollector()
          try SplitReader(InputSplit(file: file, range: range), from: .tier(tier)).feed(&collector)
          let expected = lines(text).filter { range.contains($0.start) }
          #expect(collector.lines == expected.map(\.bytes), "granule \(granule), range \(range)")
          #expect(collector.begun == expected.prefix(1).map(\.start))
          #expect(collector.violations == 0)
        }
      }
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `random texts are cut into their lines`(seed: UInt64) throws {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    func random(_ below: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(below))
    }
    let text = (0..<random(3000)).map { _ in random(20) == 0 ? UInt8(10) : UInt8(random(256)) }
    let tier = TextTier(text, headroom: [0, 7, 4096][random(3)])
    let file = file(text, granule: 1 + random(300), blockSize: 1)
    var blocks = file
    blocks.blocks = InputSplit.ranges(size: text.count, splitSize: file.granule * (1 + random(4)))
      .map { InputFile.Block(object: "b", offset: $0.lowerBound, length: $0.count) }
    var seen: [[UInt8]] = []
    for range in InputSplit.ranges(size: text.count, splitSize: 1 + random(800)) {
      var collector = LineCollector()
      try SplitReader(InputSplit(file: blocks, range: range), from: .tier(tier)).feed(&collector)
      seen += collector.lines
      #expect(collector.violations == 0)
    }
    #expect(seen == lines(text).map(\.bytes))
  }
}
