/// Reads rankings and hands each row to a handler.
///
/// Each row must have 3 fields, and a rank that is a whole number of 64 bits; avgDuration is not looked at.
public struct RankingsConsumer<Handler: RankingsHandler & ~Copyable>: ~Copyable, ChunkConsumer {
  private var scanner: RowScanner<RankingsParser<Handler>>

  /// - Parameter file: Its name, for messages.
  public init(
    _ handler: consuming Handler, format: TableFormat, file: String, badRows: BadRowPolicy = .fail
  ) {
    scanner = RowScanner(RankingsParser(handler: handler), format: format, file: file, badRows: badRows)
  }

  public mutating func begin(at offset: Int) { scanner.begin(at: offset) }

  /// - Throws: ``TableError``, and what the handler throws.
  public mutating func consume(_ bytes: UnsafeRawBufferPointer, carried: Int, last: Bool) throws -> Int {
    try scanner.consume(bytes, carried: carried, last: last)
  }

  /// The handler, when all rows have been read.
  public mutating func withHandler<R>(_ body: (inout Handler) throws -> R) rethrows -> R {
    try body(&scanner.parser.handler)
  }
}

struct RankingsParser<Handler: RankingsHandler & ~Copyable>: ~Copyable, RowParser {
  static var fieldCount: Int { 3 }

  var handler: Handler

  @inline(__always)
  mutating func takePlain(
    _ block: UnsafeRawPointer, start: Int, ends: UnsafePointer<UInt16>, feed: Int
  ) throws -> Bool {
    let urlEnd = Int(ends[0])
    guard let rank = WholeNumber.parse(block + urlEnd + 1, length: Int(ends[1]) &- urlEnd &- 1) else {
      return false
    }
    try handler.take(
      RankingsRow(
        url: block + start, urlLength: urlEnd &- start, rank: rank, line: block + start,
        lineLength: Self.lineLength(block, start: start, feed: feed)))
    return true
  }

  mutating func take(
    _ fields: UnsafePointer<FieldBytes>, line: UnsafeRawPointer, lineLength: Int
  ) throws -> String? {
    guard let rank = WholeNumber.parse(fields[1].start, length: fields[1].length) else {
      return Self.fault("pageRank", fields[1], expected: "a whole number of 64 bits")
    }
    try handler.take(
      RankingsRow(
        url: fields[0].start, urlLength: fields[0].length, rank: rank, line: line, lineLength: lineLength))
    return nil
  }

  mutating func release() throws { try handler.release() }
}
