import Foundation
import Testing

/// `generate` as a user runs it.
struct GenerateTests {
  @Test func `tables are written to a folder, and each alone is the same`() throws {
    let scratch = try Scratch()
    let out = "\(scratch.path)/tables"
    let both = try run(["generate", "tables", "--scale", "tiny", "--out", out])
    #expect(both.code == 0, "\(both.error)")
    for (kind, options) in [
      ("rankings", ["--rows", "1200"]), ("uservisits", ["--rows", "10000", "--pages", "1200"]),
    ] {
      let alone = "\(scratch.path)/\(kind)"
      let ended = try run(["generate", kind, "--out", alone] + options)
      #expect(ended.code == 0, "\(ended.error)")
      #expect(FileManager.default.contentsEqual(atPath: alone, andPath: "\(out)/\(kind).csv"))
    }
    let again = try run(["generate", "tables", "--scale", "tiny", "--out", out])
    #expect(again.code != 0)
    #expect(again.error.contains("it exists"))
  }

  @Test(arguments: [
    (["rankings"], "--size, --rows and --scale"), (["rankings", "--rows", "3", "--size", "1KiB"], "one of"),
    (["text", "--rows", "3"], "no rows"), (["tables", "--scale", "tiny", "--pages", "3"], "--pages"),
    (["tables", "--rows", "3", "--vocabulary", "99"], "--vocabulary"),
    (["rankings", "--rows", "3", "--pages", "3"], "pages"),
    (["words", "--rows", "3"], "unknown dataset 'words'"),
  ])
  func `what makes no sense is said, and nothing written`(arguments: [String], why: String) throws {
    let scratch = try Scratch()
    let ended = try run(["generate"] + arguments + ["--out", "\(scratch.path)/out"])
    #expect(ended.code != 0)
    #expect(ended.error.contains(why), "\(ended.error)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [])
  }
}
