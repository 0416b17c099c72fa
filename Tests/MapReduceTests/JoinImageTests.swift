import Storage
import Testing

@testable import MapReduce

/// Hash images of a broadcast join against a dictionary of lists.
struct JoinImageTests {
  struct Row {
    var key: [UInt8]
    var value: [UInt8]
  }

  /// The image of the rows, as it would lie on a tier.
  static func image(_ rows: [Row], records: Int? = nil) throws -> [UInt8] {
    let builder = try HashImageBuilder(
      records: records ?? rows.count, bytes: rows.reduce(0) { $0 + $1.key.count + $1.value.count })
    for row in rows {
      try withSlack(row.key) { key in
        try withSlack(row.value) { try builder.add(key, row.key.count, $0, row.value.count) }
      }
    }
    return Array(builder.finish())
  }

  /// A copy that starts where memory is aligned, as tiers hand extents out, and ends at memory that faults.
  static func withView<R>(_ image: [UInt8], _ body: (HashTableView) throws -> R) throws -> R {
    precondition(image.count.isMultiple(of: 8))
    return try withGuardedBytes(image) { try body(HashTableView($0)) }
  }

  static func values(_ view: HashTableView, _ key: [UInt8]) -> [[UInt8]] {
    withSlack(key) { bytes in
      var found: [[UInt8]] = []
      var entry = view.find(KeyHash.of(bytes, length: key.count), bytes, key.count)
      while entry != 0 {
        let (value, length) = view.value(entry)
        found.append(Array(UnsafeRawBufferPointer(start: value, count: length)))
        entry = view.next(entry)
      }
      return found
    }
  }

  /// Every key has exactly its rows, the last one first; other keys have none.
  static func check(_ rows: [Row], records: Int? = nil) throws {
    var expected: [[UInt8]: [[UInt8]]] = [:]
    for row in rows { expected[row.key, default: []].insert(row.value, at: 0) }
    let image = try image(rows, records: records)
    try withView(image) { view in
      for (key, list) in expected { #expect(values(view, key) == list) }
      for key in expected.keys.prefix(200) {
        let longer = key + [0]
        if expected[longer] == nil { #expect(values(view, longer) == []) }
        if !key.isEmpty, expected[Array(key.dropLast())] == nil {
          #expect(values(view, Array(key.dropLast())) == [])
        }
      }
    }
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `finds all rows of any keys`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let count = [0, 1, 31, 32, 33, 63, 64, 65, 128, 400, 3000][Int(seed % 11)]
    let rows = hostileRows(seed: seed, count: count).map { row in
      Row(
        key: row.key,
        value: (0..<Int.random(in: 0...40, using: &numbers)).map { _ in .random(in: 0...255, using: &numbers)
        })
    }
    try Self.check(rows)
    // An upper bound of the records is enough.
    try Self.check(rows, records: rows.count * 3 + 7)
  }

  @Test func `one key with half of all rows, and the empty key`() throws {
    let rows = (0..<2000).map { index in
      Row(
        key: index % 2 == 0 ? [] : Array("key\(index % 4 == 1 ? 1 : index)".utf8),
        value: Array("\(index)".utf8))
    }
    try Self.check(rows)
  }

  @Test func `keys whose hashes start at one slot, also at the last one`() throws {
    // Slots are the hash's low bits: of many words those that meet in one of 256 slots.
    for slot: UInt64 in [0, 255, 17] {
      let keys = (0..<20_000).map { Array("word\($0)".utf8) }.filter { KeyHash.of($0) & 255 == slot }.prefix(
        60)
      #expect(keys.count == 60)
      let rows = (keys + keys).enumerated().map { Row(key: $1, value: Array("\($0)".utf8)) }
      #expect(HashImage.slotCount(records: rows.count) == 256)
      try Self.check(rows)
    }
  }

  @Test func `rows can be added after the image was taken`() throws {
    let builder = try HashImageBuilder(records: 4, bytes: 4)
    let room = [UInt8](repeating: 7, count: 64)
    try room.withUnsafeBytes { bytes in
      for round in 1...4 {
        try builder.add(bytes.baseAddress!, 1, bytes.baseAddress!, 0)
        try Self.withView(Array(builder.finish())) { #expect(Self.values($0, [7]).count == round) }
      }
    }
  }

  @Test func `bytes that are no image are refused`() throws {
    let image = try Self.image([Row(key: [1], value: [2]), Row(key: [3], value: [])])
    func refuses(_ bytes: [UInt8], _ what: String) {
      let error = #expect(throws: StorageError.self, "\(what)") {
        try withGuardedBytes(bytes) { _ = try HashTableView($0) }
      }
      #expect(error?.kind == .corrupt)
    }
    refuses([], "nothing")
    refuses(Array(image.prefix(56)), "half a header")
    refuses(Array(image.dropLast(8)), "an entry less")
    refuses(image + [UInt8](repeating: 0, count: 8), "an entry more")
    // Magic, slots, bytes of the entries: each number wrong by little and by much.
    for (field, words) in [
      (0, [0, UInt64.max]), (8, [0, 1, 63, 65, 128, 1 << 61, 1 << 63, .max]), (16, [0, 1, 1 << 63, .max]),
    ] {
      for word in words {
        var broken = image
        withUnsafeBytes(of: word) { broken.replaceSubrange(field..<field + 8, with: $0) }
        refuses(broken, "\(field): \(word)")
      }
    }
  }
}
