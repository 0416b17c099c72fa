import Glibc
import Storage

/// Keeps the groups with the most revenue, of equal ones those with the lesser key.
///
/// Takes memory for as many groups as it keeps. The best of several reduces are the best of what each kept.
public struct BestGroups: GroupVisitor {
  public let most: Int
  private var heap: [Entry] = []

  private struct Entry {
    var value: GroupValue
    /// Key, and 16 bytes behind.
    var key: [UInt8]
  }

  /// - Parameter most: How many groups are kept; 0 or more.
  public init(_ most: Int) {
    precondition(most >= 0)
    self.most = most
  }

  public var count: Int { heap.count }

  /// Keys must be distinct, and their sums whole: one that is beyond what a result can be is an error.
  @inline(__always)
  public mutating func visit(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) throws {
    if value.isWide { throw CountingError.sumOverflow(of: key, length) }
    if heap.count == most, most == 0 || value.revenue < heap[0].value.revenue { return }
    take(key, length, value)
  }

  /// Hands out what was kept: most revenue first, then by key; nothing is kept any more.
  public mutating func emit<Visitor: GroupVisitor & ~Copyable>(to visitor: inout Visitor) throws {
    let sorted = heap.sorted { Self.isBetter($0, $1) }
    heap = []
    for entry in sorted {
      try entry.key.withUnsafeBytes {
        try visitor.visit($0.baseAddress!, $0.count - readableSlack, entry.value)
      }
    }
  }

  @inline(never)
  private mutating func take(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) {
    let entry = Entry(
      value: value,
      key: UnsafeRawBufferPointer(start: key, count: length) + [UInt8](repeating: 0, count: readableSlack))
    if heap.count < most {
      heap.append(entry)
      siftUp()
    } else if Self.isBetter(entry, heap[0]) {
      heap[0] = entry
      siftDown()
    }
  }

  private static func isBetter(_ a: Entry, _ b: Entry) -> Bool {
    if a.value.revenue != b.value.revenue { return a.value.revenue > b.value.revenue }
    return a.key.withUnsafeBytes { left in
      b.key.withUnsafeBytes { right in
        let lengths = (left.count - readableSlack, right.count - readableSlack)
        return KeyOrder.isBefore(left.baseAddress!, lengths.0, right.baseAddress!, lengths.1, from: 0)
      }
    }
  }

  // The worst one is the heap's first.

  private mutating func siftUp() {
    var index = heap.count - 1
    while index > 0, Self.isBetter(heap[(index - 1) / 2], heap[index]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func siftDown() {
    var index = 0
    while true {
      var worst = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < heap.count && Self.isBetter(heap[worst], heap[child]) {
        worst = child
      }
      if worst == index { return }
      heap.swapAt(index, worst)
      index = worst
    }
  }
}
