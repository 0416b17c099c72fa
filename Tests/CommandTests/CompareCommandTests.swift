import Foundation
import Testing

/// `compare`, `ab` and `calibrate` as commands: what they print, how they leave, what they leave behind.
@Suite struct CompareCommandTests {
  private func file(_ scratch: Scratch, _ name: String, _ walls: [Int]) throws -> String {
    let rows = walls.enumerated().map { "wordcount,ssd,\($0 + 1),\($1)000000\n" }.joined()
    return try scratch.file(name, Array("workload,system,repeat,wall_ns\n\(rows)".utf8))
  }

  @Test func `a regression leaves by 1, none by 0, and files are written by their endings`() throws {
    let scratch = try Scratch()
    let base = try file(scratch, "base.csv", [100, 101, 102, 103, 104])
    let new = try file(scratch, "new.csv", [120, 121, 122, 123, 124])
    let outputs = ["md", "csv", "json", "xml", "txt"].map { "\(scratch.path)/c.\($0)" }
    let ended = try run(["compare", base, new] + outputs.flatMap { ["--output", $0] }, folder: scratch.path)
    #expect(ended.code == 1)
    #expect(ended.out.contains("regressed"))
    #expect(ended.error.hasSuffix("marvel-bench: 1 regressed\n"))
    #expect(outputs.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    #expect(try run(["compare", base, base], folder: scratch.path).code == 0)
    #expect(
      try run(["compare", base, "--against", new, "--threshold", "30%"], folder: scratch.path).code == 0)
  }

  @Test(arguments: [
    (["compare", "a.csv"], "two sides are needed"),
    (["compare", "a", "b", "--metric", "wal"], "unknown 'wal'"),
    (["compare", "a", "b", "--threshold", "x"], "threshold"),
    (["compare", "a", "b", "--output", "c.pdf"], "ending"),
    (["compare", "a", "b", "--allow-different", "weather"], "weather"),
    (["compare", "a", "--by", "system", "--against", "b"], "one side"),
    (["ab", "--base", "/nosuch", "--new", "/nosuch", "quick"], "no program"),
    (["ab", "--base", "/bin/true", "--new", "/bin/true", "quick", "--repeats", "0"], "1 to 1000"),
    (
      ["ab", "--base", "/bin/true", "--new", "/bin/true", "quick", "--", "--repeats", "3"],
      "ab sets it itself"
    ),
    (["calibrate", "--runs", "1"], "3 to 1000"),
  ])
  func `what cannot be meant is usage, 64`(arguments: [String], said: String) throws {
    let ended = try run(arguments)
    #expect(ended.code == 64)
    #expect(ended.error.contains(said), "\(ended.error)")
  }

  @Test func `a missing file is 2`() throws {
    let ended = try run(["compare", "/nosuch/a.csv", "/nosuch/b.csv"])
    #expect(ended.code == 2)
    #expect(ended.error.contains("/nosuch/a.csv: no such results folder or trials.csv"))
  }

  @Test func `CI fails rows without a verdict, and says so`() throws {
    let scratch = try Scratch()
    let base = try file(scratch, "base.csv", [100, 101])
    func code(_ environment: [String: String], _ flags: [String] = []) throws -> Ended {
      try Running(["compare", base, base] + flags, folder: scratch.path, environment: environment).wait()
    }
    #expect(try code(["CI": ""]).code == 0)
    #expect(try code(["CI": "true"]).code == 2)
    #expect(try code(["CI": "true"]).error.contains("CI is set: rows without a verdict fail"))
    #expect(try code(["CI": "true"], ["--no-fail-on-inconclusive"]).code == 0)
    #expect(try code(["CI": ""], ["--fail-on-inconclusive"]).code == 2)
  }

  @Test func `statistics are answered a line each`() throws {
    let scratch = try Scratch()
    let questions = try scratch.file("q", Array("ranksum auto 1,2,3,4 5,6,7,8\nholm 0.01,0.5\n".utf8))
    let shell = try Running(
      [
        "-c",
        "'\(program)' bench statistics < '\(questions)'; echo bad | '\(program)' bench statistics; echo $?",
      ],
      executable: "/bin/sh"
    ).wait()
    #expect(
      shell.out == """
        {"statistic": 0.0, "p": 0.02857142857142857, "method": "exact"}
        {"adjusted": [0.02, 0.5]}
        64

        """)
  }
}

/// A program that does what `ab` needs of marvel-bench: `run … --out FOLDER` writes one row.
private func fakeBinary(_ scratch: Scratch, _ name: String, wall: String, before: String = "") throws
  -> String
{
  let script = """
    #!/bin/sh
    for folder in "$@"; do :; done
    \(before)
    mkdir -p "$folder"
    count=$(cat '\(scratch.path)/count' 2>/dev/null || echo 0)
    echo $((count + 1)) > '\(scratch.path)/count'
    echo "\(name) $*" >> '\(scratch.path)/calls'
    printf 'workload,system,repeat,order,wall_ns\\nwordcount,ssd,1,1,%d\\n' $((\(wall))) > "$folder/trials.csv"
    """
  let path = try scratch.file(name, Array(script.utf8))
  try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  return path
}

@Suite struct ABCommandTests {
  @Test func `pairs are run in turns, kept with both sides' rows, and decided by their ratios`() throws {
    let scratch = try Scratch()
    let base = try fakeBinary(scratch, "base", wall: "1000000 * (1 + count % 3)")
    let new = try fakeBinary(scratch, "new", wall: "2000000 * (1 + count % 3)")
    let out = "\(scratch.path)/out"
    let ended = try run(
      ["ab", "--base", base, "--new", new, "tiny", "--repeats", "8", "--out", out, "--", "--size", "1MiB"])
    #expect(ended.error.contains("pair 8 of 8"), "\(ended.error)")
    let calls = String(
      decoding: FileManager.default.contents(atPath: "\(scratch.path)/calls") ?? Data(), as: UTF8.self
    )
    .split(separator: "\n")
    #expect(calls.count == 18)
    #expect(calls[0].hasPrefix("base run tiny --size 1MiB --repeats 1 --warmup 0 --out "))
    let order = calls.dropFirst(2).map { $0.hasPrefix("base") }
    #expect(stride(from: 0, to: 16, by: 2).allSatisfy { order[$0] != order[$0 + 1] })
    for side in ["base", "new"] {
      let rows = String(
        decoding: FileManager.default.contents(atPath: "\(out)/\(side)/trials.csv") ?? Data(), as: UTF8.self)
      #expect(rows.split(separator: "\n").count == 9)
      #expect(rows.contains("wordcount,ssd,8,8,"))
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: out).sorted()
    #expect(left == ["base", "comparison.csv", "comparison.json", "comparison.md", "new"])
  }

  @Test func `a slower binary is a regression, and stays one when confirmed`() throws {
    let scratch = try Scratch()
    let base = try fakeBinary(scratch, "base", wall: "1000000 + count")
    let new = try fakeBinary(scratch, "new", wall: "1200000 + count")
    let out = "\(scratch.path)/out"
    let ended = try run(
      [
        "ab", "--base", base, "--new", new, "tiny", "--repeats", "6", "--warmup", "1", "--confirm", "--out",
        out,
      ])
    #expect(ended.code == 1)
    #expect(ended.out.contains("regressed"))
    #expect(FileManager.default.fileExists(atPath: "\(out)/confirm/new/trials.csv"))
    let same = try run(
      ["ab", "--base", base, "--new", base, "tiny", "--repeats", "6", "--warmup", "0", "--out", out + "2"])
    #expect(same.code == 0, "\(same.out)")
  }

  @Test func `a binary that fails is named with its last words`() throws {
    let scratch = try Scratch()
    let base = try fakeBinary(scratch, "base", wall: "1", before: "echo 'no room' >&2; exit 2")
    let ended = try run(["ab", "--base", base, "--new", base, "tiny", "--out", "\(scratch.path)/out"])
    #expect(ended.code == 2)
    #expect(ended.error.contains("left with exit code 2\n  no room"), "\(ended.error)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/out") == [])
  }

  @Test(arguments: [SIGINT, SIGKILL])
  func `whoever ends ab ends its binaries too`(signal: Int32) throws {
    let scratch = try Scratch()
    let base = try fakeBinary(
      scratch, "base", wall: "1", before: "echo $$ > '\(scratch.path)/pid'; exec sleep 60")
    let running = try Running(
      ["ab", "--base", base, "--new", base, "tiny", "--out", "\(scratch.path)/out"])
    func child() -> Int32? {
      FileManager.default.contents(atPath: "\(scratch.path)/pid")
        .flatMap {
          Int32(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
    let deadline = Date(timeIntervalSinceNow: 20)
    while child() == nil, Date() < deadline { usleep(5000) }
    let process = try #require(child())
    kill(running.process.processIdentifier, signal)
    let ended = running.wait()
    if signal == SIGINT {
      #expect(ended.code == 130)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/out") == [])
    }
    while isAlive(process), Date() < deadline { usleep(5000) }
    #expect(!isAlive(process))
  }

  @Test func `calibrate writes the noise of runs and keeps the runs`() throws {
    let scratch = try Scratch()
    let experiment = try scratch.file(
      "tiny.yaml", Array("name: tiny\nsystems: ideal\nworkloads: wordcount\nsizes: 1MiB\nworkers: 1\n".utf8))
    let noise = "\(scratch.path)/noise.csv"
    let ended = try run([
      "calibrate", experiment, "--runs", "3", "--repeats", "1", "--metric", "wall_ns", "--noise", noise,
      "--out",
      "\(scratch.path)/out", "--", "--tier", "ssd=\(scratch.path)",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    let lines = String(decoding: FileManager.default.contents(atPath: noise) ?? Data(), as: UTF8.self)
      .split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.last?.contains(",wordcount,ideal,wall_ns,3,1,") == true)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/out").sorted() == [
        "run-1", "run-2", "run-3",
      ])
  }
}
