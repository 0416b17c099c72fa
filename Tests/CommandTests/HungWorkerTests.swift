import Foundation
import Testing

/// A worker that hangs costs a retry after the time limit, not the whole job.
struct HungWorkerTests {
  /// Stops a worker of a command as soon as it has any that are ready, and waits for the command's end.
  private static func stopped(_ arguments: [String]) throws -> Ended {
    let running = try Running(arguments)
    let workers = running.waitForWorkers()
    usleep(150_000)
    kill(try #require(workers.first), SIGSTOP)
    let start = Date()
    defer {
      #expect(Date().timeIntervalSince(start) < 300, "the limit that was given is not the one that held")
    }
    return running.wait()
  }

  @Test func `a job ends with its whole output and counts the retry`() throws {
    let scratch = try Scratch()
    let text = someText(24 << 20)
    let input = try scratch.file("input", text)
    let ended = try Self.stopped([
      "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--workers", "2", "--split",
      "1MiB", "--plan", "corral", "--time-limit", "3s", "--json",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    let report = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any]
    #expect(report?["retries"] as? Int ?? 0 >= 1, "\(ended.out)")
    #expect(try sorted(outputLines(scratch.path + "/out")) == wordLines(text))
  }

  @Test func `a run ends with a right output and counts the retry`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", someText(24 << 20))
    let out = scratch.path + "/results"
    // Without pre-faulting a worker's first activation is the job's.
    let ended = try Self.stopped([
      "run", "--input", input, "--workloads", "wordcount", "--systems", "ideal", "--plan", "corral",
      "--workers", "2", "--split", "1MiB", "--prefault", "off", "--repeats", "1", "--warmup", "0",
      "--time-limit", "3s", "--out", out, "--tier", "ssd=\(scratch.path)",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    let row = try #require(RunTests.rows(out).first)
    #expect(row["status"] == "ok" && Int(row["retries"] ?? "") ?? 0 >= 1, "\(row)")
    let kept = try String(contentsOfFile: out + "/experiment.yaml", encoding: .utf8)
    #expect(kept.contains("\ntime_limit: 3s\n"))
  }
}
