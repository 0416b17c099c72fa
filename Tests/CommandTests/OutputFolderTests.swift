import Foundation
import Testing

/// What `job` does with an output folder in which something is.
struct OutputFolderTests {
  private func arguments(_ input: String, _ output: String) -> [String] {
    [
      "job", "wordcount", "--input", input, "--output", output, "--workers", "1", "--split", "256KiB",
      "--plan",
      "paper", "--encoding", "json",
    ]
  }

  @Test func `what a killed job left is removed by the next one; a live job's folder is refused`() throws {
    let scratch = try Scratch()
    let text = someText(24 << 20)
    let input = try scratch.file("input", text)
    let out = scratch.path + "/out"
    let killed = try Running(arguments(input, out))
    #expect(!killed.waitForWorkers().isEmpty)
    let small = try scratch.file("small", Array("b a b\n".utf8))
    let refused = try run(arguments(small, out))
    #expect(refused.code == 2)
    #expect(refused.error.contains("another job is writing"), "\(refused.error)")
    let live = try run(["clean", "--output", out])
    #expect(live.code == 2)
    #expect(live.error.contains("a job is writing"), "\(live.error)")
    kill(killed.process.processIdentifier, SIGKILL)
    #expect(killed.wait().signal == SIGKILL)
    #expect(FileManager.default.fileExists(atPath: out + "/.attempts"))
    let ended = try run(arguments(small, out))
    #expect(ended.code == 0, "\(ended.error)")
    #expect(try sorted(outputLines(out)) == ["a\t1", "b\t2"].map { Array($0.utf8) })
  }

  @Test(arguments: [
    [".attempts/", "notes.txt"], [".attempts/", "part-00000", "_SUCCESS"], ["part-00000"],
    [".attempts/", "part-0000x"], [".attempts/", "part-"],
  ])
  func `what a job would not leave is never touched`(names: [String]) throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", Array("a\n".utf8))
    let out = scratch.path + "/out"
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    for name in names {
      if name.hasSuffix("/") {
        try FileManager.default.createDirectory(atPath: "\(out)/\(name)", withIntermediateDirectories: false)
      } else {
        _ = try scratch.file("out/\(name)", [65])
      }
    }
    let before = try FileManager.default.contentsOfDirectory(atPath: out).sorted()
    let ended = try run(arguments(input, out))
    #expect(ended.code == 2)
    #expect(ended.error.contains("not empty"), "\(ended.error)")
    let cleaned = try run(["clean", "--output", out])
    #expect(cleaned.code == 0)
    #expect(cleaned.out.contains("kept \(out)"), "\(cleaned.out)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: out).sorted() == before)
  }

  @Test func `what a killed job left is removed by clean`() throws {
    let scratch = try Scratch()
    let out = scratch.path + "/out"
    for name in [".attempts", ".attempts/part-00001.attempt-0.1"] {
      try FileManager.default.createDirectory(atPath: "\(out)/\(name)", withIntermediateDirectories: true)
    }
    for name in ["part-00000", "_rejects-map-00000"] { _ = try scratch.file("out/\(name)", [65]) }
    let cleaned = try run(["clean", "--output", out])
    #expect(cleaned.code == 0, "\(cleaned.error)")
    for name in ["/.attempts", "/part-00000", "/_rejects-map-00000", ""] {
      #expect(cleaned.out.contains("removed \(out)\(name)\n"), "\(cleaned.out)")
    }
    #expect(!FileManager.default.fileExists(atPath: out))
    #expect(try run(["clean", "--output", out]).code == 2)
  }
}
