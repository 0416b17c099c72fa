/// What the join of the Big Data Benchmark is asked.
public struct JoinQuery: Sendable, Hashable {
  /// What is written of each source.
  public enum Output: Sendable {
    /// `sourceIP<TAB>SUM(adRevenue)<TAB>AVG(pageRank)`, as the benchmark asks.
    case totals
    /// `sourceIP<TAB>AVG(pageRank)<TAB>AVG(adRevenue)`, as Corral's program does.
    case averages
  }

  /// Visits on these days and between.
  ///
  /// As ``CalendarDate`` numbers them.
  public var from: Int32
  public var to: Int32
  /// Only so many sources, those with the highest revenue; nil: all.
  public var limit: Int?
  public var output: Output

  public init(from: Int32, to: Int32, limit: Int? = nil, output: Output = .totals) {
    self.from = from
    self.to = to
    self.limit = limit
    self.output = output
  }

  /// As Corral's program asks: visits before 2000, both averages.
  public static let corral = JoinQuery(
    from: CalendarDate.all.lowerBound, to: 1999_12_31, output: .averages)

  var parameters: [String: String] {
    if output == .averages { return to == Self.corral.to ? [:] : ["to": CalendarDate.text(to)] }
    var parameters = ["from": CalendarDate.text(from), "to": CalendarDate.text(to)]
    if let limit { parameters["limit"] = String(limit) }
    return parameters
  }

  init(_ rest: inout WorkloadParameters, isCorral: Bool) throws {
    if isCorral {
      self = .corral
      if let to = try rest.date("to") { self.to = to }
      return
    }
    self.init(
      from: try rest.date("from") ?? 1980_01_01, to: try rest.date("to") ?? 1980_04_01,
      limit: try rest.integer("limit", in: 1...1_000_000))
    guard from <= to else {
      throw rest.error("from", CalendarDate.text(from), "is after `to` \(CalendarDate.text(to)): no day is between them")
    }
  }
}

/// What happens to a row that is none.
public enum OnBadRow: String, CaseIterable, Sendable {
  /// The job stops and names the row.
  case stop
  /// The row is counted and set aside in a rejects file.
  case skip
}

/// How the rows of a query's tables are written, and what becomes of those that are not.
public struct TableOptions: Sendable, Hashable {
  public var format: TableFormat
  public var onBadRow: OnBadRow

  public init(format: TableFormat = TableFormat(), onBadRow: OnBadRow = .stop) {
    self.format = format
    self.onBadRow = onBadRow
  }

  /// What is not as usual.
  var parameters: [String: String] {
    var parameters: [String: String] = [:]
    if format.delimiter != .comma { parameters["delimiter"] = "\(format.delimiter)" }
    if format.isQuoted { parameters["quoted"] = "on" }
    if format.hasHeader { parameters["header"] = "on" }
    if onBadRow != .stop { parameters["on_bad_row"] = onBadRow.rawValue }
    return parameters
  }

  init(_ rest: inout WorkloadParameters) throws {
    self.init(
      format: TableFormat(
        delimiter: try rest.delimiter("delimiter") ?? .comma, isQuoted: try rest.flag("quoted"),
        hasHeader: try rest.flag("header")), onBadRow: try rest.choice("on_bad_row") ?? .stop)
  }
}
