import Storage
import Testing

@testable import MapReduce

/// Rows of a join through the shuffle, in both encodings.
struct JoinRowTests {
  struct Row: Equatable {
    var kind: JoinRow.Kind
    var url: [UInt8]
    var rank: Int64 = 0
    var date: Int32 = 0
    var revenue: Int128 = 0
    var ip: [UInt8] = []

    /// By which it is shuffled.
    var key: [UInt8] { kind == .joined ? ip : url }
  }

  static let ranks = [0, 1, -1, 99, Int64.max, Int64.min]
  static let revenues: [Int128] = [0, 1, -1, 500_000_000_000_000_000, -12_345_678, .max, -.max]
  static let dates: [Int32] = [0, 1_01_01, 1980_02_29, 9999_12_31]

  static func rows(seed: UInt64) -> [Row] {
    var numbers = SeededNumbers(seed: seed)
    let keys = hostileRows(seed: seed, count: 60).map(\.key)
    return keys.enumerated().map { index, key in
      let other = keys.randomElement(using: &numbers)!
      switch index % 3 {
      case 0: return Row(kind: .ranking, url: key, rank: ranks.randomElement(using: &numbers)!)
      case 1:
        return Row(
          kind: .visit, url: key, date: dates.randomElement(using: &numbers)!,
          revenue: revenues.randomElement(using: &numbers)!, ip: other)
      default:
        return Row(
          kind: .joined, url: other, rank: ranks.randomElement(using: &numbers)!,
          revenue: revenues.randomElement(using: &numbers)!, ip: key)
      }
    }
  }

  static func encode(_ rows: [Row], _ encoding: RecordEncoding) throws -> [UInt8] {
    let sink = ArraySink(partitions: 1)
    let emitter = try JoinRowEmitter(
      workspace: RowWorkspace(byteBudget: 1 << 20), partitions: 1, encoding: encoding, sink: sink)
    for row in rows {
      // Both are gone after the call.
      try withSlack(row.url) { url in
        try withSlack(row.ip) { ip in
          try emitter.add(
            JoinRow(
              kind: row.kind, rank: row.rank, date: row.date, revenue: row.revenue, ip: ip,
              ipLength: row.ip.count), url: url, row.url.count)
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
    var date: Int32
    var revenue: Int128
    /// Of a visit.
    var ip: [UInt8]
  }

  static func decode(_ bytes: [UInt8], _ encoding: RecordEncoding) throws -> [Read] {
    try withGuardedBytes(bytes) { extent in
      var reader = try JoinRowReader(encoding)
      reader.begin(extent)
      var rows: [Read] = []
      while let (key, length, row) = try reader.next() {
        rows.append(
          Read(
            key: Array(UnsafeRawBufferPointer(start: key, count: length)), kind: row.kind, rank: row.rank,
            date: row.date, revenue: row.revenue,
            ip: row.kind == .visit ? Array(UnsafeRawBufferPointer(start: row.ip, count: row.ipLength)) : []))
      }
      return rows
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>, RecordEncoding.allCases)
  func `rows come back as they were`(seed: UInt64, encoding: RecordEncoding) throws {
    let rows = Self.rows(seed: seed)
    let read = try Self.decode(Self.encode(rows, encoding), encoding)
    #expect(
      read
        == rows.map {
          Read(
            key: $0.key, kind: $0.kind, rank: $0.rank, date: $0.date, revenue: $0.revenue,
            ip: $0.kind == .visit ? $0.ip : [])
        })
  }

  @Test func `the text is Corral's record`() throws {
    let visit = Row(
      kind: .visit, url: Array("a\"b".utf8), date: 1980_01_31, revenue: 500_000_000_000_000_000,
      ip: Array("1.2.3.4".utf8))
    let inner =
      #"{\"RecordType\":1,\"PageURL\":\"\",\"PageRank\":0,\"DestURL\":\"a\\\"b\",\"AdRevenue\":0.5,"#
      + #"\"SourceIP\":\"1.2.3.4\",\"VisitDate\":\"1980-01-31\"}"#
    #expect(
      String(decoding: try Self.encode([visit], .json), as: UTF8.self)
        == #"{"key":"a\"b","value":""# + inner + "\"}\n")
  }

  static let goodText =
    #"{"RecordType":1,"PageURL":"","PageRank":0,"DestURL":"u","AdRevenue":0.5,"SourceIP":"i","VisitDate":"1980-01-31"}"#

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
    #expect(Self.parses(Self.goodText.replacing(#","VisitDate":"1980-01-31""#, with: "")))
    // Cut short anywhere, or longer.
    for count in 0..<Self.goodText.utf8.count { #expect(!Self.parses(String(Self.goodText.prefix(count)))) }
    #expect(!Self.parses(Self.goodText + " "))
    for (old, new) in [
      (":1,", ":3,"), (":1,", ":-1,"), (":1,", ":256,"), (":1,", ":1.5,"), (":1,", ":,"),
      (#""PageRank":0"#, #""PageRank":0.5"#), (#""PageRank":0"#, #""PageRank":9223372036854775808"#),
      (#""PageRank":0"#, #""PageRank":x"#), (#""AdRevenue":0.5"#, #""AdRevenue":5e1"#),
      (#""AdRevenue":0.5"#, #""AdRevenue":"0.5""#), (#""PageURL":"""#, #""PageURL":"p""#),
      ("1980-01-31", "1980-02-30"), ("1980-01-31", ""), (#""i""#, #""\x""#), ("SourceIP", "SourceIp"),
      (#""i""#, #""\"#),
    ] {
      let text = Self.goodText.replacing(old, with: new, maxReplacements: 1)
      #expect(text != Self.goodText && !Self.parses(text), "\(text)")
    }
  }

  @Test func `bytes that are no row are refused, in a record too`() throws {
    for kind in 0...255 as ClosedRange<UInt8> {
      for length in [0, 1, 8, 9, 10, 20, 21, 22, 24, 25, 26] {
        let bytes = [kind] + [UInt8](repeating: 0, count: max(0, length - 1))
        let isRow = withGuardedBytes(bytes) { JoinRowBytes.read($0.baseAddress!, length) != nil }
        #expect(isRow == (kind == 0 && length == 9 || kind == 1 && length >= 21 || kind == 2 && length == 25))
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
