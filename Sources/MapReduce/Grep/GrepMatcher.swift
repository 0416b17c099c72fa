import CSystemIO

/// Receives matches.
///
/// A protocol rather than a closure, so that the visit is compiled into the search.
public protocol MatchVisitor: ~Copyable {
  /// - Parameters:
  ///   - start: The first byte of a match or token, in the scanned bytes; at least 64 bytes behind its end can be read.
  ///   - length: At least 1.
  mutating func visit(_ start: UnsafeRawPointer, _ length: Int)
}

/// A search that PCRE2 gave up: a limit that a pattern with much backtracking ran into. Never taken for no match.
public struct GrepScanError: Error, Equatable, CustomStringConvertible {
  /// The pattern's bytes, what is not UTF-8 in them replaced.
  public let pattern: String
  /// PCRE2's error code (below 0) and what it says.
  public let code: Int
  public let reason: String
  /// Where the line (or token) starts, counted from the first byte that the matcher was ever given.
  public let position: Int

  public var description: String {
    "search '\(pattern)' in the line at byte \(position): \(reason) (a pattern that backtracks less will do)"
  }
}

/// Finds a pattern in a text that comes chunk by chunk. Belongs to one thread.
///
/// Sequences of byte classes are searched without PCRE2, in linear time and by a literal first where they hold
/// one (``SearchPlan``); everything else by PCRE2, compiled to machine code where that is possible.
public final class GrepMatcher {
  private let pattern: GrepPattern
  private let engine: Engine
  /// Bytes consumed by all earlier scans.
  private var consumed = 0

  private enum Engine {
    case never
    case literal(LiteralSearch)
    case sequence(SequenceSearch)
    case perl(PerlSearch)
  }

  public convenience init(_ pattern: GrepPattern) {
    self.init(pattern, level: Int(mb_scan_level()), avoidsOwnSearch: false)
  }

  /// - Parameters:
  ///   - level: The instruction set to use, as ``mb_scan_level()``, or less.
  ///   - avoidsOwnSearch: PCRE2 searches, whatever the pattern.
  package init(_ pattern: GrepPattern, level: Int, avoidsOwnSearch: Bool) {
    precondition(0...Int(mb_scan_level()) ~= level)
    self.pattern = pattern
    let level = CInt(level)
    engine =
      switch avoidsOwnSearch ? nil : pattern.plan {
      case .never: .never
      case .literal(let plan): .literal(LiteralSearch(plan, level: level))
      case .sequence(let plan): .sequence(SequenceSearch(plan, level: level))
      case nil: .perl(PerlSearch(pattern, level: level))
      }
  }

  /// Visits the matches in `bytes`, in ascending order, and returns how many bytes were consumed.
  ///
  /// The rest, an unfinished line (with ``GrepMatch/word``: token), comes again at the start of the next scan,
  /// more bytes behind it. Time is linear in the fresh bytes as long as a line is unfinished.
  ///
  /// - Parameters:
  ///   - bytes: At least 64 bytes behind the end must be readable (they mean nothing).
  ///   - carried: How many bytes at the start are the rest of the scan before.
  ///   - last: No more bytes will come: all are consumed.
  /// - Throws: ``GrepScanError`` where PCRE2 gives up; the matches before that line have been visited.
  public func scan<V: MatchVisitor & ~Copyable>(
    _ bytes: UnsafeRawBufferPointer, carried: Int, last: Bool, visitor: inout V
  ) throws(GrepScanError) -> Int {
    precondition(0...bytes.count ~= carried)
    guard let start = bytes.baseAddress else { return 0 }
    let text = start.assumingMemoryBound(to: UInt8.self)
    let count = last ? bytes.count : finished(text, bytes.count, carried: carried)
    guard count > 0 else { return 0 }
    switch engine {
    case .never: break
    case .literal(let search): search.scan(text, count: count, match: pattern.match, visitor: &visitor)
    case .sequence(let search): search.scan(text, count: count, match: pattern.match, visitor: &visitor)
    case .perl(let search):
      do {
        try search.scan(text, count: count, match: pattern.match, visitor: &visitor)
      } catch {
        throw GrepScanError(
          pattern: String(decoding: pattern.source, as: UTF8.self), code: Int(error.code),
          reason: PerlCode.message(error.code), position: consumed + error.position)
      }
    }
    consumed += count
    return count
  }

  /// How many bytes there are up to the end of the last whole line (or token); looks at fresh bytes only.
  private func finished(_ text: UnsafePointer<UInt8>, _ count: Int, carried: Int) -> Int {
    switch pattern.match {
    case .span:
      let newline = mb_last_byte(text + carried, count - carried, 0x0A)
      return newline < 0 ? 0 : carried + newline + 1
    case .word:
      let whiteSpace = ByteSet.whiteSpace
      var end = count
      while end > carried, !whiteSpace.contains(text[end - 1]) { end -= 1 }
      return end > carried ? end : 0
    }
  }

  /// What searches, for tests and for `--verbose`: `never`, `literal`, `sequence`, `pcre2`.
  package var engineName: String {
    switch engine {
    case .never: "never"
    case .literal: "literal"
    case .sequence: "sequence"
    case .perl: "pcre2"
    }
  }
}
