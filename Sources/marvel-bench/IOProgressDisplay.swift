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
  private var isLineOpen = false

  init(_ jobs: [IOJob], mode: ETAMode, isTerminal: Bool = isatty(2) == 1) {
    self.isTerminal = isTerminal
    isShown = mode == .always || (mode == .auto && isTerminal)
    meter = ProgressMeter(jobs)
  }

  func take(_ progress: Progress) {
    guard isShown, let line = meter.line(progress, now: monotonicNanoseconds()) else { return }
    write((isTerminal ? "\r\u{1B}[K" : "") + line + (isTerminal ? "" : "\n"), to: 2)
    isLineOpen = isTerminal
  }

  /// The live line gives way to what is printed next.
  func end() {
    if isLineOpen { write("\r\u{1B}[K", to: 2) }
    isLineOpen = false
  }
}
