import CSystemIO

/// A key of a table: the index of its bucket, and in which of the tables.
struct KeyReference {
  private static let shortBit: UInt32 = 1 << 31
  private static let longBit: UInt32 = 1 << 30
  var raw: UInt32

  @inline(__always) static func word(_ index: Int) -> KeyReference {
    KeyReference(raw: UInt32(truncatingIfNeeded: index))
  }
  @inline(__always) static func short(_ index: Int) -> KeyReference {
    KeyReference(raw: UInt32(truncatingIfNeeded: index) | shortBit)
  }
  @inline(__always) static func long(_ index: Int) -> KeyReference {
    KeyReference(raw: UInt32(truncatingIfNeeded: index) | longBit)
  }
  @inline(__always) var isWord: Bool { raw < Self.longBit }
  @inline(__always) var isShort: Bool { raw >= Self.shortBit }
  @inline(__always) var index: Int { Int(raw & (Self.longBit - 1)) }
}

extension CountTable {
  struct Entry {
    /// At least 16 bytes are readable, behind a longer key 8 more.
    var key: UnsafeRawPointer
    var length: Int
    var count: UInt64
  }

  @inline(__always)
  func entry(_ reference: KeyReference) -> Entry {
    if reference.isWord {
      let bucket = words.buckets + reference.index
      return Entry(
        key: UnsafeRawPointer(bucket), length: WordKey.length(bucket.pointee.word),
        count: bucket.pointee.count)
    }
    if reference.isShort {
      let bucket = short.buckets + reference.index
      return Entry(
        key: UnsafeRawPointer(bucket), length: Int(truncatingIfNeeded: bucket.pointee.tag) &- 1,
        count: bucket.pointee.count)
    }
    let bucket = long.buckets + reference.index
    return Entry(
      key: long.arena + bucket.pointee.offset, length: bucket.pointee.length, count: bucket.pointee.count)
  }

  @inline(__always)
  func prefetch(_ reference: KeyReference) {
    if reference.isWord {
      mb_prefetch(words.buckets + reference.index)
    } else if reference.isShort {
      mb_prefetch(short.buckets + reference.index)
    } else {
      mb_prefetch(long.buckets + reference.index)
    }
  }

  /// Writes all keys as records, partition by partition, in extents of at most ``largestExtent`` bytes.
  ///
  /// `scratch` takes 4 bytes a key.
  func write(
    partitions: Int, encoding: RecordEncoding, scratch: inout GrowingMemory, to sink: any PartitionSink
  ) throws {
    if count == 0 { return }
    // By counting sort: starts[p] ..< starts[p + 1] become the references of partition p.
    let bytes = count * MemoryLayout<KeyReference>.stride
    guard scratch.commit(bytes) else { throw CountingError.outOfMemory(bytes: bytes) }
    let references = scratch.base.assumingMemoryBound(to: KeyReference.self)
    let starts = UnsafeMutablePointer<Int>.allocate(capacity: partitions + 2)
    defer { starts.deallocate() }
    starts.initialize(repeating: 0, count: partitions + 2)
    forEachHash { hash, _ in starts[KeyHash.partition(of: hash, among: partitions) &+ 2] &+= 1 }
    for partition in 2..<partitions + 2 { starts[partition] += starts[partition - 1] }
    forEachHash { hash, reference in
      let partition = KeyHash.partition(of: hash, among: partitions)
      references[starts[partition &+ 1]] = reference
      starts[partition &+ 1] &+= 1
    }
    for partition in 0..<partitions {
      try write(
        UnsafeBufferPointer(
          start: references + starts[partition], count: starts[partition + 1] - starts[partition]),
        partition: partition, encoding: encoding, to: sink)
    }
  }

  @inline(__always)
  private func forEachHash(_ body: (UInt64, KeyReference) -> Void) {
    if words.count > 0 {
      let buckets = words.buckets
      for index in 0..<words.capacity where buckets[index].word != 0 {
        body(WordKey.hash(buckets[index].word), .word(index))
      }
    }
    if short.count > 0 {
      let buckets = short.buckets
      for index in 0..<short.capacity where buckets[index].count != 0 {
        let length = Int(truncatingIfNeeded: buckets[index].tag) &- 1
        body(KeyHash.short(buckets[index].low, buckets[index].high, length: length), .short(index))
      }
    }
    if long.count > 0 {
      let buckets = long.buckets
      for index in 0..<long.capacity where buckets[index].count != 0 {
        body(buckets[index].hash, .long(index))
      }
    }
  }

  private func write(
    _ references: UnsafeBufferPointer<KeyReference>, partition: Int, encoding: RecordEncoding,
    to sink: any PartitionSink
  ) throws {
    var index = 0
    while index < references.count {
      // Where all keys are short, the rest of the partition may surely take less than a whole extent.
      let rest = (references.count - index) * encoding.bound(keyLength: 16)
      let first = encoding.bound(keyLength: entry(references[index]).length)
      let capacity = max(long.count == 0 ? min(rest, largestExtent) : largestExtent, first)
      let room = try sink.reserve(capacity, partition: partition)
      let start = room.baseAddress!
      var p = start
      let begin = index
      switch encoding {
      case .binary:
        index = fill(references, from: index, &p, start + capacity, bound: BinaryRecord.bound) {
          BinaryRecord.write(key: $0, length: $1, count: $2, at: $3)
        }
      case .json:
        index = fill(references, from: index, &p, start + capacity, bound: JSONRecord.bound) {
          JSONRecord.write(key: $0, length: $1, count: $2, at: $3)
        }
      }
      try sink.commit(length: p - start, records: index - begin, sorted: false)
    }
  }

  /// Writes records while they surely fit; returns the index of the first that is left.
  @inline(__always)
  private func fill(
    _ references: UnsafeBufferPointer<KeyReference>, from first: Int, _ out: inout UnsafeMutableRawPointer,
    _ end: UnsafeMutableRawPointer, bound: (Int) -> Int,
    write: (UnsafeRawPointer, Int, UInt64, UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  ) -> Int {
    let ahead = 12
    var p = out
    var index = first
    while index < references.count {
      if index &+ ahead < references.count { prefetch(references[index &+ ahead]) }
      let entry = entry(references[index])
      if end - p < bound(entry.length) { break }
      p = write(entry.key, entry.length, entry.count, p)
      index &+= 1
    }
    out = p
    return index
  }
}
