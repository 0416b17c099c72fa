import CSystemIO
import Glibc

/// What is done with each match.
public protocol MatchVisitor: ~Copyable {
  /// `length` bytes from `bytes` on matched; they stay valid until the scan returns.
  mutating func visit(_ bytes: UnsafeRawPointer, _ length: Int) throws
}

/// PCRE2 gave up on a line (its match limit, its stack): never taken for "no match".
public struct GrepMatchError: Error, CustomStringConvertible, Sendable {
  public let description: String
}

/// Finds a pattern's matches in a text that comes in chunks; one thread's.
public final class GrepMatcher {
  private let pattern: GrepPattern
  private let data: OpaquePointer
  private let context: OpaquePointer

  public init(_ pattern: GrepPattern) {
    self.pattern = pattern
    data = pcre2_match_data_create_8(1, nil)
    context = pcre2_match_context_create_8(nil)
  }

  deinit {
    pcre2_match_data_free_8(data)
    pcre2_match_context_free_8(context)
  }

  /// Visits the matches in the whole lines at the start of `bytes`, and returns how many bytes those were.
  public func scan(
    _ bytes: UnsafeRawBufferPointer, carried: Int, last: Bool, visitor: inout some MatchVisitor & ~Copyable
  ) throws -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    var end = bytes.count
    if !last {
      while end > carried, bytes[end - 1] != 10 { end -= 1 }
      if end == carried { return 0 }
    }
    var start = 0
    while start < end {
      let newline = memchr(base + start, 10, end - start).map { UnsafeRawPointer($0) - base } ?? end
      try scanLine(UnsafeRawBufferPointer(rebasing: bytes[start..<newline]), &visitor)
      start = newline + 1
    }
    return end
  }

  /// Whether the pattern is found in `subject`.
  public func matches(_ subject: UnsafeRawBufferPointer) throws -> Bool { try find(subject, from: 0) != nil }

  private func scanLine(_ line: UnsafeRawBufferPointer, _ visitor: inout some MatchVisitor & ~Copyable) throws
  {
    guard let base = line.baseAddress else { return }
    if pattern.match == .word {
      var start = 0
      for index in 0...line.count
      where index == line.count || line[index] == 32 || (9...13).contains(line[index]) {
        let token = UnsafeRawBufferPointer(rebasing: line[start..<index])
        if !token.isEmpty, try matches(token) { try visitor.visit(base + start, token.count) }
        start = index + 1
      }
      return
    }
    var from = 0
    while from <= line.count, let match = try find(line, from: from) {
      if match.isEmpty {
        from = match.upperBound + 1
      } else {
        try visitor.visit(base + match.lowerBound, match.count)
        from = match.upperBound
      }
    }
  }

  private func find(_ subject: UnsafeRawBufferPointer, from: Int) throws -> Range<Int>? {
    var empty: UInt8 = 0
    let count = withUnsafePointer(to: &empty) { none in
      let start = subject.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? none
      return pcre2_match_8(pattern.code.pointer, start, subject.count, from, 0, data, context)
    }
    if count == PCRE2_ERROR_NOMATCH { return nil }
    guard count >= 0, let offsets = pcre2_get_ovector_pointer_8(data) else {
      throw GrepMatchError(
        description: "match '\(String(decoding: pattern.source, as: UTF8.self))': \(PerlCode.message(count))")
    }
    return offsets[0]..<max(offsets[0], offsets[1])
  }
}
