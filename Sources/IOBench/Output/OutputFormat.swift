import Metrics

/// What `--output-format` lists.
public enum OutputFormat: String, CaseIterable, Sendable {
  /// Text for people, as fio's.
  case normal
  /// fio's JSON.
  case json
  /// With the histograms' bins.
  case jsonPlus = "json+"
  /// The rows of io.csv.
  case csv

  /// Reads a list with commas, as `normal,json+`; each format once, in the order in which they are written: the rows,
  /// then JSON, then text.
  ///
  /// - Throws: ``JobFileError`` that names the word, and what it may be.
  public static func list(_ text: String) throws -> [OutputFormat] {
    var wanted: Set<OutputFormat> = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard let format = OutputFormat(rawValue: word) else {
        let known = allCases.map(\.rawValue)
        let meant = suggestion(for: word, among: known).map { " (did you mean '\($0)'?)" } ?? ""
        let reason = word == "terse" ? "fio's terse format is not written; csv has named columns" : "unknown"
        throw JobFileError(
          .commandLine,
          "--output-format \(text): '\(word)': \(reason)\(meant); known: \(known.joined(separator: ", "))")
      }
      wanted.insert(format)
    }
    // json+ is json and more: both would be one document twice.
    if wanted.contains(.jsonPlus) { wanted.remove(.json) }
    return [.csv, .json, .jsonPlus, .normal].filter(wanted.contains)
  }
}
