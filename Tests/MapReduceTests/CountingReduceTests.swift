import MapReduce
import Storage
import Testing

@Suite struct `The count reduce` {
  @Test(arguments: 0..<12 as Range<UInt64>)
  func `gives the same output when it must spill`(seed: UInt64) throws {
    var text: [UInt8] = []
    var numbers = SeededNumbers(seed: seed)
    for _ in 0..<8000 {
      let word = Int.random(in: 0...Int.random(in: 1...6000, using: &numbers), using: &numbers)
      text += Array("k\(word)".utf8) + (word % 7 == 0 ? Array("-a-longer-key-of-this-run".utf8) : []) + [32]
    }
    text += hostileText(seed: seed, words: 300)
    let encoding = seed % 2 == 0 ? RecordEncoding.binary : .json
    let plan = CountingPlan(partitions: 2, encoding: encoding, combine: seed % 3 == 0, reduceBudget: 0)
    let result = try countWords(text, plan)
    #expect(result.spilledBytes > 0)
    #expect(result.parts == expectedParts(text, partitions: 2))
  }

  @Test func `merges in several passes when there are more runs than are merged at once`() throws {
    // 70 runs and more of 768 keys each.
    let text = Array((0..<64_000).map { "\($0 &* 7919 % 64_007)" }.joined(separator: "\n").utf8)
    let result = try countWords(text, CountingPlan(partitions: 1, reduceBudget: 0))
    #expect(result.parts == expectedParts(text, partitions: 1))
    #expect(result.spilledBytes > 64_000 * 7 + 40_000 * 7)
  }

  @Test func `without a place to spill says that memory is too small`() throws {
    let reducer = CountReducer(workspace: try CountWorkspace(byteBudget: 0), encoding: .binary, spill: nil)
    let extent = (0..<5000).flatMap { encode(Array("key\($0)".utf8), 1, .binary) }
    #expect(throws: CountingError.overBudget(bytes: 0)) {
      try withGuardedBytes(extent) { try reducer.consume($0) }
    }
  }

  @Test func `refuses a spilled run that was damaged`() throws {
    final class Damaged: SpillStore {
      let inner = ArraySpill()
      func beginRun() throws { try inner.beginRun() }
      func append(_ chunk: UnsafeRawBufferPointer) throws {
        try inner.append(UnsafeRawBufferPointer(rebasing: chunk.dropLast()))
      }
      func endRun() throws -> Int { try inner.endRun() }
      func cursor(overRun run: Int) throws -> any ExtentCursor { try inner.cursor(overRun: run) }
      func discard(run: Int) throws { try inner.discard(run: run) }
    }
    let reducer = CountReducer(
      workspace: try CountWorkspace(byteBudget: 0), encoding: .binary, spill: Damaged())
    let extent = (0..<5000).flatMap { encode(Array("key\($0)".utf8), 1, .binary) }
    try withGuardedBytes(extent) { try reducer.consume($0) }
    #expect(throws: CountingError.self) { _ = try reducer.finish { _ in } }
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `sorts keys as unsigned bytes, the shorter first`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    // Few letters and shared beginnings make ties at every depth; NULs at the end are the hardest.
    let letters: [UInt8] = [[97, 98], [0, 1], [0, 255], [127, 128], [97]].randomElement(using: &numbers)!
    let shared = [UInt8](
      repeating: letters[0], count: [0, 3, 8, 16, 40, 1000].randomElement(using: &numbers)!)
    var keys = Set<[UInt8]>()
    for _ in 0..<Int.random(in: 1...700, using: &numbers) {
      let length = Int.random(in: 0...Int.random(in: 0...40, using: &numbers), using: &numbers)
      keys.insert(shared + (0..<length).map { _ in letters.randomElement(using: &numbers)! })
    }
    let extent = keys.flatMap { encode($0, 1, .binary) }
    let sorted = keys.sorted { $0.lexicographicallyPrecedes($1) }
    let expected: [UInt8] = Array(sorted.map { $0 + [9, 0x31, 10] }.joined())
    #expect(try reduce(extent, .binary) == expected)
  }

  @Test func `writes blocks of whole lines of about a MiB`() throws {
    let reducer = CountReducer(
      workspace: try CountWorkspace(byteBudget: 64 << 20), encoding: .binary, spill: nil)
    for part in 0..<8 {
      let extent = (0..<20_000).flatMap {
        encode(Array("a-key-with-some-length-\(part)-\($0)".utf8), 1, .binary)
      }
      try withGuardedBytes(extent) { try reducer.consume($0) }
    }
    final class Blocks { var sizes: [Int] = []; var whole = true }
    let blocks = Blocks()
    let total = try reducer.finish {
      blocks.sizes.append($0.count)
      blocks.whole = blocks.whole && $0.last == 10
    }
    #expect(blocks.whole)
    #expect(blocks.sizes.count > 4)
    #expect(blocks.sizes.dropLast().allSatisfy { (1_000_000...(1 << 20)).contains($0) })
    #expect(total.lines == 160_000)
    #expect(total.bytes == blocks.sizes.reduce(0, +))
  }

  @Test func `starts clean after another activation used its memory`() throws {
    let workspace = try CountWorkspace(byteBudget: 8 << 20)
    for round in 0..<3 {
      let words = round == 1 ? 30_000 : 10
      let reducer = CountReducer(workspace: workspace, encoding: .binary, spill: nil)
      let extent = (0..<words).flatMap { encode(Array("r\(round)-\($0)-and-more-than-16".utf8), 2, .binary) }
      try withGuardedBytes(extent) { try reducer.consume($0) }
      let total = try reducer.finish { _ in }
      #expect(total.lines == words)
      // One that is given up half-way leaves its keys in the table.
      let abandoned = CountReducer(workspace: workspace, encoding: .binary, spill: nil)
      try withGuardedBytes(extent) { try abandoned.consume($0) }
    }
  }
}
