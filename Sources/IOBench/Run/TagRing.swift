/// Which of a queue's places are free, prepared, and in flight.
struct TagRing: ~Copyable {
  private let depth: Int
  /// Free ones from the end on.
  private let freeTags: UnsafeMutablePointer<Int32>
  private var freeCount: Int
  /// Prepared ones, in their order: a ring.
  private let preparedTags: UnsafeMutablePointer<Int32>
  private var first = 0
  private(set) var prepared = 0
  private(set) var inFlight = 0

  init(depth: Int) {
    self.depth = depth
    freeTags = .allocate(capacity: depth)
    preparedTags = .allocate(capacity: depth)
    freeCount = depth
    for tag in 0..<depth { freeTags[tag] = Int32(depth - 1 - tag) }
  }

  deinit {
    freeTags.deallocate()
    preparedTags.deallocate()
  }

  @inline(__always)
  var isFull: Bool { freeCount == 0 }

  @inline(__always)
  var nextFree: Int { Int(freeTags[freeCount &- 1]) }

  /// The next free one is prepared.
  @inline(__always)
  mutating func prepare() {
    freeCount &-= 1
    let place = first &+ prepared
    preparedTags[place < depth ? place : place &- depth] = freeTags[freeCount]
    prepared &+= 1
  }

  /// The first prepared one is in flight.
  @inline(__always)
  mutating func handOver() -> Int {
    let tag = dropFirstPrepared()
    inFlight &+= 1
    return tag
  }

  /// The first prepared one is gone.
  @inline(__always)
  mutating func dropFirstPrepared() -> Int {
    let tag = Int(preparedTags[first])
    first = first &+ 1 == depth ? 0 : first &+ 1
    prepared &-= 1
    return tag
  }

  /// One has ended.
  @inline(__always)
  mutating func free(_ tag: Int) {
    freeTags[freeCount] = Int32(truncatingIfNeeded: tag)
    freeCount &+= 1
    inFlight &-= 1
  }

  /// Nothing more will end.
  mutating func forget() { (prepared, inFlight) = (0, 0) }
}
