import Foundation
import Testing

/// The program where a file system in memory is small: in mount namespaces of its own.
struct SmallFilesystemTests {
  /// Runs `arguments` with a tmpfs of `size` on `mount`, and says how it ended and what it left there.
  ///
  /// - Returns: nil, and says so, where this machine does not let us mount.
  private func runWith(
    _ mount: String, size: String, _ arguments: [String], _ scratch: Scratch
  ) throws -> (ended: Ended, left: [String])? {
    // As root a mount namespace is enough; else a user namespace makes us root in it.
    let namespace = getuid() == 0 ? ["-m"] : ["-U", "-r", "-m"]
    func inside(_ script: String, _ rest: [String]) throws -> Ended {
      try Running(
        namespace + ["sh", "-c", "mount -t tmpfs -o size=\(size) tmpfs '\(mount)' && { \(script); }", "sh"]
          + rest,
        executable: "/usr/bin/unshare"
      ).wait()
    }
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare"), try inside("true", []).code == 0
    else {
      print("not tested: no tmpfs can be mounted in a namespace here")
      return nil
    }
    let list = scratch.path + "/left"
    let ended = try inside(
      "\"$@\"; code=$?; ls -A '\(mount)' > '\(list)'; exit $code", [program] + arguments)
    let left = String(decoding: FileManager.default.contents(atPath: list) ?? Data("?".utf8), as: UTF8.self)
    return (ended, left.split(separator: "\n").map(String.init))
  }

  @Test func `a small dev shm is said, pools go to anonymous memory, and the run finishes`() throws {
    let scratch = try Scratch("/var/tmp")
    let out = scratch.path + "/results"
    let result = try runWith(
      "/dev/shm", size: "64m",
      [
        "run", "--systems", "marvel-igfs,marvel-hdfs,ideal", "--workloads", "wordcount", "--size", "4MiB",
        "--repeats", "1", "--warmup", "0", "--out", out, "--tier", "ssd=\(scratch.path)",
      ], scratch)
    guard let (ended, left) = result else { return }
    #expect(ended.code == 0, "\(ended.error)")
    #expect(
      ended.error.contains("note: /dev/shm has 64 MiB free") && ended.error.contains("memfd"),
      "\(ended.error)")
    #expect(left.isEmpty)
    let rows = try RunTests.rows(out)
    func row(_ system: String) throws -> [String: String] {
      try #require(rows.first { $0["system"] == system })
    }
    let pool = try row("marvel-igfs")
    #expect(pool["status"] == "ok", "\(pool)")
    #expect(pool["input_provenance"] == "emulated" && pool["io_engine"] == "libpmem/memcpy/libpmem")
    let files = try row("marvel-hdfs")
    #expect(files["status"] == "skipped")
    #expect(files["reason"]?.contains("/dev/shm has 64 MiB free") == true, "\(files)")
    #expect(try row("ideal")["output_digest"] == pool["output_digest"])
  }

  @Test func `a job's pool goes to anonymous memory, too`() throws {
    let scratch = try Scratch("/var/tmp")
    let text = someText(1 << 20)
    let input = try scratch.file("input", text)
    let result = try runWith(
      "/dev/shm", size: "64m",
      [
        "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--plan", "corral",
        "--workers",
        "2", "--split", "256KiB", "--system", "input=dram,shuffle=pmem,output=dram",
      ], scratch)
    guard let (ended, left) = result else { return }
    #expect(ended.code == 0, "\(ended.error)")
    #expect(ended.error.contains("note: /dev/shm has 64 MiB free"), "\(ended.error)")
    #expect(left.isEmpty)
    #expect(try sorted(outputLines(scratch.path + "/out")) == wordLines(text))
  }

  @Test(arguments: [("ssd", "direct"), ("ssd", "buffered"), ("pmem", "file")])
  func `a disk that is full ends a job with the reason, and nothing is left`(tier: String, access: String)
    throws
  {
    let scratch = try Scratch("/var/tmp")
    let input = try scratch.file("input", someText(4 << 20))
    let disk = scratch.path + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let system = try scratch.file(
      "s.yaml",
      Array(
        """
        name: s
        input: dram
        shuffle: {tier: \(tier), access: \(access), folder: \(disk)}
        output: dram

        """.utf8))
    // The plan ships over five times the input.
    let result = try runWith(
      disk, size: "4m",
      [
        "job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--plan", "paper",
        "--encoding",
        "json", "--workers", "2", "--split", "256KiB", "--system", system,
      ], scratch)
    guard let (ended, left) = result else { return }
    #expect(ended.code == 2, "\(ended.out)")
    #expect(
      ended.error.contains("No space left on device") && ended.error.contains("map-"), "\(ended.error)")
    #expect(left.isEmpty, "\(left)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/out"))
  }

  @Test func `a run that does not fit its disk is refused before anything is made`() throws {
    let scratch = try Scratch("/var/tmp")
    let disk = scratch.path + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let result = try runWith(
      disk, size: "8m",
      ["run", "--systems", "ssd", "--size", "16MiB", "--tier", "ssd=\(disk)", "--out", scratch.path + "/r"],
      scratch)
    guard let (ended, left) = result else { return }
    #expect(ended.code == 2)
    #expect(ended.error.contains("\(disk): the run needs"), "\(ended.error)")
    #expect(left.isEmpty, "\(left)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/r"))
  }
}
