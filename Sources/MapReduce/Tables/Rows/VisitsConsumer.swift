/// Reads visits and hands each row to a handler.
///
/// Each row must have 9 fields. Where the handler reads dates, each row's visitDate must be a day of the calendar, and
/// the rows of other days than those asked for are left out at once. The adRevenue of every row that is left must be a
/// decimal number as ``ExactDecimal/parse(_:length:)`` has it: that of a row left out by its date is not looked at,
/// nor are the other fields. Where rows of other days are kept, what is no number there is handed over as 0: nobody
/// sums it, and what a query refuses must not depend on who leaves its rows out.
public struct VisitsConsumer<Handler: VisitsHandler & ~Copyable>: ~Copyable, ChunkConsumer {
  private var scanner: RowScanner<VisitsParser<Handler>>

  /// - Parameters:
  ///   - dates: The days whose rows are handed over, as ``CalendarDate`` has them; only where the handler reads dates.
  ///   - keepsOthers: Rows of other days are handed over too.
  ///   - file: Its name, for messages.
  public init(
    _ handler: consuming Handler, dates: ClosedRange<Int32> = CalendarDate.all,
    keepsOthers: Bool = false, format: TableFormat, file: String, badRows: BadRowPolicy = .fail
  ) {
    scanner = RowScanner(
      VisitsParser(handler: handler, dates: dates, keepsOthers: keepsOthers), format: format, file: file,
      badRows: badRows)
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

struct VisitsParser<Handler: VisitsHandler & ~Copyable>: ~Copyable, RowParser {
  static var fieldCount: Int { 9 }

  var handler: Handler
  let dates: ClosedRange<Int32>
  let keepsOthers: Bool

  @inline(__always)
  mutating func takePlain(
    _ block: UnsafeRawPointer, start: Int, ends: UnsafePointer<UInt16>, feed: Int
  ) throws -> Bool {
    let ipEnd = Int(ends[0])
    let urlEnd = Int(ends[1])
    let dateEnd = Int(ends[2])
    var date: Int32 = 0
    var isOther = false
    if Handler.readsDate {
      guard let day = CalendarDate.parse(block + urlEnd + 1, length: dateEnd &- urlEnd &- 1)
      else { return false }
      if !dates.contains(day) {
        if !keepsOthers { return true }
        isOther = true
      }
      date = day
    }
    guard
      let revenue = ExactDecimal.parseField(block + dateEnd + 1, length: Int(ends[3]) &- dateEnd &- 1)
        ?? (isOther ? ExactDecimal(units: 0) : nil)
    else { return false }
    try handler.take(
      VisitRow(
        ip: block + start, ipLength: ipEnd &- start, url: block + ipEnd + 1,
        urlLength: urlEnd &- ipEnd &- 1, date: date, revenue: revenue.units, line: block + start,
        lineLength: Self.lineLength(block, start: start, feed: feed)))
    return true
  }

  mutating func take(
    _ fields: UnsafePointer<FieldBytes>, line: UnsafeRawPointer, lineLength: Int
  ) throws -> String? {
    var date: Int32 = 0
    var isOther = false
    if Handler.readsDate {
      guard let day = CalendarDate.parse(fields[2].start, length: fields[2].length) else {
        return Self.fault("visitDate", fields[2], expected: "a day as YYYY-MM-DD")
      }
      if !dates.contains(day) {
        if !keepsOthers { return nil }
        isOther = true
      }
      date = day
    }
    guard
      let revenue = ExactDecimal.parseField(fields[3].start, length: fields[3].length)
        ?? (isOther ? ExactDecimal(units: 0) : nil)
    else {
      return Self.fault(
        "adRevenue", fields[3],
        expected: "a decimal number under 1.7e20 with at most 18 digits after the point")
    }
    try handler.take(
      VisitRow(
        ip: fields[0].start, ipLength: fields[0].length, url: fields[1].start,
        urlLength: fields[1].length, date: date, revenue: revenue.units, line: line, lineLength: lineLength))
    return nil
  }

  mutating func release() throws { try handler.release() }
}
