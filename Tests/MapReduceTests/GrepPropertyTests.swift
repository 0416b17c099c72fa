import CSystemIO
import Glibc
import MapReduce
import Testing

/// Cases for each of the eight seeds; `MARVEL_BENCH_GREP_CASES` is the sum over them.
private let casesPerSeed: Int = {
  let asked = getenv("MARVEL_BENCH_GREP_CASES").flatMap { Int(String(cString: $0)) }
  return max(1, (asked ?? 4000) / 8)
}()

@Suite struct GrepPropertyTests {
  @Test(arguments: 0..<8 as Range<UInt64>)
  func `finds what PCRE2 finds in each line or token`(seed: UInt64) throws {
    var cases = GrepCases(seed: seed)
    var engines: [String: Int] = [:]
    var matches = 0
    for _ in 0..<casesPerSeed {
      let source = cases.pattern()
      let text = cases.text()
      let match = cases.element(GrepMatch.allCases + [.span])
      guard let oracle = GrepOracle(source, match: match) else {
        #expect(throws: GrepPatternError.self) { try GrepPattern(bytes: source, match: match) }
        continue
      }
      let pattern = try GrepPattern(bytes: source, match: match)
      let level = cases.element(0...Int(mb_scan_level()))
      guard let ranges = try? oracle.matches(in: text) else { continue }
      let expected = ranges.map { Array(text[$0]) }
      for avoidsOwnSearch in [false, true] {
        let matcher = GrepMatcher(pattern, level: level, avoidsOwnSearch: avoidsOwnSearch)
        engines[matcher.engineName, default: 0] += 1
        let found = try matcher.matches(in: text)
        guard found != expected else { continue }
        let difference = zip(found, expected).prefix { $0 == $1 }.count
        Issue.record(
          """
          \(match) '\(String(decoding: source, as: UTF8.self))' by \(matcher.engineName), level \(level): \
          \(found.count) matches instead of \(expected.count); match \(difference) differs, \
          expected \(ranges.dropFirst(difference).first.debugDescription) in \(text)
          """)
        return
      }
      matches += expected.count
    }
    // The comparison would mean nothing if one engine did it all, or if nothing were ever found.
    if casesPerSeed >= 100 {
      for engine in ["literal", "sequence", "pcre2"] {
        #expect(engines[engine, default: 0] * 20 >= casesPerSeed, "\(engines)")
      }
      #expect(matches >= casesPerSeed)
    }
  }

  @Test(arguments: 100..<104 as Range<UInt64>)
  func `finds the same wherever the text is cut into chunks`(seed: UInt64) throws {
    var cases = GrepCases(seed: seed)
    for _ in 0..<max(10, casesPerSeed / 20) {
      let text = cases.text()
      guard text.count < 200,
        let pattern = try? GrepPattern(bytes: cases.pattern(), match: cases.element(GrepMatch.allCases))
      else { continue }
      let whole = try? GrepMatcher(pattern).matches(in: text)
      guard let whole else { continue }
      for cut in 0...text.count {
        let second = cases.element(cut...text.count)
        let found = try GrepMatcher(pattern).matches(in: text, cuts: [cut, second])
        #expect(
          found == whole,
          "'\(String(decoding: pattern.source, as: UTF8.self))' cut at \(cut), \(second) in \(text)")
      }
      #expect(try GrepMatcher(pattern).matches(in: text, cuts: Array(0..<text.count)) == whole)
    }
  }
}
