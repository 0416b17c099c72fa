import Experiments
import Functions
import Glibc
import Metrics
import Reports
import Storage

/// `run` of an experiment that measures the function platform alone.
struct FaasCommand {
  var json: Bool
  var dryRun: Bool
  var out: String?

  /// Options of `run` that such an experiment has a use for.
  private static let known = [
    "--repeats", "--warmup", "--until", "--max-repeats", "--budget", "--out", "--json", "--dry-run",
  ]

  /// - Throws: ``WorkloadFileError`` for an option that would change nothing.
  static func checkOptions(_ arguments: [String], _ experiment: String) throws {
    for argument in arguments.dropFirst() where argument.hasPrefix("--") {
      let name = String(argument.split(separator: "=", maxSplits: 1)[0])
      guard !known.contains(name) else { continue }
      throw WorkloadFileError(
        name,
        "\(experiment) measures the function platform alone, without data and systems; it takes "
          + known.joined(separator: ", "))
    }
  }

  func run(_ experiment: Experiment, _ environment: Environment, _ interruption: Interruption) throws {
    let run = FaasRun(experiment, environment: environment, interruption: interruption)
    if dryRun { list(run, experiment) }
    guard run.memoryNeeded <= FaasRun.memoryAvailable else {
      throw CommandFailure(
        description:
          "\(experiment.name): its largest cell needs about \(ByteSize.text(run.memoryNeeded)) of memory, and "
          + "\(ByteSize.text(FaasRun.memoryAvailable)) are available (less concurrency, payload or memory)")
    }
    guard !dryRun else { return }
    let folder = try FaasFolder(experiment: experiment.name, out: out)
    let options = CommandLine.arguments.dropFirst().joined(separator: " ").replacing("\n", with: " ")
    try folder.write("# marvel-bench \(options)\n" + experiment.yaml, as: "experiment.yaml")
    let isLive = isatty(2) == 1
    let result = try run.run(into: folder) { progress in
      let row = progress.row
      let line =
        "\(progress.number) of \(progress.count): \(row.cell.scenario)\(progress.isWarmup ? " (warm-up)" : ""): "
        + row.status.rawValue + (row.reason.isEmpty ? "" : ": \(row.reason)")
      write(isLive ? "\r\u{1B}[K\(line)\(row.status == .ok ? "" : "\n")" : line + "\n", to: 2)
    }
    if isLive { write("\r\u{1B}[K", to: 2) }
    let summary = FaasSummary(result.rows, isInterrupted: result.isInterrupted, conduct: result.notes)
    try folder.write(summary.markdown(experiment: experiment.name), as: "summary.md")
    if json {
      say(summary.json(folder: folder.path))
    } else {
      say(summary.text)
      say("csv: \(folder.path)/faas.csv \(folder.path)/activations.csv")
      say(folder.path)
    }
    if result.isInterrupted {
      throw CommandFailure(description: "interrupted; what was measured is kept", code: 130)
    }
    if result.rows.contains(where: { $0.status == .failed }) {
      throw CommandFailure(description: "a scenario failed (see above)")
    }
  }

  private func list(_ run: FaasRun, _ experiment: Experiment) {
    if json {
      say(
        JSONValue.object([
          ("experiment", .text(experiment.name)), ("runs_low", .integer(run.leastRunCount)),
          ("runs_high", .integer(run.runCount)), ("memory_needed_bytes", .integer(run.memoryNeeded)),
          ("memory_free_bytes", .integer(FaasRun.memoryAvailable)),
        ]).line)
      return
    }
    var table = TextTable([
      .left("scenario"), .left("platform"), .left("action"), .left("arrival"), .left("starts"),
      .right("workers"), .right("calls"), .right("payload"), .right("memory"), .right("touched"),
    ])
    for cell in run.cells {
      table.add([
        cell.scenario, cell.platform, cell.action, cell.arrival.rawValue, cell.starts.rawValue,
        String(cell.concurrency), String(cell.invocations), ByteSize.text(cell.payload),
        cell.memory.map { ByteSize.text($0) } ?? "no limit", cell.touched.map { ByteSize.text($0) } ?? "",
      ])
    }
    say(table.text())
    // Stated: a cold call takes a few milliseconds, a warm one some tens of microseconds, memory 1 GB/s to touch.
    let nanoseconds = run.cells.reduce(0) { sum, cell in
      let call = (cell.starts == .cold ? 5_000_000 : 100_000) + (cell.touched ?? 0) + 2 * cell.payload
      return sum + 50_000_000 + cell.invocations * call
    }
    let runs = run.runCount / max(1, run.cells.count)
    say(
      "\(run.cells.count) cells, \(run.runCount) runs\(run.rule.until == nil ? "" : " at most"), "
        + "about \(ByteSize.text(run.memoryNeeded)) of memory (\(ByteSize.text(FaasRun.memoryAvailable)) available); "
        + "about \(TimeSpan.text(nanoseconds * runs)) (an estimate from stated times a call)")
  }
}
