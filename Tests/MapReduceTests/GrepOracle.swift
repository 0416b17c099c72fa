import CSystemIO
import Glibc
import MapReduce

/// What a match is, said in the plainest way: PCRE2's interpreter on one line (or token) after the other.
struct GrepOracle: ~Copyable {
  private let code: OpaquePointer
  private let data: OpaquePointer
  private let context: OpaquePointer
  private let match: GrepMatch

  /// The pattern backtracks more than a test should wait for.
  struct LimitReached: Error {}

  /// Nil where PCRE2 does not accept the pattern.
  init?(_ pattern: [UInt8], match: GrepMatch) {
    var error: CInt = 0
    var position = 0
    guard let code = mb_pcre2_compile(pattern + [0], pattern.count, &error, &position),
      let data = pcre2_match_data_create_8(1, nil), let context = pcre2_match_context_create_8(nil)
    else { return nil }
    pcre2_set_match_limit_8(context, 100_000)
    self.code = code
    self.data = data
    self.context = context
    self.match = match
  }

  deinit {
    pcre2_code_free_8(code)
    pcre2_match_data_free_8(data)
    pcre2_match_context_free_8(context)
  }

  func matches(in text: [UInt8]) throws(LimitReached) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    for index in 0...text.count where index == text.count || ends(text[index]) {
      if match == .span {
        try spans(text, start..<index, into: &result)
      } else if index > start, try find(text, start..<index, from: 0) != nil {
        result.append(start..<index)
      }
      start = index + 1
    }
    return result
  }

  private func ends(_ byte: UInt8) -> Bool {
    byte == 0x0A || match == .word && [0x20, 0x09, 0x0B, 0x0C, 0x0D].contains(byte)
  }

  private func spans(
    _ text: [UInt8], _ line: Range<Int>, into result: inout [Range<Int>]
  ) throws(LimitReached) {
    var offset = 0
    while offset <= line.count, let found = try find(text, line, from: offset) {
      if !found.isEmpty {
        result.append(line.lowerBound + found.lowerBound..<line.lowerBound + found.upperBound)
      }
      offset = found.isEmpty ? found.upperBound + 1 : found.upperBound
    }
  }

  private func find(
    _ text: [UInt8], _ subject: Range<Int>, from offset: Int
  ) throws(LimitReached) -> Range<Int>? {
    // A copy of the subject alone: nothing around it can be seen.
    let bytes = Array(text[subject]) + [0]
    let result = pcre2_match_8(
      code, bytes, subject.count, offset, UInt32(PCRE2_NO_JIT), data, context)
    if result == PCRE2_ERROR_NOMATCH { return nil }
    guard result >= 0, let vector = pcre2_get_ovector_pointer_8(data) else { throw LimitReached() }
    return vector[0]..<max(vector[0], vector[1])
  }
}

/// Keeps what it is shown, copied.
struct MatchCollector: MatchVisitor {
  private(set) var texts: [[UInt8]] = []

  mutating func visit(_ start: UnsafeRawPointer, _ length: Int) {
    texts.append(Array(UnsafeRawBufferPointer(start: start, count: length)))
  }
}

/// Keeps only how much it was shown.
struct MatchTally: MatchVisitor {
  private(set) var count = 0
  private(set) var bytes = 0

  mutating func visit(_ start: UnsafeRawPointer, _ length: Int) {
    count += 1
    bytes += length
  }
}

extension GrepMatcher {
  /// Feeds `text` cut at `cuts` (ascending), as a split's chunks are fed: what was not consumed comes again.
  func matches(in text: [UInt8], cuts: [Int] = []) throws -> [[UInt8]] {
    var collector = MatchCollector()
    try feed(text, cuts: cuts, visitor: &collector)
    return collector.texts
  }

  func feed(_ text: [UInt8], cuts: [Int] = [], visitor: inout some MatchVisitor) throws {
    // Behind the end stands what could be taken for more of the text.
    let slack = Array(text.suffix(64)) + Array(repeating: UInt8(ascii: "a"), count: 64)
    var start = 0
    var seen = 0
    for end in cuts + [text.count] {
      let chunk = Array(text[start..<end]) + slack
      let consumed = try chunk.withUnsafeBytes { bytes in
        try scan(
          UnsafeRawBufferPointer(rebasing: bytes[..<(end - start)]), carried: seen - start,
          last: end == text.count, visitor: &visitor)
      }
      start += consumed
      seen = end
    }
    precondition(start == text.count)
  }
}

/// SplitMix64: the same numbers from a seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
