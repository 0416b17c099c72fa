import CSystemIO
import Glibc
import MapReduce
import Testing

/// What searches, where it gives up, and what a long line costs.
@Suite struct GrepEngineTests {
  @Test(arguments: [
    ("chedj[a-z]*", "literal"), ("[a-z]*ing", "literal"), ("th[a-z]+", "literal"), ("error", "literal"),
    ("[0-9]{4}-[0-9]{2}", "literal"), ("[a-z]+", "sequence"), ("\\d+", "sequence"),
    ("[A-Z][a-z]*", "sequence"),
    ("colou?r", "literal"), ("(?:ab){2}c", "literal"), ("a\\nb", "never"), ("[\\n]", "never"),
    ("^error", "pcre2"), ("error$", "pcre2"), ("\\bking\\b", "pcre2"), ("(cat|dog)s", "pcre2"),
    ("a.*?b", "pcre2"), ("(a)\\1", "pcre2"), ("(?=a)b", "pcre2"), ("(?i)error", "pcre2"),
    ("(*NO_JIT)error", "pcre2"), ("x*", "sequence"), ("x*y*", "pcre2"),
  ])
  func `a pattern is searched without PCRE2 where that is exact`(pattern: String, engine: String) throws {
    #expect(GrepMatcher(try GrepPattern(pattern)).engineName == engine)
  }

  @Test(arguments: [
    ("a(b", 3, "missing closing parenthesis"), ("[z-a]", 3, "range out of order in character class"),
    ("*a", 0, "quantifier does not follow a repeatable item"), ("ab\\", 3, "\\ at end of pattern"),
    ("a[b", 3, "missing terminating ] for character class"),
  ])
  func `a bad pattern is refused with the place where reading it ended`(
    pattern: String, position: Int, message: String
  ) throws {
    let error = try #require(throws: GrepPatternError.self) { try GrepPattern(pattern) }
    #expect(error.position == position && error.message == message, "\(error)")
  }

  @Test(arguments: ["(a|aa)+$", "(*NO_JIT)(*LIMIT_MATCH=1000)(a|aa)+$"])
  func `a pattern that backtracks without end is an error that names the line`(pattern: String) throws {
    let bad = [UInt8](repeating: UInt8(ascii: "a"), count: 60) + Array("!\n".utf8)
    let text = Array("aa\nb\n".utf8) + bad + Array("a\n".utf8)
    for cuts in [[], [4], [5, 20]] {
      let matcher = GrepMatcher(try GrepPattern(pattern))
      var tally = MatchTally()
      let error = try #require(throws: GrepScanError.self) {
        try matcher.feed(text, cuts: cuts, visitor: &tally)
      }
      #expect(error.code == Int(PCRE2_ERROR_MATCHLIMIT) && error.reason == "match limit exceeded")
      #expect(error.position == 5)
      #expect(error.description.contains("'\(pattern)' in the line at byte 5: match limit exceeded"))
      // What stood before the line was seen.
      #expect(tally.count == 1)
    }
  }

  @Test func `where the machine code's stack ends, the interpreter's limit is what is said`() throws {
    let pattern = "(*LIMIT_HEAP=20000)((a)|(b)|(c))*d"
    let line = [UInt8](repeating: UInt8(ascii: "a"), count: 1_200_000) + Array("d\n".utf8)
    let matcher = GrepMatcher(try GrepPattern(pattern))
    let error = try #require(throws: GrepScanError.self) {
      try matcher.matches(in: Array("aad\n".utf8) + line)
    }
    #expect(error.code == Int(PCRE2_ERROR_HEAPLIMIT) && error.position == 4)
    #expect(error.description.contains("heap limit exceeded"))
    // The same pattern on lines of a usual length.
    #expect(try GrepMatcher(GrepPattern(pattern)).matches(in: Array("xabcd\n".utf8)) == [Array("abcd".utf8)])
  }

  @Test(arguments: ["error", "[a-z]+", "(a|b)+c", "^a", "a\\nb"], GrepMatch.allCases)
  func `while a line is unfinished, only its fresh bytes are looked at`(pattern: String, match: GrepMatch)
    throws
  {
    // Carried bytes that cannot be read: whoever searches them again, and so costs the square of a long line, traps.
    let page = sysconf(Int32(_SC_PAGESIZE))
    let base = try #require(mmap(nil, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    defer { munmap(base, 3 * page) }
    memset(base, 97, 3 * page)
    try #require(mprotect(base, page, PROT_NONE) == 0)
    let matcher = GrepMatcher(try GrepPattern(pattern, match: match))
    var tally = MatchTally()
    let bytes = UnsafeRawBufferPointer(start: base, count: 2 * page)
    #expect(try matcher.scan(bytes, carried: page, last: false, visitor: &tally) == 0)
    #expect(tally.count == 0)
  }

  @Test(arguments: [("[a-z]*ing", 1), ("x+", 1), ("(?:king|queen)s?", 2), ("^a", 1)])
  func `a line of 10 MB in 256 KiB pieces is searched once`(pattern: String, expected: Int) throws {
    var line = [UInt8](repeating: UInt8(ascii: "-"), count: 10_000_000)
    line[0] = UInt8(ascii: "a")
    line.replaceSubrange(262_140..<262_148, with: Array("xxxxxxxx".utf8))
    line.replaceSubrange(5_000_000..<5_000_004, with: Array("king".utf8))
    line.replaceSubrange(9_999_990..<9_999_996, with: Array("queens".utf8))
    let cuts = Array(stride(from: 262_144, to: line.count, by: 262_144))
    let matches = try GrepMatcher(GrepPattern(pattern)).matches(in: line, cuts: cuts)
    #expect(matches.count == expected)
    #expect(try matches == GrepMatcher(GrepPattern(pattern)).matches(in: line))
  }
}
