import Foundation
import Testing

/// Runs that are cut off and taken up again, listed, or bounded by time.
struct ResumeTests {
  private static let repeats = 12

  private static func arguments(_ scratch: Scratch, _ input: String) -> [String] {
    [
      "run", "--input", input, "--workloads", "wordcount", "--systems", "ideal,ssd", "--plan", "optimized",
      "--split", "256KiB",
      "--repeats", String(repeats), "--warmup", "1", "--tier", "ssd=\(scratch.path)",
    ]
  }

  private static func lines(_ path: String) -> Int {
    (FileManager.default.contents(atPath: path) ?? Data()).count { $0 == 10 }
  }

  @Test(arguments: [SIGKILL, SIGINT])
  func `a run that was cut off goes on by whole repeats`(signal: Int32) throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", someText(2 << 20))
    let arguments = Self.arguments(scratch, input)
    let out = scratch.path + "/results"
    let running = try Running(arguments + ["--out", out])
    let deadline = Date(timeIntervalSinceNow: 60)
    while Self.lines(out + "/trials.csv") < 4, Date() < deadline { usleep(2000) }
    kill(running.process.processIdentifier, signal)
    let cut = running.wait()
    #expect(signal == SIGKILL ? cut.signal == SIGKILL : cut.code == 130)
    let before = try RunTests.rows(out)
    #expect((3..<2 * Self.repeats).contains(before.count))
    // As if it had been killed while it wrote the next repeat.
    let activations = try String(contentsOfFile: out + "/activations.csv", encoding: .utf8)
    let last = try #require(activations.split(separator: "\n").last)
    let half = last.replacing(",\(try #require(before.last?["repeat"])),map", with: ",77,map")
      .replacing(",\(try #require(before.last?["repeat"])),reduce", with: ",77,reduce")
    let file = try #require(FileHandle(forUpdatingAtPath: out + "/activations.csv"))
    try file.seekToEnd()
    try file.write(contentsOf: Data((half + "\n" + half.prefix(40)).utf8))
    try file.close()

    let ended = try run(["run", "--resume", out])
    #expect(ended.code == 0, "\(ended.error)")
    #expect(ended.error.contains("half-written repeat"), "\(ended.error)")
    #expect(ended.out.contains("resumed: the first \(before.count) rows are of an earlier sitting"))
    let rows = try RunTests.rows(out)
    #expect(rows.count == 2 * Self.repeats)
    #expect(rows.allSatisfy { $0["status"] == "ok" })
    #expect(Set(rows.map { "\($0["cell"] ?? "") \($0["repeat"] ?? "")" }).count == rows.count)
    #expect(rows.map { Int($0["order"] ?? "") } == Array(1...rows.count))
    #expect(rows.allSatisfy { $0["outlier"] != "" })
    for (old, new) in zip(before, rows) { #expect(old["wall_ns"] == new["wall_ns"]) }
    let calls = try String(contentsOfFile: out + "/activations.csv", encoding: .utf8).split(separator: "\n")
    #expect(!calls.contains { $0.contains(",77,") })
    let perRepeat = (calls.count - 1) / rows.count
    #expect(calls.count - 1 == perRepeat * rows.count)
    // What is whole has nothing left to do.
    let again = try run(["run", "--resume", out])
    #expect(again.code == 0, "\(again.error)")
    #expect(try RunTests.rows(out).count == rows.count)
  }

  @Test func `another experiment, other data or another machine is refused, and says what differs`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", someText(1 << 20))
    let arguments = [
      "run", "--input", input, "--workloads", "wordcount", "--systems", "ideal", "--repeats", "1", "--warmup",
      "0",
      "--tier", "ssd=\(scratch.path)",
    ]
    let out = scratch.path + "/results"
    #expect(try run(arguments + ["--out", out]).code == 0)
    let same = try run(arguments + ["--resume", out])
    #expect(same.code == 0, "\(same.error)")
    let other = try run(["run", "--resume", out, "--repeats", "2"])
    #expect(other.code == 2)
    #expect(
      other.error.contains("then: repeats: 1") && other.error.contains("now:  repeats: 2"), "\(other.error)")
    #expect(try run(["run", "--resume", scratch.path]).error.contains("no experiment.yaml"))
    #expect(try run(["run", "--resume", out, "--out", out]).code == 64)
    let environment = out + "/environment.json"
    let text = try String(contentsOfFile: environment, encoding: .utf8)
    let start = try #require(text.range(of: "\"machine_class\": \""))
    try (text[..<start.upperBound] + "Another " + text[start.upperBound...])
      .write(toFile: environment, atomically: true, encoding: .utf8)
    let machine = try run(["run", "--resume", out])
    #expect(machine.code == 2)
    #expect(
      machine.error.contains("begun on another machine: machine_class was 'Another "), "\(machine.error)")
  }

  @Test(arguments: [
    ("name: f\nfaas:\n  scenarios: {name: a}\n", "f measures the function platform alone", "faas.csv"),
    ("name: i\nio:\n  - file: sweep.fio\n", "i measures I/O jobs", "io.csv"),
  ])
  func `what is no run of jobs is not taken up again, and stays as it is`(
    text: String, said: String, name: String
  ) throws {
    let scratch = try Scratch()
    let file = try scratch.file("experiment.yaml", Array(text.utf8))
    let rows = try scratch.file(name, Array("half a ro".utf8))
    for arguments in [["run", "--resume", scratch.path], ["run", file, "--resume", scratch.path]] {
      let ended = try run(arguments)
      #expect(ended.code == 2)
      #expect(
        ended.error
          == "marvel-bench: \(scratch.path): not resumed: \(said), and only runs of function jobs are taken up again; "
          + "what it has measured stays (start it anew: marvel-bench run \(file))\n")
      #expect(try String(contentsOfFile: rows, encoding: .utf8) == "half a ro")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["experiment.yaml", name])
  }

  @Test func `a dry run lists the trials and what they need, and runs nothing`() throws {
    let scratch = try Scratch()
    let arguments = [
      "run", "--systems", "ideal,ssd", "--size", "1MiB", "--tier", "ssd=\(scratch.path)", "--dry-run",
    ]
    let listed = try run(arguments + ["--until", "2%", "--budget", "10m"], folder: scratch.path)
    #expect(listed.code == 0, "\(listed.error)")
    #expect(listed.out.contains("wordcount") && listed.out.contains("ideal"), "\(listed.out)")
    #expect(listed.out.contains("7–51"), "\(listed.out)")
    #expect(listed.out.contains("an estimate"))
    #expect(listed.out.contains("the budget ends it after 10 min"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    let json = try run(arguments + ["--json"], folder: scratch.path)
    let object = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
    #expect((object?["trials"] as? [Any])?.count == 14)
    let large = try run(["run", "--size", "900TiB", "--dry-run"], folder: scratch.path)
    #expect(large.code == 2)
    #expect(large.error.contains("free"), "\(large.error)")
    #expect(large.out.contains("900 TiB"))
  }

  @Test func `a budget ends a run with a row for each cell, and a resumed one measures what had none`() throws
  {
    let scratch = try Scratch()
    let out = scratch.path + "/results"
    let ended = try run([
      "run", "--workloads", "wordcount,drain", "--systems", "ideal", "--size", "1MiB", "--repeats", "1000",
      "--warmup", "0", "--plan", "optimized", "--budget", "5s", "--out", out, "--tier", "ssd=\(scratch.path)",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    #expect(ended.out.contains("the budget of 5.0 s ended the run"), "\(ended.out)")
    let rows = try RunTests.rows(out)
    #expect(Set(rows.map { $0["workload"] }) == ["wordcount", "drain"])
    #expect(rows.count < 2000)
  }

  @Test func `factors of the command line take effect and are in the row`() throws {
    let scratch = try Scratch()
    let out = scratch.path + "/results"
    let ended = try run([
      "run", "--workloads", "wordcount", "--systems", "marvel-igfs", "--size", "1MiB", "--repeats", "1",
      "--warmup",
      "0", "--plan", "corral", "--access", "file", "--model", "optane-1dimm", "--numa", "off", "--prefault",
      "off",
      "--layout", "object-per-partition", "--combiner", "on", "--out", out, "--tier", "ssd=\(scratch.path)",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    let row = try #require(try RunTests.rows(out).first)
    #expect(row["access"] == "file/memory/file")
    #expect(row["layout"] == "object-per-partition")
    let parameters = row["parameters"] ?? ""
    for part in ["numa=off", "input_model=optane-1dimm", "prefault=off", "combiner=on"] {
      #expect(parameters.contains(part), "\(parameters)")
    }
    #expect(Double(row["load_before"] ?? "") != nil)
    #expect(try run(["run", "--numa", "far"]).code == 64)
    #expect(try run(["run", "--until", "2"]).code == 64)
    #expect(try run(["run", "--max-repeats", "9"]).code == 64)
  }
}

/// `run` of an experiment that measures the function platform alone.
struct FaasRunTests {
  @Test func `scenarios are measured, each call a row, and the table says cold and warm`() throws {
    let scratch = try Scratch()
    let file = try scratch.file(
      "f.yaml",
      Array(
        """
        name: little
        faas:
          scenarios:
            - {name: cold, starts: cold, invocations: 5}
            - {name: warm, invocations: 30}
            - {name: burst, arrival: burst, concurrency: 2, invocations: 8, starts: cold}
            - {name: big, action: echo, payload: 1MiB, invocations: 5}
            - {name: memory, action: touch, memory: 128MiB, starts: cold, invocations: 3}
            - {name: more, action: touch, memory: 128MiB, touch: 1GiB, starts: cold, invocations: 3}
        repeats: 2
        warmup: 0
        """.utf8))
    let out = scratch.path + "/results"
    let ended = try run(["run", file, "--out", out])
    // More memory than the limit is a failure of that scenario alone.
    #expect(ended.code == 2, "\(ended.error)")
    #expect(ended.out.contains("failed: more, 128 MiB memory:"), "\(ended.out)")
    #expect(ended.out.split(separator: "\n").last.map(String.init) == out)
    let text = try String(contentsOfFile: out + "/faas.csv", encoding: .utf8).split(separator: "\n")
    #expect(text.count == 1 + 6 * 2)
    #expect(text.filter { $0.contains(",ok,") }.count == 10)
    let calls = try String(contentsOfFile: out + "/activations.csv", encoding: .utf8).split(separator: "\n")
    #expect(calls.count == 1 + 2 * (5 + 30 + 8 + 5 + 3))
    #expect(calls.filter { $0.contains(",cold,") }.count == 2 * (5 + 8 + 3))
    for name in ["experiment.yaml", "environment.json", "summary.md"] {
      #expect(FileManager.default.fileExists(atPath: "\(out)/\(name)"), "\(name)")
    }
    let again = try run(["run", out + "/experiment.yaml", "--dry-run"])
    #expect(again.code == 0 && again.out.contains("6 cells, 12 runs"), "\(again.error) \(again.out)")
  }

  @Test func `options for data and systems are refused`() throws {
    let ended = try run(["run", "faas", "--size", "1GiB"])
    #expect(ended.code == 64)
    #expect(ended.error.contains("--size: faas measures the function platform alone"), "\(ended.error)")
  }
}
