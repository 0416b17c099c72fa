import Foundation
import Testing

/// What happens when processes die or files are not what they were.
struct FaultTests {
  @Test(arguments: [0, 40, 150, 400])
  func `a worker killed at any moment costs a retry, never the output`(milliseconds: UInt32) throws {
    let scratch = try Scratch()
    let text = someText(8 << 20)
    let input = try scratch.file("input", text)
    let running = try Running([
      "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--workers", "2", "--split",
      "1MiB",
      "--reducers", "4", "--plan", "corral", "--json",
    ])
    let workers = running.waitForWorkers()
    usleep(milliseconds * 1000)
    kill(try #require(workers.first), SIGKILL)
    let ended = running.wait()
    #expect(ended.code == 0, "\(ended.error)")
    #expect(try sorted(outputLines(scratch.path + "/out")) == wordLines(text))
  }

  @Test func `a controller killed leaves no worker, and the next start removes what it left`() throws {
    let scratch = try Scratch("/dev/shm")
    let text = someText(8 << 20)
    let input = try scratch.file("input", text)
    let arguments = [
      "run", "--input", input, "--workloads", "wordcount", "--systems", "marvel-hdfs", "--split", "256KiB",
      "--tier", "pmem=\(scratch.path)", "--tier", "ssd=\(scratch.path)", "--repeats", "50",
    ]
    let running = try Running(arguments + ["--out", scratch.path + "/results"])
    let workers = running.waitForWorkers()
    #expect(!workers.isEmpty)
    kill(running.process.processIdentifier, SIGKILL)
    #expect(running.wait().signal == SIGKILL)
    for _ in 0..<1000 where workers.contains(where: isAlive) { usleep(5000) }
    #expect(!workers.contains(where: isAlive))
    func leftovers() throws -> [String] {
      let folder = "\(scratch.path)/marvel-bench-\(getuid())"
      guard FileManager.default.fileExists(atPath: folder) else { return [] }
      return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("run-") }
    }
    #expect(try !leftovers().isEmpty)
    #expect(try run(["clean", "--folder", scratch.path]).code == 0)
    #expect(try leftovers().isEmpty)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `an interrupted run keeps what was measured, says so, and leaves nothing running`(signal: Int32) throws
  {
    let scratch = try Scratch()
    let input = try scratch.file("input", someText(4 << 20))
    let running = try Running([
      "run", "--input", input, "--workloads", "wordcount", "--systems", "ideal", "--repeats", "500",
      "--warmup", "0",
      "--out", scratch.path + "/results", "--tier", "ssd=\(scratch.path)",
    ])
    let workers = running.waitForWorkers()
    let rows = scratch.path + "/results/trials.csv"
    // Two rows behind the header. A repeat waits for the machine's dirty pages, which other tests make: long at worst.
    let deadline = Date(timeIntervalSinceNow: 120)
    while Date() < deadline, (FileManager.default.contents(atPath: rows)?.split(separator: 10).count ?? 0) < 3
    {
      usleep(5000)
    }
    kill(running.process.processIdentifier, signal)
    let ended = running.wait()
    #expect(ended.code == 130, "\(ended.error)")
    #expect(!workers.contains(where: isAlive))
    let summary = FileManager.default.contents(atPath: scratch.path + "/results/summary.md") ?? Data()
    #expect(String(decoding: summary, as: UTF8.self).contains("INTERRUPTED"))
    #expect((FileManager.default.contents(atPath: rows)?.split(separator: 10).count ?? 0) >= 3)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `an interrupted job leaves no output`(signal: Int32) throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", someText(24 << 20))
    let running = try Running([
      "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--split", "256KiB", "--plan",
      "paper",
      "--encoding", "json",
    ])
    let workers = running.waitForWorkers()
    #expect(!workers.isEmpty)
    kill(running.process.processIdentifier, signal)
    let ended = running.wait()
    #expect(ended.code == 130, "\(ended.error)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/out"))
    #expect(!workers.contains(where: isAlive))
  }

  @Test func `two runs at once do not disturb each other`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", someText(2 << 20))
    let runs = try (0..<2).map { index in
      try Running([
        "run", "--input", input, "--workloads", "wordcount,grep", "--repeats", "2", "--out",
        "\(scratch.path)/results\(index)", "--tier", "ssd=\(scratch.path)",
      ])
    }
    for running in runs {
      let ended = running.wait()
      #expect(ended.code == 0, "\(ended.error)")
    }
  }

  @Test func `a results folder that cannot be written is said before anything runs`() throws {
    let scratch = try Scratch()
    let file = try scratch.file("taken", [1])
    for out in ["/proc/results", file] {
      let ended = try run(["run", "--size", "1MiB", "--repeats", "1", "--out", out])
      #expect(ended.code == 2)
      #expect(ended.error.contains("--out"), "\(ended.error)")
      #expect(!ended.error.contains("trial 1"))
    }
  }
}
