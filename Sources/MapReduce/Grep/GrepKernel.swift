import CSystemIO

/// Grep's map: hands the pattern's matches to an emitter.
struct GrepKernel: ChunkConsumer, ~Copyable {
  private let matcher: GrepMatcher
  private var visitor: MatchEmitter

  init(_ pattern: GrepPattern, emitter: CountEmitter) {
    matcher = GrepMatcher(pattern)
    visitor = MatchEmitter(emitter)
  }

  mutating func consume(_ bytes: UnsafeRawBufferPointer, carried: Int, last: Bool) throws -> Int {
    let consumed = try matcher.scan(bytes, carried: carried, last: last, visitor: &visitor)
    // The batch's long keys point into the chunk, which is gone after this call.
    visitor.drain()
    if let failure = visitor.failure { throw failure }
    return consumed
  }
}

/// Collects matches in the emitter's batch, so that their buckets are prefetched before they are probed.
private struct MatchEmitter: MatchVisitor, ~Copyable {
  private let emitter: CountEmitter
  private let short: UnsafeMutablePointer<ShortKey>
  private let long: UnsafeMutablePointer<LongKey>
  private var shortCount = 0
  private var longCount = 0
  /// Why a batch could not be taken; a visit cannot throw, so that the search stays free of it.
  private(set) var failure: (any Error)?

  init(_ emitter: CountEmitter) {
    self.emitter = emitter
    short = emitter.workspace.batch.short
    long = emitter.workspace.batch.long
  }

  @inline(__always)
  mutating func visit(_ bytes: UnsafeRawPointer, _ length: Int) {
    if length <= 16 {
      let words = mb_load_words(bytes, length)
      short[shortCount] = ShortKey(
        low: words.low, high: words.high, hash: KeyHash.short(words.low, words.high, length: length),
        tag: UInt64(truncatingIfNeeded: length) &+ 1)
      shortCount &+= 1
    } else {
      long[longCount] = LongKey(
        bytes: bytes, length: length, hash: KeyHash.of(bytes, length: length), count: 1)
      longCount &+= 1
    }
    if shortCount &+ longCount == KeyBatch.capacity { drain() }
  }

  mutating func drain() {
    do {
      try emitter.prepareBatch()
      try emitter.drain(short: shortCount, long: longCount)
    } catch {
      failure = failure ?? error
    }
    shortCount = 0
    longCount = 0
  }
}
