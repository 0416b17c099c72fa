import Foundation
import Testing

@testable import MapReduce

/// The reference that a run's outputs are held against, held against lines worked out by hand and by the row parser.
struct ReferenceQueryTests {
  static func digest(
    _ workload: Workload, rankings: String = "", uservisits: String = ""
  ) throws -> OutputDigest {
    let folder = NSTemporaryDirectory() + "/marvel-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let texts: [InputRole: String] = [.rankings: rankings, .uservisits: uservisits]
    // In two pieces each, cut in the middle of a row.
    let paths = try workload.roles.map { role in
      let bytes = Array(texts[role]!.utf8)
      let cut = bytes.count / 2
      return try [Array(bytes[..<cut]), Array(bytes[cut...])].enumerated().map { index, piece in
        let path = "\(folder)/\(role.rawValue)\(index)"
        try Data(piece).write(to: URL(fileURLWithPath: path))
        return path
      }
    }
    return try ReferenceOutput.digest(of: workload, paths: paths)
  }

  static func digest(lines: [String]) -> OutputDigest {
    var digest = OutputDigest()
    for line in lines { digest.add(line: Array(line.utf8)) }
    return digest
  }

  static let rankings = "a,10,1\nb,-3,1\nb,4,1\n,7,1\nc,200,1\n"
  static let uservisits = [
    "1.2.3.4,a,1980-01-01,0.5", "1.2.3.5,b,1980-01-02,-0.25", "1.2.3.4,b,1980-04-01,1.000000000000000001",
    "9,none,1980-01-01,5", ",,1980-02-01,0", "1.2.3.5,a,1979-12-31,3", "1.2.3.5,c,1980-04-02,7",
  ].map { $0 + ",agent,DEU,de,word,9\n" }.joined()

  @Test func `scan`() throws {
    for (bound, lines) in [
      (4, ["a\t10", "\t7", "c\t200"]), (-4, ["a\t10", "b\t-3", "b\t4", "\t7", "c\t200"]), (200, []),
    ] {
      let digest = try Self.digest(.scan(minRank: bound, TableOptions()), rankings: Self.rankings)
      #expect(digest == Self.digest(lines: lines))
    }
  }

  @Test func `aggregation`() throws {
    for (length, lines) in [
      (1, ["1\t11.250000000000000001", "9\t5", "\t0"]),
      (7, ["1.2.3.4\t1.500000000000000001", "1.2.3.5\t9.75", "9\t5", "\t0"]),
    ] {
      let digest = try Self.digest(
        .aggregation(prefixLength: length, TableOptions()), uservisits: Self.uservisits)
      #expect(digest == Self.digest(lines: lines))
    }
  }

  @Test func `joins`() throws {
    let dates = (Int32(1980_01_01), Int32(1980_04_01))
    // 1.2.3.4: a (10), b twice (-3, 4); 1.2.3.5: b twice; the empty source the empty page.
    let all = ["1.2.3.4\t2.500000000000000002\t3.666667", "1.2.3.5\t-0.5\t0.500000", "\t0\t7.000000"]
    for (limit, lines) in [(nil, all), (1, [all[0]]), (2, [all[0], all[2]]), (9, all)] as [(Int?, [String])] {
      let workload = Workload.join(JoinQuery(from: dates.0, to: dates.1, limit: limit), TableOptions())
      let digest = try Self.digest(workload, rankings: Self.rankings, uservisits: Self.uservisits)
      #expect(digest == Self.digest(lines: lines))
    }
    let corral = try Self.digest(
      .join(.corral, TableOptions()), rankings: Self.rankings, uservisits: Self.uservisits)
    // 1.2.3.5 besides: a (10, 3), c (200, 7).
    #expect(
      corral
        == Self.digest(lines: [
          "1.2.3.4\t3.666667\t0.833333", "1.2.3.5\t52.750000\t2.375000", "\t7.000000\t0.000000",
        ]))
  }

  @Test func `other delimiters, line ends, headings and quotes`() throws {
    let quoted = TableOptions(format: TableFormat(delimiter: .bar, isQuoted: true, hasHeader: true))
    let text =
      "\"url\"|rank|x\r\n\"a|\"\"b\"\"\"|5|1\r\nc|\"6\"|\"\r\n\"\r\nd|7|2\r\n\"e\"x|8|1\r\nf|9\r\ng|10|1"
    #expect(
      try Self.digest(.scan(minRank: 0, quoted), rankings: text)
        == Self.digest(lines: ["a|\"b\"\t5", "c\t6", "d\t7", "g\t10"]))
    let plain = TableOptions(format: TableFormat(delimiter: .tab, hasHeader: true))
    #expect(
      try Self.digest(.scan(minRank: 0, plain), rankings: "x\n\"a\t5\t1\r\n\nb\t6\t1\n")
        == Self.digest(lines: ["\"a\t5", "b\t6"]))
  }

  @Test func `numbers are what the rows' parser takes for numbers`() {
    for text in TableRowCases.revenues {
      let bytes = Array(text.utf8)
      let parsed = withSlack(bytes) { ExactDecimal.parse($0, length: bytes.count)?.units }
      #expect(ReferenceQuery.units(bytes) == parsed, "\(text)")
    }
  }

  // MARK: What lines must be like

  private static func line(_ text: String, _ values: Int) -> OutputLine? {
    Array(text.utf8).withUnsafeBytes { OutputLine($0, values: values) }
  }

  @Test func `lines are cut at their last tabs`() {
    for (text, values, key, first) in [
      ("k\t1", 1, "k", "1"), ("k\t1\t2", 2, "k", "1"), ("k\tx\t1", 1, "k\tx", "1"), ("\t", 1, "", ""),
      ("\t\t", 2, "", ""), ("a\tb\t1\t2", 2, "a\tb", "1"),
    ] {
      let line = Self.line(text, values)
      #expect(line.map { String(decoding: $0.key, as: UTF8.self) } == key)
      #expect(line?.firstValue == first)
    }
    for (text, values) in [("", 1), ("k", 1), ("k\t1", 2)] { #expect(Self.line(text, values) == nil) }
  }

  @Test func `what may follow what`() throws {
    func allows(_ workload: Workload, _ last: String, _ next: String) throws -> Bool {
      let rule = workload.outputRule
      return rule.allows(
        try #require(Self.line(next, rule.values)), after: try #require(Self.line(last, rule.values)))
    }
    let scan = Workload.scan(minRank: 1, TableOptions())
    #expect(try allows(scan, "a\t5", "a\t5") && allows(scan, "a\t5", "a\t7") && allows(scan, "a\t9", "b\t1"))
    #expect(try !allows(scan, "a\t7", "a\t5") && !allows(scan, "b\t1", "a\t5"))
    let sums = Workload.aggregation(prefixLength: 8, TableOptions())
    #expect(try allows(sums, "a\t5", "a\u{1}\t1") && allows(sums, "\t5", "a\t1"))
    #expect(try !allows(sums, "a\t5", "a\t6") && !allows(sums, "b\t5", "a\t6"))
    var query = JoinQuery(from: 1980_01_01, to: 1980_04_01)
    let join = Workload.join(query, TableOptions())
    #expect(try allows(join, "a\t5\t1", "b\t9\t1") && !allows(join, "a\t5\t1", "a\t5\t2"))
    query.limit = 5
    let best = Workload.join(query, TableOptions())
    #expect(try allows(best, "b\t10\t1", "a\t9\t1") && allows(best, "a\t-1\t1", "b\t-1\t1"))
    #expect(try allows(best, "b\t0.5\t1", "a\t0.25\t1") && allows(best, "b\t0\t1", "a\t-0.5\t1"))
    #expect(try !allows(best, "a\t9\t1", "b\t10\t1") && !allows(best, "b\t1\t1", "a\t1\t1"))
  }
}
