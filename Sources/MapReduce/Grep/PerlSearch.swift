import CSystemIO
import Glibc

/// Searches by PCRE2: in many lines at once where the pattern allows it, else line by line (or token by token),
/// and only in those that hold the pattern's literal where one is known and rare.
final class PerlSearch {
  private let code: PerlCode
  private let bounds: PatternBounds
  private let data: OpaquePointer
  private let context: OpaquePointer
  private let stack: OpaquePointer?
  /// Where PCRE2 writes start and end of a match.
  private let found: UnsafeMutablePointer<Int>
  /// Finds the literal, to skip lines without it.
  private let filter: LiteralSearch?
  private let token = BlockClass(ByteSet(UInt8.min...UInt8.max).subtracting(.whiteSpace))

  /// What PCRE2's machine code may use to backtrack; it takes pages only as it needs them.
  private static let stackSize = 32 << 20

  /// What stopped a search, and at which position of the text the line (or token) starts.
  struct Failure: Error {
    let code: CInt
    let position: Int
  }

  init(_ pattern: GrepPattern, level: CInt) {
    code = pattern.code
    bounds = pattern.bounds
    guard let data = pcre2_match_data_create_8(1, nil), let context = pcre2_match_context_create_8(nil) else {
      fatalError("out of memory for PCRE2's match data")
    }
    self.data = data
    self.context = context
    found = pcre2_get_ovector_pointer_8(data)
    // Without a stack of its own the machine code has 32 KiB, and says so where they do not suffice.
    stack = code.isJIT ? pcre2_jit_stack_create_8(64 << 10, Self.stackSize, nil) : nil
    if let stack { pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack)) }
    // A literal that stands in nearly every line saves nothing.
    let often = bounds.staysInside ? 0.002 : 0.01
    if !bounds.literal.isEmpty, ByteFrequency.rarestPair(of: bounds.literal).share < often {
      filter = LiteralSearch(LiteralPlan(bounds.literal), level: level)
    } else {
      filter = nil
    }
  }

  deinit {
    pcre2_match_data_free_8(data)
    pcre2_match_context_free_8(context)
    if let stack { pcre2_jit_stack_free_8(stack) }
    token.deallocate()
  }

  /// Visits the matches (`.span`), or the tokens that hold one, in ascending order.
  func scan<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, count end: Int, match: GrepMatch, visitor: inout V
  ) throws(Failure) {
    switch (match, filter) {
    case (.span, nil): try scanLines(text, end, &visitor)
    case (.span, let filter?): try scanLines(text, end, with: filter, &visitor)
    case (.word, nil): try scanTokens(text, end, &visitor)
    case (.word, let filter?): try scanTokens(text, end, with: filter, &visitor)
    }
  }

  /// Whether the pattern is found in `count` bytes from `offset` on; ``found`` then says where.
  @inline(__always)
  private func isFound(_ subject: UnsafePointer<UInt8>, _ count: Int, from offset: Int) throws(Failure)
    -> Bool
  {
    let result =
      code.isJIT
      ? pcre2_jit_match_8(code.pointer, subject, count, offset, 0, data, context)
      : pcre2_match_8(code.pointer, subject, count, offset, 0, data, context)
    if result >= 0 { return true }
    if result == PCRE2_ERROR_NOMATCH { return false }
    return try isInterpreted(subject, count, from: offset, after: result)
  }

  /// The interpreter backtracks on the heap, and so gets by where the machine code's stack is too small.
  @inline(never)
  private func isInterpreted(
    _ subject: UnsafePointer<UInt8>, _ count: Int, from offset: Int, after error: CInt
  ) throws(Failure) -> Bool {
    guard error == PCRE2_ERROR_JIT_STACKLIMIT else { throw Failure(code: error, position: 0) }
    let result = pcre2_match_8(code.pointer, subject, count, offset, UInt32(PCRE2_NO_JIT), data, context)
    if result >= 0 { return true }
    if result == PCRE2_ERROR_NOMATCH { return false }
    throw Failure(code: result, position: 0)
  }

  /// Visits the matches in one subject from `offset` on; `offset` becomes the end of the last.
  @inline(__always)
  private func scanSubject<V: MatchVisitor & ~Copyable>(
    _ subject: UnsafePointer<UInt8>, _ count: Int, from offset: inout Int, _ visitor: inout V
  ) throws(Failure) {
    while offset <= count, try isFound(subject, count, from: offset) {
      let (start, end) = (found[0], found[1])
      if end > start { visitor.visit(UnsafeRawPointer(subject + start), end - start) }
      // Behind an empty match one byte further; never back, whatever \K did to the start.
      offset = max(offset + (end > offset ? 0 : 1), end + (end > start ? 0 : 1))
    }
  }

  private func scanLines<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ end: Int, _ visitor: inout V
  ) throws(Failure) {
    var start = 0
    var offset = 0
    if bounds.staysInside {
      do {
        try scanSubject(text, end, from: &offset, &visitor)
        return
      } catch {
        // Once more from this line on, line by line: that names the line, or gets by without the limit.
        start = mb_last_byte(text, min(offset, end), 0x0A) + 1
        offset -= start
      }
    }
    while start < end {
      let length = lineLength(text, from: start, end: end)
      try scanLine(text, start, length, from: offset, &visitor)
      start += length + 1
      offset = 0
    }
  }

  @inline(__always)
  private func lineLength(_ text: UnsafePointer<UInt8>, from start: Int, end: Int) -> Int {
    guard let newline = memchr(text + start, 0x0A, end - start) else { return end - start }
    return UnsafeRawPointer(newline) - UnsafeRawPointer(text + start)
  }

  @inline(__always)
  private func scanLine<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ start: Int, _ length: Int, from offset: Int, _ visitor: inout V
  ) throws(Failure) {
    do {
      var offset = offset
      try scanSubject(text + start, length, from: &offset, &visitor)
    } catch {
      throw Failure(code: error.code, position: start)
    }
  }

  private func scanLines<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ end: Int, with filter: LiteralSearch, _ visitor: inout V
  ) throws(Failure) {
    var low = 0
    var failure: Failure?
    filter.forEachHit(text, end) { _, _ in
    } body: { hit, _, _ in
      guard hit >= low, failure == nil else { return }
      let start = low + mb_last_byte(text + low, hit - low, 0x0A) + 1
      let length = hit - start + lineLength(text, from: hit, end: end)
      do throws(Failure) {
        try scanLine(text, start, length, from: 0, &visitor)
      } catch {
        failure = error
      }
      low = start + length + 1
    }
    if let failure { throw failure }
  }

  private func scanTokens<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ end: Int, _ visitor: inout V
  ) throws(Failure) {
    var position = 0
    if bounds.staysInside, !code.matchesEmpty {
      do {
        while position < end, try isFound(text, end, from: position) {
          position = visitToken(text, at: found[0], low: position, end, &visitor)
        }
        return
      } catch {
        // Once more from here on, token by token, as with lines.
      }
    }
    while position < end {
      guard token.contains(text[position]) else {
        position += 1
        continue
      }
      let stop = token.endOfRun(text, from: position, end: end, base: 0, size: 0)
      if try isFound(in: text, position..<stop) {
        visitor.visit(UnsafeRawPointer(text + position), stop - position)
      }
      position = stop
    }
  }

  private func scanTokens<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ end: Int, with filter: LiteralSearch, _ visitor: inout V
  ) throws(Failure) {
    var low = 0
    var failure: Failure?
    filter.forEachHit(text, end) { _, _ in
    } body: { hit, _, _ in
      guard hit >= low, failure == nil, token.contains(text[hit]) else { return }
      let start = token.startOfRun(text, before: hit, low: low, base: 0, size: 0)
      let stop = token.endOfRun(text, from: hit, end: end, base: 0, size: 0)
      do throws(Failure) {
        if try isFound(in: text, start..<stop) { visitor.visit(UnsafeRawPointer(text + start), stop - start) }
      } catch {
        failure = error
      }
      low = stop
    }
    if let failure { throw failure }
  }

  private func isFound(in text: UnsafePointer<UInt8>, _ range: Range<Int>) throws(Failure) -> Bool {
    do {
      return try isFound(text + range.lowerBound, range.count, from: 0)
    } catch {
      throw Failure(code: error.code, position: range.lowerBound)
    }
  }

  /// Visits the token at `position` and returns its end.
  private func visitToken<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, at position: Int, low: Int, _ end: Int, _ visitor: inout V
  ) -> Int {
    let start = token.startOfRun(text, before: position, low: low, base: 0, size: 0)
    let stop = token.endOfRun(text, from: position, end: end, base: 0, size: 0)
    visitor.visit(UnsafeRawPointer(text + start), stop - start)
    return stop
  }
}
