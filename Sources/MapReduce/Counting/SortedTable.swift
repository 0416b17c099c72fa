import Storage

extension CountTable {
  /// Sorts the table's keys; the references lie in `scratch`, which takes 32 bytes a key, until it is used again.
  func sorted(scratch: inout GrowingMemory) throws(CountingError) -> UnsafeBufferPointer<SortItem> {
    let bytes = 2 * count * MemoryLayout<SortItem>.stride
    guard scratch.commit(bytes) else { throw .outOfMemory(bytes: bytes) }
    let items = scratch.base.assumingMemoryBound(to: SortItem.self)
    var next = 0
    func append(_ reference: KeyReference) {
      let entry = entry(reference)
      items[next] = SortItem(
        prefix: entry.length == 0 ? 0 : KeySort.prefix(of: entry.key, length: entry.length),
        reference: reference, length: UInt32(clamping: entry.length))
      next &+= 1
    }
    if shortCount > 0 {
      let buckets = shortBuckets
      for index in 0...shortMask where buckets[index].count != 0 { append(.short(index)) }
    }
    if longCount > 0 {
      let buckets = longBuckets
      for index in 0...longMask where buckets[index].count != 0 { append(.long(index)) }
    }
    let short = shortBuckets
    let long = longBuckets
    let arena = UnsafeRawPointer(arena)
    KeySort(items: items, spare: items + count) { reference in
      if reference.isLong {
        let bucket = long + reference.index
        return (arena + bucket.pointee.offset, bucket.pointee.length)
      }
      let bucket = short + reference.index
      return (UnsafeRawPointer(bucket), Int(truncatingIfNeeded: bucket.pointee.tag) &- 1)
    }.sort(next)
    return UnsafeBufferPointer(start: items, count: next)
  }
}

/// A table's keys in order, as chunks of binary records: what is spilled, and what is merged with spilled runs.
final class SortedTableCursor: ExtentCursor {
  private let workspace: CountWorkspace
  private let items: UnsafeBufferPointer<SortItem>
  private var index = 0
  private var chunk: GrowingMemory
  let headroom = 0

  /// The workspace's table and scratch must stay as they are while the cursor is in use.
  init(workspace: CountWorkspace) throws(CountingError) {
    self.workspace = workspace
    chunk = try GrowingMemory(reserving: 4 * RunMerge.chunkBytes)
    items = try workspace.table.sorted(scratch: &workspace.scratch)
  }

  func next() throws -> UnsafeRawBufferPointer? {
    if index == items.count { return nil }
    let ahead = 12
    var capacity = RunMerge.chunkBytes
    capacity = max(
      capacity, BinaryRecord.bound(keyLength: workspace.table.entry(items[index].reference).length))
    guard chunk.commit(capacity + readableSlack) else { throw CountingError.outOfMemory(bytes: capacity) }
    let end = chunk.base + capacity
    var p = chunk.base
    while index < items.count {
      if index + ahead < items.count { workspace.table.prefetch(items[index + ahead].reference) }
      let entry = workspace.table.entry(items[index].reference)
      if end - p < BinaryRecord.bound(keyLength: entry.length) { break }
      p = BinaryRecord.write(key: entry.key, length: entry.length, count: entry.count, at: p)
      index += 1
    }
    return UnsafeRawBufferPointer(start: chunk.base, count: p - chunk.base)
  }
}
