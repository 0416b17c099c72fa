import Functions
import Storage

/// One map: a split, and where its segment goes.
struct MapTask: Equatable {
  var workload: Workload
  var split: InputSplit
  var combines: Bool
  /// Plan `paper`: filters wait for the reduce.
  var filtersInReduce: Bool
  var encoding: RecordEncoding
  var layout: Layout
  var partitions: Int
  /// Bytes that the map's tables may hold before a run is written.
  var tableBudget: Int
  /// The segment's name while this attempt owns it.
  var object: String
  var owner: UInt32

  var wire: [UInt8] {
    var writer = WireWriter(capacity: 512 + 4 * split.file.checksums.count)
    writer.put(workload)
    writer.put(split)
    writer.put(combines)
    writer.put(filtersInReduce)
    writer.put(encoding.rawValue)
    writer.put(layout.rawValue)
    writer.put(partitions)
    writer.put(tableBudget)
    writer.put(object)
    writer.put(owner)
    return writer.bytes
  }
}

extension MapTask {
  init(wire: [UInt8]) throws {
    var reader = WireReader(wire)
    workload = try reader.workload()
    split = try reader.split()
    combines = try reader.bool()
    filtersInReduce = try reader.bool()
    encoding = try reader.choice()
    layout = try reader.choice()
    partitions = try reader.int()
    tableBudget = try reader.int()
    object = try reader.string()
    owner = try reader.uint32()
    try reader.end()
  }
}

/// What a task cost at the tiers.
public struct TaskCounters: Sendable, Equatable {
  public var readBytes = 0
  public var shuffleWrittenBytes = 0
  public var shuffleReadBytes = 0
  public var outputBytes = 0
  public var inputWaitNanoseconds = 0
  public var shuffleWaitNanoseconds = 0
  public var outputWaitNanoseconds = 0
  public var modelledWaitNanoseconds = 0
  /// Bytes that went to the shuffle tier only because a table was over its budget.
  public var spilledBytes = 0
  /// As in ``TierCounters``, of the tier that the task reads.
  public var placedReadBytes = 0
  public var localReadBytes = 0

  /// One list, by which counters are sent and added.
  static let fields: [WritableKeyPath<TaskCounters, Int> & Sendable] = [
    \.readBytes, \.shuffleWrittenBytes, \.shuffleReadBytes, \.outputBytes, \.inputWaitNanoseconds,
    \.shuffleWaitNanoseconds, \.outputWaitNanoseconds, \.modelledWaitNanoseconds, \.spilledBytes,
    \.placedReadBytes, \.localReadBytes,
  ]

  mutating func takePlaces(_ before: TierCounters, _ after: TierCounters) {
    placedReadBytes = after.placedReadBytes - before.placedReadBytes
    localReadBytes = after.localReadBytes - before.localReadBytes
  }

  static func += (sum: inout TaskCounters, term: TaskCounters) {
    for field in fields { sum[keyPath: field] += term[keyPath: field] }
  }
}

/// What a map returns: the extents that the reduces will read, and nobody else lists them.
struct MapOutput: Equatable {
  /// In the order written; `extent.object` is one of the attempt's objects.
  var extents: [SegmentExtent]
  /// The attempt's objects: one segment, or one a partition.
  var objects: [String]
  var counters: TaskCounters

  var wire: [UInt8] {
    var writer = WireWriter(capacity: 256 + 48 * extents.count)
    writer.putArray(objects) { $0.put($1) }
    writer.put(extents)
    writer.put(counters)
    return writer.bytes
  }
}

extension MapOutput {
  init(wire: [UInt8]) throws {
    var reader = WireReader(wire)
    objects = try reader.array { try $0.string() }
    extents = try reader.segmentExtents()
    counters = try reader.counters()
    try reader.end()
  }
}

/// One reduce: a partition's extents from all maps, in the maps' order, and where its part goes.
struct ReduceTask: Equatable {
  var workload: Workload
  var partition: Int
  var extents: [SegmentExtent]
  var encoding: RecordEncoding
  var filters: Bool
  var tableBudget: Int
  var object: String
  var owner: UInt32

  var wire: [UInt8] {
    var writer = WireWriter(capacity: 256 + 48 * extents.count)
    writer.put(workload)
    writer.put(partition)
    writer.put(extents)
    writer.put(encoding.rawValue)
    writer.put(filters)
    writer.put(tableBudget)
    writer.put(object)
    writer.put(owner)
    return writer.bytes
  }
}

extension ReduceTask {
  init(wire: [UInt8]) throws {
    var reader = WireReader(wire)
    workload = try reader.workload()
    partition = try reader.int()
    extents = try reader.segmentExtents()
    encoding = try reader.choice()
    filters = try reader.bool()
    tableBudget = try reader.int()
    object = try reader.string()
    owner = try reader.uint32()
    try reader.end()
  }
}

/// One part of a job's output on the output tier.
public struct OutputPart: Sendable, Equatable {
  public var object: String
  /// The part's lines, each extent whole lines.
  public var extents: [Extent]
  public var rows: Int
  public var bytes: Int { extents.reduce(0) { $0 + $1.length } }
}

struct ReduceOutput: Equatable {
  var part: OutputPart
  var counters: TaskCounters

  var wire: [UInt8] {
    var writer = WireWriter()
    writer.put(part)
    writer.put(counters)
    return writer.bytes
  }
}

extension ReduceOutput {
  init(wire: [UInt8]) throws {
    var reader = WireReader(wire)
    part = try reader.part()
    counters = try reader.counters()
    try reader.end()
  }
}
