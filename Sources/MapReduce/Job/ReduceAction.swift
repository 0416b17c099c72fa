import Functions
import Metrics
import Storage

/// The action `reduce`: one partition's extents in, one part of the output out.
enum ReduceAction {
  static let name = "reduce"
  static let readAhead = 8 << 20

  static func run(_ context: inout ActivationContext, _ payload: [UInt8]) throws -> [UInt8] {
    let task = try ReduceTask(wire: payload)
    let tiers = try WorkerTiers.of(context)
    let shuffleBefore = tiers.shuffle.counters
    let outputBefore = tiers.output.counters

    let workspace = try CountWorkspace.of(context, byteBudget: task.tableBudget)
    let spill = TierSpill(on: tiers.shuffle, name: "\(task.object).spill", owner: task.owner)
    let reducer = CountReducer(workspace: workspace, encoding: task.encoding, spill: spill)
    let cursor = try tiers.shuffle.cursor(over: task.extents.map(\.extent), readAhead: readAhead)
    while let extent = try cursor.next() { try reducer.consume(extent) }

    let writer = try tiers.output.create(task.object, owner: task.owner, expecting: nil)
    var part = OutputPart(object: task.object, extents: [], rows: 0)
    var filter = try task.filters ? RowFilter(task.workload) : nil
    let total = try reducer.finish { block in
      guard filter != nil else {
        part.extents.append(try writer.append(block))
        return
      }
      try filter!.apply(block) { part.extents.append(try writer.append($0)) }
    }
    part.rows = filter?.rows ?? total.lines
    try writer.finish()

    let shuffleAfter = tiers.shuffle.counters
    let outputAfter = tiers.output.counters
    let shared = tiers.output === tiers.shuffle
    var counters = TaskCounters()
    counters.shuffleReadBytes = shuffleAfter.readBytes - shuffleBefore.readBytes
    counters.shuffleWrittenBytes = spill.written.writtenBytes
    counters.spilledBytes = spill.written.writtenBytes
    counters.takePlaces(shuffleBefore, shuffleAfter)
    counters.outputBytes =
      outputAfter.writtenBytes - outputBefore.writtenBytes - (shared ? spill.written.writtenBytes : 0)
    counters.shuffleWaitNanoseconds =
      shuffleAfter.readWaitNanoseconds - shuffleBefore.readWaitNanoseconds
      + spill.written.writeWaitNanoseconds
    counters.outputWaitNanoseconds =
      outputAfter.writeWaitNanoseconds - outputBefore.writeWaitNanoseconds
      - (shared ? spill.written.writeWaitNanoseconds : 0)
    counters.modelledWaitNanoseconds =
      shuffleAfter.modelledWaitNanoseconds - shuffleBefore.modelledWaitNanoseconds
    if !shared {
      counters.modelledWaitNanoseconds +=
        outputAfter.modelledWaitNanoseconds - outputBefore.modelledWaitNanoseconds
    }
    context.bytesIn = counters.shuffleReadBytes
    context.bytesOut = counters.outputBytes
    return ReduceOutput(part: part, counters: counters).wire
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
    case .grep, .wordcount, .drain: matcher = nil
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
