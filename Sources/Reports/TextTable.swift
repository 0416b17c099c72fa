/// A table of text, aligned for a terminal or as Markdown.
public struct TextTable: Sendable {
  public struct Header: Sendable {
    let title: String
    let isRight: Bool

    public static func left(_ title: String) -> Header { Header(title: title, isRight: false) }
    public static func right(_ title: String) -> Header { Header(title: title, isRight: true) }
  }

  private let headers: [Header]
  private var rows: [[String]] = []

  public init(_ headers: [Header]) { self.headers = headers }

  public mutating func add(_ row: [String]) {
    precondition(row.count == headers.count)
    rows.append(row)
  }

  /// Columns two spaces apart, lines without trailing spaces, each ended by a line feed.
  public func text(indent: Int = 0) -> String {
    let widths = columnWidths
    let rule = widths.map { String(repeating: "─", count: $0) }
    return ([headers.map(\.title), rule] + rows).map { cells in
      let padded = cells.indices.map { pad(cells[$0], $0, widths[$0]) }.joined(separator: "  ")
      let end = padded.lastIndex { $0 != " " }.map { padded.index(after: $0) } ?? padded.startIndex
      return String(repeating: " ", count: indent) + padded[..<end] + "\n"
    }.joined()
  }

  /// A pipe table, aligned in its source too; without a line feed at its end.
  public var markdown: String {
    let widths = columnWidths
    let rule = headers.indices.map { column in
      let dashes = String(repeating: "-", count: max(3, widths[column]) - (headers[column].isRight ? 1 : 0))
      return headers[column].isRight ? dashes + ":" : dashes
    }
    let lines = [headers.map(\.title)] + rows
    let body = lines.map { cells in
      cells.indices.map { pad(cells[$0].replacing("|", with: "\\|"), $0, max(3, widths[$0])) }
    }
    return ([body[0], rule] + body.dropFirst()).map { "| " + $0.joined(separator: " | ") + " |" }
      .joined(separator: "\n")
  }

  private var columnWidths: [Int] {
    headers.indices.map { column in
      ([headers[column].title] + rows.map { $0[column] }).map(\.count).max() ?? 0
    }
  }

  private func pad(_ text: String, _ column: Int, _ width: Int) -> String {
    let spaces = String(repeating: " ", count: max(0, width - text.count))
    return headers[column].isRight ? spaces + text : text + spaces
  }
}
