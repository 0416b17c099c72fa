import Foundation
import Testing

/// `job` as a user runs it: the built program, on files.
struct JobTests {
  static let hostile: [(String, [UInt8])] = [
    ("empty", []), ("blank", Array(" \n\t \r\n".utf8)), ("no final newline", Array("a b a".utf8)),
    ("CRLF", Array("one two\r\none\r\n".utf8)),
    ("NUL and no UTF-8", [0, 32, 0xFF, 0xFE, 10, 0, 0, 32, 0xC3, 10]),
    ("all equal", Array(String(repeating: "same ", count: 100_000).utf8)),
    ("all distinct", Array((0..<60_000).map { "w\($0)x" }.joined(separator: " ").utf8)),
    ("one long line", Array(String(repeating: "abc de ", count: 300_000).utf8)),
    ("one long word", [UInt8](repeating: 120, count: 3 << 20) + Array(" b\n".utf8)),
  ]

  @Test(
    arguments: hostile.indices,
    [["--split", "64KiB"], ["--split", "64KiB", "--plan", "paper", "--encoding", "json"]])
  func `counts hostile text exactly`(index: Int, options: [String]) throws {
    let (name, text) = Self.hostile[index]
    let scratch = try Scratch()
    let input = try scratch.file("input", text)
    let ended = try run(
      [
        "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--workers", "2",
        "--reducers", "3",
      ]
        + options)
    #expect(ended.code == 0, "\(name): \(ended.error)")
    #expect(try sorted(outputLines(scratch.path + "/out")) == wordLines(text), "\(name)")
  }

  @Test(arguments: ["ssd", "marvel-hdfs", "marvel-igfs", "ideal", "input=ssd,shuffle=dram,output=ssd"])
  func `every system and layout gives the same output`(system: String) throws {
    let scratch = try Scratch()
    let text = someText(1 << 20)
    let input = try scratch.file("input", text)
    for (index, layout) in ["segment", "object-per-partition"].enumerated() {
      let out = scratch.path + "/out\(index)"
      let ended = try run([
        "job", "wordcount", "--input", input, "--output", out, "--workers", "2", "--split", "100KiB",
        "--reducers", "4", "--system", system, "--layout", layout, "--plan", "corral",
      ])
      #expect(ended.code == 0, "\(ended.error)")
      #expect(try sorted(outputLines(out)) == wordLines(text))
    }
  }

  @Test func `a folder is read file by file, and lines are not joined across files`() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path + "/in", withIntermediateDirectories: true)
    _ = try scratch.file("in/b", Array("two".utf8))
    _ = try scratch.file("in/a", Array("one".utf8))
    _ = try scratch.file("in/.hidden", Array("hidden".utf8))
    let ended = try run([
      "job", "wordcount", "--input", scratch.path + "/in", "--output", scratch.path + "/out",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    #expect(try sorted(outputLines(scratch.path + "/out")) == [Array("one\t1".utf8), Array("two\t1".utf8)])
  }

  /// In a pool each object takes whole granules, far more than its bytes.
  @Test(
    arguments: ["marvel-igfs", "input=ssd,shuffle=pmem,output=ssd"],
    [
      ["--split", "4KiB"], ["--split", "256KiB", "--layout", "object-per-partition", "--reducers", "100"],
      ["--split", "2MiB", "--layout", "object-per-partition", "--reducers", "500"],
    ])
  func `many small objects have room in the shuffle's pool`(system: String, options: [String]) throws {
    let scratch = try Scratch()
    let text = someText(6 << 20)
    let input = try scratch.file("input", text)
    let ended = try run(
      [
        "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--workers", "2", "--system",
        system,
      ]
        + options)
    #expect(ended.code == 0, "\(ended.error)")
    #expect(try sorted(outputLines(scratch.path + "/out")) == wordLines(text))
  }

  @Test func `the shuffle lies where --tier says, and nothing of it stays there`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", Array("a b a".utf8))
    let tier = scratch.path + "/tier"
    func job(_ tier: String, system: String = "ssd") throws -> Ended {
      try run([
        "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--system", system, "--tier",
        tier,
      ])
    }
    let nowhere = try job("ssd=" + tier)
    #expect(nowhere.code == 2)
    #expect(nowhere.error.contains("create \(tier)/"), "\(nowhere.error)")
    #expect(nowhere.error.contains("(choose another folder with --tier KIND=FOLDER)"), "\(nowhere.error)")
    try FileManager.default.createDirectory(atPath: tier, withIntermediateDirectories: true)
    let ended = try job("ssd=" + tier)
    #expect(ended.code == 0, "\(ended.error)")
    #expect(try sorted(outputLines(scratch.path + "/out")) == [Array("a\t2".utf8), Array("b\t1".utf8)])
    #expect(try FileManager.default.contentsOfDirectory(atPath: tier) == [])
    let other = try job("pmem=" + tier, system: "ideal")
    #expect(other.code == 64)
    #expect(other.error.contains("the shuffle of ideal is on dram"), "\(other.error)")
    #expect(try job("dram=1").code == 64)
  }

  @Test func `more segments than files may be open are an error that says what to do`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", someText(1 << 20))
    let ended = try Running(
      [
        "-c", "ulimit -n 100; exec \"$@\"", "sh", program, "job", "wordcount", "--input", input, "--output",
        scratch.path + "/out", "--system", "ssd", "--split", "4KiB", "--workers", "1", "--reducers", "1",
      ], executable: "/bin/sh"
    ).wait()
    #expect(ended.code == 2)
    #expect(
      ended.error.contains("Too many open files (raise the limit of open files with ulimit -n)"),
      "\(ended.error)")
  }

  @Test func `greps by span and by word`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", Array("singing king\nring, things\nno\n".utf8))
    func lines(_ options: [String], _ out: String) throws -> [String] {
      let ended = try run(["job", "grep", "--input", input, "--output", scratch.path + out] + options)
      #expect(ended.code == 0, "\(ended.error)")
      return try sorted(outputLines(scratch.path + out)).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(try lines(["--pattern", "[a-z]*ing"], "/1") == ["king\t1", "ring\t1", "singing\t1", "thing\t1"])
    let words = ["king\t1", "ring,\t1", "singing\t1", "things\t1"]
    #expect(try lines(["--pattern", "[a-z]*ing", "--match", "word"], "/2") == words)
    #expect(try lines(["--pattern", "[a-z]*ing", "--match", "word", "--plan", "paper"], "/3") == words)
  }

  @Test(arguments: ["marvel-igfs", "marvel-hdfs", "ssd"])
  func `tables that do not fit the memory limit are spilled, and the output is the same`(system: String)
    throws
  {
    let scratch = try Scratch()
    let text = Array((0..<200_000).map { "word\($0 &* 7907 % 200_000)" }.joined(separator: " ").utf8)
    let input = try scratch.file("input", text)
    let ended = try run([
      "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--memory-limit", "104MiB",
      "--reducers", "1", "--workers", "2", "--json", "--system", system,
    ])
    #expect(ended.code == 0, "\(ended.error)")
    let report = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any]
    #expect(report?["spilled_bytes"] as? Int ?? 0 > 0)
    #expect(try outputLines(scratch.path + "/out") == wordLines(text))
  }

  @Test func `a changed byte is seen, although size and time are the same`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", Array("aaa bbb\n".utf8))
    let date = Date(timeIntervalSince1970: 1_700_000_000)
    for (index, text) in ["aaa bbb\n", "aaa bbc\n"].enumerated() {
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: input))
      try handle.write(contentsOf: Data(text.utf8))
      try handle.close()
      try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: input)
      let out = scratch.path + "/out\(index)"
      #expect(try run(["job", "wordcount", "--input", input, "--output", out]).code == 0)
      #expect(try sorted(outputLines(out)) == wordLines(Array(text.utf8)))
    }
  }

  @Test func `says what is wrong with an input or an output, and leaves no output`() throws {
    let scratch = try Scratch()
    let good = try scratch.file("good", Array("a\n".utf8))
    mkfifo(scratch.path + "/fifo", 0o600)
    func error(_ input: String, _ output: String) throws -> Ended {
      try run(["job", "wordcount", "--input", input, "--output", output])
    }
    let out = scratch.path + "/out"
    for (input, words) in [("missing", "No such file"), ("fifo", "FIFO")] {
      let ended = try error("\(scratch.path)/\(input)", out)
      #expect(ended.code == 2)
      #expect(ended.error.contains(input) && ended.error.contains(words), "\(ended.error)")
      #expect(!FileManager.default.fileExists(atPath: out))
    }
    let taken = try error(good, scratch.path)
    #expect(taken.code == 2)
    #expect(taken.error.contains("not empty"), "\(taken.error)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["fifo", "good"])
    let pattern = try run(["job", "grep", "--pattern", "a(b", "--input", good, "--output", out])
    #expect(pattern.code == 64)
    #expect(pattern.error.contains("at byte 3"), "\(pattern.error)")
    #expect(try run(["job", "wordcount", "--input", good, "--output", out, "--workers", "0"]).code == 64)
    let unknown = try run(["job", "wordcount", "--input", good, "--output", out, "--system", "nope"])
    #expect(unknown.code == 64)
    #expect(unknown.error.contains("known here"), "\(unknown.error)")
  }

  @Test func `an input without permission is named, and no output is made`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", Array("a\n".utf8))
    chmod(input, 0)
    chmod(scratch.path, 0o777)
    let out = scratch.path + "/out"
    let arguments = ["job", "wordcount", "--input", input, "--output", out]
    // Root may read anything: it becomes somebody else.
    let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
    func asNobody(_ command: [String]) throws -> Ended {
      try Running(nobody + command, executable: "/usr/bin/setpriv").wait()
    }
    if getuid() == 0 {
      guard FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv"),
        try asNobody(["test", "-x", program]).code == 0
      else {
        print("not tested: nobody else may run the program here")
        return
      }
    }
    let ended = try getuid() == 0 ? asNobody([program] + arguments) : run(arguments)
    #expect(ended.code == 2)
    #expect(ended.error.contains(input) && ended.error.contains("Permission denied"), "\(ended.error)")
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test
  func `where io_setup is refused the disk is read and written by plain calls, and the output is the same`()
    throws
  {
    // Only a tracer can refuse it to one program alone.
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") else {
      print("not tested: there is no strace here")
      return
    }
    let scratch = try Scratch("/var/tmp")
    let refusing = [
      "-f", "-qq", "-e", "trace=io_setup", "-e", "inject=io_setup:error=EPERM", "-o", "/dev/null",
    ]
    let results = scratch.path + "/results"
    let ended = try Running(
      refusing + [
        program, "run", "--workloads", "drain", "--systems", "ssd", "--size", "1MiB", "--repeats", "1",
        "--warmup",
        "0", "--plan", "optimized", "--out", results, "--tier", "ssd=\(scratch.path)",
      ], executable: "/usr/bin/strace"
    ).wait()
    if ended.error.contains("strace:") {
      print("not tested: this machine does not let us trace")
      return
    }
    #expect(ended.code == 0, "\(ended.error)")
    let row = try #require(RunTests.rows(results).first)
    #expect(row["io_engine"]?.contains("libaio") == false && row["status"] == "ok", "\(row)")
  }
}
