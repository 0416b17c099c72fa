import Foundation
import Testing

/// `marvel-bench io` as a user runs it.
struct IORunTests {
  /// A folder on a disk: /tmp may be memory.
  private func scratch() throws -> Scratch { try Scratch("/var/tmp") }

  private func files(_ scratch: Scratch) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: scratch.path)) ?? []).sorted()
  }

  @Test(arguments: ["process", "thread"])
  func `a job file is run, and its files are gone`(workers: String) throws {
    let scratch = try scratch()
    let file = try scratch.file(
      "j.fio", Array("[global]\nsize=256k\nrw=randread\n[a]\n[b]\nstonewall\nrw=write\n".utf8))
    let ended = try run(["io", file, "--workers", workers, "--directory=\(scratch.path)"])
    #expect(ended.code == 0, "\(ended.error)")
    #expect(files(scratch) == ["j.fio"])
  }

  @Test func `one job from the command line, with blanks and equals signs`() throws {
    let scratch = try scratch()
    let ended = try run(
      ["io", "--rw", "randread", "--bs", "4k", "--size=64k", "--directory", scratch.path, "--keep"])
    #expect(ended.code == 0, "\(ended.error)")
    #expect(files(scratch) == ["io.0.0"])
    let checked = try run(["io", "--rw=read", "--size=1m", "--parse-only"])
    #expect(checked.out.hasPrefix("[io]\n"))
    #expect(checked.code == 0)
  }

  @Test func `what is wrong ends with its code`() throws {
    let scratch = try scratch()
    let file = try scratch.file("j.fio", Array("[a]\nsize=64k\nrw=trim\n".utf8))
    #expect(try run(["io", file]).code == 64)
    #expect(try run(["io"]).code == 64)
    #expect(try run(["io", "--rw=read", "--workers=none"]).code == 64)
    let mine = try scratch.file("mine", [UInt8](repeating: 1, count: 64 << 10))
    let refused = try run(["io", "--rw=write", "--size=64k", "--filename=\(mine)"])
    #expect(refused.code == 2)
    #expect(refused.error.contains("marvel-bench: write \(mine): this run did not make the file"))
    #expect(FileManager.default.contents(atPath: mine) == Data(repeating: 1, count: 64 << 10))
    #expect(
      try run(["io", "--rw=write", "--size=64k", "--filename=\(mine)", "--allow-destructive"]).code == 0)
    let failed = try run([
      "io", "--rw=read", "--size=64k", "--directory=\(scratch.path)", "--cpus_allowed=999",
    ])
    #expect(failed.code == 2)
    #expect(failed.error.contains("job 'io': bind to processors [999] (cpus_allowed)"))
  }

  @Test(arguments: [SIGINT, SIGTERM], ["process", "thread"])
  func `a signal ends a run with what it has`(signal: Int32, workers: String) throws {
    let scratch = try scratch()
    let running = try Running([
      "io", "--rw=randread", "--size=1m", "--directory=\(scratch.path)", "--time_based", "--runtime=60",
      "--ioengine=libaio", "--iodepth=4", "--workers=\(workers)",
    ])
    #expect(waitForFile("\(scratch.path)/io.0.0"))
    let found = workers == "process" ? running.waitForWorkers() : []
    usleep(300_000)
    kill(running.process.processIdentifier, signal)
    let ended = running.wait()
    #expect(ended.code == 130, "\(ended.error)")
    #expect(ended.error.contains("interrupted"))
    #expect(ended.out.contains("IOPS"), "what was measured until then: \(ended.out)")
    #expect(files(scratch) == [])
    #expect(found.allSatisfy { !isAlive($0) })
  }

  @Test func `what a killed run left behind is removed by clean`() throws {
    let scratch = try scratch()
    let tier = try self.scratch()
    let running = try Running(
      ["io", "--rw=randread", "--size=1m", "--directory=\(scratch.path)", "--time_based", "--runtime=60"],
      environment: ["MARVEL_BENCH_SSD": tier.path])
    #expect(waitForFile("\(scratch.path)/io.0.0"))
    let workers = running.waitForWorkers()
    #expect(!workers.isEmpty)
    kill(running.process.processIdentifier, SIGKILL)
    _ = running.wait()
    #expect(files(scratch) == ["io.0.0"])
    // Another file that has the name by now is not the run's.
    let cleaned = try Running(["clean"], environment: ["MARVEL_BENCH_SSD": tier.path]).wait()
    #expect(cleaned.code == 0, "\(cleaned.error)")
    #expect(cleaned.out.contains("removed \(scratch.path)/io.0.0\n"))
    #expect(files(scratch) == [])
    #expect(files(tier) == [])
    let deadline = Date(timeIntervalSinceNow: 5)
    while workers.contains(where: isAlive), Date() < deadline { usleep(10_000) }
    #expect(workers.allSatisfy { !isAlive($0) })
  }

  private func waitForFile(_ path: String) -> Bool {
    let deadline = Date(timeIntervalSinceNow: 10)
    while Date() < deadline {
      if FileManager.default.fileExists(atPath: path) { return true }
      usleep(5000)
    }
    return false
  }
}
