import Experiments
import MapReduce
import Metrics
import Reports
import Storage

/// What `run --dry-run` prints: the trials, what they need, and how long they may take.
struct DryRun {
  let run: ExperimentRun
  let estimate: TimeEstimate

  init(_ run: ExperimentRun, environment: Environment) {
    self.run = run
    estimate = TimeEstimate(
      run.matrix, machineClass: environment.machineClass, buildMode: Environment.buildMode)
  }

  private func runs(_ cell: TimeEstimate.Cell) -> String {
    let runs = cell.runs
    return runs.lowerBound == runs.upperBound
      ? "\(runs.lowerBound)" : "\(runs.lowerBound)–\(runs.upperBound)"
  }

  private func span(_ range: ClosedRange<Double>) -> String {
    let (low, high) = (time(range.lowerBound), time(range.upperBound))
    return low == high ? low : "\(low) to \(high)"
  }

  private func time(_ nanoseconds: Double) -> String { TimeSpan.text(whole(nanoseconds)) }

  /// Sizes that do not fit anywhere are listed too.
  private func whole(_ value: Double) -> Int { Int(min(value, 9e18)) }

  var text: String {
    var table = TextTable([
      .right("trial"), .left("workload"), .left("system"), .left("plan"), .right("input"), .right("workers"),
      .left("cache, access"), .left("other factors"), .right("runs"), .right("a run"),
      .left("estimated from"),
    ])
    let planned = Dictionary(estimate.cells.map { ($0.cell.id, $0) }) { first, _ in first }
    var skipped: [String] = []
    for (number, cell) in run.matrix.cells.enumerated() {
      let tiers = Set(cell.system.tiers.compactMap { $0.access?.rawValue }).sorted().joined(separator: "+")
      let job = cell.job
      let common = [
        String(number + 1), job.workload.name, cell.system.name,
        "\(job.plan.rawValue), \(job.encoding.rawValue)",
        ByteSize.text(cell.inputBytes), String(job.workers),
        (job.cache == .none ? "" : job.cache.rawValue + ", ") + tiers,
        cell.parameters.replacing(";", with: " "),
      ]
      if let estimate = planned[cell.id] {
        table.add(common + [runs(estimate), time(estimate.wall), estimate.source.rawValue])
      } else {
        table.add(common + ["0", "", "skipped"])
        skipped.append("\(job.workload.name) on \(cell.system.name): \(cell.unsupported ?? "")")
      }
    }
    var seen = Set<String>()
    let distinct = skipped.filter { seen.insert($0).inserted }
    let reasons = distinct.map { "skipped: \($0)\n" }.joined()
    let stated = estimate.cells.count { $0.source == .stated }
    var text = table.text() + reasons
    text += "\n\(estimate.cells.count) cells, \(run.matrix.runCount) runs"
    if run.matrix.rule.until != nil { text += " at most" }
    text += ", \(ByteSize.text(whole(estimate.readBytes))) of input read; about \(span(estimate.total)) "
    text += "(an estimate: \(estimate.cells.count - stated) cells from what was measured here before, "
    text += "\(stated) from stated rates; data that are there already take less)\n"
    return text
  }

  func json(experiment: Experiment) -> String {
    JSONValue.object([
      ("experiment", .text(experiment.name)), ("runs", .integer(run.matrix.runCount)),
      ("input_read_bytes", .number(estimate.readBytes)),
      ("estimated_ns_low", .number(estimate.total.lowerBound)),
      ("estimated_ns_high", .number(estimate.total.upperBound)),
      ("budget_ns", .optional(experiment.budget)),
      (
        "needs",
        .array(
          run.space.lines.map { line in
            .object([
              ("place", .text(line.place)), ("needed_bytes", .integer(line.needed)),
              ("free_bytes", .integer(line.free)), ("in_memory", .bool(line.isMemory)),
            ])
          })
      ),
      (
        "trials",
        .array(
          estimate.cells.map { each in
            .object([
              ("cell", .text(each.cell.id)), ("workload", .text(each.cell.job.workload.name)),
              ("system", .text(each.cell.system.name)), ("parameters", .text(each.cell.parameters)),
              ("input_bytes", .integer(each.cell.inputBytes)), ("runs_low", .integer(each.runs.lowerBound)),
              ("runs_high", .integer(each.runs.upperBound)), ("estimated_run_ns", .number(each.wall)),
              ("estimated_from", .text(each.source.rawValue)),
            ])
          })
      ),
      (
        "skipped",
        .texts(
          run.matrix.cells.compactMap { cell in
            cell.unsupported.map { "\(cell.job.workload.name) on \(cell.system.name): \($0)" }
          })
      ),
    ]).line
  }
}
