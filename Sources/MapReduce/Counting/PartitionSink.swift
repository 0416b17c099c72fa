/// Where a map's records go: one extent a call, each of whole records of one partition.
///
/// Extents of a partition may come in any order and between those of others. The bytes are gone after the call.
public protocol PartitionSink: AnyObject {
  /// Appends a copy of `bytes` as one extent of `partition` with `records` records, which are in bytewise order of
  /// their keys if `sorted`.
  func write(_ bytes: UnsafeRawBufferPointer, partition: Int, records: Int, sorted: Bool) throws
}

/// Records are cut into extents of at most this, unless one record alone is larger.
public let largestExtent = 1 << 20
