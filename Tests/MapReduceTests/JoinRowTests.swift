import Storage
import Testing

@testable import MapReduce

extension JoinRow.Kind {
  fileprivate var isVisit: Bool { self == .visit || self == .otherVisit }
}

/// Rows of a join through the shuffle, in both encodings.
struct JoinRowTests {
  struct Row: Equatable {
    var kind: JoinRow.Kind
    var url: [UInt8]
    var rank: Int64 = 0
    var revenue: Int128 = 0
    var ip: [UInt8] = []

    /// By which it is shuffled.
    var key: [UInt8] { kind.isJoined ? ip : url }
  }

  static let ranks = [0, 1, -1, 99, Int64.max, Int64.min]
  static let revenues: [Int128] = [0, 1, -1, 500_000_000_000_000_000, -12_345_678, .max, -.max]

  static func rows(seed: UInt64) -> [Row] {
    var numbers = SeededNumbers(seed: seed)
    let keys = hostileRows(seed: seed, count: 60).map(\.key)
    return keys.enumerated().map { index, key in
      let other = keys.randomElement(using: &numbers)!
      let kind = JoinRow.Kind.allCases[index % JoinRow.Kind.allCases.count]
      switch kind {
      case .ranking: return Row(kind: kind, url: key, rank: ranks.randomElement(using: &numbers)!)
      case .visit, .otherVisit:
        return Row(kind: kind, url: key, revenue: revenues.randomElement(using: &numbers)!, ip: other)
      case .joined, .otherJoined:
        return Row(
          kind: kind, url: other, rank: ranks.randomElement(using: &numbers)!,
          revenue: revenues.randomElement(using: &numbers)!, ip: key)
      }
    }
  }

  static func encode(
    _ rows: [Row], _ encoding: RecordEncoding, asLines: Bool = false
  ) throws -> [UInt8] {
    let sink = ArraySink(partitions: 1)
    let emitter = try JoinRowEmitter(
      workspace: RowWorkspace(byteBudget: 1 << 20), partitions: 1, encoding: encoding, asLines: asLines,
      sink: sink)
    for row in rows {
      // Both are gone after the call.
      try withSlack(row.url) { url in
        try withSlack(row.ip) { ip in
          try emitter.add(
            JoinRow(
              kind: row.kind, rank: row.rank, revenue: row.revenue, ip: ip, ipLength: row.ip.count),
            url: url, row.url.count)
        }
      }
    }
    try emitter.finish()
    #expect(sink.extents[0].reduce(0) { $0 + $1.records } == rows.count)
    return sink.extents[0].flatMap(\.bytes)
  }

  struct Read: Equatable {
    var key: [UInt8]
    var kind: JoinRow.Kind
    var rank: Int64
    var revenue: Int128
    /// Of a visit.
    var ip: [UInt8]

    init(key: [UInt8], _ row: Row) {
      (self.key, kind, rank, revenue, ip) = (
        key, row.kind, row.rank, row.revenue, row.kind.isVisit ? row.ip : []
      )
    }

    init(key: [UInt8], _ row: JoinRow) {
      (self.key, kind, rank, revenue) = (key, row.kind, row.rank, row.revenue)
      ip = kind.isVisit ? Array(UnsafeRawBufferPointer(start: row.ip, count: row.ipLength)) : []
    }
  }

  static func decode(_ bytes: [UInt8], _ encoding: RecordEncoding) throws -> [Read] {
    try withGuardedBytes(bytes) { extent in
      var reader = try JoinRowReader(encoding)
      reader.begin(extent)
      var rows: [Read] = []
      while let (key, length, row) = try reader.next() {
        rows.append(Read(key: Array(UnsafeRawBufferPointer(start: key, count: length)), row))
      }
      return rows
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>, RecordEncoding.allCases)
  func `rows come back as they were`(seed: UInt64, encoding: RecordEncoding) throws {
    let rows = Self.rows(seed: seed)
    let read = try Self.decode(Self.encode(rows, encoding), encoding)
    #expect(read == rows.map { Read(key: $0.key, $0) })
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `joined rows come back from Corral's lines`(seed: UInt64) throws {
    let rows = Self.rows(seed: seed).filter(\.kind.isJoined)
    let lines = try Self.encode(rows, .json, asLines: true)
    // Only the line ends and the tabs between keys and rows stand for themselves.
    #expect(lines.count { $0 == 0x0a } == rows.count && lines.count { $0 == 0x09 } == rows.count)
    var read: [Read] = []
    try withGuardedBytes(lines) { extent in
      var room = try GrowingMemory(reserving: 1 << 20)
      try JoinedLine.forEach(extent, room: &room) { record in
        let key = Array(UnsafeRawBufferPointer(start: record.key, count: record.keyLength))
        try withUnsafeTemporaryAllocation(byteCount: record.valueLength + readableSlack, alignment: 8) {
          let row = JoinRowText.read(record.value, record.valueLength, room: $0.baseAddress!)
          read.append(Read(key: key, try #require(row)))
        }
      }
    }
    #expect(read == rows.map { Read(key: $0.key, $0) })
    for bad in [
      Array("no tab\n".utf8), Array("no feed\t{}".utf8), [0x5c, 0x78, 0x09, 0x0a], [0xff, 0x09, 0x0a],
    ] {
      withGuardedBytes(lines + bad) { extent in
        #expect(
          throws: CountingError.malformedRecord(
            encoding: "lines", offset: lines.count, reason: "no line of a joined row")
        ) {
          var room = try GrowingMemory(reserving: 1 << 20)
          try JoinedLine.forEach(extent, room: &room) { _ in }
        }
      }
    }
  }

  @Test func `the text is Corral's record`() throws {
    let visit = Row(
      kind: .visit, url: Array("a\"b".utf8), revenue: 500_000_000_000_000_000, ip: Array("1.2.3.4".utf8))
    let inner =
      #"{\"RecordType\":1,\"PageURL\":\"\",\"PageRank\":0,\"DestURL\":\"a\\\"b\",\"AdRevenue\":0.5,"#
      + #"\"SourceIP\":\"1.2.3.4\"}"#
    #expect(
      String(decoding: try Self.encode([visit], .json), as: UTF8.self)
        == #"{"key":"a\"b","value":""# + inner + "\"}\n")
    var joined = visit
    joined.kind = .joined
    joined.rank = 7
    #expect(
      String(decoding: try Self.encode([joined], .json, asLines: true), as: UTF8.self)
        == "1.2.3.4\t"
        + #"{"RecordType":2,"PageURL":"","PageRank":7,"DestURL":"a\"b","AdRevenue":0.5,"SourceIP":"1.2.3.4"}"#
        + "\n")
  }

  static let goodText =
    #"{"RecordType":1,"PageURL":"","PageRank":0,"DestURL":"u","AdRevenue":0.5,"SourceIP":"i"}"#

  private static func parses(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return withGuardedBytes(bytes) { value in
      withUnsafeTemporaryAllocation(byteCount: bytes.count + readableSlack, alignment: 8) {
        JoinRowText.read(value.baseAddress!, bytes.count, room: $0.baseAddress!) != nil
      }
    }
  }

  @Test func `text that is no row is refused`() {
    #expect(Self.parses(Self.goodText))
    #expect(!Self.parses(Self.goodText.replacing("}", with: #","VisitDate":"1980-01-31"}"#)))
    // Cut short anywhere, or longer.
    for count in 0..<Self.goodText.utf8.count { #expect(!Self.parses(String(Self.goodText.prefix(count)))) }
    #expect(!Self.parses(Self.goodText + " "))
    for (old, new) in [
      (":1,", ":5,"), (":1,", ":11,"), (":1,", ":-1,"), (":1,", ":256,"), (":1,", ":1.5,"), (":1,", ":,"),
      (#""PageRank":0"#, #""PageRank":0.5"#), (#""PageRank":0"#, #""PageRank":9223372036854775808"#),
      (#""PageRank":0"#, #""PageRank":x"#), (#""AdRevenue":0.5"#, #""AdRevenue":5e1"#),
      (#""AdRevenue":0.5"#, #""AdRevenue":"0.5""#), (#""PageURL":"""#, #""PageURL":"p""#),
      (#""i""#, #""\x""#), ("SourceIP", "SourceIp"),
      (#""i""#, #""\"#),
    ] {
      let text = Self.goodText.replacing(old, with: new, maxReplacements: 1)
      #expect(text != Self.goodText && !Self.parses(text), "\(text)")
    }
  }

  @Test func `bytes that are no row are refused, in a record too`() throws {
    for kind in 0...255 as ClosedRange<UInt8> {
      for length in [0, 1, 8, 9, 10, 16, 17, 18, 24, 25, 26] {
        let bytes = [kind] + [UInt8](repeating: 0, count: max(0, length - 1))
        let isRow = withGuardedBytes(bytes) { JoinRowBytes.read($0.baseAddress!, length) != nil }
        let expected =
          switch kind {
          case 0: length == 9
          case 1, 3: length >= 17
          case 2, 4: length == 25
          default: false
          }
        #expect(isRow == expected)
      }
    }
    for encoding in RecordEncoding.allCases {
      let good = try Self.encode([Row(kind: .ranking, url: [65], rank: 3)], encoding)
      var bytes = good + good
      bytes[good.count + (encoding == .binary ? 3 : 30)] = 0x39
      let error = #expect(throws: CountingError.self) { try Self.decode(bytes, encoding) }
      #expect("\(error!)".contains("\(good.count)"), "\(error!)")
    }
  }
}
