import Foundation
import Functions
import MapReduce
import Metrics
import Reports
import Storage

/// One experiment from its matrix to its results folder.
public final class ExperimentRun {
  /// What a watcher is told.
  public enum Event: Sendable {
    case preparing(String)
    case starting(TrialCell, number: Int, of: Int, isWarmup: Bool)
    case finished(TrialCell, TrialOutcome, number: Int, of: Int, isWarmup: Bool)
  }

  public let matrix: TrialMatrix
  public let space: SpacePlan
  /// What is other than a user would expect on this machine; nil where nothing is.
  public let note: String?
  private let experiment: Experiment
  private let environment: Environment
  private let interruption: Interruption?
  /// Datasets are kept in this user's folder below it.
  private let userPlace: String

  public init(_ experiment: Experiment, environment: Environment, interruption: Interruption?) throws {
    self.experiment = experiment
    self.environment = environment
    self.interruption = interruption
    var matrix = TrialMatrix(
      experiment, processors: Processors.usable, inputSizes: try experiment.inputSizes())
    try TierPlacement.demandReal(experiment.requireReal, matrix.cells.flatMap(\.system.tiers))
    note = matrix.fitSharedMemory()
    self.matrix = matrix
    let ssd = experiment.tiers[.ssd]?.folders.first ?? TierPlacement.defaultFolder(.ssd)
    userPlace = ssd
    space = SpacePlan(matrix.cells.filter { $0.unsupported == nil }, datasetFolder: ssd)
  }

  /// Runs everything; rows are on the device after each repeat.
  ///
  /// - Returns: All rows, and whether the run was cut short.
  public func run(
    into folder: ResultsFolder, keep: Bool, watch: (Event) -> Void
  ) throws -> (rows: [TrialRow], isInterrupted: Bool) {
    let datasetFolder = try userFolder(in: userPlace) + "/datasets"
    let folders = Set(
      matrix.cells.flatMap(\.system.tiers).compactMap(TierPlacement.folder))
    try folder.write(
      environment.json(folders: [folder.path, userPlace] + folders).text, as: "environment.json")
    // What a killed run left must not take this one's space.
    try LeftoverSweep.clean(folders.sorted())
    let engine = try TrialEngine(matrix.cells, datasets: datasetFolder, interruption: interruption)
    defer { engine.close() }
    if keep {
      engine.keep = folder.path + "/segments"
      try FileManager.default.createDirectory(
        atPath: folder.path + "/segments", withIntermediateDirectories: true)
    }
    var rows: [TrialRow] = []
    var state = (number: 0, order: 0)
    do {
      for group in matrix.groups.indices {
        try run(group, engine, datasetFolder, &state, watch) { row in
          rows.append(row)
          try folder.add(row)
        }
      }
      return (rows, false)
    } catch is CancellationError {
      return (rows, true)
    } catch FunctionError.interrupted {
      return (rows, true)
    }
  }

  private func run(
    _ index: Int, _ engine: TrialEngine, _ datasetFolder: String, _ state: inout (number: Int, order: Int),
    _ watch: (Event) -> Void,
    add: (TrialRow) throws -> Void
  ) throws {
    let group = matrix.groups[index]
    let firstTrial = matrix.groups[..<index].reduce(0) { $0 + $1.cells.count } + 1
    for (cell, place) in zip(group.cells, group.cells.indices) {
      guard let reason = cell.unsupported else { continue }
      try add(row(cell, firstTrial + place, 0, 0, TrialOutcome(.skipped, reason: reason)))
    }
    guard let first = group.cells.first(where: { $0.unsupported == nil }) else { return }
    let datasets = try first.datasets.map { dataset in
      watch(.preparing("dataset \(dataset.kind) of \(ByteSize.text(dataset.size))"))
      return try engine.dataset(dataset) { _ in }
    }
    watch(.preparing("the expected output of \(first.job.workload.name)"))
    let expected = try ExpectedOutputs(folder: datasetFolder + "/.expected").digest(
      of: Workload(name: first.job.workload.name, parameters: first.job.workload.parameters), datasets
    ) { interruption?.signal == nil }
    defer { engine.closePlatforms() }
    for trial in matrix.schedule(ofGroup: index) {
      try interruption?.check()
      let cell = group.cells[trial.cell]
      let isWarmup = trial.repeatNumber == nil
      state.number += 1
      watch(.starting(cell, number: state.number, of: matrix.runCount, isWarmup: isWarmup))
      let outcome = try engine.run(cell, on: datasets, expected: expected)
      watch(.finished(cell, outcome, number: state.number, of: matrix.runCount, isWarmup: isWarmup))
      // A wrong output of a warm-up is as wrong as any; its time is not measured.
      if isWarmup, outcome.status == .ok || outcome.status == .invalid { continue }
      if !isWarmup { state.order += 1 }
      try add(
        row(cell, firstTrial + trial.cell, trial.repeatNumber ?? 0, isWarmup ? 0 : state.order, outcome))
    }
    let later = matrix.groups[(index + 1)...].flatMap(\.cells).flatMap(\.datasets)
    for (dataset, specification) in zip(datasets, first.datasets) where !later.contains(specification) {
      engine.closePlatforms()
      try engine.release(dataset)
    }
  }

  private func row(
    _ cell: TrialCell, _ trial: Int, _ repeatNumber: Int, _ order: Int, _ outcome: TrialOutcome
  ) -> TrialRow {
    TrialRow(
      experiment: experiment.name, cell: cell, trial: trial, repeatNumber: repeatNumber, order: order,
      outcome: outcome, environment: environment.row)
  }
}

/// Digests of right outputs, found once for each dataset (or pair of tables) and workload and kept beside the datasets.
struct ExpectedOutputs {
  let folder: String

  func digest(of workload: Workload, _ datasets: [Dataset], goesOn: () -> Bool) throws -> String {
    let factors = workload.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let key = ([workload.name] + factors).joined(separator: ";")
    let data = datasets.map(\.manifest.digest).joined(separator: "+")
    let name = "\(folder)/\(data)-\(String(stableHash(key), radix: 16))"
    let header = "marvel-bench expected output \(ReferenceOutput.version)\n\(key)\n"
    if let text = TextFile.read(name), text.hasPrefix(header), text.hasSuffix("\n") {
      return text.dropFirst(header.count).trimmingCharacters(in: .newlines)
    }
    // The larger table comes first in a cell, and last among a workload's roles.
    let paths = datasets.reversed().map { (0..<$0.manifest.blockCount).map($0.blockPath) }
    let digest = try ReferenceOutput.digest(of: workload, paths: paths, goesOn: goesOn).text
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data((header + digest + "\n").utf8).write(to: URL(fileURLWithPath: name), options: .atomic)
    return digest
  }

  private func stableHash(_ text: String) -> UInt64 { KeyHash.of(Array(text.utf8)) }
}
