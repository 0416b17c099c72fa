import Storage

/// A table's keys in bytewise order; the table and the scratch serve nothing else until the table is reset.
///
/// Words were sorted with their counts, where the table had them, and are read one after the other; other keys are
/// looked up in the table.
struct SortedKeys: ~Copyable {
  private let words: UnsafeBufferPointer<SortItem>
  private let others: UnsafeBufferPointer<SortItem>
  private var word = 0
  private var other = 0
  /// The word being handed out, with slack.
  private let block = UnsafeMutablePointer<UInt64>.allocate(capacity: 2)

  /// - Parameter scratch: Takes 32 bytes for each key that is no word; and, where the words' table is more than half
  ///   full, 16 for each that is.
  init(_ table: borrowing CountTable, scratch: inout GrowingMemory) throws(CountingError) {
    let others = table.short.count + table.long.count
    let roomy = table.words.count * 2 <= table.words.capacity
    let items = max(2 * others, roomy ? 0 : table.words.count)
    let bytes = items * MemoryLayout<SortItem>.stride
    guard scratch.commit(bytes) else { throw .outOfMemory(bytes: bytes) }
    let room = scratch.base.bindMemory(to: SortItem.self, capacity: items)
    words = UnsafeBufferPointer(
      start: Self.sortWords(table, spare: roomy ? nil : room), count: table.words.count)
    self.others = UnsafeBufferPointer(start: room, count: Self.sortOthers(table, room, room + others))
    block.initialize(repeating: 0, count: 2)
  }

  deinit { block.deallocate() }

  private static func sortWords(
    _ table: borrowing CountTable, spare: UnsafeMutablePointer<SortItem>?
  ) -> UnsafePointer<SortItem>? {
    let count = table.words.count
    if count == 0 { return nil }
    let items = table.words.takeItems()
    KeySort(items: items, spare: spare ?? items + count, keys: NoKeys()).sort(count)
    return UnsafePointer(items)
  }

  private static func sortOthers(
    _ table: borrowing CountTable, _ items: UnsafeMutablePointer<SortItem>,
    _ spare: UnsafeMutablePointer<SortItem>
  ) -> Int {
    var next = 0
    let short = table.short.buckets
    table.short.forEach { index in
      let prefix = short[index].low.byteSwapped
      items[next] = SortItem(prefix: prefix, payload: UInt64(KeyReference.short(index).raw))
      next &+= 1
    }
    let long = table.long.buckets
    let arena = table.long.arena
    table.long.forEach { index in
      let prefix = KeyOrder.prefix(of: arena + long[index].offset, length: long[index].length)
      items[next] = SortItem(prefix: prefix, payload: UInt64(KeyReference.long(index).raw))
      next &+= 1
    }
    KeySort(items: items, spare: spare, keys: OtherKeys(short: short, long: long, arena: arena)).sort(next)
    return next
  }

  /// Words are distinct already in their prefixes.
  private struct NoKeys: SortedKeySource {
    func key(_ payload: UInt64) -> (bytes: UnsafeRawPointer, length: Int) {
      preconditionFailure("two equal words")
    }
  }

  private struct OtherKeys: SortedKeySource {
    let short: UnsafeMutablePointer<ShortTable.Bucket>
    let long: UnsafeMutablePointer<LongTable.Bucket>
    let arena: UnsafeRawPointer

    @inline(__always)
    func key(_ payload: UInt64) -> (bytes: UnsafeRawPointer, length: Int) {
      let reference = KeyReference(raw: UInt32(truncatingIfNeeded: payload))
      if reference.isLong {
        let bucket = long + reference.index
        return (arena + bucket.pointee.offset, bucket.pointee.length)
      }
      let bucket = short + reference.index
      return (UnsafeRawPointer(bucket), bucket.pointee.length)
    }
  }

  /// The next key, of which at least 16 bytes are readable until the next call; nil at the end.
  @inline(__always)
  mutating func next(_ table: borrowing CountTable) -> KeyCount? {
    // Of equal prefixes the word's key is the shorter: the other one goes on, if only by NUL bytes.
    if word < words.count, other == others.count || words[word].prefix <= others[other].prefix {
      let item = words[word]
      word &+= 1
      block[0] = item.prefix.byteSwapped
      return KeyCount(
        key: UnsafeRawPointer(block), length: WordKey.length(block[0]), count: item.payload)
    }
    if other == others.count { return nil }
    let ahead = 12
    if other &+ ahead < others.count { table.prefetch(reference(other &+ ahead)) }
    other &+= 1
    return table.entry(reference(other &- 1))
  }

  @inline(__always)
  private func reference(_ index: Int) -> KeyReference {
    KeyReference(raw: UInt32(truncatingIfNeeded: others[index].payload))
  }
}

/// A table's keys in order, as chunks of binary records: what is spilled, and what is merged with spilled runs.
final class SortedTableCursor: ExtentCursor {
  private let workspace: CountWorkspace
  private var keys: SortedKeys
  /// The key that did not fit the chunk before.
  private var pending: KeyCount?
  private var hasBegun = false
  private var chunk: GrowingMemory
  let headroom = 0

  /// The workspace's table and scratch must stay as they are while the cursor is in use.
  init(workspace: CountWorkspace) throws(CountingError) {
    let keys = try SortedKeys(workspace.table, scratch: &workspace.scratch)
    let chunk = try GrowingMemory(reserving: 4 * RunMerge.chunkBytes)
    self.workspace = workspace
    self.keys = keys
    self.chunk = chunk
  }

  func next() throws -> UnsafeRawBufferPointer? {
    if !hasBegun {
      hasBegun = true
      pending = keys.next(workspace.table)
    }
    guard let first = pending else { return nil }
    let capacity = max(RunMerge.chunkBytes, BinaryRecord.bound(keyLength: first.length))
    guard chunk.commit(capacity + readableSlack) else { throw CountingError.outOfMemory(bytes: capacity) }
    let end = chunk.base + capacity
    let p = Self.fill(chunk.base, end, &keys, &pending, workspace.table)
    return UnsafeRawBufferPointer(start: chunk.base, count: p - chunk.base)
  }

  /// Writes records while they fit; returns where they end.
  private static func fill(
    _ start: UnsafeMutableRawPointer, _ end: UnsafeMutableRawPointer, _ keys: inout SortedKeys,
    _ pending: inout KeyCount?, _ table: borrowing CountTable
  ) -> UnsafeMutableRawPointer {
    var p = start
    while let entry = pending {
      if end - p < BinaryRecord.bound(keyLength: entry.length) { break }
      p = BinaryRecord.write(key: entry.key, length: entry.length, count: entry.count, at: p)
      pending = keys.next(table)
    }
    return p
  }
}
