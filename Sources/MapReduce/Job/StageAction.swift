import Functions
import Metrics
import Storage

/// The actions `map` and `reduce`: one task of a stage.
enum StageAction {
  static let readAhead = 8 << 20

  static func run(_ context: inout ActivationContext, _ payload: [UInt8]) throws -> [UInt8] {
    let task = try StageTask(wire: payload)
    let run = StageRun(task, TaskMeter(try WorkerTiers.of(context)), context.state)
    try perform(run)
    let spilled = run.spill?.written ?? TierCounters()
    run.output.counters += run.meter.counters(task, spilled: spilled)
    run.output.counters.spilledBytes += spilled.writtenBytes
    run.output.counters.runBytes = spilled.writtenBytes
    context.bytesIn = run.output.counters.readBytes + run.output.counters.shuffleReadBytes
    context.bytesOut = run.output.counters.shuffleWrittenBytes + run.output.counters.outputBytes
    return run.output.wire
  }

  private static func perform(_ run: StageRun) throws {
    switch (run.task.operation, run.task.workload) {
    case (.countMap, _): try CountStages.map(run)
    case (.countReduce, _): try CountStages.reduce(run)
    case (.scanMap, .scan(let minRank, _)): try ScanStages.map(run, minRank: minRank)
    case (.scanReduce, .scan(let minRank, _)): try ScanStages.reduce(run, minRank: minRank)
    case (.aggregateMap, .aggregation(let length, _)): try AggregationStages.map(run, prefixLength: length)
    case (.aggregateReduce, .aggregation(let length, _)):
      try AggregationStages.reduce(run, prefixLength: length)
    case (.sampleMap, .join(let query, _)): try JoinStages.sample(run, query)
    case (.joinMap, .join(let query, _)): try JoinStages.side(run, query)
    case (.joinReduce, .join(let query, _)): try JoinStages.join(run, query)
    case (.buildReduce, _): try BroadcastStages.build(run)
    case (.probeMap, .join(let query, _)): try BroadcastStages.probe(run, query)
    case (.joinedMap, _), (.orderMap, _): try JoinStages.shuffleJoined(run)
    case (.joinedReduce, .join(let query, _)): try JoinStages.aggregate(run, query)
    case (.orderReduce, .join(let query, _)): try JoinStages.order(run, query)
    default:
      throw WireError("payload: \(run.task.operation.rawValue) is no part of \(run.task.workload.name)")
    }
  }
}

/// One task being run: what it reads, where it writes, what it has found so far.
final class StageRun {
  let task: StageTask
  let meter: TaskMeter
  /// What the worker keeps between activations.
  let state: WorkerState
  var output = TaskOutput()
  private(set) var spill: TierSpill?

  init(_ task: StageTask, _ meter: TaskMeter, _ state: WorkerState) {
    self.task = task
    self.meter = meter
    self.state = state
  }

  var tiers: WorkerTiers { meter.tiers }

  /// Feeds the task's split to a kernel.
  ///
  /// - Parameter looksOnce: As in ``SplitReader``.
  func feed(_ kernel: inout some ChunkConsumer & ~Copyable, looksOnce: Bool = false) throws {
    guard case .split(_, let split) = task.source else { throw WireError("payload: a map without a split") }
    try SplitReader(split, from: try meter.source(split), looksOnce: looksOnce).feed(&kernel)
  }

  /// Hands out the extents that the task reads from stage `list` of its sources, each whole.
  func forEachExtent(of list: Int = 0, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard case .extents(let lists) = task.source, lists.indices.contains(list) else {
      throw WireError("payload: a task without extents")
    }
    try read(lists[list], body)
  }

  func read(_ extents: [SegmentExtent], _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let cursor = try tiers.shuffle.cursor(over: extents.map(\.extent), readAhead: StageAction.readAhead)
    while let extent = try cursor.next() { try body(extent) }
  }

  /// Where the task's segment goes, and what becomes of it in ``finish(_:)``.
  func segmentSink(expecting: Int? = nil) throws -> SegmentSink {
    try SegmentSink(task, on: tiers.shuffle, expecting: expecting)
  }

  func finish(_ sink: SegmentSink) throws {
    output.objects = try sink.finish()
    output.extents = sink.extents
  }

  /// Where sorted runs go while the task's tables do not fit its memory.
  func spillStore() -> TierSpill {
    if let spill { return spill }
    let store = TierSpill(on: tiers.shuffle, name: "\(task.object).spill", owner: task.owner)
    spill = store
    return store
  }

  /// Writes the task's part of the output: `body` hands over blocks of whole lines and returns their number.
  func writePart(_ body: (_ emit: @escaping (UnsafeRawBufferPointer) throws -> Void) throws -> Int) throws {
    let writer = PartWriter(try tiers.output.create(task.object, owner: task.owner, expecting: nil))
    let rows = try body { try writer.append($0) }
    try writer.finish()
    output.objects = [task.object]
    output.part = OutputPart(object: task.object, extents: writer.extents, rows: rows)
  }
}

/// The extents of a part as they are written.
private final class PartWriter {
  private let writer: any ObjectWriter
  private(set) var extents: [Extent] = []

  init(_ writer: any ObjectWriter) { self.writer = writer }

  func append(_ block: UnsafeRawBufferPointer) throws { extents.append(try writer.append(block)) }
  func finish() throws { try writer.finish() }
}
