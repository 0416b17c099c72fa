import Foundation
import MapReduce
import Metrics
import Reports

/// How long a run may take: an estimate, from what was measured on this machine before or from rates that are stated.
public struct TimeEstimate: Sendable {
  public enum Source: String, Sendable {
    /// The same cell was measured here.
    case measured
    /// The same job on the same system was, with another size.
    case scaled = "scaled from another size"
    case stated = "a stated rate"
  }

  public struct Cell: Sendable {
    public var cell: TrialCell
    /// Nanoseconds of one run.
    public var wall: Double
    public var source: Source
    /// Runs, warm-ups included: at least, and at most where the repeats may go on.
    public var runs: ClosedRange<Int>
    public var nanoseconds: ClosedRange<Double> {
      let each = wall + TimeEstimate.aroundRun + TimeEstimate.time(cell.inputBytes, TimeEstimate.checkRate)
      return (Double(runs.lowerBound) * each)...(Double(runs.upperBound) * each)
    }
  }

  public var cells: [Cell]
  /// Making the data and counting the expected outputs; less where an earlier run left them.
  public var preparation: Double

  /// At least, and at most.
  public var total: ClosedRange<Double> {
    let low = cells.reduce(0) { $0 + $1.nanoseconds.lowerBound }
    let high = cells.reduce(0) { $0 + $1.nanoseconds.upperBound }
    return (low + preparation)...(high + preparation)
  }

  /// Input bytes of all runs, at most.
  public var readBytes: Double {
    cells.reduce(0) { $0 + Double($1.cell.inputBytes) * Double($1.runs.upperBound) }
  }

  // Stated rates, in MB/s: of one worker of a machine of 2025, cautiously.
  private static let generationRate = 300
  private static let referenceRate = 150
  private static let checkRate = 1000
  /// Settling, checking and cleaning up around a run.
  private static let aroundRun = 1e8

  /// Nanoseconds for bytes at MB/s.
  private static func time(_ bytes: Int, _ rate: Int) -> Double { Double(bytes) * 1000 / Double(rate) }

  /// - Parameter history: A folder of results folders; what cannot be read in it is passed over.
  public init(_ matrix: TrialMatrix, machineClass: String, buildMode: String, history: String = "results") {
    let past = History(history, machineClass: machineClass, buildMode: buildMode)
    let runs = (matrix.warmups + matrix.rule.least)...(matrix.warmups + matrix.rule.most)
    let planned = matrix.cells.filter { $0.unsupported == nil }
    cells = planned.map { cell in
      if let wall = past.wall(cell) { return Cell(cell: cell, wall: wall, source: .measured, runs: runs) }
      if let rate = past.rate(cell) {
        return Cell(cell: cell, wall: Double(cell.dataset.size) * rate, source: .scaled, runs: runs)
      }
      let wall = Self.time(cell.inputBytes, Self.statedRate(cell.job) * cell.job.workers)
      return Cell(cell: cell, wall: wall, source: .stated, runs: runs)
    }
    let made = Set(planned.flatMap(\.datasets)).reduce(0.0) { $0 + Self.time($1.size, Self.generationRate) }
    let outputs = Set(planned.map { Output(workload: $0.job.workload, datasets: $0.datasets) })
    let counted = outputs.reduce(0.0) { sum, output in
      sum + output.datasets.reduce(0) { $0 + Self.time($1.size, Self.referenceRate) }
    }
    preparation = made + counted
  }

  /// What is counted once, another way, to check outputs by.
  private struct Output: Hashable {
    var workload: WorkloadSpecification
    var datasets: [DatasetSpecification]
  }

  private static func statedRate(_ job: JobSpecification) -> Int {
    if job.workload.name == "drain" { return 1000 }
    let rate = job.plan == .optimized ? 150 : job.plan == .corral ? 80 : 40
    return job.encoding == .json ? rate / 2 : rate
  }

  /// Medians of what was measured here before.
  private struct History {
    private var walls: [String: [Double]] = [:]
    /// Nanoseconds a byte.
    private var rates: [String: [Double]] = [:]

    /// Of the newest folders; older ones say less of this machine.
    static let folders = 20

    init(_ folder: String, machineClass: String, buildMode: String) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names.filter({ $0 != "latest" }).sorted(by: >).prefix(Self.folders) {
        var warnings: [String] = []
        let rows = (try? RecordedTrial.read("\(folder)/\(name)/trials.csv", warnings: &warnings)) ?? []
        for row in rows
        where row.isMeasured && row.machineClass == machineClass && row.buildMode == buildMode {
          guard let wall = row.wall else { continue }
          walls[row.cell, default: []].append(Double(wall))
          guard let size = row.size, size > 0 else { continue }
          let key = [row.workload, row.system, row.plan, row.encoding, String(row.workers ?? 0)]
          rates[key.joined(separator: " "), default: []].append(Double(wall) / Double(size))
        }
      }
    }

    func wall(_ cell: TrialCell) -> Double? { Statistics.median(walls[cell.id] ?? []) }

    func rate(_ cell: TrialCell) -> Double? {
      let job = cell.job
      let key = [
        job.workload.name, cell.system.name, job.plan.rawValue, job.encoding.rawValue, String(job.workers),
      ]
      return Statistics.median(rates[key.joined(separator: " ")] ?? [])
    }
  }
}
