import ArgumentParser
import Experiments
import Functions
import Glibc
import Metrics
import Reports
import Storage

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Runs the Marvel paper's tables and figures, and sets ours beside them.",
    discussion: """
      Runs \(parts.joined(separator: ", ")) by plan paper with JSON records, and writes one page (reproduction.html
      and .md): the paper's figures, ours, the difference, provenance, and why they differ. Without real persistent
      memory its pace is modelled. What this version or this machine does not have is a skipped row.

      Examples:
        marvel-bench reproduce
        marvel-bench reproduce --size 1GiB --out results/paper-again
        marvel-bench reproduce --only figure4,figure6 --repeats 3 --tier ssd=/mnt/nvme0
      """)

  static let parts = ["table1", "table2", "figure1", "figure4", "figure5", "figure6"]

  @Option(
    help:
      "Bytes of the largest input of each experiment; the others are scaled alike (default: as their files say)."
  )
  var size: SizeArgument?

  @Option(help: "Measurements of each cell (default: as the files say; the paper's are 5).")
  var repeats: Int?

  @Option(help: "Parts, separated by commas: \(parts.joined(separator: ", ")).")
  var only: String?

  @Option(help: "Where a tier lives, as pmem=/mnt/pmem0; may be given several times.")
  var tier: [String] = []

  @Option(help: "The results folder (default: results/<utc>-reproduce).")
  var out: String?

  func validate() throws {
    guard repeats.map((1...1000).contains) ?? true else { throw ValidationError("--repeats: 1 to 1000") }
    _ = try chosen()
  }

  private func chosen() throws -> [String] {
    guard let only else { return Self.parts }
    return try only.split(separator: ",").map(String.init).map { name in
      guard Self.parts.contains(name) else {
        throw ValidationError("--only: unknown '\(name)'; known here: \(Self.parts.joined(separator: ", "))")
      }
      return name
    }
  }

  func run() throws {
    if Environment.buildMode == "debug" {
      write("warning: this is a debug build; its times mean nothing\n", to: 2)
    }
    let environment = Environment(version: programVersion)
    let interruption = try Interruption.install()
    let folder = try ResultsFolder.makeFolder(experiment: "reproduce", out: out)
    var parts: [ReproducedPart] = []
    var worst: Int32 = 0
    for name in try chosen() {
      guard interruption.signal == nil else {
        parts.append(ReproducedPart(name: name, results: nil, reason: "interrupted before it began"))
        continue
      }
      let part = try reproduce(name, folder, environment, interruption)
      worst = max(worst, code(part))
      parts.append(part)
    }
    let command = CommandLine.arguments.dropFirst().joined(separator: " ")
    var page = ReproductionPage(
      parts, machine: "\(environment.machineClass); commit \(environment.commit)",
      command: "marvel-bench \(command)")
    let written = try page.write(in: folder)
    if let missing = written.plotsMissing { write("note: the page has no plots: \(missing)\n", to: 2) }
    for file in written.files { say(file) }
    if interruption.signal != nil {
      throw CommandFailure(description: "interrupted; what was measured is kept in \(folder)", code: 130)
    }
    if worst != 0 {
      throw CommandFailure(description: "a trial failed or an output was wrong (see the page)", code: worst)
    }
  }

  private func reproduce(
    _ name: String, _ folder: String, _ environment: Environment, _ interruption: Interruption
  ) throws -> ReproducedPart {
    let finder = WorkloadFinder()
    guard finder.experiments().contains(where: { $0.name == name }) else {
      return ReproducedPart(
        name: name, results: nil,
        reason: "this version has no experiment \(name); it runs as soon as its file is there")
    }
    var experiment = try finder.experiment(name)
    if let size { experiment.scale(toLargest: size.bytes) }
    if let repeats { experiment.repeats = repeats }
    for setting in tier { try experiment.place(setting) }
    experiment.unpaceRealTiers()
    write("\(name): \(experiment.description)\n", to: 2)
    do {
      guard experiment.io == nil else {
        let run = try IOExperimentRun(experiment, environment: environment, interruption: interruption)
        let results = try IOResultsFolder(experiment: name, out: "\(folder)/\(name)")
        let outcome = try RunCommand.run(run, experiment, into: results, command: "run \(name)")
        return ReproducedPart(
          name: name, results: try RecordedResults(results.path), failure: outcome.summary.exitCode)
      }
      let run = try ExperimentRun(experiment, environment: environment, interruption: interruption)
      if let note = run.note { write("note: \(note)\n", to: 2) }
      try run.space.demand()
      let results = try ResultsFolder(experiment: name, out: "\(folder)/\(name)")
      try results.write("# marvel-bench run \(name)\n" + experiment.yaml, as: "experiment.yaml")
      let progress = RunProgress(isLive: isatty(2) == 1)
      let rows = try run.run(into: results, keep: false, watch: progress.take)
      progress.end()
      let summary = Summary(
        rows.rows, isInterrupted: rows.isInterrupted, comparedWith: experiment.compareWith,
        conduct: rows.notes)
      try results.write(summary.markdown(experiment: name), as: "summary.md")
      return ReproducedPart(name: name, results: try RecordedResults(results.path))
    } catch let error as StorageError {
      // A part that does not fit this machine takes no other with it.
      return ReproducedPart(name: name, results: nil, reason: "\(error)")
    }
  }

  /// The exit code that a part asks for.
  private func code(_ part: ReproducedPart) -> Int32 {
    if let failure = part.failure { return failure }
    let statuses = Set(part.results?.trials.map(\.status) ?? [])
    if statuses.contains("wrong") { return 3 }
    return statuses.contains("failed") || statuses.contains("invalid") ? 2 : 0
  }
}
