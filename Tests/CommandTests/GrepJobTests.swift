import Foundation
import Testing

/// `job` on patterns, lines and files that are out of the ordinary.
struct GrepJobTests {
  private func grep(_ pattern: String, _ input: String, _ out: String, _ options: [String] = []) throws
    -> Ended
  {
    try run(
      ["job", "grep", "--pattern", pattern, "--input", input, "--output", out, "--workers", "2"] + options)
  }

  @Test(arguments: [
    ("a(b", 3, "missing closing parenthesis"), ("[z-a]", 3, "range out of order in character class"),
    ("*a", 0, "quantifier does not follow a repeatable item"), ("ab\\", 3, "\\ at end of pattern"),
  ])
  func `a bad pattern is refused with the place of its error, before anything is made`(
    pattern: String, position: Int, message: String
  ) throws {
    let scratch = try Scratch()
    let ended = try grep(pattern, try scratch.file("input", Array("a\n".utf8)), scratch.path + "/out")
    #expect(ended.code == 64)
    #expect(
      ended.error.contains("--pattern: pattern '\(pattern)': \(message) at byte \(position)"),
      "\(ended.error)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/out"))
  }

  @Test func `a pattern that backtracks without end is a clear error and leaves no output`() throws {
    let scratch = try Scratch()
    let text = "fine\n" + String(repeating: "a", count: 60) + "!\n"
    let ended = try grep("(a|aa)+$", try scratch.file("input", Array(text.utf8)), scratch.path + "/out")
    #expect(ended.code == 2, "\(ended.code)")
    #expect(
      ended.error.contains("search '(a|aa)+$' in the line at byte 5: match limit exceeded"), "\(ended.error)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/out"))
  }

  /// A line of `size` bytes that holds few words; those between them are long.
  private func line(_ size: Int) -> [UInt8] {
    var line = [UInt8](repeating: 45, count: size)
    for (place, word) in [(0, "king "), (size / 2, " a king "), (size - 10, " kingking ")] {
      line.replaceSubrange(place..<place + word.utf8.count, with: Array(word.utf8))
    }
    return line
  }

  @Test func `one line of 100 MB is searched`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", line(100_000_000))
    let ended = try grep("[a-z]*ing", input, scratch.path + "/out", ["--split", "16MiB"])
    #expect(ended.code == 0, "\(ended.error)")
    #expect(
      try sorted(outputLines(scratch.path + "/out")).map { String(decoding: $0, as: UTF8.self) }
        == ["king\t2", "kingking\t1"])
  }

  @Test func `the words of one line of 20 MB are counted`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", line(20_000_000))
    let ended = try run([
      "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--workers", "2", "--split",
      "4MiB",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    // By parts, without taking the long words to pieces: in a debug build that would be most of the time.
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/out")
    let parts = names.filter { $0.hasPrefix("part-") }.map {
      FileManager.default.contents(atPath: "\(scratch.path)/out/\($0)") ?? Data()
    }
    for row in ["a\t1\n", "king\t2\n", "kingking\t1\n"] {
      #expect(parts.contains { $0.range(of: Data(row.utf8)) != nil }, "\(row)")
    }
    // Two words of dashes; their lengths: what stands before, between and behind the others.
    let dashes = [10_000_000 - 5, 10_000_000 - 10 - 8]
    let sizes = dashes.map { $0 + 3 } + [4, 7, 11]
    #expect(parts.reduce(0) { $0 + $1.count } == sizes.reduce(0, +))
  }

  @Test(arguments: ["256KiB", "1GiB"], ["wordcount", "grep"])
  func `a file that shrinks while a job reads it is named, and nothing is left`(split: String, job: String)
    throws
  {
    let scratch = try Scratch()
    // A pattern that takes its time with each line, so that the file is still being read.
    let input = try scratch.file("input", someText(24 << 20))
    let pattern = job == "grep" ? ["--pattern", "([a-z]+ )*(?=[a-z]*x)q[a-z]*"] : []
    let running = try Running(
      ["job", job, "--input", input, "--output", scratch.path + "/out", "--workers", "2", "--split", split]
        + pattern)
    #expect(!running.waitForWorkers().isEmpty)
    usleep(20_000)
    #expect(truncate(input, 1 << 20) == 0)
    let ended = running.wait()
    #expect(ended.code == 2, "\(ended.code) \(ended.signal.debugDescription) \(ended.out)")
    #expect(ended.error.contains("read \(input): it shrank"), "\(ended.error)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/out"))
  }
}
