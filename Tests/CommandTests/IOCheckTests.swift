import Foundation
import Testing

/// `io check` as a user runs it.
struct IOCheckTests {
  private let text = "[global]\nioengine=libaio\nsize=${MARVEL_TEST_SIZE}\n[a]\nrw=randread\n[b]\nbs=64k\n"

  @Test func `the effective options of each job are printed, and read again`() throws {
    let scratch = try Scratch()
    let file = try scratch.file("t.fio", Array(text.utf8))
    let words = ["io", "check", file, "--iodepth", "4"]
    let ended = try Running(words, environment: ["MARVEL_TEST_SIZE": "1m"]).wait()
    #expect(ended.code == 0, "\(ended.error)")
    let blocks = ended.out.components(separatedBy: "\n\n")
    #expect(blocks.count == 2)
    #expect(blocks[0].hasPrefix("[a]\nkb_base=1024\n"))
    for line in ["rw=randread", "ioengine=libaio", "iodepth=4", "size=1048576", "bs=4096,4096,4096"] {
      #expect(blocks[0].components(separatedBy: "\n").contains(line), "\(line)")
    }
    let again = try run(["io", "check", try scratch.file("again.fio", Array(ended.out.utf8))])
    #expect(again.out == ended.out, "\(again.error)")
    let more = ["io", "check", file, "--section=b", "--size=2m"]
    let one = try Running(more, environment: ["MARVEL_TEST_SIZE": "1m"]).wait()
    #expect(one.out.hasPrefix("[b]\n"))
    #expect(one.out.contains("size=2097152\n"))
  }

  @Test func `what is wrong ends with 64 and the place`() throws {
    let scratch = try Scratch()
    let file = try scratch.file("t.fio", Array("[a]\niodepht=3\n".utf8))
    let ended = try run(["io", "check", file])
    #expect(ended.code == 64)
    #expect(ended.out == "")
    #expect(ended.error == "marvel-bench: \(file):2: unknown option 'iodepht' (did you mean 'iodepth'?)\n")
    let unset = try run(["io", "check", try scratch.file("u.fio", Array(text.utf8))])
    #expect(unset.error.contains("u.fio:3: size=: has no value"))
    #expect(try run(["io", "check"]).code == 64)
    #expect(try run(["io", "check", "\(scratch.path)/none"]).error.contains("No such file or directory"))
    #expect(try run(["io", "check", "--help"]).out.contains("effective options"))
  }
}
