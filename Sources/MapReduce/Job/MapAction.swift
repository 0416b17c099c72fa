import CSystemIO
import Functions
import Metrics
import Storage

/// The action `map`: one split in, one segment out.
enum MapAction {
  static let name = "map"

  static func run(_ context: inout ActivationContext, _ payload: [UInt8]) throws -> [UInt8] {
    let task = try MapTask(wire: payload)
    let tiers = try WorkerTiers.of(context)
    let source: SplitReader.Source
    var file: FileInput?
    if let tier = tiers.input {
      source = .tier(tier)
    } else {
      let input = try FileInput(task.split.file.blocks[0].object)
      guard input.size >= task.split.file.size else {
        throw StorageError(
          .corrupt,
          "read \(input.path): it shrank since the job began: \(task.split.file.size) bytes expected, \(input.size) found"
        )
      }
      source = .file(input)
      file = input
    }
    func inputCounters() -> TierCounters { file?.counters ?? tiers.input!.counters }
    let inputBefore = inputCounters()
    let shuffleBefore = tiers.shuffle.counters

    let sink = try SegmentSink(task, on: tiers.shuffle)
    let workspace = try CountWorkspace.of(context, byteBudget: task.tableBudget)
    let emitter = try CountEmitter(
      workspace: workspace, partitions: task.partitions, encoding: task.encoding, combine: task.combines,
      sink: sink)
    var isGrep = false
    if case .grep = task.workload { isGrep = !task.filtersInReduce }
    let reader = SplitReader(task.split, from: source, looksOnce: isGrep)
    switch task.workload {
    case .grep(let pattern, let match) where !task.filtersInReduce:
      var kernel = try GrepKernel(GrepPattern(pattern, match: match), emitter: emitter)
      try reader.feed(&kernel)
    case .wordcount, .grep:
      var kernel = WordCountKernel(emitter: emitter)
      try reader.feed(&kernel)
    case .drain:
      var kernel = DrainKernel()
      try reader.feed(&kernel)
      try kernel.finish(emitter)
    }
    try emitter.finish()
    let objects = try sink.finish()

    let inputAfter = inputCounters()
    let shuffleAfter = tiers.shuffle.counters
    var counters = TaskCounters()
    counters.readBytes = inputAfter.readBytes - inputBefore.readBytes
    counters.inputWaitNanoseconds = inputAfter.readWaitNanoseconds - inputBefore.readWaitNanoseconds
    counters.shuffleWrittenBytes = shuffleAfter.writtenBytes - shuffleBefore.writtenBytes
    counters.shuffleWaitNanoseconds = shuffleAfter.writeWaitNanoseconds - shuffleBefore.writeWaitNanoseconds
    counters.modelledWaitNanoseconds =
      inputAfter.modelledWaitNanoseconds - inputBefore.modelledWaitNanoseconds
    // A tier that serves both roles has one sum of waits.
    if tiers.input !== tiers.shuffle {
      counters.modelledWaitNanoseconds +=
        shuffleAfter.modelledWaitNanoseconds - shuffleBefore.modelledWaitNanoseconds
    }
    counters.spilledBytes = emitter.spilledBytes
    context.bytesIn = counters.readBytes
    context.bytesOut = counters.shuffleWrittenBytes
    return MapOutput(extents: sink.extents, objects: objects, counters: counters).wire
  }
}

extension CountWorkspace {
  /// The worker's workspace: memory that stays between activations, data that does not.
  static func of(_ context: borrowing ActivationContext, byteBudget: Int) throws -> CountWorkspace {
    let workspace = try context.state.object { try CountWorkspace(byteBudget: byteBudget) }
    workspace.byteBudget = byteBudget
    return workspace
  }
}

/// Sums its input's bytes, nothing else.
///
/// Its output is two counts, `bytes` and `bytesum` (the sum of all byte values), which do not depend on where
/// splits begin.
struct DrainKernel: ChunkConsumer {
  private var bytes: UInt64 = 0
  private var sum: UInt64 = 0

  mutating func consume(_ chunk: UnsafeRawBufferPointer, carried: Int, last: Bool) -> Int {
    bytes &+= UInt64(chunk.count)
    if let base = chunk.baseAddress { sum &+= mb_byte_sum(base, chunk.count) }
    return chunk.count
  }

  func finish(_ emitter: CountEmitter) throws {
    try emitter.addCounted("bytes", bytes)
    try emitter.addCounted("bytesum", sum)
  }
}
