import CSystemIO

/// What a grep counts.
public enum GrepMatch: String, CaseIterable, Sendable {
  /// Every non-empty match, leftmost first and not overlapping, within a line.
  case span
  /// The tokens (split on ASCII white space) in which the pattern is found.
  case word
}

/// A pattern that PCRE2 does not accept.
public struct GrepPatternError: Error, Equatable, CustomStringConvertible {
  /// The pattern's bytes, what is not UTF-8 in them replaced.
  public let pattern: String
  /// What PCRE2 says, as `missing closing parenthesis`.
  public let message: String
  /// Where PCRE2 stopped reading: a byte offset in the pattern, from 0 to its length.
  public let position: Int

  public var description: String { "pattern '\(pattern)': \(message) at byte \(position)" }
}

/// A pattern in Perl's syntax over bytes, as PCRE2 (10.x) defines it, compiled.
///
/// Lines end in '\n'; a line is the whole subject, so that anchors and assertions see nothing beyond it, and
/// with ``GrepMatch/word`` a token is. There is no UTF mode: `.` is one byte.
public struct GrepPattern: Sendable {
  public let source: [UInt8]
  public let match: GrepMatch
  let code: PerlCode
  /// How it can be searched without PCRE2, nil where it cannot.
  let plan: SearchPlan?
  /// What is known of it where PCRE2 searches.
  let bounds: PatternBounds

  public init(_ source: String, match: GrepMatch = .span) throws(GrepPatternError) {
    try self.init(bytes: Array(source.utf8), match: match)
  }

  public init(bytes source: [UInt8], match: GrepMatch = .span) throws(GrepPatternError) {
    self.source = source
    self.match = match
    code = try PerlCode(source)
    let syntax = PatternSyntax.parse(source)
    let forbidden = match == .word ? ByteSet.whiteSpace : .newline
    plan = syntax?.items.flatMap { SearchPlan.make($0, forbidden: forbidden, match: match) }
    bounds = PatternBounds(syntax, forbidden: forbidden)
  }
}

/// PCRE2's compiled form of a pattern; read-only once made, so that threads may share it.
final class PerlCode: @unchecked Sendable {
  let pointer: OpaquePointer
  /// Whether it is machine code; elsewhere (no executable memory, `(*NO_JIT)`) PCRE2 interprets.
  let isJIT: Bool
  /// Whether it can match the empty string.
  let matchesEmpty: Bool

  /// - Parameter compilesToMachineCode: False for the few matches that would not repay it.
  init(_ source: [UInt8], compilesToMachineCode: Bool = true) throws(GrepPatternError) {
    var code: CInt = 0
    var position = 0
    // An empty array has no address, and PCRE2 10.42 refuses a null pattern.
    let bytes = source + [0]
    guard let pointer = mb_pcre2_compile(bytes, source.count, &code, &position) else {
      throw GrepPatternError(
        pattern: String(decoding: source, as: UTF8.self), message: PerlCode.message(code), position: position)
    }
    self.pointer = pointer
    isJIT =
      compilesToMachineCode && pcre2_jit_compile_8(pointer, UInt32(PCRE2_JIT_COMPLETE)) == 0
      && mb_pcre2_has_jit(pointer) != 0
    var empty: UInt32 = 1
    _ = pcre2_pattern_info_8(pointer, UInt32(PCRE2_INFO_MATCHEMPTY), &empty)
    matchesEmpty = empty != 0
  }

  deinit { pcre2_code_free_8(pointer) }

  /// PCRE2's words for one of its error codes.
  static func message(_ code: CInt) -> String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
      let count = pcre2_get_error_message_8(code, buffer.baseAddress, buffer.count)
      return count >= 0 ? String(decoding: buffer[..<Int(count)], as: UTF8.self) : "PCRE2 error \(code)"
    }
  }
}
