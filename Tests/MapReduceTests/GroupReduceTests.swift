import MapReduce
import Storage
import Testing

@Suite struct `Groups` {
  @Test(arguments: 0..<48 as Range<UInt64>)
  func `are what a dictionary says, whatever the plan`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed &+ 1000)
    let kind = GroupKind.allCases.randomElement(using: &numbers)!
    let plan = GroupingPlan(
      kind: kind, line: kind == .revenue ? .sum : GroupLine.allCases.randomElement(using: &numbers)!,
      partitions: Int.random(in: 1...3, using: &numbers),
      encoding: RecordEncoding.allCases.randomElement(using: &numbers)!,
      combine: Bool.random(using: &numbers), mapBudget: [0, 64 << 20].randomElement(using: &numbers)!,
      reduceBudget: [0, 64 << 20].randomElement(using: &numbers)!)
    let rows = hostileRows(seed: seed, count: Int.random(in: 0...1000, using: &numbers), kind: kind)
    let result = try group(rows, plan)
    #expect(result.parts == expectedLines(rows, plan.line, partitions: plan.partitions))
    if !plan.combine { #expect(result.mapRecords == rows.count) }
    // Another order of rows, another way: the same bytes.
    var other = plan
    other.combine.toggle()
    other.encoding = plan.encoding == .binary ? .json : .binary
    #expect(try group(rows.shuffled(using: &numbers), other).parts == result.parts)
  }

  @Test(arguments: RecordEncoding.allCases) func `with keys of 100 kB are like others`(
    encoding: RecordEncoding
  ) throws {
    let long = [UInt8](repeating: 0x61, count: 100_000)
    var rows: [GroupRow] = []
    for index in 0..<60 {
      let key = index % 3 == 0 ? long : long.dropLast(index % 7) + Array("\(index % 10)".utf8)
      rows.append(GroupRow(key: key, value: GroupValue(revenue: Int128(index), rankSum: 1, count: 1)))
      rows.append(GroupRow(key: [], value: GroupValue(revenue: 1, rankSum: -1, count: 1)))
    }
    for budget in [0, 64 << 20] {
      let plan = GroupingPlan(partitions: 1, encoding: encoding, mapBudget: budget, reduceBudget: budget)
      let result = try group(rows, plan)
      #expect(result.parts == expectedLines(rows, .sumAndRank, partitions: 1))
      #expect((result.spilledBytes > 0) == (budget == 0))
    }
  }

  @Test func `merge in several passes when there are more runs than are merged at once`() throws {
    // 78 runs of 256 keys each.
    let rows = (0..<20_000).map {
      GroupRow(
        key: Array("\($0 &* 7919 % 20_011)".utf8),
        value: GroupValue(revenue: Int128($0), rankSum: 2, count: 1))
    }
    let result = try group(rows + rows, GroupingPlan(partitions: 1, combine: false, reduceBudget: 0))
    #expect(result.parts == expectedLines(rows + rows, .sumAndRank, partitions: 1))
    // What is merged once more is spilled twice.
    let bytes = result.shuffled[0].reduce(0) { $0 + $1.count }
    #expect(result.spilledBytes > bytes + bytes / 4)
  }

  @Test(arguments: 0..<28 as Range<UInt64>)
  func `come sorted as unsigned bytes, the shorter key first`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let letters: [UInt8] = [
      [97, 98], [0, 1], [0, 255], [127, 128], [97], Array(0...255), Array("0123456789.".utf8),
    ]
    .randomElement(using: &numbers)!
    let shared = [UInt8](
      repeating: letters[0], count: [0, 3, 8, 16, 40, 1000].randomElement(using: &numbers)!)
    var rows: [GroupRow] = []
    for _ in 0..<Int.random(in: 1...[30, 500, 5000].randomElement(using: &numbers)!, using: &numbers) {
      let length = Int.random(in: 0...Int.random(in: 0...40, using: &numbers), using: &numbers)
      rows.append(
        GroupRow(
          key: shared + (0..<length).map { _ in letters.randomElement(using: &numbers)! },
          value: GroupValue(revenue: unit)))
    }
    let plan = GroupingPlan(kind: .revenue, line: .sum, partitions: 1)
    #expect(try group(rows, plan).parts == expectedLines(rows, .sum, partitions: 1))
  }

  @Test func `without a place to spill say that memory is too small`() throws {
    let reducer = try GroupReducer(
      workspace: GroupWorkspace(byteBudget: 0), kind: .revenue, encoding: .binary, spill: nil)
    let records = try GroupWorkspace(byteBudget: 0)
    let extent = try (0..<600).flatMap {
      try encodeGroup(Array("key\($0)".utf8), GroupValue(revenue: 1), .revenue, .binary, records)
    }
    #expect(throws: CountingError.overBudget(bytes: 0)) {
      try withGuardedBytes(extent) { try reducer.consume($0) }
    }
  }

  @Test func `of a spilled run that was damaged are refused`() throws {
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
    let reducer = try GroupReducer(
      workspace: GroupWorkspace(byteBudget: 0), kind: .revenue, encoding: .binary, spill: Damaged())
    let records = try GroupWorkspace(byteBudget: 0)
    let extent = try (0..<600).flatMap {
      try encodeGroup(Array("key\($0)".utf8), GroupValue(revenue: 1), .revenue, .binary, records)
    }
    try withGuardedBytes(extent) { try reducer.consume($0) }
    #expect(throws: CountingError.self) { _ = try lines(of: reducer, .sum) }
  }

  @Test(arguments: [0, 1 << 20]) func `whose sums do not fit are an error`(budget: Int) throws {
    func reduce(_ values: [GroupValue]) throws -> String {
      let spill = ArraySpill()
      let reducer = try GroupReducer(
        workspace: GroupWorkspace(byteBudget: budget), kind: .joined, encoding: .binary, spill: spill)
      for value in values {
        for key in ["short", "a key of more than sixteen bytes"] {
          let extent = try encodeGroup(Array(key.utf8), value, .joined, .binary)
          try withGuardedBytes(extent) { try reducer.consume($0) }
        }
      }
      return String(decoding: try lines(of: reducer, .sumAndRank), as: UTF8.self)
    }
    let most = GroupValue(revenue: .max, rankSum: .max, count: .max - 1)
    let least = GroupValue(revenue: .min, rankSum: .min, count: 1)
    // In the order of the keys: the first does not fit either.
    let overflow = CountingError.sumOverflow(key: "a key of more than sixteen bytes")
    let sum = "\t-0.000000000000000001\t0.000000\n"
    #expect(try reduce([most, least]) == "a key of more than sixteen bytes\(sum)short\(sum)")
    #expect(throws: overflow) { try reduce([most, GroupValue(revenue: 1, count: 1)]) }
    #expect(throws: overflow) {
      try reduce([most, GroupValue(revenue: 0, rankSum: 1, count: 1)])
    }
    // Of a count it is only known that there is one.
    #expect {
      try reduce([most, GroupValue(revenue: 0, count: 2)])
    } throws: {
      if case .sumOverflow = $0 as? CountingError { true } else { false }
    }
    #expect(throws: overflow) { try reduce([least, GroupValue(revenue: -1, count: 1)]) }
    #expect(throws: overflow) {
      try reduce([least, GroupValue(revenue: 0, rankSum: -1, count: 1)])
    }
  }

  @Test func `start clean after another activation used the memory`() throws {
    let workspace = try GroupWorkspace(byteBudget: 8 << 20)
    for round in 0..<3 {
      let number = round == 1 ? 3000 : 10
      let rows = (0..<number).map {
        GroupRow(
          key: Array("r\(round)-\($0)-and-more-than-16".prefix($0 % 2 == 0 ? 99 : 9).utf8),
          value: GroupValue(revenue: Int128(round)))
      }
      let extent = try group(rows, GroupingPlan(kind: .revenue, line: .sum, partitions: 1)).shuffled[0]
        .flatMap { $0 }
      let reducer = try GroupReducer(workspace: workspace, kind: .revenue, encoding: .binary, spill: nil)
      try withGuardedBytes(extent) { try reducer.consume($0) }
      #expect(try lines(of: reducer, .sum) == expectedLines(rows, .sum, partitions: 1)[0])
      // One that is given up half-way leaves its groups in the table and in the batch.
      let abandoned = try GroupReducer(workspace: workspace, kind: .revenue, encoding: .binary, spill: nil)
      try withGuardedBytes(extent) { try abandoned.consume($0) }
      let sink = ArraySink(partitions: 1)
      let emitter = try GroupEmitter(
        workspace: workspace, kind: .revenue, partitions: 1, encoding: .binary, combine: true, sink: sink)
      try withGuardedBytes([1, 2]) { try emitter.add($0.baseAddress!, 2, GroupValue(revenue: 1)) }
    }
  }

  @Test func `come as blocks of whole lines of about a MiB`() throws {
    final class Blocks { var sizes: [Int] = []; var whole = true }
    let blocks = Blocks()
    var writer = try GroupLineWriter(.sum) {
      blocks.sizes.append($0.count)
      blocks.whole = blocks.whole && $0.last == 10
    }
    let key = [UInt8](repeating: 0x6b, count: 100)
    try withSlack(key) {
      for _ in 0..<40_000 { try writer.visit($0, key.count, GroupValue(revenue: unit / 3)) }
    }
    try writer.flush()
    #expect(blocks.whole)
    #expect(blocks.sizes.count > 4)
    #expect(blocks.sizes.dropLast().allSatisfy { (1_000_000...(1 << 20)).contains($0) })
    #expect(writer.lines == 40_000)
    #expect(writer.bytes == blocks.sizes.reduce(0, +))
  }
}
