/// A report as Markdown.
extension ReportDocument {
  /// - Parameter plotsFolder: Where the pictures lie, as links name it.
  func markdown(plotsFolder: String) -> String {
    let escaped = Self.escaped
    var pieces = ["# \(escaped(title))\n"] + lead.map { "\n\(escaped($0))\n" }
    for section in sections {
      pieces.append("\n## \(escaped(section.title))\n")
      pieces += section.paragraphs.map { "\n\(escaped($0))\n" }
      if !section.points.isEmpty {
        pieces.append("\n" + section.points.map { "- \(escaped($0))\n" }.joined())
      }
      for table in section.tables {
        if !table.caption.isEmpty { pieces.append("\n\(escaped(table.caption))\n") }
        pieces.append("\n\(table.escapedForMarkdown.textTable.markdown)\n")
      }
      pieces += section.plots.map { "\n![\(escaped($0.title))](\(plotsFolder)/\($0.name).svg)\n" }
      pieces += section.listings.map { "\n\(escaped($0.title)):\n\n\(Self.indented($0.text))\n" }
    }
    return pieces.joined()
  }

  /// Names must not become HTML or links where the page is shown.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": escaped += "&lt;"
      case "&": escaped += "&amp;"
      case "[", "]", "`", "*", "_", "\\": escaped += "\\\(scalar)"
      case _ where scalar.value < 0x20: escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    \($0)" }
      .joined(separator: "\n")
  }
}

extension ReportTable {
  fileprivate var escapedForMarkdown: ReportTable {
    var table = self
    table.rows = rows.map { row in
      row.map { Cell(text: ReportDocument.escaped($0.text), value: $0.value) }
    }
    return table
  }
}
