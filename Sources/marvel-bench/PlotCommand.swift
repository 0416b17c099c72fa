import ArgumentParser
import Experiments
import Reports

struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Draws a results folder with gnuplot.",
    discussion: """
      Beside each picture lie its script and its data; edit the script and run `gnuplot NAME.gp`, or
      `gnuplot -e "format='pdf'" NAME.gp`. Without --kind everything that the results have is drawn.

      Examples:
        marvel-bench plot results/latest
        marvel-bench plot results/latest --kind systems,phases --format pdf,tex
        marvel-bench plot results/latest --kind sizes --workload wordcount --out figures/
      """)

  @Argument(help: "A results folder, or a trials.csv.")
  var results: String

  @Option(
    help: "What to draw, separated by commas: \(PlotKind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var kind: WordList<PlotKind>?

  @Option(help: "Formats, separated by commas: svg, pdf, png, tex (a LaTeX table of what is plotted).")
  var format = WordList<PlotFormat>([.svg])

  @Option(help: "A workload, where only some shall be drawn; may be given several times.")
  var workload: [String] = []

  @Option(help: "The folder to write to (default: plots/ in the results folder).")
  var out: String?

  func run() throws {
    let recorded = try RecordedResults(results).only(workload)
    for warning in recorded.warnings { write("note: \(warning)\n", to: 2) }
    let folder = out ?? recorded.folder + "/plots"
    let outcome = try Plots(recorded).draw(
      kind?.words ?? PlotKind.allCases, formats: format.words, in: folder)
    for drawn in outcome.drawn { say(drawn.files.map { "\(folder)/\($0)" }.joined(separator: " ")) }
    for (kind, reason) in outcome.missing where self.kind != nil || outcome.drawn.isEmpty {
      write("marvel-bench: no plot \(kind.rawValue): \(reason)\n", to: 2)
    }
    if let failure = outcome.failure {
      throw CommandFailure(description: "\(failure); scripts and data are in \(folder)", code: 2)
    }
    if outcome.drawn.isEmpty || (kind != nil && !outcome.missing.isEmpty) {
      throw CommandFailure(description: "\(results): not everything could be drawn", code: 2)
    }
  }
}

/// Words separated by commas, each one of a type's.
struct WordList<Word: RawRepresentable & CaseIterable>: ExpressibleByArgument where Word.RawValue == String {
  var words: [Word]

  init(_ words: [Word]) { self.words = words }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    words = parts.compactMap(Word.init(rawValue:))
    guard words.count == parts.count else { return nil }
  }

  var defaultValueDescription: String { words.map(\.rawValue).joined(separator: ",") }
  static var allValueStrings: [String] { Word.allCases.map(\.rawValue) }
}
