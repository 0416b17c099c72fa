/// A row of rankings: `pageURL,pageRank,avgDuration`.
///
/// The pointers hold until the handler's ``RowHandler/release()``; ``readableSlack`` bytes behind each can be read.
public struct RankingsRow {
  public var url: UnsafeRawPointer
  public var urlLength: Int
  public var rank: Int64
  /// The row as it was read, quotes included, without its line end.
  public var line: UnsafeRawPointer
  public var lineLength: Int
}

/// A row of visits: `sourceIP,destURL,visitDate,adRevenue,userAgent,countryCode,languageCode,searchWord,duration`.
///
/// The pointers hold until the handler's ``RowHandler/release()``; ``readableSlack`` bytes behind each can be read.
public struct VisitRow {
  public var ip: UnsafeRawPointer
  public var ipLength: Int
  public var url: UnsafeRawPointer
  public var urlLength: Int
  /// As ``CalendarDate`` has it; 0 where the handler does not read dates.
  public var date: Int32
  /// In units of 10⁻¹⁸, as ``ExactDecimal/units``.
  public var revenue: Int128
  /// The row as it was read, quotes included, without its line end.
  public var line: UnsafeRawPointer
  public var lineLength: Int
}

/// Takes the rows of a table, in the order of the file.
///
/// Generic code is specialized on it and calls it once a row: what it does should be inlined.
public protocol RowHandler: ~Copyable {
  /// What the rows taken so far point at is about to go away. Called at the end of each chunk, and after each row with
  /// fields that had to be unescaped.
  mutating func release() throws
}

public protocol RankingsHandler: RowHandler, ~Copyable {
  mutating func take(_ row: RankingsRow) throws
}

public protocol VisitsHandler: RowHandler, ~Copyable {
  /// Whether the query reads `visitDate`. If not, the field is not looked at and may hold anything.
  static var readsDate: Bool { get }
  mutating func take(_ row: VisitRow) throws
}
