import CSystemIO

/// Wordcount's map: splits bytes into words at ASCII white space (9 to 13 and 32) and hands them to an emitter.
///
/// A word is any other bytes, exactly: NUL and what is no UTF-8 included.
public struct WordCountKernel: ~Copyable, ChunkConsumer {
  /// Bytes whose masks are asked for at once.
  private static let block = 8192

  private let emitter: CountEmitter
  private let masks = UnsafeMutablePointer<UInt64>.allocate(capacity: block / 64)
  private let delimiters = UnsafeMutablePointer<UInt32>.allocate(capacity: block + 64)

  public init(emitter: CountEmitter) { self.emitter = emitter }

  deinit {
    masks.deallocate()
    delimiters.deallocate()
  }

  /// Counts the words of `bytes` up to the last white space, or all of them if `last`.
  ///
  /// - Parameters:
  ///   - bytes: First the unconsumed rest of the call before, then new bytes; at least 64 more are readable.
  ///   - carried: Length of that rest, in which there is no white space.
  ///   - last: Nothing follows.
  /// - Returns: How many bytes are done with; the others come again.
  public mutating func consume(_ bytes: UnsafeRawBufferPointer, carried: Int, last: Bool) throws -> Int {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return 0 }
    var word = 0
    var at = carried
    while at < bytes.count {
      let length = min(Self.block, bytes.count - at)
      let found = findDelimiters(base + at, length)
      word = try takeWords(base, from: word, delimitersAt: at, found)
      at += length
    }
    if last, word < bytes.count {
      try emitter.add(base + word, length: bytes.count - word)
      word = bytes.count
    }
    return word
  }

  /// Writes the offset of each white space among the first `length` bytes; returns how many.
  private func findDelimiters(_ bytes: UnsafeRawPointer, _ length: Int) -> Int {
    let blocks = (length &+ 63) / 64
    mb_whitespace_masks(bytes, blocks, masks)
    if length % 64 != 0 { masks[blocks - 1] &= (1 &<< UInt64(length % 64)) &- 1 }
    var found = 0
    for block in 0..<blocks {
      var mask = masks[block]
      let offset = UInt32(truncatingIfNeeded: block) &* 64
      let number = mask.nonzeroBitCount
      let out = delimiters + found
      // A fixed number of steps first: no branch that depends on the text, as long as words are not short.
      for index in 0..<12 {
        out[index] = offset &+ UInt32(truncatingIfNeeded: mask.trailingZeroBitCount)
        mask &= mask &- 1
      }
      if number > 12 {
        for index in 12..<number {
          out[index] = offset &+ UInt32(truncatingIfNeeded: mask.trailingZeroBitCount)
          mask &= mask &- 1
        }
      }
      found &+= number
    }
    return found
  }

  /// Takes the words between delimiters at `offset + delimiters[i]`; returns where the next word starts.
  private func takeWords(
    _ base: UnsafeRawPointer, from first: Int, delimitersAt offset: Int, _ found: Int
  ) throws -> Int {
    var start = first
    var index = 0
    while index < found {
      var batch = try emitter.nextBatch()
      let batchEnd = min(found, index &+ KeyBatch.capacity)
      while index < batchEnd {
        let end = offset &+ Int(delimiters[index])
        let length = end &- start
        if length > 0 { batch.append(base + start, length) }
        start = end &+ 1
        index &+= 1
      }
      try emitter.drain(batch.filled)
    }
    return start
  }
}
