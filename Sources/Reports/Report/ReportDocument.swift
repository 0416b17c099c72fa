/// What a report says, whatever it is written as: sections of sentences, tables and plots.
struct ReportDocument: Sendable {
  var title: String
  /// What was measured, on what, when it was read.
  var lead: [String]
  var sections: [ReportSection]
}

struct ReportSection: Sendable {
  /// For links; letters and hyphens.
  var id: String
  var title: String
  var paragraphs: [String] = []
  /// Sentences set below each other.
  var points: [String] = []
  var tables: [ReportTable] = []
  /// Names of the pictures that belong here.
  var plots: [ReportPlot] = []
  /// Text that is shown as it is: a command, a file.
  var listings: [(title: String, text: String)] = []
  var isWarning = false
}

/// A picture of a report, drawn before.
struct ReportPlot: Sendable {
  var name: String
  var title: String
  /// The SVG file's text; nil where it could not be drawn.
  var svg: String?
}

/// A table that can be sorted by each of its columns.
struct ReportTable: Sendable {
  struct Column: Sendable {
    var title: String
    var isNumber: Bool
  }

  struct Cell: Sendable {
    var text: String
    /// What it is sorted by; nil: its text, or last where it is empty.
    var value: Double?

    static func text(_ text: String) -> Cell { Cell(text: text) }
    static func number(_ value: Double?, _ text: (Double) -> String) -> Cell {
      Cell(text: value.map(text) ?? "", value: value)
    }
  }

  var caption = ""
  var columns: [Column]
  var rows: [[Cell]] = []

  var textTable: TextTable {
    var table = TextTable(columns.map { $0.isNumber ? .right($0.title) : .left($0.title) })
    for row in rows { table.add(row.map(\.text)) }
    return table
  }
}

extension ReportTable.Column {
  static func text(_ title: String) -> Self { Self(title: title, isNumber: false) }
  static func number(_ title: String) -> Self { Self(title: title, isNumber: true) }
}
