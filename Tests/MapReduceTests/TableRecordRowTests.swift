import MapReduce
import Storage
import Testing

/// One record's key and value.
private struct Row: Comparable {
  var key: [UInt8]
  var value: [UInt8]
  static func < (a: Row, b: Row) -> Bool {
    a.key != b.key ? a.key.lexicographicallyPrecedes(b.key) : a.value.lexicographicallyPrecedes(b.value)
  }
}

private func emit(_ rows: [Row], partitions: Int, _ encoding: RecordEncoding) throws -> ArraySink {
  let sink = ArraySink(partitions: partitions)
  let emitter = try RowEmitter(
    workspace: RowWorkspace(byteBudget: 0), partitions: partitions, encoding: encoding, sink: sink)
  for row in rows {
    try withSlack(row.key) { key in
      try withSlack(row.value) { value in
        try emitter.add(
          TableRecord(
            key: key, keyLength: row.key.count, value: value, valueLength: row.value.count))
      }
    }
  }
  try emitter.finish()
  #expect(emitter.records == rows.count)
  return sink
}

/// The records of an extent, as they come.
private func decode(_ extent: [UInt8], _ encoding: RecordEncoding) throws -> [Row] {
  var reader = try TableRecordReader(encoding)
  return try withGuardedBytes(extent) {
    reader.begin($0)
    var rows: [Row] = []
    while let record = try reader.next() {
      rows.append(
        Row(
          key: Array(UnsafeRawBufferPointer(start: record.key, count: record.keyLength)),
          value: Array(UnsafeRawBufferPointer(start: record.value, count: record.valueLength))))
    }
    return rows
  }
}

private func hostile(seed: UInt64, count: Int) -> [Row] {
  var numbers = SeededNumbers(seed: seed)
  let keys = hostileRows(seed: seed, count: count).map(\.key)
  let values = hostileRows(seed: seed &+ 99, count: max(1, count / 4)).map(\.key)
  return keys.map { Row(key: $0, value: values.randomElement(using: &numbers)!) }
}

private func lines(_ rows: [Row]) -> [UInt8] {
  var bytes: [UInt8] = []
  for row in rows {
    bytes += row.key
    bytes.append(9)
    bytes += row.value
    bytes.append(10)
  }
  return bytes
}

private func sortedLines(
  _ extents: [ArraySink.Extent], _ encoding: RecordEncoding, budget: Int, spilled: inout Int
) throws -> [UInt8] {
  let spill = ArraySpill()
  let sorter = try RowSorter(workspace: RowWorkspace(byteBudget: budget), encoding: encoding, spill: spill)
  for extent in extents { try withGuardedBytes(extent.bytes) { try sorter.consume($0) } }
  #expect(sorter.records == extents.reduce(0) { $0 + $1.records })
  let output = OutputCollector()
  var writer = try RowLineWriter { output.bytes.append(contentsOf: $0) }
  try sorter.finish(&writer)
  try writer.flush()
  #expect(writer.bytes == output.bytes.count)
  #expect(spill.runs.allSatisfy { $0 == nil })
  spilled += sorter.spilledBytes
  return output.bytes
}

@Suite struct `Table records` {
  @Test(arguments: RecordEncoding.allCases, 0..<30 as Range<UInt64>)
  func `come back as they were`(encoding: RecordEncoding, seed: UInt64) throws {
    let rows = hostile(seed: seed, count: 100)
    let sink = try emit(rows, partitions: 1, encoding)
    #expect(try decode(sink.extents[0].flatMap(\.bytes), encoding) == rows)
  }

  @Test func `have the bytes that the format's page says`() throws {
    let row = Row(key: Array("a\"b".utf8), value: [0x31, 0xff])
    #expect(
      try emit([row], partitions: 1, .binary).extents[0][0].bytes == [3, 0x61, 0x22, 0x62, 2, 0x31, 0xff])
    #expect(
      String(decoding: try emit([row], partitions: 1, .json).extents[0][0].bytes, as: UTF8.self)
        == #"{"key":"a\"b","value":"1\udcff"}"# + "\n")
  }

  @Test(arguments: RecordEncoding.allCases) func `cut short are refused, with their offset`(
    encoding: RecordEncoding
  ) throws {
    let first = Row(key: Array("first".utf8), value: Array("1".utf8))
    for row in [
      first, Row(key: [], value: [0x80, 0x22, 0x5c]), Row(key: [UInt8](repeating: 9, count: 200), value: []),
    ] {
      let whole = try emit([first], partitions: 1, encoding).extents[0][0].bytes
      let record = try emit([row], partitions: 1, encoding).extents[0][0].bytes
      for length in 1..<record.count {
        #expect {
          try decode(whole + record[..<length], encoding)
        } throws: {
          guard case CountingError.malformedRecord(encoding.rawValue, whole.count, _) = $0 else {
            return false
          }
          return true
        }
      }
    }
  }

  @Test(arguments: [
    "{}", "{\"key\":\"a\",\"value\":1}\n", "{\"key\":\"a\", \"value\":\"1\"}\n",
    "{\"key\":\"a\",\"value\":\"1\"}\r\n",
    "{\"key\":\"\\n\",\"value\":\"1\"}\n", "{\"key\":\"a\",\"value\":\"\\n\"}\n",
    "{\"key\":\"a\",\"value\":\"\t\"}\n",
    "{\"key\":\"a\",\"value\":\"\\u0041\"}\n", "{\"key\":\"a\",\"value\":\"\\ud800\"}\n", "{\"key\":\"a\"}\n",
    "{\"key\":\"a\",\"value\":\"1\"}", "{\"value\":\"1\",\"key\":\"a\"}\n",
    "{\"key\":\"a\",\"value\":\"1\\\"}\n",
  ])
  func `in json that are not ours are refused`(text: String) throws {
    #expect(throws: CountingError.self) { try decode(Array(text.utf8), .json) }
  }

  @Test func `that are rows with a number have it as text`() throws {
    for number in [0, 7, -7, 1000, .max, .min] as [Int64] {
      let sink = ArraySink(partitions: 1)
      let emitter = try RowEmitter(
        workspace: RowWorkspace(byteBudget: 0), partitions: 1, encoding: .binary, sink: sink)
      try withGuardedBytes([0x6b]) { try emitter.add($0.baseAddress!, 1, number: number) }
      try emitter.finish()
      #expect(
        try decode(sink.extents[0][0].bytes, .binary) == [Row(key: [0x6b], value: Array("\(number)".utf8))])
    }
  }

  @Test func `larger than an extent stand alone`() throws {
    let rows = [10, 3 << 20, 70_000, 5].map {
      Row(key: [UInt8](repeating: 0x61, count: $0), value: [UInt8](repeating: 0x62, count: $0 / 2))
    }
    for encoding in RecordEncoding.allCases {
      let extents = try emit(rows, partitions: 1, encoding).extents[0]
      #expect(extents.contains { $0.records == 1 && $0.bytes.count > 4 << 20 })
      #expect(try extents.flatMap { try decode($0.bytes, encoding) }.sorted() == rows.sorted())
    }
  }
}

@Suite struct `Sorted rows` {
  @Test(arguments: 0..<24 as Range<UInt64>)
  func `are all rows, by key and then by value`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let encoding = RecordEncoding.allCases.randomElement(using: &numbers)!
    let rows = hostile(seed: seed, count: Int.random(in: 0...1500, using: &numbers))
    let sink = try emit(rows, partitions: 3, encoding)
    var spilled = 0
    for (partition, extents) in sink.extents.enumerated() {
      let expected = lines(
        rows.filter { KeyHash.partition(of: KeyHash.of($0.key), among: 3) == partition }.sorted())
      for budget in [0, 64 << 20] {
        #expect(try sortedLines(extents, encoding, budget: budget, spilled: &spilled) == expected)
      }
    }
    // Some partition has over 4 KiB of rows then.
    if rows.count > 400 { #expect(spilled > 0) }
  }

  @Test func `of one key stay as many as they are`() throws {
    let rows = (0..<8000).map { Row(key: Array("the same".utf8), value: Array("\($0 % 5)".utf8)) }
    var spilled = 0
    for budget in [40_000, 64 << 20] {
      let extents = try emit(rows, partitions: 1, .binary).extents[0]
      #expect(
        try sortedLines(extents, .binary, budget: budget, spilled: &spilled)
          == lines(rows.sorted()))
    }
    #expect(spilled > 0)
  }

  @Test func `merge in several passes when there are more runs than are merged at once`() throws {
    let rows = (0..<20_000).map { Row(key: Array("\($0 &* 7919 % 20_011)".utf8), value: [0x31]) }
    let extents = try emit(rows, partitions: 1, .binary).extents[0]
    var spilled = 0
    let bytes = try sortedLines(extents, .binary, budget: 8000, spilled: &spilled)
    #expect(bytes == lines(rows.sorted()))
    // What is merged once more is spilled twice.
    let once = extents.reduce(0) { $0 + $1.bytes.count }
    #expect(spilled > once + once / 4)
  }

  @Test func `without a place to spill say that memory is too small`() throws {
    let extent = try emit(hostile(seed: 1, count: 1000), partitions: 1, .binary).extents[0][0].bytes
    let sorter = try RowSorter(workspace: RowWorkspace(byteBudget: 100), encoding: .binary, spill: nil)
    #expect(throws: CountingError.overBudget(bytes: 100)) {
      try withGuardedBytes(extent) { try sorter.consume($0) }
    }
  }
}
