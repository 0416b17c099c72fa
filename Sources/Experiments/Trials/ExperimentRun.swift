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

  /// What a run leaves besides its folder.
  public struct Result: Sendable {
    /// All rows, those of earlier sittings too.
    public var rows: [TrialRow]
    public var isInterrupted: Bool
    /// How it was conducted, for its summary: a sentence each.
    public var notes: [String]
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

  /// Workers of a batch of groups: idle ones cost memory alone, but that many would not fit everywhere.
  private static var mostWorkers: Int { min(32, SpacePlan.availableMemory / 4 / SpacePlan.workerBytes) }

  public init(_ experiment: Experiment, environment: Environment, interruption: Interruption?) throws {
    guard experiment.faas == nil else {
      throw WorkloadFileError(
        experiment.name, "measures the function platform alone: marvel-bench run does that")
    }
    self.experiment = experiment
    self.environment = environment
    self.interruption = interruption
    var matrix = TrialMatrix(
      experiment, processors: Processors.usable, nodes: WorkerBinding.nodes,
      inputSizes: try experiment.inputSizes())
    try TierPlacement.demandReal(experiment.requireReal, matrix.cells.flatMap(\.system.tiers))
    note = matrix.fitSharedMemory()
    self.matrix = matrix
    let ssd = experiment.tiers[.ssd]?.folders.first ?? TierPlacement.defaultFolder(.ssd)
    userPlace = ssd
    space = SpacePlan(
      matrix.cells.filter { $0.unsupported == nil },
      workers: matrix.workersAtOnce(mostWorkers: Self.mostWorkers), datasetFolder: ssd)
  }

  /// Runs everything that the folder has no rows of; rows are on the device after each repeat.
  public func run(into folder: ResultsFolder, keep: Bool, watch: (Event) -> Void) throws -> Result {
    let datasetFolder = try userFolder(in: userPlace) + "/datasets"
    let folders = Set(matrix.cells.flatMap(\.system.tiers).compactMap(TierPlacement.folder))
    if folder.resumed == nil {
      try folder.write(
        environment.json(folders: [folder.path, userPlace] + folders).text, as: "environment.json")
    }
    // What a killed run left must not take this one's space.
    try TierPlacement.sweep(folders.union([userPlace]).sorted())
    let engine = try TrialEngine(matrix.cells, datasets: datasetFolder, interruption: interruption)
    defer { engine.close() }
    engine.timeLimit = experiment.timeLimit
    engine.rejects = folder.path + "/rejects"
    if keep {
      engine.keep = folder.path + "/segments"
      try FileManager.default.createDirectory(
        atPath: folder.path + "/segments", withIntermediateDirectories: true)
    }
    var sitting = Sitting(
      rows: try earlierRows(folder),
      budget: TimeBudget(nanoseconds: experiment.budget, runs: matrix.runCount),
      folder: folder, count: matrix.runCount)
    let earlier = sitting.rows.count
    var isInterrupted = false
    do {
      for batch in matrix.batches(mostWorkers: Self.mostWorkers) {
        try run(batch, engine, datasetFolder, &sitting, watch)
      }
    } catch is CancellationError {
      isInterrupted = true
    } catch FunctionError.interrupted {
      isInterrupted = true
    }
    try folder.markOutliers()
    return Result(
      rows: sitting.rows, isInterrupted: isInterrupted,
      notes: conductNotes(sitting, earlier: folder.resumed == nil ? nil : earlier))
  }

  /// What changes while a run goes on.
  private struct Sitting {
    var rows: [TrialRow]
    var budget: TimeBudget
    let folder: ResultsFolder
    /// Runs in all, and those that have begun.
    let count: Int
    var number = 0
    var order: Int

    init(rows: [TrialRow], budget: TimeBudget, folder: ResultsFolder, count: Int) {
      self.rows = rows
      self.budget = budget
      self.folder = folder
      self.count = count
      order = rows.map(\.order).max() ?? 0
    }

    mutating func add(_ row: TrialRow) throws {
      rows.append(row)
      try folder.add(row)
    }
  }

  private func run(
    _ batch: Range<Int>, _ engine: TrialEngine, _ datasetFolder: String, _ sitting: inout Sitting,
    _ watch: (Event) -> Void
  ) throws {
    let firstTrial = matrix.groups[..<batch.lowerBound].reduce(0) { $0 + $1.cells.count } + 1
    let all = matrix.groups[batch].flatMap(\.cells)
    let recorded = Dictionary(grouping: sitting.rows, by: \.cell.id)
    for (place, cell) in all.enumerated() where recorded[cell.id] == nil {
      guard let reason = cell.unsupported else { continue }
      try sitting.add(row(cell, firstTrial + place, 0, 0, TrialOutcome(.skipped, reason: reason)))
    }
    let places = all.indices.filter { all[$0].unsupported == nil }
    var plan = matrix.repeatPlan(ofBatch: batch, cells: places.count)
    for (index, place) in places.enumerated() {
      for row in recorded[all[place].id] ?? [] where row.repeatNumber > 0 {
        plan.take(row.repeatNumber, of: index, wall: row.outcome.status == .ok ? row.outcome.wall : nil)
      }
    }
    sitting.budget.begin(batchOf: places.count * (experiment.warmups + experiment.rule.most))
    defer { engine.closePlatforms() }
    if let first = places.first, !plan.isFinished, !sitting.budget.isUsedUp {
      let datasets = try all[first].datasets.map { dataset in
        watch(.preparing("dataset \(dataset.kind) of \(ByteSize.text(dataset.size))"))
        return try engine.dataset(dataset) { _ in }
      }
      try demandSame(datasets, all.flatMap { recorded[$0.id] ?? [] })
      var expected: [WorkloadSpecification: String] = [:]
      for workload in Set(places.map { all[$0].job.workload }) {
        watch(.preparing("the expected output of \(workload.name)"))
        expected[workload] = try ExpectedOutputs(folder: datasetFolder + "/.expected").digest(
          of: Workload(name: workload.name, parameters: workload.parameters), datasets
        ) { interruption?.signal == nil }
      }
      while let trial = plan.next() {
        try interruption?.check()
        let cell = all[places[trial.cell]]
        guard sitting.budget.allows(cell.id, isFirst: trial.repeatNumber ?? 1 == 1) else { break }
        let number = firstTrial + places[trial.cell]
        let wall = try measure(cell, number, trial.repeatNumber, &sitting, watch) {
          try engine.run(cell, on: datasets, expected: expected[cell.job.workload] ?? "")
        }
        if let repeatNumber = trial.repeatNumber { plan.take(repeatNumber, of: trial.cell, wall: wall) }
      }
      engine.closePlatforms()
      let later = matrix.groups[batch.upperBound...].flatMap(\.cells).flatMap(\.datasets)
      for (dataset, specification) in zip(datasets, all[first].datasets) where !later.contains(specification)
      {
        try engine.release(dataset)
      }
    }
    let measured = Set(sitting.rows.map(\.cell.id))
    for place in places where !measured.contains(all[place].id) {
      let reason =
        ResumedRows.budgetReason + "used up before this cell had its turn (a longer budget, or --resume)"
      try sitting.add(row(all[place], firstTrial + place, 0, 0, TrialOutcome(.skipped, reason: reason)))
    }
  }

  /// One run of a cell, and its row.
  ///
  /// - Returns: Its time, where that counts.
  private func measure(
    _ cell: TrialCell, _ trial: Int, _ repeatNumber: Int?, _ sitting: inout Sitting, _ watch: (Event) -> Void,
    run: () throws -> TrialOutcome
  ) throws -> Int? {
    let isWarmup = repeatNumber == nil
    sitting.number += 1
    watch(.starting(cell, number: sitting.number, of: sitting.count, isWarmup: isWarmup))
    let start = monotonicNanoseconds()
    let outcome = try run()
    sitting.budget.note(cell.id, took: monotonicNanoseconds() - start)
    watch(.finished(cell, outcome, number: sitting.number, of: sitting.count, isWarmup: isWarmup))
    // A wrong output of a warm-up is as wrong as any; its time is not measured.
    if isWarmup, outcome.status == .ok || outcome.status == .invalid { return nil }
    if !isWarmup { sitting.order += 1 }
    try sitting.add(row(cell, trial, repeatNumber ?? 0, isWarmup ? 0 : sitting.order, outcome))
    return outcome.status == .ok ? outcome.wall : nil
  }

  private func row(
    _ cell: TrialCell, _ trial: Int, _ repeatNumber: Int, _ order: Int, _ outcome: TrialOutcome
  ) -> TrialRow {
    TrialRow(
      experiment: experiment.name, cell: cell, trial: trial, repeatNumber: repeatNumber, order: order,
      outcome: outcome, environment: environment.row)
  }

  // MARK: A run taken up again

  private func earlierRows(_ folder: ResultsFolder) throws -> [TrialRow] {
    let cells = Dictionary(matrix.cells.map { ($0.id, $0) }) { first, _ in first }
    return try (folder.resumed?.rows ?? []).map { row in
      guard let cell = cells[row.cell] else {
        throw ResultsError(
          folder.path,
          "has a cell \(row.cell) (\(row.text("workload")) on \(row.text("system")), "
            + "\(row.text("workers")) workers) that the experiment does not have here: not resumed "
            + "(are other processors allowed now than then?)")
      }
      return TrialRow(row, cell: cell, environment: environment.row)
    }
  }

  /// - Parameter rows: Of cells that read these datasets, from an earlier sitting.
  /// - Throws: ``ResultsError`` where the data have changed since.
  private func demandSame(_ datasets: [Dataset], _ rows: [TrialRow]) throws {
    let digest = datasets.map(\.manifest.digest).joined(separator: "+")
    guard let other = rows.first(where: { !["", digest].contains($0.outcome.datasetDigest) }) else { return }
    throw ResultsError(
      other.cell.dataset.inputs.first ?? "dataset \(other.cell.dataset.kind)",
      "the input has changed since the run was cut off: not resumed (start it anew)")
  }

  // MARK: What the summary says of the run

  private func conductNotes(_ sitting: Sitting, earlier: Int?) -> [String] {
    var notes: [String] = []
    if let earlier {
      notes.append(
        "resumed: the first \(earlier) rows are of an earlier sitting, the other \(sitting.rows.count - earlier) of this one"
      )
    }
    if let until = experiment.until { notes.append(ConductNotes.until(until, experiment.rule, sitting.rows)) }
    let isShort = sitting.rows.contains { $0.outcome.reason.hasPrefix(ResumedRows.budgetReason) }
    if let budget = experiment.budget, sitting.budget.hasEnded || isShort {
      let repeats = sitting.rows.count { $0.repeatNumber > 0 }
      notes.append(
        "the budget of \(TimeSpan.text(budget)) ended the run: \(repeats) of "
          + "\(sitting.count / max(1, experiment.warmups + experiment.rule.most) * experiment.rule.most) repeats"
          + (experiment.until == nil ? "" : " at most"))
    }
    return notes
  }
}

/// Sentences on how a run was conducted.
enum ConductNotes {
  /// Whether the cells' medians became known as well as was asked.
  static func until(_ until: RepeatRule.Until, _ rule: RepeatRule, _ rows: [TrialRow]) -> String {
    let cells = Dictionary(grouping: rows.filter { $0.repeatNumber > 0 }, by: \.cell.id).values
      .sorted { ($0[0].trial, $0[0].cell.id) < ($1[0].trial, $1[0].cell.id) }
    func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
    var reached: [Int] = []
    var others: [String] = []
    for rows in cells {
      let walls = rows.filter { $0.outcome.status == .ok }.compactMap { $0.outcome.wall.map(Double.init) }
      let width = MedianInterval.relativeWidth(walls)
      if let width, width <= until.width {
        reached.append(walls.count)
      } else {
        let cell = rows[0].cell
        others.append(
          "\(cell.job.workload.name) \(cell.job.plan.rawValue) on \(cell.system.name): "
            + (width.map(percent) ?? "no interval") + " after \(walls.count)")
      }
    }
    var text =
      "until the 95 % interval of the median is at most \(percent(until.width)) of it wide (\(rule.least) to \(rule.most) repeats): "
      + "\(reached.count) of \(cells.count) cells reached it"
    if let least = reached.min(), let most = reached.max() {
      text += " after \(least == most ? "\(least)" : "\(least) to \(most)") repeats"
    }
    return others.isEmpty ? text : text + "; not: " + others.joined(separator: ", ")
  }
}
