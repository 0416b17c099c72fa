import ArgumentParser
import Experiments
import Functions
import Glibc
import IOBench
import Metrics
import Reports

extension RunCommand {
  /// Runs an experiment of I/O jobs.
  func run(_ experiment: Experiment) throws {
    let environment = Environment(version: programVersion)
    let interruption = try Interruption.install()
    let run = try IOExperimentRun(experiment, environment: environment, interruption: interruption)
    let results = try IOResultsFolder(experiment: experiment.name, out: out)
    let options = CommandLine.arguments.dropFirst().joined(separator: " ").replacing("\n", with: " ")
    let outcome = try Self.run(run, experiment, into: results, command: options)
    // As of other experiments: JSON is one line, which names the folder.
    if json {
      say(outcome.summary.json(folder: results.path))
    } else {
      say(outcome.summary.text)
      say(try drawn(results.path, experiment.io?.besidePaper == true ? [.table2, .io] : [.io]))
      say("csv: \(results.path)/io.csv \(results.path)/latency.csv")
      say(results.path)
    }
    if outcome.isInterrupted {
      throw CommandFailure(description: "interrupted; what was measured is kept", code: 130)
    }
    if let code = outcome.summary.exitCode {
      throw CommandFailure(
        description: code == 3
          ? "verify found wrong blocks (see above)" : "a job failed or none ran (see above)",
        code: code)
    }
  }

  /// The options that an experiment of I/O jobs takes.
  ///
  /// - Throws: `ValidationError` for one that it does not.
  func layOver(_ experiment: inout Experiment) throws {
    let others: [(String, Bool)] = [
      ("--systems", systems != nil), ("--system", !system.isEmpty), ("--workloads", workloads != nil),
      ("--pattern", pattern != nil), ("--set", !set.isEmpty), ("--join", join != nil),
      ("--warmup", warmup != nil),
      ("--workers", workers != nil), ("--plan", plan != nil), ("--encoding", encoding != nil),
      ("--reducers", reducers != nil), ("--split", split != nil), ("--cache", cache != nil),
      ("--starts", starts != nil), ("--memory-limit", memoryLimit != nil), ("--input", !input.isEmpty),
      ("--rankings", !rankings.isEmpty), ("--uservisits", !uservisits.isEmpty), ("--keep", keep),
      ("--layout", matrix.layout != nil), ("--access", matrix.access != nil),
      ("--model", matrix.model != nil),
      ("--numa", matrix.numa != nil), ("--prefault", matrix.prefault != nil),
      ("--combiner", matrix.combiner != nil), ("--until", conduct.until != nil),
      ("--max-repeats", conduct.maxRepeats != nil), ("--budget", conduct.budget != nil),
      ("--dry-run", conduct.dryRun), ("--time-limit", conduct.timeLimit != nil),
    ]
    if let given = others.first(where: \.1) {
      throw ValidationError(
        "\(given.0) is of function jobs, and \(experiment.name) has I/O jobs (they take --size, --repeats, --tier, "
          + "--require-real, --out, --json)")
    }
    if let size { experiment.scale(toLargest: size.bytes) }
    if let repeats { experiment.repeats = repeats }
    for setting in tier { try experiment.place(setting) }
    experiment.requireReal.formUnion(requireReal.map(\.kind))
  }

  /// The run, its folder filled; also a part of `marvel-bench reproduce`.
  static func run(
    _ run: IOExperimentRun, _ experiment: Experiment, into results: IOResultsFolder, command: String
  ) throws -> (summary: IOReport, isInterrupted: Bool) {
    try results.write("# marvel-bench \(command)\n" + experiment.yaml, as: "experiment.yaml")
    let progress = IORunProgress(isLive: isatty(2) == 1)
    let result = try run.run(into: results, watch: progress.take)
    progress.end()
    let summary = IOReport(
      result.rows, isInterrupted: result.isInterrupted, besidePaper: experiment.io?.besidePaper == true)
    try results.write(summary.markdown(experiment: experiment.name), as: "summary.md")
    return (summary, result.isInterrupted)
  }
}

/// One live line on a terminal, a line a job elsewhere; on stderr.
private final class IORunProgress {
  private let isLive: Bool
  private var current = ""
  private var meter = ProgressMeter([])

  init(isLive: Bool) { self.isLive = isLive }

  func take(_ event: IOExperimentRun.Event) {
    switch event {
    case .starting(let cell, let number, let count):
      current = "job \(number) of \(count): \(cell.name)"
      meter = ProgressMeter([cell.job])
    case .progress(let progress):
      guard isLive, let line = meter.line(progress, now: monotonicNanoseconds()) else { return }
      write("\r\u{1B}[K\(current): \(line)", to: 2)
    case .finished(_, let rows, _, _):
      let figures = rows.map(IOReport.figures).joined(separator: "; ")
      write((isLive ? "\r\u{1B}[K" : "") + "\(current): \(figures)\n", to: 2)
    }
  }

  func end() { if isLive { write("\r\u{1B}[K", to: 2) } }
}
