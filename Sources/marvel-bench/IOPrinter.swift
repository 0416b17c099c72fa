import ArgumentParser
import Experiments
import Glibc
import IOBench
import Metrics
import Reports

/// What a run of I/O jobs prints and writes: fio's texts, log files, and a results folder where one is asked for.
final class IOPrinter {
  static let help = """
    Output:
      --output-format LIST       of normal, json, json+ and csv (the rows of io.csv); default normal
      --output FILE              into a file instead of the standard output
      --out FOLDER               a results folder too: io.csv, latency.csv, jobs.fio, environment.json, summary.md
      --eta auto|always|never    the live line: on a terminal, everywhere, nowhere
      --status-interval TIME     the whole report each TIME (10, 10s, 500ms), in each format, of what was measured so far
    """

  var formats: [OutputFormat] = [.normal]
  var output: String?
  var resultsFolder: String?
  var eta = ETAMode.auto
  /// Nanoseconds.
  var statusInterval: Int?
  /// Its clock is measured before the run.
  private lazy var machine = MeasuringMachine.here

  /// Before the run. Fails here where what will be written cannot be.
  func begin(_ jobs: [IOJob]) throws {
    _ = machine
    if let output { try Self.save("", file: output) }
    if formats.contains(.normal) { try put(NormalText.opening(jobs)) }
  }

  /// What was measured, in each format: at the end and, with `--status-interval`, so far.
  ///
  /// - Parameter result: With the notes of its own run; the figures' own are added here.
  /// - Returns: The rows of `io.csv`, and the result with all notes.
  @discardableResult
  func report(_ result: RunResult, environment: Environment) throws -> (rows: [IORow], result: RunResult) {
    var result = result
    result.notes += SanityNotes.of(result, on: machine)
    let rows = IORow.rows(of: result, experiment: "io", on: machine, environment: environment.row)
    var text = ""
    for format in formats {
      switch format {
      case .csv: text += IOTable.csv(rows)
      case .json: text += FioJSON.text(result)
      case .jsonPlus: text += FioJSON.text(result, bins: true)
      case .normal: text += NormalText.text(result)
      }
    }
    try put(text)
    return (rows, result)
  }

  /// After the run: everything that was asked for.
  func end(_ result: RunResult, results folder: IOResultsFolder?, environment: Environment) throws {
    let (rows, result) = try report(result, environment: environment)
    for log in LogFiles.files(result) { try Self.save(log.contents, file: log.name) }
    guard let folder else { return }
    try folder.add(rows)
    try folder.write(result.jobs.map(\.text).joined(separator: "\n"), as: "jobs.fio")
    try folder.write(FioJSON.text(result, bins: true), as: "fio/io.json")
    let files = result.copies.flatMap(\.files).compactMap { path in
      path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) }
    }
    try folder.write(
      environment.json(folders: [folder.path] + Set(files).sorted()).text, as: "environment.json")
    try folder.write(
      IOReport(rows, isInterrupted: result.isInterrupted).markdown(experiment: "io"), as: "summary.md")
    write("results: \(folder.path)\n", to: 2)
  }

  /// To the standard output, or behind what the file of `--output` has.
  private func put(_ text: String) throws {
    if let output { try Self.save(text, file: output, appends: true) } else { write(text, to: 1) }
  }

  private static func save(_ text: String, file: String, appends: Bool = false) throws {
    let descriptor = open(file, O_WRONLY | O_CREAT | (appends ? O_APPEND : O_TRUNC) | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CommandFailure(
        description: "write \(file): \(String(cString: strerror(errno))) (name a file that can be written)",
        code: 2)
    }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw CommandFailure(description: "write \(file): \(String(cString: strerror(errno)))", code: 2)
      }
      bytes = bytes.dropFirst(count)
    }
  }
}
