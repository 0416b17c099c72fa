import Foundation

/// A report as HTML.
extension ReportDocument {
  var html: String {
    let escaped = HTMLPage.escaped
    let links = sections.filter { !$0.id.hasPrefix("job-") }
      .map { "<a href=\"#\($0.id)\">\(escaped($0.title))</a>" }.joined(separator: "\n")
    let body =
      "<h1>\(escaped(title))</h1>\n" + lead.map { "<p class=\"lead\">\(escaped($0))</p>\n" }.joined()
      + "<nav>\n\(links)\n</nav>\n" + sections.map(\.html).joined()
    return HTMLPage(title: title, body: body).html
  }
}

extension ReportSection {
  fileprivate var html: String {
    let escaped = HTMLPage.escaped
    var html =
      "<section id=\"\(escaped(id))\"\(isWarning ? " class=\"warning\"" : "")>\n<h2>\(escaped(title))</h2>\n"
    html += paragraphs.map { "<p>\(escaped($0))</p>\n" }.joined()
    if !points.isEmpty {
      html += "<ul>\n" + points.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>\n"
    }
    html += tables.map(\.html).joined()
    if !plots.isEmpty {
      html += "<div class=\"plots\">\n" + plots.map(\.html).joined() + "</div>\n"
    }
    for listing in listings {
      html += "<p>\(escaped(listing.title)):</p>\n<pre>\(escaped(listing.text))</pre>\n"
    }
    return html + "</section>\n"
  }
}

extension ReportTable {
  var html: String {
    let escaped = HTMLPage.escaped
    // In pieces: a table of thousands of rows would be copied again and again.
    // The caption stays outside what scrolls, so that a phone wraps it.
    var pieces = caption.isEmpty ? [] : ["<p class=\"caption\">\(escaped(caption))</p>\n"]
    pieces.append("<div class=\"wide\">\n<table>\n")
    let heads = columns.map {
      "<th scope=\"col\"\($0.isNumber ? " class=\"n\"" : "")>\(escaped($0.title))</th>"
    }
    pieces.append("<thead><tr>\(heads.joined())</tr></thead>\n<tbody>\n")
    for row in rows {
      let cells = zip(row, columns).map { cell, column -> String in
        let value = cell.value.map { " data-v=\"\($0)\"" } ?? ""
        // Sentences need room beside words, or a line has one word of them.
        let kind = column.isNumber ? " class=\"n\"" : cell.text.utf8.count > 40 ? " class=\"l\"" : ""
        return "<td\(kind)\(value)>\(escaped(cell.text))</td>"
      }
      pieces.append("<tr>\(cells.joined())</tr>\n")
    }
    pieces.append("</tbody>\n</table>\n</div>\n")
    return pieces.joined()
  }
}

extension ReportPlot {
  fileprivate var html: String {
    let caption = HTMLPage.escaped(title)
    guard let svg else { return "" }
    return
      "<figure>\n\(Self.inlined(svg, name: name, title: title))\n<figcaption>\(caption)</figcaption>\n</figure>\n"
  }

  /// An SVG file of gnuplot's as an element of a page: without its XML head, as wide as its place, and with ids of its
  /// own, since two pictures on a page may not share them.
  static func inlined(_ svg: String, name: String, title: String) -> String {
    guard let start = svg.range(of: "<svg"), let close = svg[start.upperBound...].firstIndex(of: ">") else {
      return ""
    }
    var head = String(svg[start.upperBound..<close])
    for attribute in ["width", "height"] {
      guard let at = head.range(of: " \(attribute)=\"") ?? head.range(of: "\n\(attribute)=\"") else {
        continue
      }
      guard let end = head[at.upperBound...].firstIndex(of: "\"") else { continue }
      head.removeSubrange(at.lowerBound...end)
    }
    var body = String(svg[svg.index(after: close)...])
    for mark in ["id='", "id=\"", "href='#", "href=\"#", "url(#"] {
      body = body.replacing(mark, with: mark + name + "-")
    }
    return "<svg role=\"img\" aria-label=\"\(HTMLPage.escaped(title))\"\(head)>\(body)"
  }
}
