import Glibc

/// A key being sorted: eight of its bytes as a big-endian word (zero-padded), and what it carries.
struct SortItem {
  var prefix: UInt64
  /// The count of a word's key, which its prefix says whole; the reference of any other.
  var payload: UInt64
}

/// Whole keys behind payloads; asked only for keys with equal prefixes.
protocol SortedKeySource {
  func key(_ payload: UInt64) -> (bytes: UnsafeRawPointer, length: Int)
}

/// Sorts keys of a table bytewise, a prefix of another key first (as `memcmp`).
///
/// Radix sort from the first byte on (eight bytes at a time are at hand in the item), insertion sort for few.
struct KeySort<Keys: SortedKeySource> {
  /// At most so many are sorted by insertion: a radix pass costs what two scans of 256 counters cost.
  static var fewItems: Int { 48 }

  let items: UnsafeMutablePointer<SortItem>
  /// As large as `items`.
  let spare: UnsafeMutablePointer<SortItem>
  let keys: Keys

  /// Leaves the items' prefixes as they were.
  func sort(_ count: Int) { sort(from: 0, count, depth: 0, shift: 56) }

  /// Sorts `count` items that are equal in the bytes before `depth` and, of their prefix, above `shift + 8` bits.
  private func sort(from first: Int, _ count: Int, depth: Int, shift: Int) {
    var first = first
    var count = count
    var depth = depth
    var shift = shift
    while count > Self.fewItems {
      if shift < 0 {
        if depth == 0 {
          // Whoever merges sorted keys goes by the first eight bytes.
          let prefix = items[first].prefix
          let ended = goDeeper(from: first, count, depth: 8)
          sort(from: first + ended, count - ended, depth: 8, shift: 56)
          for index in first..<first + count { items[index].prefix = prefix }
          return
        }
        depth += 8
        let ended = goDeeper(from: first, count, depth: depth)
        first += ended
        count -= ended
        shift = 56
        continue
      }
      var ends = [256 of Int](repeating: 0)
      for index in first..<first + count { ends[digit(items[index], shift)] &+= 1 }
      if ends[digit(items[first], shift)] == count {
        shift -= 8
        continue
      }
      var sum = 0
      for value in 0..<256 {
        let size = ends[value]
        ends[value] = sum
        sum &+= size
      }
      for index in first..<first + count {
        let value = digit(items[index], shift)
        spare[ends[value]] = items[index]
        ends[value] &+= 1
      }
      (items + first).update(from: spare, count: count)
      // The largest bucket goes on here, so that the stack stays small whatever the keys.
      var start = 0
      var largest = 0..<0
      for value in 0..<256 where ends[value] > start {
        let bucket = start..<ends[value]
        start = ends[value]
        let smaller = bucket.count > largest.count ? largest : bucket
        if bucket.count > largest.count { largest = bucket }
        if smaller.count > 1 {
          sort(from: first + smaller.lowerBound, smaller.count, depth: depth, shift: shift - 8)
        }
      }
      first += largest.lowerBound
      count = largest.count
      shift -= 8
    }
    insertionSort(from: first, count, depth: depth)
  }

  /// Takes the prefixes from `depth` on, of keys that do not end there; returns how many do, now in front.
  private func goDeeper(from first: Int, _ count: Int, depth: Int) -> Int {
    let ended = moveEndedFirst(from: first, count, depth: depth)
    for index in first + ended..<first + count {
      items[index].prefix = prefix(of: items[index].payload, at: depth)
    }
    return ended
  }

  @inline(__always)
  private func digit(_ item: SortItem, _ shift: Int) -> Int {
    Int(truncatingIfNeeded: (item.prefix &>> UInt64(truncatingIfNeeded: shift)) & 255)
  }

  private func prefix(of payload: UInt64, at depth: Int) -> UInt64 {
    let key = keys.key(payload)
    return KeyOrder.prefix(of: key.bytes + depth, length: key.length - depth)
  }

  /// Of items with equal bytes before `depth` (zero-padded), moves those that end there to the front, the shortest
  /// first. There are at most nine, since keys are distinct.
  private func moveEndedFirst(from first: Int, _ count: Int, depth: Int) -> Int {
    var ended = 0
    for index in first..<first + count where keys.key(items[index].payload).length <= depth {
      let item = items[index]
      items[index] = items[first + ended]
      items[first + ended] = item
      ended += 1
    }
    insertionSort(from: first, ended, depth: depth - 8)
    return ended
  }

  private func insertionSort(from first: Int, _ count: Int, depth: Int) {
    for index in first..<first + count {
      let item = items[index]
      var at = index
      while at > first, isBefore(item, items[at - 1], depth: depth) {
        items[at] = items[at - 1]
        at -= 1
      }
      items[at] = item
    }
  }

  @inline(__always)
  private func isBefore(_ a: SortItem, _ b: SortItem, depth: Int) -> Bool {
    a.prefix != b.prefix ? a.prefix < b.prefix : isBeforeBehindPrefix(a, b, depth: depth + 8)
  }

  private func isBeforeBehindPrefix(_ a: SortItem, _ b: SortItem, depth: Int) -> Bool {
    let left = keys.key(a.payload)
    let right = keys.key(b.payload)
    return KeyOrder.isBefore(left.bytes, left.length, right.bytes, right.length, from: depth)
  }
}

/// Bytewise order of keys, a prefix of another key first.
enum KeyOrder {
  /// The first eight of `length` (over 0) bytes, of which eight are readable.
  @inline(__always)
  static func prefix(of key: UnsafeRawPointer, length: Int) -> UInt64 {
    let word = key.loadUnaligned(as: UInt64.self).bigEndian
    return length >= 8 ? word : word & ~(UInt64.max &>> UInt64(truncatingIfNeeded: 8 &* length))
  }

  /// Whether the left key is before the right one, given that all bytes before `from` are equal, with zeros behind a
  /// key's end.
  @inline(__always)
  static func isBefore(
    _ left: UnsafeRawPointer, _ leftLength: Int, _ right: UnsafeRawPointer, _ rightLength: Int, from: Int
  ) -> Bool {
    let common = min(leftLength, rightLength)
    if common > from {
      let difference = memcmp(left + from, right + from, common - from)
      if difference != 0 { return difference < 0 }
    }
    return leftLength < rightLength
  }

  @inline(__always)
  static func isEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, length: Int) -> Bool {
    memcmp(left, right, length) == 0
  }
}
