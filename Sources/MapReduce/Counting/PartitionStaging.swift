/// A buffer of records for each partition, handed on whenever the next record does not fit.
struct PartitionStaging: ~Copyable {
  private struct Buffer {
    var next: UnsafeMutableRawPointer
    var end: UnsafeMutableRawPointer
    var start: UnsafeMutableRawPointer
    var records: Int
  }

  private var memory: GrowingMemory
  private let buffers: UnsafeMutableBufferPointer<Buffer>

  /// Takes an extent: bytes, partition, records.
  typealias Output = (UnsafeRawBufferPointer, Int, Int) throws -> Void

  init(partitions: Int, capacity: Int) throws(CountingError) {
    var room = try GrowingMemory(reserving: partitions * capacity)
    guard room.commit(partitions * capacity) else {
      throw .outOfMemory(bytes: partitions * capacity)
    }
    memory = room
    buffers = .allocate(capacity: partitions)
    for partition in 0..<partitions {
      let start = memory.base + partition * capacity
      buffers.initializeElement(
        at: partition, to: Buffer(next: start, end: start + capacity, start: start, records: 0))
    }
  }

  deinit { buffers.deallocate() }

  /// Appends a record with count 1 for each of the batch's keys.
  func add(
    _ batch: borrowing KeyBatch, _ number: BatchCounts, _ encoding: RecordEncoding, to output: Output
  ) throws {
    switch encoding {
    case .binary:
      try add(batch.words, number.words, bound: BinaryRecord.bound(keyLength: 16), { $0.hash }, to: output) {
        BinaryRecord.write(word: $0.word, count: 1, at: $1)
      }
      try add(batch.short, number.short, bound: BinaryRecord.bound(keyLength: 16), { $0.hash }, to: output) {
        BinaryRecord.write(short: $0, count: 1, at: $1)
      }
    case .json:
      try add(batch.words, number.words, bound: JSONRecord.bound(keyLength: 16), { $0.hash }, to: output) {
        JSONRecord.write(word: $0.word, count: 1, at: $1)
      }
      try add(batch.short, number.short, bound: JSONRecord.bound(keyLength: 16), { $0.hash }, to: output) {
        JSONRecord.write(short: $0, count: 1, at: $1)
      }
    }
    for index in 0..<number.long { try addLong(batch.long[index], encoding, to: output) }
  }

  @inline(__always)
  private func add<Key>(
    _ keys: UnsafePointer<Key>, _ number: Int, bound: Int, _ hash: (Key) -> UInt64, to output: Output,
    write: (Key, UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  ) throws {
    let all = buffers.baseAddress!
    let partitions = buffers.count
    for index in 0..<number {
      let partition = KeyHash.partition(of: hash(keys[index]), among: partitions)
      let buffer = all + partition
      if buffer.pointee.end - buffer.pointee.next < bound { try handOn(partition, to: output) }
      buffer.pointee.next = write(keys[index], buffer.pointee.next)
      buffer.pointee.records &+= 1
    }
  }

  private func addLong(_ key: LongKey, _ encoding: RecordEncoding, to output: Output) throws {
    let partition = KeyHash.partition(of: key.hash, among: buffers.count)
    let bound = encoding.bound(keyLength: key.length)
    if buffers[partition].end - buffers[partition].next < bound { try handOn(partition, to: output) }
    if bound > buffers[partition].end - buffers[partition].start {
      var alone = try GrowingMemory(reserving: bound)
      guard alone.commit(bound) else { throw CountingError.outOfMemory(bytes: bound) }
      let end = encoding.write(key: key.bytes, length: key.length, count: 1, at: alone.base)
      try output(UnsafeRawBufferPointer(start: alone.base, count: end - alone.base), partition, 1)
      return
    }
    buffers[partition].next = encoding.write(
      key: key.bytes, length: key.length, count: 1, at: buffers[partition].next)
    buffers[partition].records += 1
  }

  private func handOn(_ partition: Int, to output: Output) throws {
    let buffer = buffers[partition]
    guard buffer.records > 0 else { return }
    try output(
      UnsafeRawBufferPointer(start: buffer.start, count: buffer.next - buffer.start), partition,
      buffer.records)
    buffers[partition].next = buffer.start
    buffers[partition].records = 0
  }

  func flush(to output: Output) throws {
    for partition in 0..<buffers.count { try handOn(partition, to: output) }
  }
}
