import Metrics

/// A comparison for people, in benchstat's manner.
extension Comparison {
  var text: String {
    var text = "base: \(shown(sides.base))\nnew:  \(shown(sides.new))\n"
    for metric in metricsWithRows {
      text += "\n" + table(metric).text()
    }
    for mean in geometricMeans {
      text += "\ngeometric mean of \(mean.metric): \(ComparisonRow.percent(mean.ratio))\n"
    }
    if !problems.isEmpty {
      text +=
        "\nnot compared:\n"
        + problems.map { "  \($0.label): \(CSVReader.shown($0.reason, limit: 200))\n" }.joined()
    }
    for warning in warnings { text += "\nnote: \(warning)" }
    if !warnings.isEmpty { text += "\n" }
    return text + "\n\(legend)\n\(conclusion)\n"
  }

  var markdown: String {
    var parts = ["## Comparison", conclusionInMarkdown]
    for metric in metricsWithRows {
      parts.append("### \(metric)\n\n\(table(metric, escape: Self.escaped).markdown)")
    }
    let means = geometricMeans.map {
      "- geometric mean of `\($0.metric)`: \(ComparisonRow.percent($0.ratio))"
    }
    if !means.isEmpty { parts.append(means.joined(separator: "\n")) }
    if !problems.isEmpty {
      parts.append(
        "Not compared:\n\n"
          + problems.map {
            "- \(Self.escaped($0.label)): \(Self.escaped(CSVReader.shown($0.reason, limit: 200)))"
          }
          .joined(separator: "\n"))
    }
    if !warnings.isEmpty { parts.append(warnings.map { "> \(Self.escaped($0))" }.joined(separator: "\n>\n")) }
    parts.append(
      "Base: \(Self.escaped(shown(sides.base))); new: \(Self.escaped(shown(sides.new))). \(legend)")
    return parts.joined(separator: "\n\n") + "\n"
  }

  private var conclusionInMarkdown: String { code == 0 ? conclusion : "**\(conclusion)**" }

  private var metricsWithRows: [String] {
    rules.metrics.filter { metric in rows.contains { $0.metric == metric } }
  }

  private func table(_ metric: String, escape: (String) -> String = { $0 }) -> TextTable {
    var table = TextTable([
      .left(metric), .right("base"), .right("new"), .right("change"), .right("95 % interval"), .right("p"),
      .right("n"), .left("verdict"),
    ])
    for row in rows where row.metric == metric {
      let gates = row.gate == nil && rules.isGating ? " (does not gate)" : ""
      table.add([
        escape(row.label), row.summary(row.sample.base), row.summary(row.sample.new), row.change,
        row.intervalText, row.pText, "\(row.sample.base.count)+\(row.sample.new.count)",
        row.verdictText(unit) + gates,
      ])
    }
    return table
  }

  /// How to read the table.
  var legend: String {
    let test =
      method == .paired
      ? "Wilcoxon signed ranks of \(unit), interval of the median ratio"
      : "Mann–Whitney U of \(unit), bootstrap interval of the ratio of medians"
    let tested = rows.filter { $0.test != nil }.count
    return "\(test); p after Holm over \(tested) row\(tested == 1 ? "" : "s"); a regression is p ≤ "
      + "\(rules.alpha) and worse by \(gatesText); ~ no change shown"
  }

  private var gatesText: String {
    let thresholds = Set(rows.compactMap(\.gate))
    let values = thresholds.isEmpty ? [rules.threshold] : thresholds.sorted()
    return values.map { "\(Summary.fixed(100 * $0, 1)) %" }.joined(separator: " or ") + " or more"
  }

  private func shown(_ paths: [String]) -> String {
    let names = paths.prefix(3).map { CSVReader.shown($0, limit: 200) }.joined(separator: ", ")
    return paths.count > 3 ? "\(names) and \(paths.count - 3) more" : names
  }

  /// Names come from files: none may become a link, a tag or a cell of its own.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "`", "*", "_", "[", "]", "\\", "!": escaped += "\\\(character)"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
