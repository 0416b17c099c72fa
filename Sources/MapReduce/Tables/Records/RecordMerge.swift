import Glibc
import Storage

/// Merges sorted runs of binary table records into one sequence, sorted by key and then by value; equal records stay
/// as many as they are.
struct RecordMerge {
  /// Plain memory: heads change places all the time, and nothing of them may be reference-counted.
  private struct Head {
    var prefix: UInt64
    var record: TableRecord
    var next: UnsafeRawPointer
    var start: UnsafeRawPointer
    var end: UnsafeRawPointer
    /// Index into ``cursors``.
    let run: Int
  }

  /// A binary heap, the smallest record first.
  private var heads: [Head] = []
  private let cursors: [any ExtentCursor]

  init(_ cursors: [any ExtentCursor]) throws {
    self.cursors = cursors
    for (run, cursor) in cursors.enumerated() {
      guard let chunk = try cursor.next(), let base = chunk.baseAddress else { continue }
      let none = TableRecord(key: base, keyLength: 0, value: base, valueLength: 0)
      var head = Head(
        prefix: 0, record: none, next: base, start: base, end: base + chunk.count, run: run)
      if try Self.advance(&head, cursors) { heads.append(head) }
    }
    for index in stride(from: heads.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
  }

  /// Calls `body` with each record in order; it is gone after the call.
  mutating func run(_ body: (TableRecord) throws -> Void) throws {
    while !heads.isEmpty {
      try body(heads[0].record)
      if try !Self.advance(&heads[0], cursors) {
        let last = heads.removeLast()
        if heads.isEmpty { return }
        heads[0] = last
      }
      siftDown(0)
    }
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
    guard let (record, next) = BinaryTableRecord.read(head.next, end: head.end) else {
      throw CountingError.malformedRecord(
        encoding: BinaryRecord.name, offset: head.next - head.start,
        reason: "no whole record in a spilled run")
    }
    head.record = record
    head.next = next
    head.prefix = record.keyLength == 0 ? 0 : KeyOrder.prefix(of: record.key, length: record.keyLength)
    return true
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    if heads[left].prefix != heads[right].prefix { return heads[left].prefix < heads[right].prefix }
    return TableRecord.isBefore(heads[left].record, heads[right].record)
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

extension TableRecord {
  /// By key, then by value, both bytewise.
  static func isBefore(_ left: TableRecord, _ right: TableRecord) -> Bool {
    let difference = memcmp(left.key, right.key, min(left.keyLength, right.keyLength))
    if difference != 0 { return difference < 0 }
    if left.keyLength != right.keyLength { return left.keyLength < right.keyLength }
    return KeyOrder.isBefore(left.value, left.valueLength, right.value, right.valueLength, from: 0)
  }
}
