import Functions
import Metrics
import Reports

/// A faas experiment: each cell a pool of its own a repeat, called as its scenario says.
public final class FaasRun {
  /// A repeat that has ended, and its number among all runs.
  public struct Progress: Sendable {
    public var row: FaasRow
    public var number: Int
    public var count: Int
    public var isWarmup: Bool
  }

  public struct Result: Sendable {
    public var rows: [FaasRow]
    public var isInterrupted: Bool
    public var notes: [String]
  }

  public let cells: [FaasCell]
  public let rule: RepeatRule
  private let experiment: Experiment
  private let environment: Environment
  private let interruption: Interruption?

  public var runCount: Int { cells.count * (experiment.warmups + rule.most) }
  public var leastRunCount: Int { cells.count * (experiment.warmups + rule.least) }

  /// - Precondition: `experiment.faas` is there.
  public init(_ experiment: Experiment, environment: Environment, interruption: Interruption?) {
    cells = experiment.faas?.cells ?? []
    rule = experiment.rule
    self.experiment = experiment
    self.environment = environment
    self.interruption = interruption
  }

  /// What the largest cell may need at once, in bytes of memory: its workers, their limits or what they touch, and
  /// the payloads on their way.
  public var memoryNeeded: Int {
    cells.map { cell in
      cell.concurrency * ((cell.touched ?? 0) + SpacePlan.workerBytes / 4 + 4 * cell.payload)
    }.max() ?? 0
  }

  public static var memoryAvailable: Int { SpacePlan.availableMemory }

  /// Runs all cells in turn, in an order drawn for each round; rows are on the device after each repeat.
  public func run(into folder: FaasFolder, watch: (Progress) -> Void) throws -> Result {
    try folder.write(environment.json(folders: [folder.path]).text, as: "environment.json")
    var rows: [FaasRow] = []
    var plan = RepeatPlan(cells: cells.count, warmups: experiment.warmups, rule: rule, seed: experiment.seed)
    var budget = TimeBudget(nanoseconds: experiment.budget, runs: runCount)
    budget.begin(batchOf: runCount)
    var (number, order) = (0, 0)
    var isInterrupted = false
    do {
      while let trial = plan.next() {
        try interruption?.check()
        let cell = cells[trial.cell]
        guard budget.allows(cell.id, isFirst: trial.repeatNumber ?? 1 == 1) else { break }
        let isWarmup = trial.repeatNumber == nil
        number += 1
        if !isWarmup { order += 1 }
        let start = monotonicNanoseconds()
        var row = FaasRow(
          experiment: experiment.name, cell: cell, trial: trial.cell + 1,
          repeatNumber: trial.repeatNumber ?? 0, order: isWarmup ? 0 : order, status: .ok,
          provenance: profile(cell).provenance, environment: environment.row)
        try measure(cell, into: &row)
        budget.note(cell.id, took: monotonicNanoseconds() - start)
        watch(Progress(row: row, number: number, count: runCount, isWarmup: isWarmup))
        if isWarmup, row.status == .ok { continue }
        rows.append(row)
        try folder.add(row)
        if let repeatNumber = trial.repeatNumber {
          plan.take(
            repeatNumber, of: trial.cell,
            wall: row.status == .ok ? LatencySample(row.latencies()).percentile(0.5) : nil)
        }
      }
    } catch FunctionError.interrupted {
      isInterrupted = true
    }
    if !isInterrupted { try addMissing(&rows, folder) }
    var notes: [String] = []
    if let limit = experiment.budget, budget.hasEnded {
      notes.append("the budget of \(TimeSpan.text(limit)) ended the run after \(order) repeats")
    }
    return Result(rows: rows, isInterrupted: isInterrupted, notes: notes)
  }

  /// A row for each cell that had no turn: never missing.
  private func addMissing(_ rows: inout [FaasRow], _ folder: FaasFolder) throws {
    let measured = Set(rows.map(\.trial))
    for (index, cell) in cells.enumerated() where !measured.contains(index + 1) {
      let row = FaasRow(
        experiment: experiment.name, cell: cell, trial: index + 1, repeatNumber: 0, order: 0,
        status: .skipped,
        reason: "budget: used up before this cell had its turn (a longer budget)",
        provenance: profile(cell).provenance, environment: environment.row)
      rows.append(row)
      try folder.add(row)
    }
  }

  private func profile(_ cell: FaasCell) -> PlatformProfile {
    PlatformProfile.known.first { $0.name == cell.platform } ?? .native
  }

  /// One repeat: a pool of its own, so that no cell meets what another has left.
  private func measure(_ cell: FaasCell, into row: inout FaasRow) throws {
    do {
      let pool = try WorkerPool(options: options(cell))
      defer { pool.shutdown() }
      let task = request(cell)
      if cell.starts == .warm {
        try pool.prewarm(cell.concurrency)
        // The first calls of a process find its code and its arenas cold.
        try pool.run(tasks: Array(repeating: task, count: min(cell.invocations, 20) * cell.concurrency)) {
          _, _, _ in
        }
      }
      var records: [ActivationRecord] = []
      records.reserveCapacity(cell.invocations)
      let noise = NoiseMeter()
      let cpu = Processes.ownCPUNanoseconds
      let start = monotonicNanoseconds()
      try pool.run(tasks: Array(repeating: task, count: cell.invocations)) { _, result, record in
        if cell.action == BuiltinActions.echo, result.count != cell.payload {
          throw FunctionError.request("echo returned \(result.count) of \(cell.payload) bytes")
        }
        records.append(record)
      }
      row.wall = monotonicNanoseconds() - start
      let controller = Processes.ownCPUNanoseconds - cpu
      row.activations = records.enumerated().map { index, record in
        var activation = ActivationRow(record)
        activation.task = index
        activation.stage = cell.scenario
        return activation
      }
      row.noise = noise.stop(own: controller + records.reduce(0) { $0 + $1.cpuNanoseconds })
    } catch let error as FunctionError {
      if case .interrupted = error { throw error }
      row.status = .failed
      row.reason = error.description
    }
  }

  private func options(_ cell: FaasCell) -> PoolOptions {
    var options = PoolOptions()
    options.workers = cell.concurrency
    options.platform = profile(cell)
    options.starts = cell.starts == .cold ? .cold : .warm
    options.memoryLimit = cell.memory
    // The same mechanism with and without privileges.
    options.memoryMechanism = .dataLimit
    options.attempts = 1
    options.timeLimitNanoseconds = PoolOptions.usualTimeLimit
    options.interruption = interruption
    return options
  }

  private func request(_ cell: FaasCell) -> TaskRequest {
    let argument =
      cell.touched.map(BuiltinActions.touchArgument(bytes:)) ?? [UInt8](repeating: 0x61, count: cell.payload)
    return TaskRequest(name: "call", action: cell.action) { _ in argument }
  }
}
