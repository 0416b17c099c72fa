import ArgumentParser
import Experiments
import Reports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes a results folder's report: HTML, Markdown, CSV, JSON, LaTeX.",
    discussion: """
      report.html is one file that needs no network: the summary first, tables that sort, plots, environment, every
      warning, and how to reproduce it.

      Examples:
        marvel-bench report results/latest
        marvel-bench report results/latest --format html,md,csv
        marvel-bench report /media/readonly/results --out report/
        marvel-bench report results/latest --format md --stdout
      """)

  @Argument(help: "A results folder, or a trials.csv.")
  var results: String

  @Option(help: "Formats, separated by commas: html, md, csv, json, tex (a table of the systems).")
  var format = WordList<ReportFormat>([.html])

  @Option(help: "The folder to write to (default: the results folder).")
  var out: String?

  @Flag(help: "Print it instead of writing it; without plots, and in one format.")
  var stdout = false

  func validate() throws {
    guard !stdout || format.words.count == 1 else {
      throw ValidationError("--stdout prints one format, not \(format.words.count)")
    }
  }

  func run() throws {
    let recorded = try RecordedResults(results)
    let report = Report(recorded)
    if stdout {
      write(try report.text(format.words[0]), to: 1)
      return
    }
    let outcome = try report.write(format.words, in: out ?? recorded.folder)
    for warning in recorded.warnings { write("note: \(warning)\n", to: 2) }
    if let missing = outcome.plotsMissing { write("note: the report has no plots: \(missing)\n", to: 2) }
    for file in outcome.files { say(file) }
  }
}
