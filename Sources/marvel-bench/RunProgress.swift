import Experiments
import MapReduce
import Metrics
import Reports

/// How a run goes: one live line on a terminal, plain lines elsewhere; on stderr, apart from the results.
final class RunProgress {
  private let isLive: Bool
  private let start = monotonicNanoseconds()

  init(isLive: Bool) { self.isLive = isLive }

  func take(_ event: ExperimentRun.Event) {
    switch event {
    case .preparing(let what): show("preparing \(what)", keep: false)
    case .starting(let cell, let number, let count, let isWarmup):
      guard isLive else { return }
      show(
        "trial \(number) of \(count): \(name(cell))\(isWarmup ? " (warm-up)" : "")\(timeLeft(number, count))",
        keep: false)
    case .finished(let cell, let outcome, let number, let count, let isWarmup):
      var line =
        "trial \(number) of \(count): \(name(cell))\(isWarmup ? " (warm-up)" : ""): \(outcome.status.rawValue)"
      if let wall = outcome.wall, wall > 0, let bytes = outcome.readBytes {
        line += ", \((wall + 500_000) / 1_000_000) ms, \(bytes * 1000 / wall) MB/s"
      }
      if !outcome.reason.isEmpty { line += ": \(outcome.reason)" }
      show(line + timeLeft(number, count), keep: outcome.status != .ok)
    }
  }

  func end() { if isLive { write("\r\u{1B}[K", to: 2) } }

  private func name(_ cell: TrialCell) -> String {
    "\(cell.job.workload.name) \(cell.job.plan.rawValue) on \(cell.system.name)"
  }

  /// Over all runs so far, preparations included.
  private func timeLeft(_ number: Int, _ count: Int) -> String {
    guard number > 1 else { return "" }
    let seconds = (monotonicNanoseconds() - start) / number * (count - number) / 1_000_000_000
    return ", about \(seconds) s left"
  }

  private func show(_ line: String, keep: Bool) {
    write(isLive ? "\r\u{1B}[K\(line)\(keep ? "\n" : "")" : line + "\n", to: 2)
  }
}
