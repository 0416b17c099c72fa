import Functions
import Storage

/// Tells what a task cost at its tiers, role by role, also where one tier serves several roles.
///
/// What a tier reads and writes is counted apart, so only reads (or writes) of two roles on one tier must be told
/// apart: those of the rarer role are measured on their own by ``besides(_:_:)``.
final class TaskMeter {
  let tiers: WorkerTiers
  /// The user's own file, where the task reads one.
  private(set) var file: FileInput?
  private let input: TierCounters
  private let shuffle: TierCounters
  private let output: TierCounters
  private var fileBefore = TierCounters()
  /// What extents of other stages cost a task that reads a split; and rejects one that writes a segment.
  private var shuffleBesides = TierCounters()
  private var outputBesides = TierCounters()

  init(_ tiers: WorkerTiers) {
    self.tiers = tiers
    input = tiers.input?.counters ?? TierCounters()
    shuffle = tiers.shuffle.counters
    output = tiers.output.counters
  }

  /// Where a split is to be read.
  func source(_ split: InputSplit) throws -> SplitReader.Source {
    if let tier = tiers.input { return .tier(tier) }
    let opened = try FileInput(split.file.blocks[0].object)
    guard opened.size >= split.file.size else {
      throw StorageError(
        .corrupt,
        "read \(opened.path): it shrank since the job began: \(split.file.size) bytes expected, \(opened.size) found"
      )
    }
    file = opened
    fileBefore = opened.counters
    return .file(opened)
  }

  /// Reads of the shuffle tier in a task that reads a split.
  func readingShuffle<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = tiers.shuffle.counters
    defer { shuffleBesides += tiers.shuffle.counters - before }
    return try body()
  }

  /// Writes to the output tier in a task that writes a segment.
  func writingOutput<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = tiers.output.counters
    defer { outputBesides += tiers.output.counters - before }
    return try body()
  }

  /// - Parameter spilled: What runs cost that went to the shuffle tier besides a segment or part.
  func counters(_ task: StageTask, spilled: TierCounters = TierCounters()) -> TaskCounters {
    var counters = TaskCounters()
    let shuffled = tiers.shuffle.counters - shuffle
    let put = tiers.output.counters - output
    let sharesOutput = tiers.output === tiers.shuffle
    switch task.source {
    case .split:
      let read = (file.map { $0.counters - fileBefore }) ?? (tiers.input!.counters - input)
      let shared = tiers.input === tiers.shuffle ? shuffleBesides : TierCounters()
      counters.readBytes = read.readBytes - shared.readBytes
      counters.inputWaitNanoseconds = read.readWaitNanoseconds - shared.readWaitNanoseconds
      counters.shuffleReadBytes = shuffleBesides.readBytes
      counters.shuffleWaitNanoseconds = shuffleBesides.readWaitNanoseconds
    case .extents:
      counters.shuffleReadBytes = shuffled.readBytes
      counters.shuffleWaitNanoseconds = shuffled.readWaitNanoseconds
    }
    if task.partitions != nil {
      let others = sharesOutput ? outputBesides : TierCounters()
      counters.shuffleWrittenBytes = shuffled.writtenBytes - others.writtenBytes
      counters.shuffleWaitNanoseconds += shuffled.writeWaitNanoseconds - others.writeWaitNanoseconds
      counters.outputWaitNanoseconds = outputBesides.writeWaitNanoseconds
    } else {
      let others = sharesOutput ? spilled : TierCounters()
      counters.shuffleWrittenBytes = spilled.writtenBytes
      counters.shuffleWaitNanoseconds += spilled.writeWaitNanoseconds
      counters.outputBytes = put.writtenBytes - others.writtenBytes
      counters.outputWaitNanoseconds = put.writeWaitNanoseconds - others.writeWaitNanoseconds
    }
    let spent = spent()
    counters.modelledWaitNanoseconds = spent.modelledWaitNanoseconds
    counters.placedReadBytes = spent.placedReadBytes
    counters.localReadBytes = spent.localReadBytes
    return counters
  }

  /// Of all roles together. Each tier once: one that serves two roles has one sum.
  private func spent() -> TierCounters {
    var sum = tiers.shuffle.counters - shuffle
    if tiers.output !== tiers.shuffle { sum += tiers.output.counters - output }
    if let tier = tiers.input, tier !== tiers.shuffle, tier !== tiers.output { sum += tier.counters - input }
    if let file { sum += file.counters - fileBefore }
    return sum
  }
}

extension TierCounters {
  private static let fields: [WritableKeyPath<TierCounters, Int> & Sendable] = [
    \.readBytes, \.writtenBytes, \.deviceReadBytes, \.deviceWrittenBytes, \.readWaitNanoseconds,
    \.writeWaitNanoseconds, \.modelledWaitNanoseconds, \.placedReadBytes, \.localReadBytes,
  ]

  static func - (after: TierCounters, before: TierCounters) -> TierCounters {
    var difference = after
    for field in fields { difference[keyPath: field] -= before[keyPath: field] }
    return difference
  }

  static func += (sum: inout TierCounters, term: TierCounters) {
    for field in fields { sum[keyPath: field] += term[keyPath: field] }
  }
}
