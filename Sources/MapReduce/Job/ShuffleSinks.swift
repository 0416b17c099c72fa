import Storage

/// A task's records become its segment: one object, or, in the layout of Corral, one a partition.
final class SegmentSink: PartitionSink {
  private let writers: [any ObjectWriter]
  private let names: [String]
  private let partitions: Int
  private let layout: Layout
  private var segment: SegmentWriter?
  private(set) var extents: [SegmentExtent] = []

  /// - Parameter expecting: Bytes that the map will write, where known.
  init(_ task: StageTask, on tier: any Tier, expecting: Int? = nil) throws {
    partitions = task.partitions ?? 1
    layout = task.layout
    switch layout {
    case .segment: names = [task.object]
    case .objectPerPartition: names = (0..<(task.partitions ?? 1)).map { "\(task.object).p\($0)" }
    }
    writers = try names.map { try tier.create($0, owner: task.owner, expecting: expecting) }
    if layout == .segment {
      segment = SegmentWriter(
        writers[0], partitionCount: partitions, encoding: task.operation.segmentCode(task.plan, task.encoding)
      )
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, partition: Int, records: Int, sorted: Bool) throws {
    switch layout {
    case .segment:
      extents.append(
        try segment!.append(partition: partition, bytes, records: records, sorted: sorted))
    case .objectPerPartition:
      let extent = try writers[partition].append(bytes)
      extents.append(SegmentExtent(partition: partition, extent: extent, records: records, sorted: sorted))
    }
  }

  /// - Returns: The objects written; all their bytes are as durable as the tier promises.
  func finish() throws -> [String] {
    if let whole = segment.take() {
      _ = try whole.finish()
    } else {
      for writer in writers { try writer.finish() }
    }
    return names
  }
}

extension StageOperation {
  /// How the footers of a stage's segments name the form of their records (docs/format-segment.md).
  func segmentCode(_ plan: Plan, _ encoding: RecordEncoding) -> UInt32 {
    if encoding == .binary { return 0 }
    return self == .joinReduce && plan != .optimized ? JoinedLine.segmentCode : 1
  }
}

/// A reduce's sorted runs on the shuffle tier, while its table does not fit its memory.
final class TierSpill: SpillStore {
  private let tier: any Tier
  private let name: String
  private let owner: UInt32
  private var writer: (any ObjectWriter)?
  private var extents: [Extent] = []
  private var runs: [(object: String, extents: [Extent])] = []
  /// What writing runs cost, apart from the output that may go to the same tier.
  private(set) var written = TierCounters()

  init(on tier: any Tier, name: String, owner: UInt32) {
    self.tier = tier
    self.name = name
    self.owner = owner
  }

  func beginRun() throws {
    try counted { writer = try tier.create("\(name).run-\(runs.count)", owner: owner, expecting: nil) }
    extents = []
  }

  func append(_ chunk: UnsafeRawBufferPointer) throws {
    try counted { extents.append(try writer!.append(chunk)) }
  }

  func endRun() throws -> Int {
    try counted { try writer!.finish() }
    writer = nil
    runs.append(("\(name).run-\(runs.count)", extents))
    return runs.count - 1
  }

  func cursor(overRun run: Int) throws -> any ExtentCursor {
    try tier.cursor(over: runs[run].extents, readAhead: 1 << 20)
  }

  func discard(run: Int) throws { try tier.delete(runs[run].object) }

  private func counted(_ body: () throws -> Void) rethrows {
    let before = tier.counters
    try body()
    written.writtenBytes += tier.counters.writtenBytes - before.writtenBytes
    written.writeWaitNanoseconds += tier.counters.writeWaitNanoseconds - before.writeWaitNanoseconds
  }
}
