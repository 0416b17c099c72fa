import Foundation
import Storage
import Testing

/// `--require-real`: emulation is refused before anything is run.
struct RealTierTests {
  @Test(arguments: ["marvel-hdfs", "marvel-igfs"])
  func `a run that would emulate pmem is refused, and leaves nothing`(system: String) throws {
    let scratch = try Scratch("/dev/shm")
    let out = scratch.path + "/results"
    let arguments = [
      "run", "--systems", system, "--workloads", "wordcount", "--size", "1MiB", "--repeats", "1", "--warmup",
      "0", "--tier", "pmem=\(scratch.path)", "--tier", "ssd=\(scratch.path)", "--out", out,
    ]
    let ended = try run(arguments + ["--require-real", "dram", "--require-real", "pmem"])
    #expect(ended.code == 2)
    #expect(
      ended.error.contains("a real pmem is demanded") && ended.error.contains(scratch.path), "\(ended.error)")
    #expect(!FileManager.default.fileExists(atPath: out))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [])
  }

  @Test func `a folder in memory is no ssd; dram is always real; an experiment can demand it, too`() throws {
    let scratch = try Scratch("/dev/shm")
    let arguments = ["run", "--size", "1MiB", "--repeats", "1", "--tier", "ssd=\(scratch.path)"]
    let ssd = try run(
      arguments + ["--systems", "ssd", "--require-real", "ssd", "--out", scratch.path + "/a"])
    #expect(ssd.code == 2)
    #expect(ssd.error.contains("a real ssd is demanded"), "\(ssd.error)")
    let dram = try run(
      arguments + [
        "--systems", "ideal", "--workloads", "grep", "--require-real", "dram", "--out", scratch.path + "/b",
      ])
    #expect(dram.code == 0, "\(dram.error)")
    let file = try scratch.file(
      "x.yaml",
      Array(
        """
        name: x
        systems: ["input=pmem:file@optane-6dimm,shuffle=dram,output=dram"]
        workloads: wordcount
        sizes: 1MiB
        tiers: {pmem: \(scratch.path), ssd: \(scratch.path)}
        require_real: pmem

        """.utf8))
    let paced = try run(["run", file, "--out", scratch.path + "/c"])
    #expect(paced.code == 2)
    #expect(paced.error.contains("a real pmem is demanded"), "\(paced.error)")
    #expect(try run(["run", "--require-real", "tape"]).code == 64)
  }

  @Test func `a job on an emulated tier is refused, and its output folder is not made`() throws {
    let scratch = try Scratch("/dev/shm")
    let input = try scratch.file("input", Array("a b a\n".utf8))
    let system = try scratch.file(
      "s.yaml",
      Array(
        "name: s\ninput: dram\nshuffle: {tier: pmem, access: file, folder: \(scratch.path)}\noutput: dram\n"
          .utf8))
    let arguments = [
      "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--system", system,
    ]
    let refused = try run(arguments + ["--require-real", "pmem"])
    #expect(refused.code == 2)
    #expect(refused.error.contains("a real pmem is demanded"), "\(refused.error)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/out"))
    let allowed = try run(arguments + ["--require-real", "ssd"])
    #expect(allowed.code == 0, "\(allowed.error)")
  }
}
