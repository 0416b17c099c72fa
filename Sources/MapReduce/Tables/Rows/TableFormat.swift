/// How the rows of a table's files are written.
///
/// A row ends at a line feed, and the last one of a file at its end; a carriage return directly before the line feed
/// is part of the line's end. Fields may be empty, and hold any bytes but the delimiter and the line feed. An empty
/// line is a row of one empty field, and so malformed in every table.
public struct TableFormat: Hashable, Sendable {
  /// What stands between two fields.
  public enum Delimiter: UInt8, CaseIterable, Sendable {
    case tab = 0x09
    case comma = 0x2c
    case bar = 0x7c
  }

  public var delimiter: Delimiter
  /// Fields may be quoted as RFC 4180 has it: `"` first and last, `""` for a quote inside, where delimiters and line
  /// ends stand for themselves. A file is one split then. A quote inside of a field that does not start with one, and
  /// anything between the closing quote and the delimiter, makes the row malformed.
  public var isQuoted: Bool
  /// The first row of each file is not data.
  public var hasHeader: Bool

  public init(delimiter: Delimiter = .comma, isQuoted: Bool = false, hasHeader: Bool = false) {
    self.delimiter = delimiter
    self.isQuoted = isQuoted
    self.hasHeader = hasHeader
  }
}
