import Glibc

// `null`: requests that move nothing, to see what the accounting costs.

/// With `iodepth=1`: each request has ended at once.
struct NullEngine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { true }

  init(_ setup: EngineSetup) {}

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int { request.length }

  mutating func sync(file: Int, dataOnly: Bool) -> Int { 0 }
}

/// With a greater depth: requests queue up as they would for a device, and end when they are asked for.
struct NullQueueEngine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { false }
  private let pairs: UnsafeMutablePointer<(tag: Int, result: Int)>
  private let depth: Int
  /// Handed over and not taken yet: a ring that begins at `head`.
  private var head = 0
  private var inFlight = 0
  private var prepared = 0
  /// Where the last completions begin.
  private var taken = 0

  init(_ setup: EngineSetup) {
    depth = setup.depth
    pairs = .allocate(capacity: 2 * depth)
  }

  deinit { pairs.deallocate() }

  @inline(__always)
  private func place(_ index: Int) -> Int { index < 2 &* depth ? index : index &- 2 &* depth }

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int {
    guard inFlight &+ prepared < depth else { return -Int(EAGAIN) }
    pairs[place(head &+ inFlight &+ prepared)] = (tag, request.length)
    prepared &+= 1
    return 0
  }

  @inline(__always)
  mutating func commit() -> Int {
    let count = prepared
    inFlight &+= count
    prepared = 0
    return count
  }

  @inline(__always)
  mutating func reap(minimum: Int, maximum: Int) -> Int {
    let count = min(maximum, inFlight)
    taken = head
    head = place(head &+ count)
    inFlight &-= count
    return count
  }

  @inline(__always)
  func completion(_ index: Int) -> (tag: Int, result: Int) { pairs[place(taken &+ index)] }

  mutating func sync(file: Int, dataOnly: Bool) -> Int { 0 }
}
