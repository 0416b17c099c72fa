import ArgumentParser
import Glibc
import IOBench
import Metrics

/// `--eta`: when the live line is shown.
enum ETAMode: String, CaseIterable, ExpressibleByArgument {
  case never, auto, always
}

/// How a run of I/O jobs goes, on stderr: one live line on a terminal; plain lines elsewhere, if they are asked for.
final class IOProgressDisplay {
  private let isShown: Bool
  private let isTerminal: Bool
  private var meter: ProgressMeter
  /// Nanoseconds between two plain lines that stay, also on a terminal; nil for none (`--status-interval`).
  private let statusInterval: Int?
  private var nextStatus: Int?
  private var statusMeter: ProgressMeter
  private var isLineOpen = false

  init(_ jobs: [IOJob], mode: ETAMode, statusInterval: Int? = nil, isTerminal: Bool = isatty(2) == 1) {
    self.isTerminal = isTerminal
    isShown = mode == .always || (mode == .auto && isTerminal)
    meter = ProgressMeter(jobs)
    self.statusInterval = statusInterval
    statusMeter = ProgressMeter(jobs, interval: 0)
  }

  func take(_ progress: Progress) {
    let now = monotonicNanoseconds()
    if let statusInterval {
      if let due = nextStatus, now >= due {
        if let line = statusMeter.line(progress, now: now) { print(line, stays: true) }
        nextStatus = due + statusInterval
      } else if nextStatus == nil {
        _ = statusMeter.line(progress, now: now)
        nextStatus = now + statusInterval
      }
    }
    if isShown, let line = meter.line(progress, now: now) { print(line, stays: !isTerminal) }
  }

  /// The live line gives way to the results.
  func end() {
    if isLineOpen { write("\r\u{1B}[K", to: 2) }
    isLineOpen = false
  }

  private func print(_ line: String, stays: Bool) {
    write((isTerminal ? "\r\u{1B}[K" : "") + line + (stays ? "\n" : ""), to: 2)
    isLineOpen = !stays
  }
}
