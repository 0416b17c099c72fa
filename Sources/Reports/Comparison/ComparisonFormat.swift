import Metrics

/// What a comparison can be written as.
public enum ComparisonFormat: String, CaseIterable, Sendable {
  case text, markdown, csv, json, junit, github

  /// The format that a file's name asks for; nil for an ending that none has.
  public init?(file: String) {
    switch file.split(separator: ".").last.map({ $0.lowercased() }) {
    case "txt": self = .text
    case "md": self = .markdown
    case "csv": self = .csv
    case "json": self = .json
    case "xml": self = .junit
    default: return nil
    }
  }
}

extension Comparison {
  /// Ended by a line feed.
  public func written(as format: ComparisonFormat) -> String {
    switch format {
    case .text: text
    case .markdown: markdown
    case .csv: csv
    case .json: json.text
    case .junit: junit
    case .github: annotations
    }
  }
}

/// Figures of rows for people.
extension ComparisonRow {
  /// A value of the row's metric, with its unit.
  func shown(_ value: Double?) -> String {
    guard let value else { return "" }
    switch ComparisonRules.unit(metric) {
    case "ns": return Figures.time(value)
    case "bytes": return value < 1e15 ? "\(Summary.fixed(value / 1e6, 3)) MB" : "\(value)"
    default: return value < 1e15 && value == value.rounded() ? Figures.whole(value) : "\(value)"
    }
  }

  /// Half the distance of the quartiles, beside the median: `1.20 s ± 2 %`.
  func summary(_ values: [Double]) -> String {
    guard let median = Statistics.median(values) else { return "" }
    guard values.count > 1, median > 0, let low = Statistics.quantile(values, 0.25),
      let high = Statistics.quantile(values, 0.75)
    else { return shown(median) }
    return "\(shown(median)) ± \(Figures.whole(min(999, 50 * (high - low) / median))) %"
  }

  /// `+5.7 %`, `~` where no change was shown, `×12.3` where percent cannot be read.
  var change: String {
    guard verdict != .incomparable, let ratio else { return "" }
    switch verdict {
    case .improved, .regressed: return Self.percent(ratio)
    case .unchanged where adjusted ?? 1 <= 0.05: return Self.percent(ratio)
    default: return "~"
    }
  }

  static func percent(_ ratio: Double) -> String {
    guard ratio.isFinite else { return "from nothing" }
    guard ratio < 10 else { return "×\(ratio < 1e9 ? Summary.fixed(ratio, 1) : "\(ratio)")" }
    let text = Summary.fixed((100 * (ratio - 1)).magnitude, 1)
    let sign = text == "0.0" ? "" : ratio < 1 ? "−" : "+"
    return "\(sign)\(text) %"
  }

  /// `−1.2 % … +6.3 %`.
  var intervalText: String {
    interval.map { "\(Self.percent($0.lowerBound)) … \(Self.percent($0.upperBound))" } ?? ""
  }

  var pText: String { adjusted.map { $0 < 0.001 ? "<0.001" : Summary.fixed($0, 3) } ?? "" }

  /// With what a reader needs to go on: how many runs, which bound.
  func verdictText(_ unit: String) -> String {
    switch verdict {
    case .insufficient:
      return verdict.rawValue
        + (needed.map { ": \($0) \(unit)\(unit == "pairs" ? "" : " a side") needed" } ?? "")
    case .noise: return "\(verdict.rawValue) (\(Summary.fixed(100 * (noiseLimit ?? 0), 1)) %)"
    default: return verdict.rawValue
    }
  }
}
