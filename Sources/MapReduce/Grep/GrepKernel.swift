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
  private var batch: BatchFiller
  /// Why a batch could not be taken; a visit cannot throw, so that the search stays free of it.
  private(set) var failure: (any Error)?

  init(_ emitter: CountEmitter) {
    self.emitter = emitter
    batch = BatchFiller(emitter.workspace)
  }

  @inline(__always)
  mutating func visit(_ bytes: UnsafeRawPointer, _ length: Int) {
    batch.append(bytes, length)
    if batch.isFull { drain() }
  }

  mutating func drain() {
    do {
      try emitter.drain(batch.filled)
      batch = try emitter.nextBatch()
    } catch {
      failure = failure ?? error
      batch = BatchFiller(emitter.workspace)
    }
  }
}
