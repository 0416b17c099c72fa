import Functions
import Storage

/// What one stage of a job did and cost.
public struct StageResult: Sendable {
  public var name: String
  public var isMap: Bool
  public var tasks: Int
  /// Of the segments that its tasks wrote; 0 where they wrote parts.
  public var partitions: Int
  /// From the first task's request until the last task's end.
  public var wallNanoseconds: Int
  /// Of the attempts that won.
  public var counters: TaskCounters
}

/// What a job left and what it cost.
public struct JobResult: Sendable {
  /// One a reduce, in their order.
  public var parts: [OutputPart]
  /// Every stage's segments, as later ones read them; `code` is the form of their records, as their footers say it.
  public var segments: [(partitions: Int, code: UInt32, extents: [SegmentExtent])]
  /// Rows that were set aside, on the output tier.
  public var rejects: [OutputPart]
  /// One an attempt.
  public var records: [ActivationRecord]
  /// In the order in which they ran.
  public var stages: [StageResult]
  public var wallNanoseconds: Int
  /// How the sides of a join met; nil for other workloads.
  public var join: JoinMethod?

  public var counters: TaskCounters { stages.reduce(into: TaskCounters()) { $0 += $1.counters } }
  public var maps: Int { stages.reduce(0) { $0 + ($1.isMap ? $1.tasks : 0) } }
  public var reduces: Int { stages.reduce(0) { $0 + ($1.isMap ? 0 : $1.tasks) } }
  public var mapNanoseconds: Int { stages.reduce(0) { $0 + ($1.isMap ? $1.wallNanoseconds : 0) } }
  public var reduceNanoseconds: Int { wallNanoseconds - mapNanoseconds }
  /// The maps' part of the shuffle wait.
  public var mapShuffleWaitNanoseconds: Int {
    stages.reduce(0) { $0 + ($1.isMap ? $1.counters.shuffleWaitNanoseconds : 0) }
  }
  public var retries: Int { records.count { $0.attempt > 0 } }
  public var outputBytes: Int { parts.reduce(0) { $0 + $1.bytes } }
  /// What all reduces wrote: the output, and what they left to later stages on the shuffle tier.
  public var outputBytesOfAllStages: Int {
    stages.reduce(outputBytes) {
      $0 + ($1.isMap ? 0 : $1.counters.shuffleWrittenBytes - $1.counters.runBytes)
    }
  }
}

extension JobResult {
  /// Copies each map's segment to `folder` as a file of its own (docs/format-segment.md).
  public func exportSegments(from tier: any Tier, to folder: String) throws {
    for (partitions, code, extents) in segments {
      for (object, extents) in Dictionary(grouping: extents, by: \.extent.object) {
        let name = object.split(separator: "/").last.map(String.init) ?? object
        let segment = Segment(
          extents: extents, directory: Extent(object: object, offset: 0, length: 0, checksum: 0))
        try SegmentFile.export(
          segment, from: tier, partitionCount: partitions, encoding: code, to: "\(folder)/\(name).segment")
      }
    }
  }
}
