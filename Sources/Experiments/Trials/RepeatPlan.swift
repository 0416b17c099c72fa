import Metrics

/// One run of a cell in its place in time.
public struct ScheduledTrial: Equatable, Sendable {
  /// Index in the batch's cells.
  public var cell: Int
  /// Counted from 1; nil: a warm-up, which leaves no row.
  public var repeatNumber: Int?
}

/// Which cell is run next: all warm-ups, then round after round of repeats, each in an order of its own drawn from the
/// experiment's seed, until every cell has been measured enough.
struct RepeatPlan {
  /// What is known of a cell's repeats.
  private struct Progress {
    /// Numbers of the repeats that have rows.
    var done: Set<Int> = []
    /// Of those that count, in nanoseconds.
    var walls: [Double] = []
  }

  private let rule: RepeatRule
  private var random: SplitMix64
  private var progress: [Progress]
  private var queue: [ScheduledTrial] = []
  private var warmups: Int
  private var round = 0

  init(cells: Int, warmups: Int, rule: RepeatRule, seed: UInt64) {
    self.rule = rule
    self.warmups = warmups
    random = SplitMix64(seed: seed)
    progress = Array(repeating: Progress(), count: cells)
  }

  /// Notes a repeat that was run, now or before the run was cut off.
  ///
  /// - Parameter wall: Nanoseconds; nil where the row does not count.
  mutating func take(_ repeatNumber: Int, of cell: Int, wall: Int?) {
    progress[cell].done.insert(repeatNumber)
    if let wall { progress[cell].walls.append(Double(wall)) }
  }

  /// Whether there is nothing left to do.
  var isFinished: Bool { progress.allSatisfy(isEnough) }

  /// The next run; nil at the end.
  mutating func next() -> ScheduledTrial? {
    if warmups > 0 {
      queue = (0..<warmups).flatMap { _ in
        progress.indices.filter { !isEnough(progress[$0]) }.map {
          ScheduledTrial(cell: $0, repeatNumber: nil)
        }
      }
      warmups = 0
    }
    while queue.isEmpty {
      guard !isFinished else { return nil }
      round += 1
      // All cells are drawn in each round, so that the order is the same whichever are done already.
      queue = progress.indices.shuffled(using: &random).compactMap { cell in
        guard !isEnough(progress[cell]), !progress[cell].done.contains(round) else { return nil }
        return ScheduledTrial(cell: cell, repeatNumber: round)
      }
    }
    return queue.removeFirst()
  }

  private func isEnough(_ progress: Progress) -> Bool {
    rule.isEnough(done: progress.done.count, walls: progress.walls)
  }
}
