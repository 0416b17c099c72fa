import CSystemIO
import Functions
import Storage

/// Stages of the workloads that count keys: wordcount, grep, drain.
enum CountStages {
  static func map(_ run: StageRun) throws {
    let task = run.task
    let sink = try run.segmentSink()
    let emitter = try CountEmitter(
      workspace: CountWorkspace.of(run.state, byteBudget: task.tableBudget), partitions: task.partitions ?? 1,
      encoding: task.encoding, combine: task.combines, sink: sink)
    switch task.workload {
    case .grep(let pattern, let match) where task.plan != .paper:
      var kernel = try GrepKernel(GrepPattern(pattern, match: match), emitter: emitter)
      try run.feed(&kernel, looksOnce: true)
    case .drain:
      var kernel = DrainKernel()
      try run.feed(&kernel)
      try kernel.finish(emitter)
    default:
      var kernel = WordCountKernel(emitter: emitter)
      try run.feed(&kernel)
    }
    try emitter.finish()
    try run.finish(sink)
    run.output.counters.spilledBytes = emitter.spilledBytes
  }

  static func reduce(_ run: StageRun) throws {
    let task = run.task
    let workspace = try CountWorkspace.of(run.state, byteBudget: task.tableBudget)
    let reducer = CountReducer(workspace: workspace, encoding: task.encoding, spill: run.spillStore())
    try run.forEachExtent(reducer.consume)
    guard task.plan == .paper else { return try run.writePart { try reducer.finish(emit: $0).lines } }
    var filter = try RowFilter(task.workload)
    try run.writePart { emit in
      _ = try reducer.finish { try filter.apply($0, emit: emit) }
      return filter.rows
    }
  }
}

extension CountWorkspace {
  /// The worker's workspace: memory that stays between activations, data that does not.
  static func of(_ state: WorkerState, byteBudget: Int) throws -> CountWorkspace {
    let workspace = try state.object { try CountWorkspace(byteBudget: byteBudget) }
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

/// Plan `paper`: the reduce keeps the rows whose key the workload asks for.
struct RowFilter {
  private let matcher: GrepMatcher?
  private var key: [UInt8] = []
  private(set) var rows = 0

  init(_ workload: Workload) throws {
    switch workload {
    case .grep(let pattern, .word): matcher = GrepMatcher(try GrepPattern(pattern, match: .word))
    default: matcher = nil
    }
  }

  /// Hands on the lines (`key<TAB>count`) whose key matches, as one block.
  mutating func apply(_ block: UnsafeRawBufferPointer, emit: (UnsafeRawBufferPointer) throws -> Void) throws {
    var kept: [UInt8] = []
    var start = 0
    while start < block.count {
      let end = block[start...].firstIndex(of: 10) ?? block.count
      let tab = block[start..<end].lastIndex(of: 9) ?? end
      if try isKept(UnsafeRawBufferPointer(rebasing: block[start..<tab])) {
        kept += block[start..<min(end + 1, block.count)]
        rows += 1
      }
      start = end + 1
    }
    if !kept.isEmpty { try kept.withUnsafeBytes(emit) }
  }

  /// Whether the pattern is found in a key, searched as a text of its own.
  private mutating func isKept(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
    guard let matcher else { return true }
    // The search may read behind its text; what lies behind a key is not always there to be read.
    key.removeAll(keepingCapacity: true)
    key += bytes
    key += repeatElement(0, count: readableSlack)
    var found = MatchFlag()
    try key.withUnsafeBytes { padded in
      _ = try matcher.scan(
        UnsafeRawBufferPointer(rebasing: padded[..<bytes.count]), carried: 0, last: true, visitor: &found)
    }
    return found.isSet
  }

  private struct MatchFlag: MatchVisitor {
    var isSet = false
    mutating func visit(_ start: UnsafeRawPointer, _ length: Int) { isSet = true }
  }
}
