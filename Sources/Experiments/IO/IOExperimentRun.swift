import Functions
import IOBench
import Metrics
import Reports
import Storage

/// An experiment's I/O jobs from their cells to their results folder: each runs alone, repeats in a seeded order.
public final class IOExperimentRun {
  /// What a watcher is told.
  public enum Event {
    case starting(IOExperiment.Cell, number: Int, of: Int)
    case progress(Progress)
    case finished(String, [IORow], number: Int, of: Int)
  }

  public let cells: [IOExperiment.Cell]
  private let experiment: Experiment
  private let environment: Environment
  private let interruption: Interruption?
  private let executable: String

  /// - Parameter executable: Starts the function workers.
  /// - Throws: ``JobFileError``, or `StorageError` where a tier that must be the real thing is not.
  public init(
    _ experiment: Experiment, environment: Environment, interruption: Interruption?,
    executable: String = "/proc/self/exe"
  ) throws {
    self.experiment = experiment
    self.environment = environment
    self.interruption = interruption
    self.executable = executable
    cells = try experiment.io?.cells(folders: experiment.ioFolders) ?? []
    for kind in experiment.requireReal.sorted(by: { $0.rawValue < $1.rawValue }) {
      let folder = experiment.ioFolders[kind] ?? ""
      let engine: IOEngineKind = kind == .pmem ? .libpmem : .libaio
      let origin = IOOrigin(engine: engine, file: folder + "/x")
      guard origin.provenance == "measured" else {
        throw StorageError(
          .unavailable,
          "require_real \(kind.rawValue): \(folder) is \(origin.filesystem), which is \(origin.provenance) "
            + "(name the real one with --tier \(kind.rawValue)=FOLDER)")
      }
    }
  }

  /// Runs everything; rows are on the device after each run.
  ///
  /// - Returns: All rows, and whether the run was cut short.
  public func run(into folder: IOResultsFolder, watch: @escaping (Event) -> Void) throws
    -> (rows: [IORow], isInterrupted: Bool)
  {
    try folder.write(
      environment.json(folders: [folder.path] + experiment.ioFolders.values.sorted()).text,
      as: "environment.json")
    try folder.write(cells.map { Self.text($0) }.joined(separator: "\n"), as: "jobs.fio")
    let machine = MeasuringMachine.here
    var random = SplitMix64(seed: experiment.seed)
    var number = 0
    for round in 1...experiment.repeats {
      for cell in cells.shuffled(using: &random) {
        if interruption?.signal != nil { return (folder.written, true) }
        number += 1
        let total = cells.count * experiment.repeats
        watch(.starting(cell, number: number, of: total))
        let (rows, result) = try rows(of: cell, round, machine, watch)
        try folder.add(rows)
        if let result, round == 1 {
          let name = cell.name.replacing("/", with: "-").replacing("=", with: "-")
          try folder.write(FioJSON.text(result, bins: true), as: "fio/\(name).json")
        }
        watch(.finished(cell.name, rows, number: number, of: total))
        if result?.isInterrupted == true { return (folder.written, true) }
      }
    }
    return (folder.written, interruption?.signal != nil)
  }

  /// The job file's text of a cell, under its own name.
  private static func text(_ cell: IOExperiment.Cell) -> String {
    var job = cell.job
    job.name = cell.name
    job.stonewall = true
    return job.text
  }

  private func rows(
    of cell: IOExperiment.Cell, _ round: Int, _ machine: MeasuringMachine, _ watch: @escaping (Event) -> Void
  ) throws -> (rows: [IORow], result: RunResult?) {
    var options = IORun.Options()
    // What stands in for persistent memory says so in its row; require_real has been asked before.
    options.allowsEmulation = true
    options.interruption = interruption
    options.executable = executable
    options.listFolder = TierPlacement.defaultFolder(.ssd)
    options.onProgress = { watch(.progress($0)) }
    do {
      var result = try IORun([cell.job], options).run()
      result.notes += SanityNotes.of(result, on: machine)
      let rows = IORow.rows(
        of: result, experiment: experiment.name, repeatNumber: round, names: [cell.name], on: machine,
        environment: environment.row)
      return (rows, result)
    } catch let error as IOFailure {
      return (skipped(cell, "\(error)"), nil)
    } catch let error as JobFileError {
      return (skipped(cell, error.message), nil)
    } catch let error as StorageError {
      return (skipped(cell, "\(error)"), nil)
    } catch FunctionError.interrupted {
      return ([], nil)
    }
  }

  private func skipped(_ cell: IOExperiment.Cell, _ reason: String) -> [IORow] {
    let folder = cell.job.directory ?? "."
    return IORow.skipped(
      cell.job, named: cell.name, experiment: experiment.name,
      origin: IOOrigin(engine: cell.job.engine, file: folder + "/x"), reason: reason,
      environment: environment.row)
  }
}
