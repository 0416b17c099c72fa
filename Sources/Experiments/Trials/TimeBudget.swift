import Metrics

/// When no repeat may begin any more, and how the time is shared by the batches of a run.
struct TimeBudget {
  /// CLOCK_MONOTONIC; nil: no limit.
  private let end: Int?
  /// Runs that are still planned.
  private var runsLeft: Int
  /// Of the batch that is being measured.
  private var batchEnd: Int?
  /// Nanoseconds that the last run of each cell took, everything included.
  private var durations: [String: Int] = [:]
  private(set) var hasEnded = false

  init(nanoseconds: Int?, runs: Int, now: Int = monotonicNanoseconds()) {
    end = nanoseconds.map { now + $0 }
    runsLeft = runs
  }

  /// Gives a batch its share of the time that is left, by the number of its runs.
  mutating func begin(batchOf runs: Int, now: Int = monotonicNanoseconds()) {
    batchEnd = end.map { end in
      now + Int(Double(max(0, end - now)) * Double(runs) / Double(max(1, runsLeft, runs)))
    }
    runsLeft -= runs
  }

  var isUsedUp: Bool { end.map { monotonicNanoseconds() >= $0 } ?? false }

  /// Whether a run may begin that is expected to take as long as the cell's last one.
  ///
  /// - Parameter isFirst: Of its cell: such a run may use other batches' time, so that no cell is without a figure.
  mutating func allows(_ cell: String, isFirst: Bool, now: Int = monotonicNanoseconds()) -> Bool {
    guard let end, let batchEnd else { return true }
    guard now + (durations[cell] ?? 0) <= (isFirst ? end : batchEnd) else {
      hasEnded = true
      return false
    }
    return true
  }

  mutating func note(_ cell: String, took nanoseconds: Int) { durations[cell] = nanoseconds }
}
