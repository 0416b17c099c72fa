import CSystemIO
import Glibc

/// Runs a ``LiteralPlan``: the literal's two rarest bytes are looked for a block at a time, each hit is extended.
///
/// Time is linear in the text: a stretch of the variable class is measured once, however many literals it holds,
/// and what an attempt looks at before it fails is bounded (``Determinism/failsCheaply(_:start:)``).
final class LiteralSearch {
  private let level: CInt
  private let literal: UnsafeMutablePointer<UInt8>
  private let literalCount: Int
  /// The literal's first eight bytes (or all) as they are loaded, and which of the eight count.
  private let head: UInt64
  private let headMask: UInt64
  private let pair: (first: Int, second: Int)
  private let hits: UnsafeMutablePointer<UInt64>
  private let fixed: [BlockClass]
  private let fixedCount: Int
  private let isFixedSearched: Bool
  private let hasVariable: Bool
  private let variable: BlockClass
  private let variableMinimum: Int
  private let variableMaximum: Int
  private let suffix: SuffixRuns
  private let token = BlockClass(ByteSet(UInt8.min...UInt8.max).subtracting(.whiteSpace))

  /// - Parameter level: As ``mb_scan_level()``, or less.
  init(_ plan: LiteralPlan, level: CInt) {
    self.level = level
    literalCount = plan.literal.count
    literal = .allocate(capacity: literalCount)
    literal.initialize(from: plan.literal, count: literalCount)
    var head: UInt64 = 0
    for (index, byte) in plan.literal.prefix(8).enumerated() { head |= UInt64(byte) << UInt64(index * 8) }
    self.head = head.littleEndian
    headMask = (UInt64.max >> UInt64(64 - 8 * min(8, literalCount))).littleEndian
    let rarest = ByteFrequency.rarestPair(of: plan.literal)
    pair = (rarest.first, rarest.second)
    hits = .allocate(capacity: scanBlockSize / 64)
    hits.initialize(repeating: 0, count: scanBlockSize / 64)
    fixed = plan.fixed.map(BlockClass.init)
    fixedCount = fixed.count
    isFixedSearched = plan.isFixedSearched
    hasVariable = plan.variable != nil
    variable = BlockClass(plan.variable?.set ?? ByteSet())
    variableMinimum = plan.variable?.minimum ?? 0
    variableMaximum = plan.variable?.maximum ?? 0
    suffix = SuffixRuns(plan.suffix)
  }

  deinit {
    literal.deallocate()
    hits.deallocate()
    fixed.forEach { $0.deallocate() }
    variable.deallocate()
    suffix.deallocate()
    token.deallocate()
  }

  /// Visits the matches (`.span`), or the tokens that hold one, in ascending order.
  func scan<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, count end: Int, match: GrepMatch, visitor: inout V
  ) {
    switch match {
    case .word: scanTokens(text, end, &visitor)
    case .span where hasVariable: scanExtended(text, end, &visitor)
    case .span: scanPlain(text, end, &visitor)
    }
  }

  /// Calls `body` with each position of the literal from which `low` has not been moved past, in ascending order.
  ///
  /// `body` gets the block that the position lies in, too; `prepare` is called once for each block with a hit.
  @inline(__always)
  func forEachHit(
    _ text: UnsafePointer<UInt8>, _ end: Int, prepare: (_ base: Int, _ size: Int) -> Void,
    body: (_ hit: Int, _ base: Int, _ size: Int) -> Void
  ) {
    let candidates = end &- literalCount &+ 1
    let a = literal[pair.first]
    let b = literal[pair.second]
    let distance = pair.second &- pair.first
    let (level, hits, head, headMask) = (level, hits, head, headMask)
    var base = 0
    while base < candidates {
      let count = min(scanBlockSize, candidates &- base)
      if mb_scan_pair(level, text + base + pair.first, count, a, b, distance, hits) != 0 {
        let size = min(scanBlockSize, end &- base)
        var isPrepared = false
        for word in 0..<((count &+ 63) &>> 6) {
          var mask = hits[word]
          while mask != 0 {
            let hit = base &+ word &<< 6 &+ mask.trailingZeroBitCount
            mask &= mask &- 1
            let here = UnsafeRawPointer(text + hit).loadUnaligned(as: UInt64.self)
            if here & headMask != head { continue }
            if literalCount > 8, memcmp(text + hit + 8, literal + 8, literalCount &- 8) != 0 { continue }
            if !isPrepared {
              prepare(base, size)
              isPrepared = true
            }
            body(hit, base, size)
          }
        }
      }
      base &+= scanBlockSize
    }
  }

  /// Whether the fixed classes stand at `position`.
  @inline(__always)
  private func fixedHold(_ text: UnsafePointer<UInt8>, at position: Int) -> Bool {
    for index in 0..<fixedCount where !fixed[index].contains(text[position &+ index]) { return false }
    return true
  }

  /// `fixed literal suffix`
  @inline(__always)
  private func scanPlain<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ end: Int, _ visitor: inout V
  ) {
    let suffix = suffix
    let only = suffix.only
    let behind = literalCount
    let fixedCount = fixedCount
    var low = 0
    forEachHit(text, end) { base, size in
      if let only { _ = only.prepare(text, base: base, size: size, level: level) }
    } body: { hit, base, size in
      let start = hit &- fixedCount
      guard start >= low, fixedHold(text, at: start) else { return }
      var stop = hit &+ behind
      if only != nil {
        stop = suffix.endOfOnly(text, from: stop, end: end, base: base, size: size)
      } else if !suffix.isEmpty {
        stop = suffix.end(text, from: stop, end: end)
      }
      if stop < 0 { return }
      visitor.visit(UnsafeRawPointer(text + start), stop &- start)
      low = stop
    }
  }

  /// A stretch of the variable class, and how far the fixed classes have been searched for in it.
  private struct Stretch {
    var start = 0
    /// A literal from `start` to here continues the stretch; -1 before the first.
    var end = -1
    var searched = 0
  }

  /// Where the leftmost match with the literal at `hit` starts, or -1; `stretch` becomes that before `hit`.
  @inline(__always)
  private func start(
    _ text: UnsafePointer<UInt8>, hit: Int, low: Int, end: Int, base: Int, size: Int, stretch: inout Stretch
  ) -> Int {
    if hit > stretch.end {
      let start = variable.startOfRun(text, before: hit, low: low, base: base, size: size)
      let stop = variable.endOfRun(text, from: hit, end: end, base: base, size: size)
      stretch = Stretch(start: start, end: stop, searched: 0)
    }
    let lowest = max(stretch.start, low)
    if fixedCount == 0 {
      let start = max(lowest, hit &- variableMaximum)
      return hit &- start < variableMinimum ? -1 : start
    }
    if isFixedSearched {
      var start = max(stretch.searched, low, stretch.start &- fixedCount)
      while start &+ fixedCount &+ variableMinimum <= hit {
        stretch.searched = start
        if fixedHold(text, at: start) { return start }
        start &+= 1
      }
      stretch.searched = start
      return -1
    }
    let start = stretch.start &- fixedCount
    let length = hit &- stretch.start
    guard start >= low, length >= variableMinimum, length <= variableMaximum else { return -1 }
    return fixedHold(text, at: start) ? start : -1
  }

  /// `fixed variable literal suffix`: the leftmost start, then the last literal that the variable class reaches.
  @inline(__always)
  private func scanExtended<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ end: Int, _ visitor: inout V
  ) {
    let suffix = suffix
    let only = suffix.only
    let behind = literalCount
    var low = 0
    var stretch = Stretch()
    // The match found so far: its start (-1: none), its last literal, and how far a later one may lie.
    var start = -1
    var last = 0
    var limit = 0
    // The block whose masks are at hand.
    var preparedBase = 0
    var preparedSize = 0

    @inline(__always)
    func finish(_ visitor: inout V) {
      var stop = last &+ behind
      if only != nil {
        stop = suffix.endOfOnly(text, from: stop, end: end, base: preparedBase, size: preparedSize)
      } else if !suffix.isEmpty {
        stop = suffix.end(text, from: stop, end: end)
      }
      visitor.visit(UnsafeRawPointer(text + start), stop &- start)
      low = stop
      start = -1
    }

    forEachHit(text, end) { base, size in
      _ = variable.prepare(text, base: base, size: size, level: level)
      if let only { _ = only.prepare(text, base: base, size: size, level: level) }
      preparedBase = base
      preparedSize = size
    } body: { hit, base, size in
      if start >= 0 {
        if hit <= limit {
          if suffix.alwaysHold || suffix.hold(text, at: hit &+ behind, end: end) { last = hit }
          return
        }
        finish(&visitor)
      }
      guard hit >= low, suffix.alwaysHold || suffix.hold(text, at: hit &+ behind, end: end) else { return }
      let found = self.start(
        text, hit: hit, low: low, end: end, base: base, size: size, stretch: &stretch)
      if found < 0 { return }
      start = found
      last = hit
      limit = fixedCount == 0 ? min(stretch.end, found &+ variableMaximum) : stretch.end
      if fixedCount != 0, variableMaximum < PatternItem.unbounded {
        limit = min(limit, found &+ fixedCount &+ variableMaximum)
      }
    }
    if start >= 0 { finish(&visitor) }
  }

  /// The tokens in which the literal stands with what must stand around it.
  @inline(__always)
  private func scanTokens<V: MatchVisitor & ~Copyable>(
    _ text: UnsafePointer<UInt8>, _ end: Int, _ visitor: inout V
  ) {
    var low = 0
    var stretch = Stretch()
    forEachHit(text, end) { base, size in
      _ = token.prepare(text, base: base, size: size, level: level)
      if hasVariable { _ = variable.prepare(text, base: base, size: size, level: level) }
    } body: { hit, base, size in
      guard hit >= low, suffix.alwaysHold || suffix.hold(text, at: hit &+ literalCount, end: end) else {
        return
      }
      if hasVariable {
        let found = start(text, hit: hit, low: low, end: end, base: base, size: size, stretch: &stretch)
        if found < 0 { return }
      } else if hit &- fixedCount < low || !fixedHold(text, at: hit &- fixedCount) {
        return
      }
      let first = token.startOfRun(text, before: hit, low: low, base: base, size: size)
      let stop = token.endOfRun(text, from: hit, end: end, base: base, size: size)
      visitor.visit(UnsafeRawPointer(text + first), stop &- first)
      low = stop
    }
  }
}
