import Glibc
import Storage

/// Merges sorted runs of binary records into one sequence of distinct keys with their summed counts.
struct RunMerge {
  /// Size of a spilled chunk, of which each run being merged holds one.
  static let chunkBytes = 256 << 10
  /// How many runs are merged at once.
  static let fanIn = 64

  /// Plain memory: heads change places all the time, and nothing of them may be reference-counted.
  private struct Head {
    var prefix: UInt64
    var key: UnsafeRawPointer
    var length: Int
    var count: UInt64
    var next: UnsafeRawPointer
    var start: UnsafeRawPointer
    var end: UnsafeRawPointer
    /// Index into ``cursors``.
    let run: Int
  }

  /// A binary heap, the smallest key first.
  private var heads: [Head] = []
  private let cursors: [any ExtentCursor]

  init(_ cursors: [any ExtentCursor]) throws {
    self.cursors = cursors
    for (run, cursor) in cursors.enumerated() {
      guard let chunk = try cursor.next(), let base = chunk.baseAddress else { continue }
      var head = Head(
        prefix: 0, key: base, length: 0, count: 0, next: base, start: base, end: base + chunk.count,
        run: run)
      if try Self.advance(&head, cursors) { heads.append(head) }
    }
    for index in stride(from: heads.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
  }

  /// Calls `body` with each key in order: key, length, count. At least 16 bytes from the key on are readable.
  mutating func run(_ body: (UnsafeRawPointer, Int, UInt64) throws -> Void) throws {
    var pending = try GrowingMemory(reserving: 1 << 20)
    while !heads.isEmpty {
      let length = heads[0].length
      var count = heads[0].count
      guard pending.commit(length + readableSlack) else { throw CountingError.outOfMemory(bytes: length) }
      pending.base.copyMemory(from: heads[0].key, byteCount: length)
      try advanceFirst()
      while !heads.isEmpty, heads[0].length == length, memcmp(heads[0].key, pending.base, length) == 0 {
        let (sum, overflow) = count.addingReportingOverflow(heads[0].count)
        if overflow { throw CountingError.countOverflow }
        count = sum
        try advanceFirst()
      }
      try body(pending.base, length, count)
    }
  }

  private mutating func advanceFirst() throws {
    if try !Self.advance(&heads[0], cursors) {
      let last = heads.removeLast()
      if heads.isEmpty { return }
      heads[0] = last
    }
    siftDown(0)
  }

  /// Reads the next record of a run; false at the end of the run.
  ///
  /// Static: a method of the merge would hold it while a head of it is changed, and so copy all heads for each record.
  private static func advance(_ head: inout Head, _ cursors: [any ExtentCursor]) throws -> Bool {
    while head.next >= head.end {
      guard let chunk = try cursors[head.run].next() else { return false }
      guard let base = chunk.baseAddress else { continue }
      head.next = base
      head.start = base
      head.end = base + chunk.count
    }
    guard let record = BinaryRecord.read(head.next, end: head.end) else {
      throw CountingError.malformedRecord(
        encoding: BinaryRecord.name, offset: head.next - head.start,
        reason: "no whole record in a spilled run")
    }
    head.key = record.key
    head.length = record.length
    head.count = record.count
    head.next = record.end
    head.prefix = record.length == 0 ? 0 : KeyOrder.prefix(of: record.key, length: record.length)
    return true
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    if heads[left].prefix != heads[right].prefix { return heads[left].prefix < heads[right].prefix }
    return KeyOrder.isBefore(
      heads[left].key, heads[left].length, heads[right].key, heads[right].length, from: 8)
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    while true {
      var smallest = index
      for child in [2 * index + 1, 2 * index + 2] where child < heads.count && isBefore(child, smallest) {
        smallest = child
      }
      if smallest == index { return }
      heads.swapAt(index, smallest)
      index = smallest
    }
  }
}
