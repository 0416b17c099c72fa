import MapReduce
import Testing

@Suite struct `Wordcount` {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `equals a dictionary on hostile text`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let text = hostileText(seed: seed, words: Int.random(in: 0...600, using: &numbers))
    var plan = CountingPlan()
    plan.partitions = [1, 2, 3, 7, 64].randomElement(using: &numbers)!
    plan.encoding = RecordEncoding.allCases.randomElement(using: &numbers)!
    plan.combine = Bool.random(using: &numbers)
    let cuts = (0..<Int.random(in: 0...5, using: &numbers)).map { _ in
      Int.random(in: 0...text.count, using: &numbers)
    }
    #expect(try countWords(text, cuts: cuts, plan).parts == expectedParts(text, partitions: plan.partitions))
  }

  @Test func `gives the same wherever the text is cut`() throws {
    let text = Array("a bb\r\nccc  a\u{0}a a\u{0} seventeen-letters seventeen-letters\t\n\ntail".utf8)
    let expected = expectedParts(text, partitions: 3)
    for cut in 0...text.count {
      #expect(try countWords(text, cuts: [cut]).parts == expected)
      for second in stride(from: cut, through: text.count, by: 7) {
        #expect(try countWords(text, cuts: [cut, second]).parts == expected)
      }
    }
    #expect(try countWords(text, cuts: Array(0...text.count)).parts == expected)
  }

  @Test(arguments: [true, false]) func `of nothing is nothing`(combine: Bool) throws {
    for text in ["", " ", "\n", " \t\r\n"] {
      let result = try countWords(Array(text.utf8), CountingPlan(combine: combine))
      #expect(result.parts == [[], [], []])
      #expect(result.mapRecords == 0)
    }
  }

  @Test func `tells keys apart that differ only in NUL bytes at the end`() throws {
    for length in [1, 7, 8, 9, 14, 15, 16, 17, 31, 32, 33] {
      var text: [UInt8] = []
      for nuls in 0..<5 {
        text += [UInt8](repeating: 120, count: length) + [UInt8](repeating: 0, count: nuls) + [32]
      }
      text += text
      let result = try countWords(text, CountingPlan(partitions: 1))
      #expect(result.parts == expectedParts(text, partitions: 1))
      #expect(result.mapRecords == 5)
    }
  }

  @Test(arguments: RecordEncoding.allCases) func `keeps keys around every size limit`(
    encoding: RecordEncoding
  ) throws {
    var text: [UInt8] = []
    for length in 1...140 { text += (0..<length).map { UInt8(97 + ($0 * length) % 26) } + [10] }
    let result = try countWords(text + text + text, CountingPlan(partitions: 2, encoding: encoding))
    #expect(result.parts == expectedParts(text + text + text, partitions: 2))
  }

  @Test(arguments: [true, false], RecordEncoding.allCases)
  func `counts one word of millions of bytes`(combine: Bool, encoding: RecordEncoding) throws {
    let word = [UInt8](repeating: 122, count: 3 << 20)
    let text = Array("b ".utf8) + word + Array(" a\n".utf8) + word
    let plan = CountingPlan(partitions: 2, encoding: encoding, combine: combine)
    #expect(
      try countWords(text, cuts: Array(stride(from: 100_000, to: text.count, by: 1 << 20)), plan).parts
        == expectedParts(text, partitions: 2))
  }

  @Test func `looks only at fresh bytes of a long word`() throws {
    // Each call adds 64 bytes to a word that is never finished: over all the 16 million bytes that are handed
    // again, only the new ones may be looked at, or this takes minutes.
    let bytes = [UInt8](repeating: 97, count: 4 << 20)
    let sink = ArraySink(partitions: 1)
    let emitter = try CountEmitter(
      workspace: CountWorkspace(byteBudget: 1 << 20), partitions: 1, encoding: .binary, combine: true,
      sink: sink)
    var kernel = WordCountKernel(emitter: emitter)
    try withGuardedBytes(bytes) { text in
      for end in stride(from: 64, to: text.count, by: 64) {
        let seen = UnsafeRawBufferPointer(rebasing: text[..<end])
        let consumed = try kernel.consume(seen, carried: end - 64, last: false)
        #expect(consumed == 0)
      }
      let consumed = try kernel.consume(text, carried: text.count - 64, last: true)
      #expect(consumed == text.count)
    }
    try emitter.finish()
    #expect(emitter.records == 1)
  }

  @Test func `combines all equal words into one record a map, and none without a combiner`() throws {
    let text = Array(String(repeating: "same ", count: 10_000).utf8)
    let combined = try countWords(text, CountingPlan(partitions: 4))
    #expect(combined.mapRecords == 1)
    let plain = try countWords(text, CountingPlan(partitions: 4, combine: false))
    #expect(plain.mapRecords == 10_000)
    #expect(combined.parts == plain.parts)
  }

  @Test func `has the shuffle of the paper's Table 1 in json without a combiner`() throws {
    // 3.8 bytes a word on average: 4.8 with its space; 22 of frame, the word, one digit.
    let text = Array(String(repeating: "four five thre four sx ", count: 2000).utf8)
    let result = try countWords(text, CountingPlan(encoding: .json, combine: false))
    #expect(result.mapRecords == 10_000)
    #expect(result.shuffleBytes == 10_000 * 23 + 18 * 2000)
    #expect((5.4...5.9).contains(Double(result.shuffleBytes) / Double(text.count)))
  }

  @Test func `all words distinct, and a map table that must be written many times, stay exact`() throws {
    let text = Array((0..<20_000).map { "w\($0 &* 2_654_435_761 % 1_000_003)" }.joined(separator: " ").utf8)
    let result = try countWords(text + [32] + text, CountingPlan(mapBudget: 0))
    #expect(result.flushes > 10)
    #expect(result.parts == expectedParts(text + [32] + text, partitions: 3))
  }

  @Test func `cuts extents at a MiB`() throws {
    let text = Array((0..<60_000).map { "a-rather-long-word-\($0)" }.joined(separator: "\n").utf8)
    for combine in [true, false] {
      let sink = ArraySink(partitions: 2)
      let emitter = try CountEmitter(
        workspace: CountWorkspace(byteBudget: 64 << 20), partitions: 2, encoding: .json, combine: combine,
        sink: sink)
      var kernel = WordCountKernel(emitter: emitter)
      try feed(text, cuts: [], to: &kernel)
      try emitter.finish()
      for extents in sink.extents {
        #expect(extents.count > 1)
        #expect(extents.allSatisfy { $0.bytes.count <= largestExtent && $0.records > 0 })
      }
    }
  }
}
