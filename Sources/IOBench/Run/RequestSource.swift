/// Where a loop's requests come from.
protocol RequestSource: ~Copyable {
  /// Puts the next access into a request, where nothing of it is copied once more; false after the last.
  ///
  /// - Parameter now: Nanoseconds since the copy's start, by which a limited rate chooses between directions.
  mutating func next(now: Int, into request: UnsafeMutablePointer<Request>) -> Bool
  /// When the request that ``next(now:into:)`` gave last is due, in nanoseconds since the copy's start; nil where it is due
  /// at once.
  var due: Int? { get }
}

extension UnsafeMutablePointer<Request> {
  /// False where there is no access.
  @inline(__always)
  fileprivate func set(_ access: AccessRequest?) -> Bool {
    guard let access else { return false }
    pointee.offset = access.offset
    pointee.length = access.length
    pointee.file = access.file
    pointee.isWrite = access.isWrite
    return true
  }
}

/// What a job asks for.
struct JobRequests: RequestSource, ~Copyable {
  private var sequence: AccessSequence
  private var pace: RequestPace?
  private let isMixed: Bool
  private(set) var due: Int?

  init(_ job: IOJob, _ plan: CopyPlan) {
    sequence = AccessSequence(job, layout: plan.layout, seed: plan.seed)
    pace = RequestPace(job, seed: plan.seed)
    isMixed = job.pattern.reads && job.pattern.writes
  }

  // Compiled once, and not anew into each engine's loop.
  @inline(never)
  mutating func next(now: Int, into request: UnsafeMutablePointer<Request>) -> Bool {
    guard pace == nil else { return request.set(pacedNext(now)) }
    return request.set(sequence.next())
  }

  @inline(never)
  private mutating func pacedNext(_ now: Int) -> AccessRequest? {
    // Only a mix has another direction to turn to.
    let drawn = sequence.drawsWrite()
    let isWrite = isMixed ? pace!.direction(drawn: drawn, now: now) : drawn
    guard let request = sequence.next(isWrite: isWrite) else { return nil }
    due = pace!.limits(isWrite: isWrite) ? pace!.take(isWrite: isWrite) : nil
    return request
  }
}

/// Reads of what a copy has written, in the same order: the same sequence once more.
struct WrittenRequests: RequestSource, ~Copyable {
  private var sequence: AccessSequence
  private var left: Int
  /// Directions that a limited rate chose, one bit a request; empty where the sequence's own hold.
  private let directions: DirectionLog
  private var index = 0
  var due: Int? { nil }

  /// - Parameter requests: Of both directions, that were issued.
  init(_ job: IOJob, _ plan: CopyPlan, requests: Int, directions: DirectionLog) {
    sequence = AccessSequence(job, layout: plan.layout, seed: plan.seed)
    left = requests
    self.directions = directions
  }

  @inline(never)
  mutating func next(now: Int, into request: UnsafeMutablePointer<Request>) -> Bool {
    while left > 0 {
      left -= 1
      let drawn = sequence.drawsWrite()
      let isWrite = directions[index] ?? drawn
      index += 1
      guard request.set(sequence.next(isWrite: isWrite)) else { return false }
      guard isWrite else { continue }
      request.pointee.isWrite = false
      return true
    }
    return false
  }
}

/// Which requests were writes.
struct DirectionLog {
  private var words: [UInt64] = []
  private var count = 0

  mutating func append(_ isWrite: Bool) {
    if count & 63 == 0 { words.append(0) }
    if isWrite { words[count >> 6] |= 1 << UInt64(count & 63) }
    count += 1
  }

  /// Nil where it was not noted.
  subscript(index: Int) -> Bool? {
    index < count ? words[index >> 6] >> UInt64(index & 63) & 1 == 1 : nil
  }
}
