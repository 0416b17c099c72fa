import Testing

@testable import IOBench

/// fio's command line: overrides, jobs by name, sections.
struct JobCommandLineTests {
  private let file = "[global]\nbs=8k\n[a]\nrw=write\n[b]\niodepth=3\n"

  @Test func `options before a name override every job`() throws {
    let found = try jobs(file, ["--rw", "randread", "--iodepth=9", "--time_based", "--runtime=10"])
    #expect(found.map(\.pattern) == [.randread, .randread])
    #expect(found.map(\.depth) == [9, 9])
    #expect(found.map(\.blockSize.read) == [8192, 8192])
    #expect(found.allSatisfy { $0.timeBased && $0.runtime == 10_000_000_000 })
  }

  @Test func `each name begins a job, before those of the files`() throws {
    let found = try jobs(
      file, ["--direct=1", "--name=x", "--bs=1k", "--name", "y", "--thread", "--direct=0"])
    #expect(found.map(\.name) == ["x", "y", "a", "b"])
    #expect(found.map(\.direct) == [true, false, true, true])
    #expect(found.map(\.blockSize.read) == [1024, 4096, 8192, 8192])
    #expect(found.map(\.thread) == [false, true, false, false])
    #expect(try jobs(words: ["--rw=randread", "--bs", "4k"]).map(\.name) == ["io"])
  }

  @Test func `a section is chosen by name, and the others are not read`() throws {
    let text = file + "[broken]\nnonsense=1\n"
    #expect(try jobs(text, ["--section=b"]).map(\.name) == ["b"])
    #expect(try jobs(text, ["--section", "b", "--section=a"]).map(\.name) == ["a", "b"])
    let missing = complaint { _ = try jobs(text, ["--section=c"]) }
    #expect(missing == "command line: --section c: no such job in t.fio")
  }

  @Test(arguments: [
    (["--iodeth=3"], "command line: unknown option 'iodeth' (did you mean 'iodepth'?)"),
    (["--bssplit=4k/50"], "command line: bssplit=4k/50: bssplit is not supported"),
    (["--rw"], "command line: rw: needs a value"), (["--name"], "command line: --name needs a name"),
    (["-rw=read"], "command line: '-rw=read': options begin with '--'"),
    (["--section=global"], "command line: --section needs the name of a job"),
    (["--iodepth=0"], "command line: iodepth=0: must be at least 1"),
  ])
  func `a wrong word is said`(words: [String], said: String) {
    let found = complaint { _ = try jobs(file, words) }
    #expect(found?.hasPrefix(said) == true, "\(found ?? "nothing was said")")
  }

  @Test func `variables of the command line are the shell's`() throws {
    #expect(try jobs(file, ["--description=${NAME}"])[0].description == "${NAME}")
  }
}
