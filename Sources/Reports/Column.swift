/// Which direction of a column is an improvement.
public enum Better: String, Sendable {
  case lower
  case higher
  case none
}

/// One column of a table: header, documentation, direction and value in one place.
public struct Column<Row>: Sendable {
  public let name: String
  /// `ns`, `bytes`, `count`, …; empty for text.
  public let unit: String
  public let better: Better
  public let meaning: String
  /// Empty: not measured.
  public let value: @Sendable (Row) -> String

  init(
    _ name: String, unit: String = "", better: Better = .none, _ meaning: String,
    _ value: @escaping @Sendable (Row) -> String
  ) {
    self.name = name
    self.unit = unit
    self.better = better
    self.meaning = meaning
    self.value = value
  }
}

extension Column {
  static func nanoseconds(
    _ name: String, better: Better = .lower, _ meaning: String,
    _ value: @escaping @Sendable (Row) -> Int?
  ) -> Column {
    Column(name, unit: "ns", better: better, meaning) { optional(value($0)) }
  }

  static func bytes(
    _ name: String, better: Better = .lower, _ meaning: String,
    _ value: @escaping @Sendable (Row) -> Int?
  ) -> Column {
    Column(name, unit: "bytes", better: better, meaning) { optional(value($0)) }
  }

  static func count(
    _ name: String, better: Better = .none, _ meaning: String,
    _ value: @escaping @Sendable (Row) -> Int?
  ) -> Column {
    Column(name, unit: "count", better: better, meaning) { optional(value($0)) }
  }
}

func optional(_ value: Int?) -> String { value.map(String.init) ?? "" }

/// The shortest text that reads back as `value`.
func optional(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

/// RFC 4180, with a line feed at the end of a line (as every tool of this platform reads and writes it).
public enum CSV {
  /// `fields` as one line, its line feed included.
  public static func line(_ fields: [String]) -> String {
    fields.map(escaped).joined(separator: ",") + "\n"
  }

  public static func header<Row>(_ columns: [Column<Row>]) -> String { line(columns.map(\.name)) }

  public static func line<Row>(_ row: Row, _ columns: [Column<Row>]) -> String {
    line(columns.map { $0.value(row) })
  }

  /// In quotes where it holds a comma, a quote or a line's end.
  static func escaped(_ field: String) -> String {
    // By bytes: a carriage return with a line feed is one Character.
    let special = field.utf8.contains {
      $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n")
        || $0 == UInt8(ascii: "\r")
    }
    guard special else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
