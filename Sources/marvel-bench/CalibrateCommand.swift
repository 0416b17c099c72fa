import ArgumentParser
import Experiments
import Foundation
import Functions
import Reports

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measures this machine's own noise: the same experiment again and again.",
    discussion: """
      Writes noise.csv, by which `compare` knows what differences mean nothing: how far the medians of runs of this very
      program lie apart, for each workload and system. The runs stay in the results folder, as a base of several runs.

      Examples:
        marvel-bench calibrate
        marvel-bench calibrate quick --runs 20 --repeats 5
        marvel-bench calibrate quick -- --systems ssd,ideal --size 64MiB
      """)

  @Argument(help: "An experiment, and behind -- options of `run`.")
  var experiment: [String] = ["quick"]

  @Option(help: "Runs that are compared; one more before them makes the datasets.")
  var runs = 10

  @Option(help: "Measurements a run; its figure is their median.")
  var repeats = 3

  @Option(help: "Metrics, separated by commas.")
  var metric = "wall_ns,cpu_ns"

  @Option(help: "The file that is written; what it has of other machines, workloads and systems stays.")
  var noise = "results/noise.csv"

  @Option(help: "The results folder (default: results/<utc>-calibrate-<experiment>).")
  var out: String?

  func validate() throws {
    guard (3...1000).contains(runs) else { throw ValidationError("--runs: 3 to 1000") }
    guard (1...1000).contains(repeats) else { throw ValidationError("--repeats: 1 to 1000") }
    for name in metric.split(separator: ",") where !ComparisonRules.knownMetrics.contains(String(name)) {
      throw ValidationError(
        "--metric: unknown '\(name)'; known here: \(ComparisonRules.knownMetrics.joined(separator: ", "))")
    }
  }

  func run() throws {
    let experiment = experiment[0].hasPrefix("-") ? ["quick"] + experiment : experiment
    let child = try ChildRun(
      "/proc/self/exe", experiment + ["--repeats", String(repeats), "--warmup", "1"])
    let older = FileManager.default.fileExists(atPath: noise) ? try NoiseTable.read(noise) : NoiseTable()
    let interruption = try Interruption.install()
    let name = URL(fileURLWithPath: experiment[0]).deletingPathExtension().lastPathComponent
    let folder = try ResultsFolder.makeFolder(experiment: "calibrate-\(name)", out: out)
    do {
      let calibration = NoiseCalibration(child, runs: runs, repeats: repeats, interruption: interruption)
      let paths = try calibration.run(in: folder) { number, nanoseconds in
        let what = number == 0 ? "run to make the datasets" : "run \(number) of \(runs)"
        write("\(what): \(nanoseconds / 1_000_000) ms\n", to: 2)
      }
      let metrics = metric.split(separator: ",").map(String.init)
      let table = NoiseTable(
        of: try ComparedSide(paths, metrics: metrics), metrics: metrics, repeats: repeats)
      guard !table.entries.isEmpty else {
        throw CommandFailure(description: "nothing could be measured (see \(folder))", code: 2)
      }
      do {
        try FileManager.default.createDirectory(
          at: URL(fileURLWithPath: noise).deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(table.merged(with: older).csv.utf8).write(to: URL(fileURLWithPath: noise), options: .atomic)
      } catch {
        throw CommandFailure(description: "write \(noise): \(error.localizedDescription)", code: 2)
      }
      write(table.text, to: 1)
      say(noise)
    } catch FunctionError.interrupted {
      throw CommandFailure(description: "interrupted; \(noise) is as it was", code: 130)
    }
  }
}
