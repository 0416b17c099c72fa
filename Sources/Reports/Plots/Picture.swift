import Glibc

/// One picture: settings and data for one of the scripts of `scripts/plots/`, and the same figures as a table.
struct Picture: Sendable {
  enum Setting: Sendable {
    case number(Double)
    case text(String)
    case texts([String])
    /// Names of ticks, in which gnuplot would take a `%` for a number's format.
    case ticks([String])
    case numbers([Double])
  }

  enum LegendKind: Sendable {
    case boxes
    case lines
  }

  /// File name without its ending.
  var name: String
  /// The script's name in `scripts/plots/`.
  var script: String
  /// One sentence for people who cannot see it.
  var title: String
  var legend: [String]
  var legendKind = LegendKind.boxes
  /// Heading of each panel.
  var panels: [String]
  var columns = 2
  /// Pixels of a panel, its title and axis included, at a width of 480.
  var panelHeight = 180
  var leftMargin = 62
  /// Pixels below a panel's axis.
  var footMargin = 14
  /// Pixels between a panel and what stands left of it.
  var panelGap = 30
  /// What stands below the picture: what the marks mean, provenance, machine.
  var caption: [String]
  var settings: [(String, Setting)] = []
  /// A line of column names, without its `#`.
  var columnsOfData: String
  /// A block a panel; lines of fields, written as gnuplot reads them.
  var data: [[[String]]]
  var table: PlotTable

  /// Panels beyond these are said, not drawn: no page has room for more.
  static let mostPanels = 12
  /// The same of systems: with more a legend is longer than the picture.
  static let mostSystems = 16

  private var captionLines: [String] { caption.flatMap { Self.wrapped($0, width: 76) } }

  /// As many entries beside each other as fit, each about 6.9 pixels a letter.
  private var legendColumns: Int {
    let longest = legend.map { $0.count }.max() ?? 0
    return max(1, min(legend.count, 472 / max(1, 42 + Int(Double(longest) * 6.9))))
  }

  private var height: Int {
    let columns = min(columns, max(1, panels.count))
    let rows = (panels.count + columns - 1) / columns
    let legendRows = legend.isEmpty ? 0 : (legend.count + legendColumns - 1) / legendColumns
    return 12 + legendRows * 20 + rows * panelHeight + captionLines.count * 15
  }

  /// The script as it is written beside the picture: settings, look, and how it is drawn.
  ///
  /// Every text is in single quotes, in which gnuplot runs no command and reads no escape.
  func script(_ style: String, _ body: String) -> String {
    let columns = min(columns, max(1, panels.count))
    let all: [(String, Setting)] =
      [
        ("picture", .text(name)), ("data", .text("\(name).dat")), ("height", .number(Double(height))),
        ("panels", .number(Double(panels.count))), ("columns", .number(Double(columns))),
        ("panelHeight", .number(Double(panelHeight))), ("leftMargin", .number(Double(leftMargin))),
        ("footMargin", .number(Double(footMargin))), ("panelGap", .number(Double(panelGap))),
        ("Title", .texts(panels.map { Self.shortened($0, columns == 1 ? 74 : 32) })),
        ("legends", .number(Double(legend.count))),
        ("legendColumns", .number(Double(legendColumns))),
        ("legendKind", .number(legendKind == .boxes ? 0 : 1)), ("Legend", .texts(legend)),
        ("captions", .number(Double(captionLines.count))), ("Caption", .texts(captionLines)),
      ] + settings
    return "# Draw it again: gnuplot \(name).gp (settings, look, plot; written by marvel-bench plot)\n"
      + all.map { Self.line($0.0, $0.1) }.joined() + "\n" + style + "\n" + body
  }

  /// Where a linear axis from 0 ends, and how far its ticks are apart: at most five, at 1, 2 or 5 times a power of ten.
  ///
  /// - Parameter values: A block a panel.
  static func axis(_ values: [[Double]]) -> [(String, Setting)] {
    let axes = values.map { values -> (top: Double, step: Double) in
      let greatest = values.filter(\.isFinite).max() ?? 0
      guard greatest > 0 else { return (1, 0.5) }
      let power = pow(10, floor(log10(greatest / 5)))
      let step = [1, 2, 5, 10].map { $0 * power }.first { greatest / $0 <= 5 } ?? greatest
      return (max((greatest / step).rounded(.up) * step, greatest * 1.03), step)
    }
    return [("Top", .numbers(axes.map(\.top))), ("Step", .numbers(axes.map(\.step)))]
  }

  /// The same of the numbers in one column of the data.
  static func axis(_ data: [[[String]]], column: Int) -> [(String, Setting)] {
    axis(data.map { $0.compactMap { Double($0[column]) } })
  }

  private static func line(_ name: String, _ setting: Setting) -> String {
    switch setting {
    case .number(let value): return "\(name) = \(number(value))\n"
    case .text(let text): return "\(name) = \(quoted(text))\n"
    case .texts(let texts):
      // gnuplot knows no empty array.
      return
        "array \(name)[\(max(1, texts.count))] = [\((texts.isEmpty ? [""] : texts).map(quoted).joined(separator: ", "))]\n"
    case .ticks(let names): return line(name, .texts(names.map { $0.replacing("%", with: "%%") }))
    case .numbers(let values):
      return "array \(name)[\(max(1, values.count))] = [\(values.map(number).joined(separator: ", "))]\n"
    }
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : "\(value)"
  }

  /// A text of gnuplot's in which nothing is expanded; control characters would end its line. An apostrophe becomes the
  /// typographic one: a text that begins with a doubled one is none to gnuplot 5.4.
  static func quoted(_ text: String) -> String { "'" + clean(text).replacing("'", with: "’") + "'" }

  private static func clean(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }))
  }

  /// The data file: a comment with the columns, blocks two empty lines apart.
  var dataText: String {
    var text = "# \(columnsOfData)\n"
    for (index, block) in data.enumerated() {
      if index > 0 { text += "\n\n" }
      text += "# \(Self.clean(panels[index]))\n"
      for line in block { text += line.joined(separator: " ") + "\n" }
    }
    return text
  }

  /// At most `width` letters; what is cut off is in the data file.
  static func shortened(_ text: String, _ width: Int) -> String {
    text.count > width ? String(text.prefix(width - 1)) + "…" : text
  }

  /// Lines of at most `width` letters, cut between words where that is possible.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in clean(text).split(separator: " ") {
      var word = String(word)
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      while word.count > width {
        lines.append(String(word.prefix(width)))
        word = String(word.dropFirst(width))
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + (line.isEmpty ? [] : [line])
  }

  /// A figure as data files have it: shortest, `NaN` where there is none.
  static func figure(_ value: Double?) -> String {
    value.map { $0.isFinite ? String(Float($0)) : "NaN" } ?? "NaN"
  }
}

/// What a picture shows, as a table.
struct PlotTable: Sendable {
  var headers: [TextTable.Header]
  var rows: [[String]] = []

  /// A `tabular` of the package booktabs, in a `table` with a caption.
  func latex(caption: String, label: String) -> String {
    let columns = headers.map { $0.isRight ? "r" : "l" }.joined()
    func line(_ cells: [String]) -> String {
      "  " + cells.map(Self.escaped).joined(separator: " & ") + " \\\\\n"
    }
    return """
      % Written by marvel-bench plot; needs \\usepackage{booktabs}.
      \\begin{table}
      \\centering
      \\caption{\(Self.escaped(caption))}
      \\label{tab:\(label)}
      \\begin{tabular}{\(columns)}
        \\toprule

      """ + line(headers.map(\.title)) + "  \\midrule\n" + rows.map(line).joined()
        + """
          \\bottomrule
        \\end{tabular}
        \\end{table}

        """
  }

  /// Text as pdflatex sets it: TeX's special characters as what they are, and what its fonts lack by its code point.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\textbackslash{}"
      case "{", "}", "$", "&", "#", "_", "%": escaped += "\\\(scalar)"
      case "~": escaped += "\\textasciitilde{}"
      case "^": escaped += "\\textasciicircum{}"
      // At the begin of a row the end of the one before would take them for its own.
      case "[", "]", "*": escaped += "{\(scalar)}"
      case "–": escaped += "--"
      case "×": escaped += "$\\times$"
      case "µ": escaped += "\\textmu{}"
      case "<": escaped += "\\textless{}"
      case ">": escaped += "\\textgreater{}"
      case "|": escaped += "\\textbar{}"
      case "·": escaped += "$\\cdot$"
      case "≤": escaped += "$\\leq$"
      case "≥": escaped += "$\\geq$"
      case "−": escaped += "$-$"
      case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value): escaped += " "
      case _ where isSet(scalar): escaped.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        escaped += "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      }
    }
    return escaped
  }

  /// Whether a plain pdflatex has the character in its first fonts (OT1).
  private static func isSet(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "«", "»", "Ð", "Þ", "ð", "þ": false
    case "‘", "’", "“", "”", "…", "—", "•", "€": true
    default: scalar.value <= 0xFF
    }
  }
}
