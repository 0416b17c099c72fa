import CSystemIO
import Glibc
import Storage

@testable import MapReduce

/// What became of a row.
enum RowEvent: Hashable {
  case ranking(url: [UInt8], rank: Int64, line: [UInt8])
  case visit(ip: [UInt8], url: [UInt8], date: Int32, revenue: Int128, line: [UInt8])
  case bad(offset: Int, bytes: [UInt8])
}

/// Collects rows. They are copied only at `release`, as a handler that batches them would use them, and the slack
/// behind each field is read.
final class RowLog: BadRowSink {
  var events: [RowEvent] = []
  private(set) var reasons: [String] = []
  private(set) var touched: UInt64 = 0
  fileprivate var rankings: [RankingsRow] = []
  fileprivate var visits: [VisitRow] = []

  func take(_ row: BadRow) {
    release()
    events.append(.bad(offset: row.offset, bytes: row.bytes))
    reasons.append(row.reason)
  }

  fileprivate func release() {
    for row in rankings {
      events.append(
        .ranking(
          url: copy(row.url, row.urlLength), rank: row.rank, line: copy(row.line, row.lineLength)))
    }
    for row in visits {
      events.append(
        .visit(
          ip: copy(row.ip, row.ipLength), url: copy(row.url, row.urlLength), date: row.date,
          revenue: row.revenue, line: copy(row.line, row.lineLength)))
    }
    rankings = []
    visits = []
  }

  private func copy(_ start: UnsafeRawPointer, _ length: Int) -> [UInt8] {
    for slack in stride(from: 0, to: readableSlack, by: 8) {
      touched &+= (start + length + slack).loadUnaligned(as: UInt64.self)
    }
    return Array(UnsafeRawBufferPointer(start: start, count: length))
  }
}

struct RankingsCollector: RankingsHandler {
  let log: RowLog
  func take(_ row: RankingsRow) { log.rankings.append(row) }
  func release() { log.release() }
}

struct VisitsCollector: VisitsHandler {
  static var readsDate: Bool { false }
  let log: RowLog
  func take(_ row: VisitRow) { log.visits.append(row) }
  func release() { log.release() }
}

struct DatedVisitsCollector: VisitsHandler {
  static var readsDate: Bool { true }
  let log: RowLog
  func take(_ row: VisitRow) { log.visits.append(row) }
  func release() { log.release() }
}

/// What a query reads of which table.
enum TableQuery: Hashable {
  case rankings
  case visits
  case dated(ClosedRange<Int32>)

  var fieldCount: Int { self == .rankings ? 3 : 9 }
}

/// How a text is handed to a scanner.
struct RowFeeding {
  var cuts: [Int] = []
  var block = 16384
  var smallest = 512
  var level = mb_rows_level()
  /// Offset in the file of the text's first byte.
  var offset = 0
}

extension RowScanner: ChunkConsumer where Parser: ~Copyable {}

func readRows(
  _ text: [UInt8], _ query: TableQuery, _ format: TableFormat, _ feeding: RowFeeding = RowFeeding()
) throws -> RowLog {
  let log = RowLog()
  let index = RowIndex(block: feeding.block, smallest: feeding.smallest, level: feeding.level)
  switch query {
  case .rankings:
    let parser = RankingsParser(handler: RankingsCollector(log: log))
    var scanner = RowScanner(parser, format: format, file: "t", badRows: .skip(log), index: index)
    try feedRows(text, feeding, to: &scanner)
  case .visits:
    let parser = VisitsParser(handler: VisitsCollector(log: log), dates: CalendarDate.all, keepsOthers: false)
    var scanner = RowScanner(parser, format: format, file: "t", badRows: .skip(log), index: index)
    try feedRows(text, feeding, to: &scanner)
  case .dated(let dates):
    let parser = VisitsParser(handler: DatedVisitsCollector(log: log), dates: dates, keepsOthers: false)
    var scanner = RowScanner(parser, format: format, file: "t", badRows: .skip(log), index: index)
    try feedRows(text, feeding, to: &scanner)
  }
  return log
}

/// Feeds `text` in pieces cut at the feeding's cuts, as a tier's chunks would come.
func feedRows(
  _ text: [UInt8], _ feeding: RowFeeding, to consumer: inout some ChunkConsumer & ~Copyable
) throws {
  consumer.begin(at: feeding.offset)
  var rest: [UInt8] = []
  var start = 0
  for end in feeding.cuts.sorted() + [text.count] {
    let bytes = rest + text[start..<end]
    let consumed = try withGuardedBytes(bytes) {
      try consumer.consume($0, carried: rest.count, last: end == text.count)
    }
    rest = Array(bytes[consumed...])
    start = end
  }
  precondition(rest.isEmpty, "the last call consumes everything")
}
