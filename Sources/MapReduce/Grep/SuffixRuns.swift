/// Runs that match from left to right without giving back, made ready for matching.
struct SuffixRuns {
  private let runs: UnsafeMutablePointer<Run>
  private let count: Int
  /// How many runs there are up to the last that must not be empty; what follows cannot fail.
  private let required: Int

  private struct Run {
    let set: BlockClass
    let minimum: Int
    let maximum: Int
  }

  /// - Precondition: ``Determinism/isExact(_:)``.
  init(_ source: [ByteRun]) {
    count = source.count
    required = source.lastIndex { !$0.isNullable }.map { $0 + 1 } ?? 0
    runs = .allocate(capacity: max(1, count))
    for (index, run) in source.enumerated() {
      (runs + index).initialize(
        to: Run(set: BlockClass(run.set), minimum: run.minimum, maximum: run.maximum))
    }
  }

  func deallocate() {
    for index in 0..<count { runs[index].set.deallocate() }
    runs.deallocate()
  }

  /// The class of the only run, which the block's masks can answer for; nil where there are none or several.
  var only: BlockClass? { count == 1 ? runs[0].set : nil }

  var isEmpty: Bool { count == 0 }

  /// Whether nothing that stands at a position can make the runs fail there.
  var alwaysHold: Bool { required == 0 }

  /// Where a match of the only run at `position` ends, or -1. The masks of ``only`` must be those of the block.
  @inline(__always)
  func endOfOnly(
    _ text: UnsafePointer<UInt8>, from position: Int, end: Int, base: Int, size: Int
  ) -> Int {
    let run = runs[0]
    let limit = end &- position > run.maximum ? position &+ run.maximum : end
    let stop = run.set.endOfRun(text, from: position, end: limit, base: base, size: size)
    return stop &- position < run.minimum ? -1 : stop
  }

  /// Where a match of all runs at `position` ends, or -1.
  func end(_ text: UnsafePointer<UInt8>, from position: Int, end: Int) -> Int {
    var position = position
    for index in 0..<count {
      let run = runs[index]
      let limit = position &+ min(run.maximum, end &- position)
      let start = position
      while position < limit, run.set.contains(text[position]) { position &+= 1 }
      if position &- start < run.minimum { return -1 }
    }
    return position
  }

  /// Whether ``end(_:from:end:)`` would find an end; looks no further than it must.
  func hold(_ text: UnsafePointer<UInt8>, at position: Int, end: Int) -> Bool {
    var position = position
    for index in 0..<required {
      let run = runs[index]
      let most = index == required - 1 ? run.minimum : run.maximum
      let limit = position &+ min(most, end &- position)
      let start = position
      while position < limit, run.set.contains(text[position]) { position &+= 1 }
      if position &- start < run.minimum { return false }
    }
    return true
  }
}
