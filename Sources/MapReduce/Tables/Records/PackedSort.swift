/// Sorts keys bytewise, a prefix of another key first (as `memcmp`); equal keys are fine, in any order.
///
/// Radix sort from the highest bits of packed words on (``KeyPacking``), insertion sort for few. Keys that are equal in
/// a whole word are packed anew from where it ended.
struct PackedSort<Keys: SortedKeySource> {
  /// At most so many are sorted by insertion.
  static var fewItems: Int { 20 }

  let items: UnsafeMutablePointer<SortItem>
  /// As large as `items`.
  let spare: UnsafeMutablePointer<SortItem>
  let keys: Keys

  /// Items that are equal in the bytes before `depth`.
  private struct Work {
    var first: Int
    var count: Int
    var depth: Int
  }

  /// Payloads must be set; prefixes mean nothing before and after.
  func sort(_ count: Int) {
    // A list, not recursion: long keys with much in common go deep.
    var work = [Work(first: 0, count: count, depth: 0)]
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 256) { codes in
      while let next = work.popLast() { sort(next, &work, codes.baseAddress!) }
    }
  }

  private func sort(_ part: Work, _ work: inout [Work], _ codes: UnsafeMutablePointer<UInt16>) {
    if part.count < 2 { return }
    let items = items + part.first
    guard let packing = KeyPacking(items, part.count, depth: part.depth, keys: keys, codes: codes) else {
      return
    }
    for index in 0..<part.count {
      let key = keys.key(items[index].payload)
      items[index].prefix = packing.word(key.bytes, key.length)
    }
    let level = Level(packing: packing, keys: keys, items: self.items)
    level.sort(items, spare + part.first, part.count, left: packing.usedBits, landed: true) {
      work.append(Work(first: $0, count: $1, depth: packing.depth + packing.length))
    }
  }

  /// One packing's words.
  private struct Level {
    let packing: KeyPacking
    let keys: Keys
    let items: UnsafeMutablePointer<SortItem>

    /// Sorts `count` items of `from`, whose words are equal but for the lowest `left` bits, to where they stand among
    /// the items: that is `from` if `landed`, and `other` if not.
    func sort(
      _ from: UnsafeMutablePointer<SortItem>, _ other: UnsafeMutablePointer<SortItem>, _ count: Int,
      left: Int,
      landed: Bool, deeper: (Int, Int) -> Void
    ) {
      var left = left
      while true {
        if count <= fewItems || left == 0 {
          if left > 0 { insertionSort(from, count) }
          if !landed { other.update(from: from, count: count) }
          if left == 0, !packing.holdsEnd(from[0].prefix) {
            deeper((landed ? from : other) - items, count)
          }
          return
        }
        let width = min(left, count > 1 << 14 ? 11 : count > 1 << 9 ? 8 : 5)
        left -= width
        if scatter(from, other, count, shift: left, width: width, landed: landed, deeper: deeper) { return }
      }
    }

    /// Moves items to the other side by a digit, and sorts those of each value; false where there is one value only.
    private func scatter(
      _ from: UnsafeMutablePointer<SortItem>, _ other: UnsafeMutablePointer<SortItem>, _ count: Int,
      shift: Int, width: Int, landed: Bool, deeper: (Int, Int) -> Void
    ) -> Bool {
      let values = 1 << width
      let mask = UInt64(values - 1)
      return withUnsafeTemporaryAllocation(of: Int.self, capacity: values) { counters in
        let ends = counters.baseAddress!
        ends.initialize(repeating: 0, count: values)
        for index in 0..<count {
          ends[Int(truncatingIfNeeded: from[index].prefix &>> UInt64(truncatingIfNeeded: shift) & mask)] &+= 1
        }
        if ends[Int(truncatingIfNeeded: from[0].prefix &>> UInt64(truncatingIfNeeded: shift) & mask)] == count
        {
          return false
        }
        var sum = 0
        for value in 0..<values {
          let size = ends[value]
          ends[value] = sum
          sum &+= size
        }
        for index in 0..<count {
          let item = from[index]
          let value = Int(truncatingIfNeeded: item.prefix &>> UInt64(truncatingIfNeeded: shift) & mask)
          other[ends[value]] = item
          ends[value] &+= 1
        }
        var start = 0
        for value in 0..<values {
          let size = ends[value] &- start
          if size > 1 {
            sort(other + start, from + start, size, left: shift, landed: !landed, deeper: deeper)
          } else if size == 1, landed {
            from[start] = other[start]
          }
          start = ends[value]
        }
        return true
      }
    }

    private func insertionSort(_ from: UnsafeMutablePointer<SortItem>, _ count: Int) {
      var index = 1
      while index < count {
        let item = from[index]
        var at = index
        while at > 0, isBefore(item, from[at &- 1]) {
          from[at] = from[at &- 1]
          at &-= 1
        }
        from[at] = item
        index &+= 1
      }
    }

    @inline(__always)
    private func isBefore(_ a: SortItem, _ b: SortItem) -> Bool {
      if a.prefix != b.prefix { return a.prefix < b.prefix }
      return !packing.holdsEnd(a.prefix) && isBeforeBehindWord(a, b)
    }

    @inline(never)
    private func isBeforeBehindWord(_ a: SortItem, _ b: SortItem) -> Bool {
      let left = keys.key(a.payload)
      let right = keys.key(b.payload)
      return KeyOrder.isBefore(
        left.bytes, left.length, right.bytes, right.length, from: packing.depth + packing.length)
    }
  }
}
