import IOBench

/// One direction of one job of a run: one row of `io.csv`.
public struct IORow: Sendable {
  public enum Status: String, Sendable {
    case ok
    case failed
    /// Verify found a wrong block.
    case wrong
    /// A signal ended it: the figures are of what ran until then.
    case interrupted
    /// This machine could not run it.
    case skipped
  }

  public var experiment: String
  public var job: String
  public var repeatNumber: Int
  public var total: ReportedJob?
  /// What was asked for; of a skipped row too.
  public var asked: IOJob
  public var isWrite: Bool
  public var origin: IOOrigin
  public var status: Status
  public var reason: String
  /// What its figures say about themselves.
  public var notes: [String]
  public var environment: RowEnvironment

  var figures: ReportedDirection? { total.map { isWrite ? $0.writes : $0.reads } }
  var blockSize: Int { isWrite ? asked.blockSize.write : asked.blockSize.read }

  /// The rows of a run: one for each job and direction that it has, in order.
  ///
  /// - Parameters:
  ///   - names: What each job is called; nil for its own name.
  ///   - origin: Of a job; nil for what its files lie on now.
  public static func rows(
    of result: RunResult, experiment: String, repeatNumber: Int = 1, names: [String]? = nil,
    origin: ((IOJob) -> IOOrigin)? = nil, on machine: MeasuringMachine, environment: RowEnvironment
  ) -> [IORow] {
    let totals = result.jobTotals
    return totals.flatMap { total -> [IORow] in
      let index = total.copies[0].job
      let place =
        origin?(total.job)
        ?? IOOrigin(engine: total.job.engine, file: total.copies.lazy.compactMap(\.files.first).first ?? ".")
      let (status, reason) = outcome(total)
      let row = IORow(
        experiment: experiment, job: names?[index] ?? total.job.name, repeatNumber: repeatNumber,
        total: total,
        asked: total.job, isWrite: false, origin: place, status: status, reason: reason,
        notes: SanityNotes.ofRow(total, in: result, on: machine), environment: environment)
      return directions(row)
    }
  }

  /// For a job that cannot run here, and why.
  public static func skipped(
    _ job: IOJob, named name: String, experiment: String, origin: IOOrigin, reason: String,
    environment: RowEnvironment
  ) -> [IORow] {
    directions(
      IORow(
        experiment: experiment, job: name, repeatNumber: 0, total: nil, asked: job, isWrite: false,
        origin: origin,
        status: .skipped, reason: reason, notes: [], environment: environment))
  }

  private static func directions(_ row: IORow) -> [IORow] {
    var write = row
    write.isWrite = true
    return (row.asked.pattern.reads ? [row] : []) + (row.asked.pattern.writes ? [write] : [])
  }

  private static func outcome(_ total: ReportedJob) -> (Status, String) {
    if total.copies.contains(where: { $0.wrongBlocks > 0 }) {
      let told = total.copies.first { $0.wrongBlocks > 0 }?.errorText ?? ""
      return (.wrong, told)
    }
    if let failed = total.copies.first(where: { $0.errorNumber != 0 }) { return (.failed, failed.errorText) }
    if total.copies.contains(where: \.isInterrupted) { return (.interrupted, "ended by a signal") }
    return (.ok, "")
  }
}
