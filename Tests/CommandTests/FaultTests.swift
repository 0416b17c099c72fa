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

  @Test(arguments: ["clean", "job"])
  func `a controller killed leaves no worker, and the next start removes what it left`(next: String) throws {
    let scratch = try Scratch("/dev/shm")
    let text = someText(8 << 20)
    let input = try scratch.file("input", text)
    // The folder is a default one, and the system of the next start has no use for it.
    let folder = ["MARVEL_BENCH_SSD": scratch.path]
    let arguments = [
      "run", "--input", input, "--workloads", "wordcount", "--systems", "marvel-hdfs", "--split", "256KiB",
      "--tier", "pmem=\(scratch.path)", "--repeats", "500",
    ]
    let runs = try (0..<2).map {
      try Running(arguments + ["--out", "\(scratch.path)/results\($0)"], environment: folder)
    }
    let workers = runs.map { $0.waitForWorkers() }
    #expect(workers.allSatisfy { !$0.isEmpty })
    kill(runs[0].process.processIdentifier, SIGKILL)
    #expect(runs[0].wait().signal == SIGKILL)
    for _ in 0..<1000 where workers[0].contains(where: isAlive) { usleep(5000) }
    #expect(!workers[0].contains(where: isAlive))
    func leftovers(_ running: Running) -> Bool {
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: "\(scratch.path)/marvel-bench-\(getuid())")
      return names?.contains { $0.hasPrefix("run-\(running.process.processIdentifier)-") } ?? false
    }
    #expect(leftovers(runs[0]) && leftovers(runs[1]))
    let job = ["job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--system", "ideal"]
    let ended = try Running(next == "clean" ? ["clean"] : job, environment: folder).wait()
    #expect(ended.code == 0, "\(ended.error)")
    #expect(!leftovers(runs[0]))
    // The other one lives, and goes on.
    #expect(leftovers(runs[1]) && isAlive(runs[1].process.processIdentifier))
    kill(runs[1].process.processIdentifier, SIGINT)
    #expect(runs[1].wait().code == 130)
    let rows = try RunTests.rows(scratch.path + "/results1")
    #expect(rows.allSatisfy { $0["status"] == "ok" }, "\(rows.map { $0["reason"] })")
  }

  @Test(arguments: ["clean", "job"])
  func `a dataset that a killed run had begun is removed by the next start`(next: String) throws {
    let scratch = try Scratch()
    let folder = ["MARVEL_BENCH_SSD": scratch.path]
    let running = try Running(
      ["run", "--workloads", "wordcount", "--systems", "ideal", "--size", "512MiB"]
        + ["--out", scratch.path + "/results"], environment: folder)
    func unfinished() -> [String] {
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: "\(scratch.path)/marvel-bench-\(getuid())/datasets")
      return names?.filter { $0.hasPrefix(".partial-") } ?? []
    }
    let deadline = Date(timeIntervalSinceNow: 60)
    while unfinished().isEmpty, Date() < deadline { usleep(2000) }
    let input = try scratch.file("input", Array("a b\n".utf8))
    func start(_ number: Int) throws -> Ended {
      let job = ["job", "wordcount", "--input", input, "--output", "\(scratch.path)/out\(number)"]
      return try Running(next == "clean" ? ["clean"] : job, environment: folder).wait()
    }
    // As long as its maker lives it stays.
    kill(running.process.processIdentifier, SIGSTOP)
    #expect(try start(0).code == 0)
    #expect(unfinished().count == 1)
    kill(running.process.processIdentifier, SIGKILL)
    #expect(running.wait().signal == SIGKILL)
    #expect(try start(1).code == 0)
    #expect(unfinished() == [])
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
