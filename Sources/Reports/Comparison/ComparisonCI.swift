/// A comparison for CI systems: JUnit's XML, and workflow commands as GitHub reads them from a log.
extension Comparison {
  /// A test case a row: a failure where it fails the comparison, `skipped` where nothing could be said.
  ///
  /// Source: the XSD of Jenkins' xUnit plugin (junit-10), which GitLab reads too.
  var junit: String {
    let failing = Set((failures + undecided).map(Self.key))
    let broken = rules.allowsMissing ? [] : problems
    let cases =
      rows.map { row in testCase(row, fails: failing.contains(Self.key(row))) }
      + problems.map { problem in
        let kind = rules.allowsMissing ? "skipped" : "error"
        return "    <testcase classname=\"marvel-bench\" name=\(Self.attribute(problem.label))>\n"
          + "      <\(kind) message=\(Self.attribute(problem.reason))/>\n    </testcase>\n"
      }
    let skipped =
      rows.filter { !failing.contains(Self.key($0)) && Self.isOpen($0) }.count
      + (rules.allowsMissing ? problems.count : 0)
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      + "  <testsuite name=\"marvel-bench compare\" tests=\"\(cases.count)\" failures=\"\(failing.count)\" "
      + "errors=\"\(broken.count)\" skipped=\"\(skipped)\">\n"
      + cases.joined() + "  </testsuite>\n</testsuites>\n"
  }

  private static func key(_ row: ComparisonRow) -> String { row.metric + "\u{1F}" + row.label }

  private static func isOpen(_ row: ComparisonRow) -> Bool {
    [.inconclusive, .insufficient, .incomparable].contains(row.verdict)
  }

  private func testCase(_ row: ComparisonRow, fails: Bool) -> String {
    let start =
      "    <testcase classname=\(Self.attribute("marvel-bench.\(row.metric)")) name=\(Self.attribute(row.label))"
    let message = Self.attribute(sentence(row))
    if fails {
      return "\(start)>\n      <failure type=\(Self.attribute(row.verdict.rawValue)) message=\(message)/>\n"
        + "    </testcase>\n"
    }
    return Self.isOpen(row)
      ? "\(start)>\n      <skipped message=\(message)/>\n    </testcase>\n" : "\(start)/>\n"
  }

  private func sentence(_ row: ComparisonRow) -> String {
    let figures =
      row.verdict == .incomparable
      ? "" : ": \(row.shown(row.baseMedian)) -> \(row.shown(row.newMedian))"
    let change = row.ratio.map { ", \(ComparisonRow.percent($0))" } ?? ""
    let interval = row.intervalText.isEmpty ? "" : " (\(row.intervalText))"
    return row.verdictText(unit) + figures + (figures.isEmpty ? "" : change + interval)
      + (row.pText.isEmpty ? "" : ", p \(row.pText)")
  }

  /// In quotes, without what XML 1.0 cannot hold.
  static func attribute(_ text: String) -> String {
    var escaped = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\n", "\r", "\t": escaped += "&#\(scalar.value);"
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: escaped += "?"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped + "\""
  }

  /// `::error`, `::warning`, `::notice`: what fails, what could not be told, what it comes to.
  ///
  /// Source: "Workflow commands for GitHub Actions".
  var annotations: String {
    var lines = failures.map {
      Self.command("error", "\($0.verdict.rawValue): \($0.label)", "\($0.metric) \(sentence($0))")
    }
    lines += undecided.map {
      Self.command("error", "no verdict: \($0.label)", "\($0.metric) \(sentence($0))")
    }
    let level = rules.allowsMissing ? "warning" : "error"
    lines += problems.map { Self.command(level, "not compared: \($0.label)", $0.reason) }
    let shown = Set((failures + undecided).map(Self.key))
    lines += rows.filter { Self.isOpen($0) && !shown.contains(Self.key($0)) }.map {
      Self.command("warning", "\($0.verdict.rawValue): \($0.label)", "\($0.metric) \(sentence($0))")
    }
    lines += rows.filter { $0.verdict == .regressed && $0.gate == nil }.map {
      Self.command("warning", "regressed, does not gate: \($0.label)", "\($0.metric) \(sentence($0))")
    }
    lines.append(Self.command("notice", "marvel-bench compare", conclusion))
    return lines.joined()
  }

  private static func command(_ level: String, _ title: String, _ message: String) -> String {
    "::\(level) title=\(escaped(title, property: true))::\(escaped(message, property: false))\n"
  }

  private static func escaped(_ text: String, property: Bool) -> String {
    // By scalars: a carriage return with a line feed is one Character.
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": escaped += "%25"
      case "\r": escaped += "%0D"
      case "\n": escaped += "%0A"
      case ":" where property: escaped += "%3A"
      case "," where property: escaped += "%2C"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
