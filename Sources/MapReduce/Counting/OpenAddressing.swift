/// Buckets looked at together, so that whether one is empty decides no branch (it is even odds).
private let group = 64

/// Rehashes a linearly probed table of `old` buckets whose memory has just been doubled.
///
/// In order from the first empty bucket on, entries are taken, a group at a time, and put again. Each finds room at or
/// before where it was, or in the new half, and passes only over entries that have been put again already: so
/// none is lost from its probe sequence when a later one is taken. The one cluster that wraps around the end would
/// break this (an entry put at the new end may wrap over it), so it is set aside first.
@inline(__always)
func doubleInPlace<Bucket>(
  _ buckets: UnsafeMutablePointer<Bucket>, _ old: Int, empty: Bucket, isEmpty: (Bucket) -> Bool,
  put: (Bucket) -> Void
) {
  var first = 0
  var wrapped: [Bucket] = []
  while !isEmpty(buckets[first]) {
    wrapped.append(buckets[first])
    buckets[first] = empty
    first += 1
  }
  withUnsafeTemporaryAllocation(of: Bucket.self, capacity: group) { taken in
    let entries = taken.baseAddress!
    while first < old {
      let end = min(first &+ group, old)
      var full = 0
      for index in first..<end {
        entries[full] = buckets[index]
        full &+= isEmpty(buckets[index]) ? 0 : 1
        buckets[index] = empty
      }
      for index in 0..<full { put(entries[index]) }
      first = end
    }
  }
  for bucket in wrapped { put(bucket) }
}

/// Calls `body` with the index of each of `capacity` buckets that is not empty, in order.
@inline(__always)
func forEachFull<Bucket>(
  _ buckets: UnsafeMutablePointer<Bucket>, _ capacity: Int, isEmpty: (Bucket) -> Bool,
  _ body: (Int) throws -> Void
) rethrows {
  try withUnsafeTemporaryAllocation(of: Int.self, capacity: group) { indices in
    let found = indices.baseAddress!
    var first = 0
    while first < capacity {
      let end = min(first &+ group, capacity)
      var full = 0
      for index in first..<end {
        found[full] = index
        full &+= isEmpty(buckets[index]) ? 0 : 1
      }
      for index in 0..<full { try body(found[index]) }
      first = end
    }
  }
}
