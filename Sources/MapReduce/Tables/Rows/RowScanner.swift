import CSystemIO
import Glibc

/// Cuts chunks into rows and hands them to a parser.
///
/// A block at a time all ends of fields and rows are found at once; a row is then a few numbers, and whether it has the
/// right number of fields is a subtraction. Whatever is not plain goes through a ``RowSplitter`` instead.
struct RowScanner<Parser: RowParser & ~Copyable>: ~Copyable {
  var parser: Parser

  private let format: TableFormat
  private let file: String
  private let badRows: BadRowPolicy
  private let index: RowIndex
  private var splitter: RowSplitter
  private var quotedEnd: QuotedRowEnd
  private var skipsRow: Bool
  /// Offset in the file of the next call's first byte.
  private var offset = 0

  init(
    _ parser: consuming Parser, format: TableFormat, file: String, badRows: BadRowPolicy,
    index: consuming RowIndex = RowIndex()
  ) {
    self.parser = parser
    self.format = format
    self.file = file
    self.badRows = badRows
    self.index = index
    splitter = RowSplitter(format, fieldCount: Parser.fieldCount)
    quotedEnd = QuotedRowEnd(format)
    skipsRow = format.hasHeader
  }

  mutating func begin(at offset: Int) {
    self.offset = offset
    skipsRow = format.hasHeader && offset == 0
  }

  @inline(__always)
  mutating func consume(_ bytes: UnsafeRawBufferPointer, carried: Int, last: Bool) throws -> Int {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return 0 }
    var at = 0
    if format.isQuoted {
      at = try takeQuoted(base, bytes.count, carried: carried)
    } else {
      at = try takeUnquoted(base, bytes.count, carried: carried, last: last)
    }
    if last, at < bytes.count {
      try takeRow(base, at, end: bytes.count, hasFeed: false)
      at = bytes.count
    }
    try parser.release()
    offset += at
    return at
  }

  /// Takes the rows that end in a line feed; returns where the last one ends.
  private mutating func takeUnquoted(
    _ base: UnsafeRawPointer, _ count: Int, carried: Int, last: Bool
  ) throws -> Int {
    // A row that goes on for many chunks is looked through once for its end, and once for its fields.
    if carried > 0, !last, Self.feed(base, from: carried, count) == nil { return 0 }
    var at = 0
    if skipsRow {
      guard let feed = Self.feed(base, from: 0, count) else { return 0 }
      try takeRow(base, 0, end: feed)
      at = feed + 1
    }
    while at < count {
      let length = min(index.block, count - at)
      let taken = try takeBlock(base, at, length)
      at += taken
      if taken == 0 {
        // The row is longer than a block, or there is no more.
        guard let feed = Self.feed(base, from: at + length, count) else { break }
        try takeRow(base, at, end: feed)
        at = feed + 1
      }
    }
    return at
  }

  /// The same where line feeds may be quoted.
  private mutating func takeQuoted(_ base: UnsafeRawPointer, _ count: Int, carried: Int) throws -> Int {
    var at = 0
    var seen = carried
    while at < count {
      if seen == at, !skipsRow {
        // As long as there is no quote, rows are as good as unquoted.
        let length = min(index.block, count - at)
        let plain = memchr(base + at, 0x22, length).map { UnsafeRawPointer($0) - base - at } ?? length
        let taken = plain >= index.smallest ? try takeBlock(base, at, plain) : 0
        if taken > 0 {
          at += taken
          seen = at
          continue
        }
      }
      guard let feed = quotedEnd.find(base + seen, count: count - seen).map({ seen + $0 }) else { break }
      try takeRow(base, at, end: feed)
      at = feed + 1
      seen = at
    }
    return at
  }

  /// Takes the whole rows of the block of `length` bytes at `from`; returns their bytes.
  @inline(__always)
  private mutating func takeBlock(_ base: UnsafeRawPointer, _ from: Int, _ length: Int) throws -> Int {
    let block = base + from
    let (ends, rows) = (index.ends, index.rows)
    let found = mb_index_rows(
      index.level, block.assumingMemoryBound(to: UInt8.self), length, format.delimiter.rawValue, ends, rows)
    var start = 0
    var first = 0
    for row in 0..<found {
      let last = Int(rows[row])
      let feed = Int(ends[last])
      var isTaken = last &- first &+ 1 == Parser.fieldCount
      if isTaken { isTaken = try parser.takePlain(block, start: start, ends: ends + first, feed: feed) }
      if !isTaken { try takeRow(base, from &+ start, end: from &+ feed) }
      first = last &+ 1
      start = feed &+ 1
    }
    return start
  }

  /// Takes the row before a line feed, or the end of the file, at `end`, one by one.
  @inline(never)
  private mutating func takeRow(
    _ base: UnsafeRawPointer, _ start: Int, end: Int, hasFeed: Bool = true
  ) throws {
    if skipsRow {
      skipsRow = false
      return
    }
    let line = base + start
    var length = end - start
    if hasFeed, length > 0, line.load(fromByteOffset: length - 1, as: UInt8.self) == 0x0d { length -= 1 }
    var reason = splitter.split(line, length: length)
    if reason == nil { reason = try parser.take(splitter.fields, line: line, lineLength: length) }
    if splitter.hasUnescaped { try parser.release() }
    guard let reason else { return }
    let bad = BadRow(
      file: file, offset: offset + start, reason: reason,
      bytes: Array(UnsafeRawBufferPointer(start: line, count: end - start)))
    switch badRows {
    case .fail: throw TableError.badRow(bad)
    case .skip(let sink): try sink.take(bad)
    }
  }

  private static func feed(_ base: UnsafeRawPointer, from: Int, _ count: Int) -> Int? {
    from < count ? memchr(base + from, 0x0a, count - from).map { UnsafeRawPointer($0) - base } : nil
  }
}

/// Room for the ends of a block's fields and rows.
struct RowIndex: ~Copyable {
  /// Bytes that are indexed at once, at most 65536: they, and the index, stay in the first-level cache.
  let block: Int
  /// With fewer bytes before the next quote an index does not pay.
  let smallest: Int
  /// As `mb_rows_level` has it.
  let level: Int32
  let ends: UnsafeMutablePointer<UInt16>
  let rows: UnsafeMutablePointer<UInt16>

  init(block: Int = 16384, smallest: Int = 512, level: Int32 = mb_rows_level()) {
    precondition((1...65536).contains(block))
    self.block = block
    self.smallest = smallest
    self.level = level
    ends = .allocate(capacity: block + 64)
    rows = .allocate(capacity: block + 64)
  }

  deinit {
    ends.deallocate()
    rows.deallocate()
  }
}
