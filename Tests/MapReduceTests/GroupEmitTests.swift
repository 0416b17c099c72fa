import MapReduce
import Storage
import Testing

@Suite struct `The group emitter` {
  private func rows(_ count: Int, distinct: Int) -> [GroupRow] {
    (0..<count).map {
      GroupRow(
        key: Array("\($0 % distinct &* 7919 % 1_000_003)".utf8),
        value: GroupValue(revenue: Int128($0), rankSum: 3, count: 1))
    }
  }

  @Test func `gives up combining where hardly any key comes again`() throws {
    let rows = rows(40_000, distinct: 40_000)
    let result = try group(rows)
    #expect(result.gaveUp)
    #expect(result.mapRecords == rows.count)
    #expect(result.parts == expectedLines(rows, .sumAndRank, partitions: 2))
    // Keys that come again after that stay rows of their own.
    let more = try group(rows + rows)
    #expect(more.mapRecords == 2 * rows.count)
    #expect(more.parts == expectedLines(rows + rows, .sumAndRank, partitions: 2))
  }

  @Test func `goes on combining where keys come again`() throws {
    let rows = rows(40_000, distinct: 30_000)
    let result = try group(rows)
    #expect(!result.gaveUp)
    #expect(result.mapRecords == 30_000)
    #expect(result.parts == expectedLines(rows, .sumAndRank, partitions: 2))
    // Few rows are never judged.
    #expect(try group(Array(rows.prefix(20_000))).gaveUp == false)
  }

  @Test(arguments: [500, 40_000]) func `writes the same bytes for the same rows`(distinct: Int) throws {
    let rows = rows(40_000, distinct: distinct)
    #expect(try group(rows).shuffled == group(rows).shuffled)
  }

  @Test func `writes the same bytes whatever its worker did before`() throws {
    // The first task leaves more slots than one begins with, as many as the budget lets stay.
    let plan = GroupingPlan(mapBudget: 8 << 20)
    let used = try GroupWorkspace(byteBudget: plan.mapBudget)
    for distinct in [30_000, 150_000, 100, 70_000] {
      // Twice each, or the combiner gives up.
      let rows = rows(150_000, distinct: distinct).flatMap { [$0, $0] }
      let result = try group(rows, plan, mapper: used)
      let fresh = try group(rows, plan)
      #expect(result.shuffled == fresh.shuffled)
      #expect(result.flushes == fresh.flushes)
      #expect((result.flushes > 0) == (distinct == 150_000))
    }
  }

  @Test func `writes its table when it is full`() throws {
    let rows = rows(6000, distinct: 3000)
    let result = try group(rows, GroupingPlan(mapBudget: 100_000))
    #expect(result.flushes > 1)
    #expect(result.mapRecords > 3000)
    #expect(result.parts == expectedLines(rows, .sumAndRank, partitions: 2))
  }

  @Test func `sends each key to its partition`() throws {
    let rows = rows(3000, distinct: 1000)
    for combine in [true, false] {
      let result = try group(rows, GroupingPlan(partitions: 5, combine: combine))
      for (partition, extents) in result.shuffled.enumerated() {
        let keys = try decodeGroups(extents.flatMap { $0 }, .joined, .binary).map(\.key)
        #expect(!keys.isEmpty)
        #expect(keys.allSatisfy { KeyHash.partition(of: KeyHash.of($0), among: 5) == partition })
      }
    }
  }

  @Test(arguments: RecordEncoding.allCases) func `cuts extents at records and at a MiB`(
    encoding: RecordEncoding
  ) throws {
    let rows = rows(100_000, distinct: 100_000)
    let result = try group(rows, GroupingPlan(partitions: 1, encoding: encoding, combine: false))
    #expect(result.shuffled[0].count > 1)
    #expect(result.shuffled[0].allSatisfy { $0.count <= largestExtent })
    var total = 0
    for extent in result.shuffled[0] { total += try decodeGroups(extent, .joined, encoding).count }
    #expect(total == rows.count)
  }

  @Test(arguments: 0..<20 as Range<UInt64>, RecordEncoding.allCases)
  func `sums what fits in the end, in any order`(seed: UInt64, encoding: RecordEncoding) throws {
    var numbers = SeededNumbers(seed: seed)
    // Each number with its opposite, but for one pair that leaves a little.
    var values: [(Int128, Int64)] = [(5, 3)]
    for _ in 0..<Int.random(in: 1...200, using: &numbers) {
      let revenue = Bool.random(using: &numbers) ? .max : Int128(Int64.random(in: 0...9, using: &numbers))
      let rank = Bool.random(using: &numbers) ? .max : Int64.random(in: 0...9, using: &numbers)
      values += [(revenue, rank), (-revenue, -rank)]
    }
    values.shuffle(using: &numbers)
    if seed % 2 == 0 { values.sort { $0.0 > $1.0 } }
    let keys = [Array("key".utf8), Array("a key of more than sixteen bytes".utf8)]
    let rows = values.flatMap { value in
      keys.map { GroupRow(key: $0, value: GroupValue(revenue: value.0, rankSum: value.1, count: 1)) }
    }
    let average = averageText(3 * unit, Int64(values.count))
    for (combine, budget) in [(true, 64 << 20), (false, 64 << 20), (true, 0), (false, 0)] {
      var plan = GroupingPlan(partitions: 1, encoding: encoding, combine: combine)
      plan.reduceBudget = budget
      plan.mapBudget = budget
      let lines = try group(rows, plan).parts[0]
      #expect(
        String(decoding: lines, as: UTF8.self)
          == "\(String(decoding: keys[1], as: UTF8.self))\t0.000000000000000005\t\(average)\n"
          + "key\t0.000000000000000005\t\(average)\n")
    }
  }

  @Test func `says that a sum does not fit`() throws {
    let key = Array("key".utf8)
    let rows = [GroupValue(revenue: .max), GroupValue(revenue: 1)].map { GroupRow(key: key, value: $0) }
    #expect(throws: CountingError.sumOverflow(key: "key")) {
      try group(rows, GroupingPlan(kind: .revenue, line: .sum))
    }
  }
}

@Suite struct `The best groups` {
  @Test(arguments: 0..<10 as Range<UInt64>)
  func `are those with the most revenue, of equal ones the lesser keys`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    // Few different revenues: most are ties.
    let rows = hostileRows(seed: seed, count: 200).map {
      GroupRow(
        key: $0.key,
        value: GroupValue(revenue: Int128(Int.random(in: -2...2, using: &numbers)), rankSum: 1, count: 1))
    }
    let groups = expectedGroups(rows)
    for most in [0, 1, 2, 10, groups.count - 1, groups.count, groups.count + 5] where most >= 0 {
      let expected = groups.sorted {
        $0.value.revenue != $1.value.revenue
          ? $0.value.revenue > $1.value.revenue : $0.key.lexicographicallyPrecedes($1.key)
      }.prefix(most)
      for budget in [0, 1 << 20] {
        var best = BestGroups(most)
        // Two reduces, each with its own best, and the best of both.
        for part in try group(rows, GroupingPlan(reduceBudget: budget)).shuffled {
          var own = BestGroups(most)
          let reducer = try GroupReducer(
            workspace: GroupWorkspace(byteBudget: budget), kind: .joined, encoding: .binary,
            spill: ArraySpill())
          for extent in part { try withGuardedBytes(extent) { try reducer.consume($0) } }
          try reducer.finishUnsorted(&own)
          #expect(own.count <= most)
          try own.emit(to: &best)
        }
        var collector = GroupCollector()
        try best.emit(to: &collector)
        #expect(collector.rows.map(\.key) == expected.map(\.key))
        #expect(collector.rows.map(\.value) == expected.map(\.value))
      }
    }
  }
}
