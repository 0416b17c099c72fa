/// A buffer of records for each partition, written to a sink as an extent whenever the next record does not fit.
struct PartitionStaging: ~Copyable {
  /// Bytes that all partitions' buffers may take together, and the least of one.
  static let wholeBytes = 16 << 20
  static let smallestBytes = 64 << 10

  private struct Buffer {
    var next: UnsafeMutableRawPointer
    var end: UnsafeMutableRawPointer
    var start: UnsafeMutableRawPointer
    var records: Int
  }

  private let buffers: UnsafeMutableBufferPointer<Buffer>
  private let sink: any PartitionSink
  private let written = UnsafeMutablePointer<Int>.allocate(capacity: 1)

  /// Bytes of the extents written so far.
  var writtenBytes: Int { written.pointee }

  /// - Parameter memory: Where the buffers lie; it must stay as it is while they are in use.
  init(partitions: Int, memory: inout GrowingMemory, sink: any PartitionSink) throws(CountingError) {
    let each = min(max(Self.wholeBytes / partitions, Self.smallestBytes), largestExtent)
    guard memory.commit(partitions * each) else { throw .outOfMemory(bytes: partitions * each) }
    self.sink = sink
    written.initialize(to: 0)
    buffers = .allocate(capacity: partitions)
    for partition in 0..<partitions {
      let start = memory.base + partition * each
      buffers.initializeElement(
        at: partition, to: Buffer(next: start, end: start + each, start: start, records: 0))
    }
  }

  deinit {
    buffers.deallocate()
    written.deallocate()
  }

  /// Appends a record with count 1 for each of the batch's keys.
  func add(
    _ batch: borrowing KeyBatch, _ number: BatchCounts, _ encoding: RecordEncoding
  ) throws {
    switch encoding {
    case .binary:
      for index in 0..<number.words {
        let key = batch.words[index]
        try add(key.hash, BinaryRecord.shortBound) {
          BinaryRecord.write(word: key.word, count: 1, at: $0)
        }
      }
    case .json:
      for index in 0..<number.words {
        let key = batch.words[index]
        try add(key.hash, JSONRecord.shortBound) {
          JSONRecord.write(word: key.word, count: 1, at: $0)
        }
      }
    }
    for index in 0..<number.short {
      let key = batch.short[index]
      try add(key.hash, encoding.bound(keyLength: 16)) {
        encoding.write(low: key.low, high: key.high, length: key.length, count: 1, at: $0)
      }
    }
    for index in 0..<number.long {
      let key = batch.long[index]
      try addLong(key.bytes, key.length, key.hash, 1, encoding)
    }
  }

  /// Appends a record for each of the table's keys.
  func add(_ table: borrowing CountTable, _ encoding: RecordEncoding) throws {
    switch encoding {
    case .binary:
      try table.words.forEach { bucket in
        try add(WordKey.hash(bucket.word), BinaryRecord.shortBound) {
          BinaryRecord.write(word: bucket.word, count: bucket.count, at: $0)
        }
      }
    case .json:
      try table.words.forEach { bucket in
        try add(WordKey.hash(bucket.word), JSONRecord.shortBound) {
          JSONRecord.write(word: bucket.word, count: bucket.count, at: $0)
        }
      }
    }
    let short = table.short.buckets
    try table.short.forEach { index in
      let bucket = short[index]
      try add(bucket.hash, encoding.bound(keyLength: 16)) {
        encoding.write(low: bucket.low, high: bucket.high, length: bucket.length, count: bucket.count, at: $0)
      }
    }
    let long = table.long.buckets
    let arena = table.long.arena
    try table.long.forEach { index in
      let bucket = long[index]
      try addLong(arena + bucket.offset, bucket.length, bucket.hash, bucket.count, encoding)
    }
  }

  @inline(__always)
  private func add(
    _ hash: UInt64, _ bound: Int,
    write: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  ) throws {
    let partition = KeyHash.partition(of: hash, among: buffers.count)
    let buffer = buffers.baseAddress! + partition
    if buffer.pointee.end - buffer.pointee.next < bound { try writeBuffer(partition) }
    buffer.pointee.next = write(buffer.pointee.next)
    buffer.pointee.records &+= 1
  }

  private func addLong(
    _ key: UnsafeRawPointer, _ length: Int, _ hash: UInt64, _ count: UInt64, _ encoding: RecordEncoding
  ) throws {
    let partition = KeyHash.partition(of: hash, among: buffers.count)
    let bound = encoding.bound(keyLength: length)
    if buffers[partition].end - buffers[partition].next < bound { try writeBuffer(partition) }
    if bound > buffers[partition].end - buffers[partition].start {
      var alone = try GrowingMemory(reserving: bound)
      guard alone.commit(bound) else { throw CountingError.outOfMemory(bytes: bound) }
      let end = encoding.write(key: key, length: length, count: count, at: alone.base)
      try writeExtent(UnsafeRawBufferPointer(start: alone.base, count: end - alone.base), partition, 1)
      return
    }
    buffers[partition].next = encoding.write(
      key: key, length: length, count: count, at: buffers[partition].next)
    buffers[partition].records += 1
  }

  /// Appends one record of at most `bound` bytes, which `write` writes and returns the end of.
  @inline(__always)
  func addRecord(
    _ hash: UInt64, _ bound: Int,
    write: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  ) throws {
    if bound <= Self.smallestBytes { return try add(hash, bound, write: write) }
    let partition = KeyHash.partition(of: hash, among: buffers.count)
    var alone = try GrowingMemory(reserving: bound)
    guard alone.commit(bound) else { throw CountingError.outOfMemory(bytes: bound) }
    let end = write(alone.base)
    try writeExtent(UnsafeRawBufferPointer(start: alone.base, count: end - alone.base), partition, 1)
  }

  @inline(never)
  private func writeBuffer(_ partition: Int) throws {
    let buffer = buffers[partition]
    guard buffer.records > 0 else { return }
    try writeExtent(
      UnsafeRawBufferPointer(start: buffer.start, count: buffer.next - buffer.start), partition,
      buffer.records)
    buffers[partition].next = buffer.start
    buffers[partition].records = 0
  }

  private func writeExtent(_ bytes: UnsafeRawBufferPointer, _ partition: Int, _ number: Int) throws {
    try sink.write(bytes, partition: partition, records: number, sorted: false)
    written.pointee += bytes.count
  }

  /// Writes what is left, partition by partition.
  func flush() throws {
    for partition in 0..<buffers.count { try writeBuffer(partition) }
  }
}
