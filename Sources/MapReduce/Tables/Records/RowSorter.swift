import CSystemIO
import Storage

/// Takes rows one by one.
public protocol RowVisitor: ~Copyable {
  /// At least 16 bytes from key and value on are readable; they are gone after the call.
  mutating func visit(_ row: TableRecord) throws
}

/// Sorts one partition's rows bytewise by key, those of equal keys by value; every row stays.
///
/// Where the rows do not fit the workspace's budget, they are sorted and spilled as a run; at the end the runs are
/// merged.
public final class RowSorter {
  private let workspace: RowWorkspace
  private var runs: SpilledRuns
  private var reader: TableRecordReader
  /// Rows in memory, and their bytes.
  private var count = 0
  private var bytes = 0

  /// Rows taken.
  public private(set) var records = 0
  /// Bytes spilled, merges of merges included.
  public var spilledBytes: Int { runs.bytes }

  /// Bytes that a row takes besides its own: an item, and one more for sorting.
  private static let rowCost = 2 * MemoryLayout<SortItem>.stride

  /// A run has at least so many bytes of rows, however small the budget.
  private static let smallestBudget = 4096

  /// - Parameter spill: Without one, rows over the budget are ``CountingError/overBudget(bytes:)``.
  public init(workspace: RowWorkspace, encoding: RecordEncoding, spill: (any SpillStore)?) throws {
    self.workspace = workspace
    runs = SpilledRuns(spill)
    reader = try TableRecordReader(encoding)
  }

  /// Adds the rows of one extent, all of them whole; at least ``readableSlack`` bytes behind it are readable.
  ///
  /// - Throws: ``CountingError/malformedRecord(encoding:offset:reason:)`` on any other bytes.
  public func consume(_ extent: UnsafeRawBufferPointer) throws {
    reader.begin(extent)
    // Room for what the whole extent may take, so that rows ask for none.
    var room = 0
    var items = workspace.items.base.assumingMemoryBound(to: SortItem.self)
    let budget = max(workspace.byteBudget, Self.smallestBudget)
    var used = bytes
    var number = count
    defer {
      records += number - count
      bytes = used
      count = number
    }
    while let row = try reader.next() {
      let bound = BinaryTableRecord.bound(keyLength: row.keyLength, valueLength: row.valueLength)
      if room < bound + Self.rowCost {
        if number > 0, used + bound + (number + 1) * Self.rowCost > budget {
          records += number - count
          try spillRows(number)
          used = 0
          number = 0
          count = 0
        }
        room = try makeRoom(used, number, bound + Self.rowCost)
        items = workspace.items.base.assumingMemoryBound(to: SortItem.self)
      }
      let out = workspace.rows.base + used
      items[number] = SortItem(prefix: 0, payload: UInt64(truncatingIfNeeded: used))
      let size = BinaryTableRecord.write(row, at: out) - out
      used += size
      number += 1
      room -= size + Self.rowCost
    }
  }

  /// Commits memory for at least so many bytes more, and says for how many: about a MiB within the budget.
  private func makeRoom(_ used: Int, _ number: Int, _ needed: Int) throws -> Int {
    let left = max(workspace.byteBudget, Self.smallestBudget) - used - number * Self.rowCost
    let room = max(needed, min(left, 1 << 20))
    guard workspace.rows.commit(used + room + readableSlack),
      workspace.items.commit(2 * number * MemoryLayout<SortItem>.stride + room)
    else { throw CountingError.outOfMemory(bytes: room) }
    return room
  }

  /// Hands out all rows in order, and gives up the runs.
  public func finish<Visitor: RowVisitor & ~Copyable>(_ visitor: inout Visitor) throws {
    let sorted = sort(count)
    if runs.isEmpty {
      for place in 0..<sorted.count { try visitor.visit(sorted.row(place)) }
    } else {
      var merge = try runs.merged(with: try sorted.chunks()) { merge, run in
        try merge.run { row in
          let bound = BinaryTableRecord.bound(keyLength: row.keyLength, valueLength: row.valueLength)
          try run.append(bound: bound) { BinaryTableRecord.write(row, at: $0) }
        }
      }
      try merge.run { try visitor.visit($0) }
      try runs.discard()
    }
    count = 0
    bytes = 0
  }

  private func sort(_ number: Int) -> SortedRows {
    let items = workspace.items.base.assumingMemoryBound(to: SortItem.self)
    return SortedRows(rows: workspace.rows.base, items: items, count: number)
  }

  private func spillRows(_ number: Int) throws {
    try runs.add(try sort(number).chunks(), budget: workspace.byteBudget)
  }
}

/// Rows in order.
private struct SortedRows {
  let rows: UnsafeRawPointer
  let items: UnsafeMutablePointer<SortItem>
  let count: Int

  private static let ahead = 16

  /// Sorts the items, with as many free places behind them.
  init(rows: UnsafeRawPointer, items: UnsafeMutablePointer<SortItem>, count: Int) {
    self.rows = rows
    self.items = items
    self.count = count
    PackedSort(items: items, spare: items + count, keys: Keys(rows: rows)).sort(count)
    // Rows of one key are sorted by value.
    var first = 0
    while first < count {
      let key = row(first)
      var end = first + 1
      while end < count, Self.isSameKey(key, row(end)) { end += 1 }
      if end - first > 1 {
        PackedSort(items: items + first, spare: items + count, keys: Values(rows: rows)).sort(end - first)
      }
      first = end
    }
  }

  @inline(__always)
  private static func isSameKey(_ a: TableRecord, _ b: TableRecord) -> Bool {
    a.keyLength == b.keyLength && KeyOrder.isEqual(a.key, b.key, length: a.keyLength)
  }

  private struct Keys: SortedKeySource {
    let rows: UnsafeRawPointer

    @inline(__always)
    func key(_ payload: UInt64) -> (bytes: UnsafeRawPointer, length: Int) {
      let row = SortedRows.record(rows + Int(truncatingIfNeeded: payload))
      return (row.key, row.keyLength)
    }
  }

  private struct Values: SortedKeySource {
    let rows: UnsafeRawPointer

    @inline(__always)
    func key(_ payload: UInt64) -> (bytes: UnsafeRawPointer, length: Int) {
      let row = SortedRows.record(rows + Int(truncatingIfNeeded: payload))
      return (row.value, row.valueLength)
    }
  }

  /// A record that was written here, so that it is whole.
  @inline(__always)
  private static func record(_ at: UnsafeRawPointer) -> TableRecord {
    let (keyLength, key) = length(at)
    let (valueLength, value) = length(key + keyLength)
    return TableRecord(key: key, keyLength: keyLength, value: value, valueLength: valueLength)
  }

  @inline(__always)
  private static func length(_ at: UnsafeRawPointer) -> (Int, UnsafeRawPointer) {
    let first = at.load(as: UInt8.self)
    if first < 0x80 { return (Int(first), at + 1) }
    var length = Int(first & 0x7f)
    var p = at + 1
    var shift = 7
    while true {
      let byte = p.load(as: UInt8.self)
      p += 1
      length |= Int(byte & 0x7f) &<< shift
      if byte < 0x80 { return (length, p) }
      shift += 7
    }
  }

  @inline(__always)
  func row(_ place: Int) -> TableRecord {
    if place &+ Self.ahead < count {
      mb_prefetch(rows + Int(truncatingIfNeeded: items[place &+ Self.ahead].payload))
    }
    return Self.record(rows + Int(truncatingIfNeeded: items[place].payload))
  }

  /// All rows in order, as chunks of binary records.
  func chunks() throws -> RecordChunks {
    var place = 0
    return try RecordChunks {
      if place == count { return nil }
      let row = row(place)
      return BinaryTableRecord.bound(keyLength: row.keyLength, valueLength: row.valueLength)
    } write: {
      let row = row(place)
      place += 1
      return BinaryTableRecord.write(row, at: $0)
    }
  }
}

/// Writes rows as lines `key TAB value`, collected in blocks of whole lines of about 1 MiB.
public struct RowLineWriter: RowVisitor, ~Copyable {
  private var lineBuffer: TextLines

  public init(emit: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    lineBuffer = try TextLines(emit: emit)
  }

  /// Lines and bytes that were handed to `emit` or wait for ``flush()``.
  public var lines: Int { lineBuffer.lines }
  public var bytes: Int { lineBuffer.bytes }

  @inline(__always)
  public mutating func visit(_ row: TableRecord) throws {
    try lineBuffer.write(row.key, row.keyLength, rest: max(row.valueLength, 16)) {
      if row.valueLength <= 16 {
        $0.storeBytes(of: row.value.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
      } else {
        $0.copyMemory(from: row.value, byteCount: row.valueLength)
      }
      return $0 + row.valueLength
    }
  }

  /// Hands on the last block.
  public mutating func flush() throws { try lineBuffer.flush() }
}
