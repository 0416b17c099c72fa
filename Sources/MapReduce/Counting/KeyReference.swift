import CSystemIO

/// A key of over 8 bytes (or one that ends in NUL) in a table: the index of its bucket, and in which of the tables.
struct KeyReference {
  private static let longBit: UInt32 = 1 << 31
  var raw: UInt32

  @inline(__always) static func short(_ index: Int) -> KeyReference {
    KeyReference(raw: UInt32(truncatingIfNeeded: index))
  }
  @inline(__always) static func long(_ index: Int) -> KeyReference {
    KeyReference(raw: UInt32(truncatingIfNeeded: index) | longBit)
  }
  @inline(__always) var isLong: Bool { raw & Self.longBit != 0 }
  @inline(__always) var index: Int { Int(raw & ~Self.longBit) }
}

/// A key with its count, for a moment.
struct KeyCount {
  /// At least 16 bytes are readable, behind a longer key 8 more.
  var key: UnsafeRawPointer
  var length: Int
  var count: UInt64
}

extension CountTable {
  @inline(__always)
  func entry(_ reference: KeyReference) -> KeyCount {
    if reference.isLong {
      let bucket = long.buckets + reference.index
      return KeyCount(
        key: long.arena + bucket.pointee.offset, length: bucket.pointee.length, count: bucket.pointee.count)
    }
    let bucket = short.buckets + reference.index
    return KeyCount(key: UnsafeRawPointer(bucket), length: bucket.pointee.length, count: bucket.pointee.count)
  }

  @inline(__always)
  func prefetch(_ reference: KeyReference) {
    if reference.isLong {
      mb_prefetch(long.buckets + reference.index)
    } else {
      mb_prefetch(short.buckets + reference.index)
    }
  }
}
