import CSystemIO

/// Runs a ``SequencePlan``: attempts a match at each byte with which one can begin, a block's masks at a time.
final class SequenceSearch {
  private let level: CInt
  private let first: BlockClass
  private let head: BlockClass
  private let minimum: Int
  private let maximum: Int
  private let rest: SuffixRuns
  private let token = BlockClass(ByteSet(UInt8.min...UInt8.max).subtracting(.whiteSpace))

  /// - Parameter level: As ``mb_scan_level()``, or less.
  init(_ plan: SequencePlan, level: CInt) {
    self.level = level
    first = BlockClass(plan.first)
    head = BlockClass(plan.runs[0].set)
    minimum = plan.runs[0].minimum
    maximum = plan.runs[0].maximum
    rest = SuffixRuns(Array(plan.runs.dropFirst()))
  }

  deinit {
    first.deallocate()
    head.deallocate()
    rest.deallocate()
    token.deallocate()
  }

  /// Visits the matches (`.span`), or the tokens that hold one, in ascending order.
  func scan<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, count end: Int, match: GrepMatch, visitor: inout V
  ) {
    switch match {
    case .word:
      walk(text, end, isToken: true, &visitor)
    case .span where rest.isEmpty && maximum == PatternItem.unbounded:
      walkStretches(text, end, &visitor)
    case .span:
      walk(text, end, isToken: false, &visitor)
    }
  }

  /// One class without upper limit: its stretches are the matches.
  @inline(__always)
  private func walkStretches<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ end: Int, _ visitor: inout V
  ) {
    let (level, head, minimum) = (level, head, minimum)
    let masks = head.masks
    var low = 0
    var base = 0
    while base < end {
      let size = min(scanBlockSize, end &- base)
      if low < base &+ size, head.prepare(text, base: base, size: size, level: level) {
        var word = max(0, low &- base) &>> 6
        let words = (size &+ 63) &>> 6
        var mask = masks[word] & (.max &<< UInt64(truncatingIfNeeded: max(0, low &- base) & 63))
        while true {
          while mask == 0 {
            word &+= 1
            if word == words { break }
            mask = masks[word]
          }
          if mask == 0 { break }
          let start = base &+ word &<< 6 &+ mask.trailingZeroBitCount
          let stop = head.endOfRun(text, from: start, end: end, base: base, size: size)
          if stop &- start >= minimum { visitor.visit(UnsafeRawPointer(text + start), stop &- start) }
          low = stop
          let offset = stop &- base
          if offset >= size { break }
          word = offset &>> 6
          mask = masks[word] & (.max &<< UInt64(truncatingIfNeeded: offset & 63))
        }
      }
      base &+= scanBlockSize
    }
  }

  /// Any sequence; with `isToken` the tokens that hold a match.
  @inline(__always)
  private func walk<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ end: Int, isToken: Bool, _ visitor: inout V
  ) {
    let (level, first, head, rest) = (level, first, head, rest)
    let isUnlimited = maximum == PatternItem.unbounded
    var low = 0
    var base = 0
    while base < end {
      let size = min(scanBlockSize, end &- base)
      if low < base &+ size, first.prepare(text, base: base, size: size, level: level) {
        _ = head.prepare(text, base: base, size: size, level: level)
        if isToken { _ = token.prepare(text, base: base, size: size, level: level) }
        for word in 0..<((size &+ 63) &>> 6) {
          var mask = first.masks[word]
          while mask != 0 {
            let start = base &+ word &<< 6 &+ mask.trailingZeroBitCount
            mask &= mask &- 1
            if start < low { continue }
            // No further than a match may reach: attempts within one long stretch stay linear.
            let limit = end &- start > maximum ? start &+ maximum : end
            let reach = head.endOfRun(text, from: start, end: limit, base: base, size: size)
            let length = reach &- start
            let stop =
              length < minimum
              ? -1
              : isToken && rest.hold(text, at: start &+ length, end: end)
                ? start &+ length : isToken ? -1 : rest.end(text, from: start &+ length, end: end)
            if stop < 0 {
              // Every attempt from within the stretch would come to its end and fail there as well.
              if isUnlimited { low = reach }
              continue
            }
            if isToken {
              let token = token
              let from = token.startOfRun(text, before: start, low: 0, base: base, size: size)
              low = token.endOfRun(text, from: start, end: end, base: base, size: size)
              visitor.visit(UnsafeRawPointer(text + from), low &- from)
            } else {
              low = stop
              visitor.visit(UnsafeRawPointer(text + start), stop &- start)
            }
          }
        }
      }
      base &+= scanBlockSize
    }
  }
}
