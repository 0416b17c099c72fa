import MapReduce
import Storage
import Testing

@Suite struct `Records of groups` {
  @Test(arguments: RecordEncoding.allCases, GroupKind.allCases)
  func `come back as they were`(encoding: RecordEncoding, kind: GroupKind) throws {
    let edges: [Int128] = [
      0, 1, -1, 127, 128, -128, -129, 255, 256, 999_999_999, 1_000_000_000, 1_000_000_001, -1_000_000_000,
      unit,
      -unit, unit - 1, .max, .min, .max - 1, .min + 1, .max / 1_000_000_000 * 1_000_000_000,
      .min / 1_000_000_000 * 1_000_000_000, Int128(Int64.max) * 1_000_000_000,
      Int128(Int64.min) * 1_000_000_000,
      (Int128(Int64.max) + 1) * 1_000_000_000, (Int128(Int64.min) - 1) * 1_000_000_000, 1 << 118, -(1 << 118),
      511 * 1_953_125, 512 * 1_953_125, 512 * 1_953_126, 1 << 9, 1 << 126,
    ]
    let highs: [Int32] = [0, 1, -1, 2, -2, 1000, -70_000, .max, .min + 1]
    let workspace = try GroupWorkspace(byteBudget: 1 << 20)
    var numbers = SeededNumbers(seed: 3)
    let random = (0..<100).map { _ in
      Int128(truncatingIfNeeded: UInt128.random(in: 0...(.max), using: &numbers))
        >> Int.random(in: 0...127, using: &numbers)
    }
    for revenue in edges + random + random.map({ $0 / 1_000_000_000 * 1_000_000_000 }) {
      var value = GroupValue(revenue: revenue)
      if kind == .joined {
        value.rankSum = Int64(bitPattern: numbers.next()) >> Int64.random(in: 0...63, using: &numbers)
        value.count = max(1, Int64(numbers.next() >> UInt64.random(in: 1...63, using: &numbers)))
      }
      // Parts of sums that a result cannot have.
      if Bool.random(using: &numbers) {
        value.revenueHigh = highs.randomElement(using: &numbers)!
        if kind == .joined { value.rankHigh = highs.randomElement(using: &numbers)! }
      }
      let key = (0..<Int.random(in: 0...20, using: &numbers)).map { _ in
        UInt8.random(in: 0...255, using: &numbers)
      }
      let record = try encodeGroup(key, value, kind, encoding, workspace)
      let back = try decodeGroups(record, kind, encoding, workspace)
      #expect(back.map(\.key) == [key])
      #expect(back.map(\.value) == [value])
    }
  }

  @Test func `have the bytes that the format's page says`() throws {
    let key = Array("10.0.0.1".utf8)
    let plain = GroupValue(revenue: unit / 2)
    let joined = GroupValue(revenue: -unit / 4, rankSum: -3, count: 300)
    #expect(try encodeGroup(key, plain, .revenue, .binary) == [8] + key + [5, 1, 0x00, 0x65, 0xcd, 0x1d])
    #expect(
      try encodeGroup(key, joined, .joined, .binary) == [8] + key + [
        8, 0xac, 0x02, 5, 1, 0x80, 0x4d, 0x19, 0xf1,
      ])
    #expect(try encodeGroup([], GroupValue(revenue: 0), .revenue, .binary) == [0, 1, 1])
    #expect(try encodeGroup([], GroupValue(revenue: -1), .revenue, .binary) == [0, 2, 0, 0xff])
    // Twice the least revenue, and a rank of 2⁶⁴ - 1.
    let wide = GroupValue(revenue: 0, rankSum: -1, count: 2, revenueHigh: -1, rankHigh: 1)
    let revenue = [UInt8](repeating: 0, count: 16) + [0xff, 0xff, 0xff, 0xff]
    #expect(
      try encodeGroup([], GroupValue(revenue: 0, revenueHigh: -1), .revenue, .binary) == [0, 21, 2] + revenue)
    #expect(
      try encodeGroup([], wide, .joined, .binary)
        == [0, 41, 0, 2, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0xff, count: 8) + [0, 0, 0, 0] + revenue)
    #expect(
      String(decoding: try encodeGroup([], wide, .joined, .json), as: UTF8.self)
        == #"{"key":"","value":"{\"AdRevenue\":-340282366920938463463.374607431768211456,"#
        + #"\"PageRank\":18446744073709551615,\"Count\":2}"}"# + "\n")
    #expect(
      String(decoding: try encodeGroup(key, plain, .revenue, .json), as: UTF8.self)
        == #"{"key":"10.0.0.1","value":"0.5"}"# + "\n")
    #expect(
      String(decoding: try encodeGroup(key, joined, .joined, .json), as: UTF8.self)
        == #"{"key":"10.0.0.1","value":"{\"AdRevenue\":-0.25,\"PageRank\":-3,\"Count\":300}"}"# + "\n")
  }

  @Test func `of an address take at most 30 bytes`() throws {
    let value = GroupValue(revenue: 999_999_999 * 1_000_000_000, rankSum: 9999, count: 1)
    #expect(try encodeGroup(Array("255.255.255.255".utf8), value, .joined, .binary).count <= 30)
  }

  @Test(arguments: RecordEncoding.allCases, GroupKind.allCases)
  func `cut short are refused`(encoding: RecordEncoding, kind: GroupKind) throws {
    let workspace = try GroupWorkspace(byteBudget: 1 << 20)
    let value =
      kind == .joined
      ? GroupValue(revenue: unit / 7, rankSum: 900, count: 200) : GroupValue(revenue: unit / 7)
    for key in [
      Array("w".utf8), Array("with \"quotes\" \u{1} and more".utf8), [UInt8](repeating: 0xff, count: 130),
    ] {
      let whole = try encodeGroup(Array("first".utf8), value, kind, encoding)
      let record = try encodeGroup(key, value, kind, encoding)
      for length in 1..<record.count {
        #expect {
          try decodeGroups(whole + record[..<length], kind, encoding, workspace)
        } throws: {
          guard case CountingError.malformedRecord(encoding.rawValue, whole.count, _) = $0 else {
            return false
          }
          return true
        }
      }
    }
  }

  @Test(
    arguments: [
      // No value; no unit; an unknown unit; zero with a byte; a needless byte of sign; a unit too fine; too long.
      [1, 97], [1, 97, 0], [1, 97, 1, 2], [1, 97, 2, 1, 0], [1, 97, 3, 1, 5, 0], [1, 97, 3, 1, 0xff, 0xff],
      [1, 97, 5, 0, 0x00, 0xca, 0x9a, 0x3b], [1, 97, 1, 0],
      [1, 97, 18, 0] + [UInt8](repeating: 1, count: 17),
      // Wide, yet of no sum that needs it; and too long.
      [1, 97, 21, 2] + [UInt8](repeating: 0xff, count: 20),
      [1, 97, 22, 2] + [UInt8](repeating: 1, count: 21),
      // Over 128 bits in units of 10⁻⁹.
      [1, 97, 17, 1] + [UInt8](repeating: 0x7f, count: 16),
      // A length that goes on for ever, and one over the extent.
      [1, 97, 0x80, 0], [1, 97, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 97],
    ] as [[UInt8]])
  func `in binary that are none are refused`(bytes: [UInt8]) throws {
    #expect(throws: CountingError.self) { try decodeGroups(bytes, .revenue, .binary) }
  }

  @Test(
    arguments: [
      [1, 97, 1, 5], [1, 97, 2, 5, 2], [1, 97, 3, 0, 2, 1], [1, 97, 4, 0x80, 0x00, 2, 1],
      [1, 97, 2, 0x80, 0x80],
      // Wide, yet of no sum that needs it.
      [1, 97, 41, 0, 2] + [UInt8](repeating: 0, count: 39),
      [1, 97, 12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 1],
    ] as [[UInt8]])
  func `in binary without count or ranks are refused`(bytes: [UInt8]) throws {
    #expect(throws: CountingError.self) { try decodeGroups(bytes, .joined, .binary) }
  }

  @Test(arguments: [
    "", "1.50", "01", "+1", "1.", ".5", "-0", "1e3", " 1", "1 ", "0.0000000000000000001", "NaN",
    "1461501637330902918203684832717", "{\\\"AdRevenue\\\":1}",
  ])
  func `in json with another revenue are refused`(value: String) throws {
    let line = Array("{\"key\":\"a\",\"value\":\"\(value)\"}\n".utf8)
    #expect(throws: CountingError.self) { try decodeGroups(line, .revenue, .json) }
  }

  @Test(arguments: [
    "", "1", "{}", #"{\"AdRevenue\":1,\"PageRank\":2}"#, #"{\"AdRevenue\":1,\"PageRank\":2,\"Count\":3"#,
    #"{\"AdRevenue\":1,\"PageRank\":2.5,\"Count\":3}"#, #"{\"AdRevenue\":1,\"PageRank\":2,\"Count\":-3}"#,
    #"{\"AdRevenue\":1,\"PageRank\":2,\"Count\":0}"#, #"{\"AdRevenue\":1, \"PageRank\":2,\"Count\":3}"#,
    #"{\"PageRank\":2,\"AdRevenue\":1,\"Count\":3}"#,
    #"{\"AdRevenue\":1,\"PageRank\":2,\"Count\":3}}"#, #"{\"AdRevenue\":1.0,\"PageRank\":2,\"Count\":3}"#,
    #"{\"AdRevenue\":1,\"PageRank\":39614081257132168796771975168,\"Count\":3}"#,
  ])
  func `in json with another joined value are refused`(value: String) throws {
    let line = Array("{\"key\":\"a\",\"value\":\"\(value)\"}\n".utf8)
    #expect(throws: CountingError.self) { try decodeGroups(line, .joined, .json) }
    let right = Array(#"{"key":"a","value":"{\"AdRevenue\":1,\"PageRank\":2,\"Count\":3}"}"#.utf8) + [10]
    #expect(
      try decodeGroups(right, .joined, .json).map(\.value) == [
        GroupValue(revenue: unit, rankSum: 2, count: 3)
      ])
  }

  @Test(arguments: RecordEncoding.allCases, 0..<100 as Range<UInt64>)
  func `of random or damaged bytes are read or refused, never trapped on`(
    encoding: RecordEncoding, seed: UInt64
  ) throws {
    var numbers = SeededNumbers(seed: seed)
    let kind = GroupKind.allCases.randomElement(using: &numbers)!
    var bytes: [UInt8] = []
    let workspace = try GroupWorkspace(byteBudget: 1 << 20)
    for row in hostileRows(seed: seed, count: 8, kind: kind) where row.key.count < 100 {
      bytes += try encodeGroup(row.key, row.value, kind, encoding, workspace)
    }
    if bytes.isEmpty { bytes = [0] }
    for _ in 0..<Int.random(in: 1...3, using: &numbers) {
      bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
    }
    if seed % 4 == 0 { bytes = bytes.map { _ in UInt8.random(in: 0...255, using: &numbers) } }
    do {
      let groups = try decodeGroups(bytes, kind, encoding, workspace)
      #expect(groups.count <= bytes.count / 2)
    } catch {
      #expect(error is CountingError)
    }
  }
}

@Suite struct `Lines of groups` {
  @Test func `have exact sums and averages of six digits, rounded half away from zero`() throws {
    func line(_ line: GroupLine, _ revenue: Int128, _ rankSum: Int64, _ count: Int64) throws -> String {
      let output = OutputCollector()
      var writer = try GroupLineWriter(line) { output.bytes.append(contentsOf: $0) }
      try withGuardedBytes([0x6b]) {
        try writer.visit($0.baseAddress!, 1, GroupValue(revenue: revenue, rankSum: rankSum, count: count))
      }
      try writer.flush()
      return String(decoding: output.bytes, as: UTF8.self)
    }
    #expect(try line(.sum, unit * 3 / 2, 0, 0) == "k\t1.5\n")
    #expect(try line(.sum, -unit / 4, 0, 0) == "k\t-0.25\n")
    #expect(try line(.sum, 0, 0, 0) == "k\t0\n")
    #expect(try line(.sumAndRank, 1, 1, 3) == "k\t0.000000000000000001\t0.333333\n")
    #expect(try line(.sumAndRank, 2 * unit, -2, 3) == "k\t2\t-0.666667\n")
    #expect(try line(.averages, unit / 2_000_000, 1, 1) == "k\t1.000000\t0.000001\n")
    #expect(try line(.averages, -unit / 2_000_000 + 1, 0, 1) == "k\t0.000000\t0.000000\n")
    #expect(try line(.averages, -unit / 2_000_000, 1, 2_000_000) == "k\t0.000001\t0.000000\n")
    #expect(try line(.averages, 0, -1, 2_000_001) == "k\t0.000000\t0.000000\n")

    var numbers = SeededNumbers(seed: 5)
    for _ in 0..<500 {
      let revenue =
        Int128(Int64(bitPattern: numbers.next())) * [1, 1_000_000_000, 7_000_000_000].randomElement(
          using: &numbers)!
      let rankSum = Int64(bitPattern: numbers.next()) >> Int64.random(in: 0...63, using: &numbers)
      let count = max(1, Int64(numbers.next() >> UInt64.random(in: 1...63, using: &numbers)))
      let rank = averageText(Int128(rankSum) * unit, count)
      #expect(try line(.sumAndRank, revenue, rankSum, count) == "k\t\(sumText(revenue))\t\(rank)\n")
      #expect(try line(.averages, revenue, rankSum, count) == "k\t\(rank)\t\(averageText(revenue, count))\n")
    }
  }
}
