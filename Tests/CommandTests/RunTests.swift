import Foundation
import Testing

/// `run` as a user runs it.
struct RunTests {
  /// `trials.csv` as rows of named fields; fields here hold no commas but `parameters`, which no test reads.
  static func rows(_ folder: String) throws -> [[String: String]] {
    let text = String(
      decoding: FileManager.default.contents(atPath: folder + "/trials.csv") ?? Data(), as: UTF8.self)
    let lines = text.split(separator: "\n").map { line -> [String] in
      var fields = [""]
      var isQuoted = false
      for character in line {
        if character == "\"" {
          isQuoted.toggle()
        } else if character == ",", !isQuoted {
          fields.append("")
        } else {
          fields[fields.count - 1].append(character)
        }
      }
      return fields
    }
    let header = try #require(lines.first)
    return lines.dropFirst().map { fields in
      #expect(fields.count == header.count)
      return Dictionary(uniqueKeysWithValues: zip(header, fields))
    }
  }

  static let columns =
    "format,experiment,cell,parameters,trial,repeat,order,workload,system,platform,input_tier,shuffle_tier,output_tier,input_provenance,shuffle_provenance,output_provenance,plan,encoding,layout,join,access,io_engine,cache,starts,workers,maps,reduces,size_bytes,dataset_digest,output_digest,durability,status,reason,wall_ns,process_wall_ns,stage_ns,pool_start_ns,prefault_ns,map_ns,reduce_ns,input_wait_ns,shuffle_wait_ns,output_wait_ns,modelled_wait_ns,verify_ns,cleanup_ns,cpu_ns,instructions,read_bytes,device_read_bytes,shuffle_bytes,output_bytes,peak_anon_bytes,spilled_bytes,retries,bad_rows,billed_gb_s,cost_usd,machine_class,commit,build_mode,model_digest,output_bytes_all_stages,local_read_share,shuffle_write_wait_ns,load_before,steal_share,other_cpu_ns,other_cpu_share,cpu_mhz_before,cpu_mhz_after,quota_throttled_ns,thermal_throttles,swapped_pages,outlier"

  @Test func `all systems agree with an output counted another way, and every row says what it is`() throws {
    let scratch = try Scratch()
    let out = scratch.path + "/results"
    let ended = try run([
      "run", "--size", "3MiB", "--repeats", "2", "--split", "512KiB", "--reducers", "3", "--out", out,
      "--tier",
      "ssd=\(scratch.path)",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    #expect(ended.out.split(separator: "\n").last.map(String.init) == out)
    let header = String(
      decoding: FileManager.default.contents(atPath: out + "/trials.csv") ?? Data(), as: UTF8.self)
    #expect(header.split(separator: "\n").first.map(String.init) == Self.columns)
    let rows = try Self.rows(out)
    #expect(rows.count == 7 * 4 * 2)
    #expect(rows.allSatisfy { $0["status"] == "ok" }, "\(rows.compactMap { $0["reason"] })")
    for workload in ["wordcount", "grep", "scan", "aggregation", "join"] {
      #expect(Set(rows.filter { $0["workload"] == workload }.map { $0["output_digest"] }).count == 1)
    }
    #expect(
      rows.allSatisfy { Int($0["wall_ns"] ?? "") ?? 0 > 0 && Int($0["read_bytes"] ?? "") ?? 0 >= 3 << 20 })
    for row in rows where row["system"] == "marvel-igfs" {
      #expect(row["input_provenance"] == "emulated" || row["input_provenance"] == "measured")
      #expect(row["shuffle_provenance"] == "measured")
    }
    for name in ["activations.csv", "environment.json", "experiment.yaml", "summary.md", "plots/systems.gp"] {
      #expect(FileManager.default.fileExists(atPath: "\(out)/\(name)"), "\(name)")
    }
  }

  @Test func `plan paper in json ships 5.4 to 5.9 times the input through the shuffle tier`() throws {
    let scratch = try Scratch()
    let out = scratch.path + "/results"
    let ended = try run([
      "run", "--workloads", "wordcount", "--systems", "ideal,ssd", "--size", "8MiB", "--repeats", "1",
      "--warmup", "0",
      "--plan", "paper", "--encoding", "json", "--out", out, "--tier", "ssd=\(scratch.path)",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    for row in try Self.rows(out) {
      let shuffled = Double(row["shuffle_bytes"] ?? "") ?? 0
      #expect((5.4...5.9).contains(shuffled / Double(8 << 20)), "\(shuffled)")
    }
  }

  @Test func `words that are wrong are errors with their place`() throws {
    let scratch = try Scratch()
    let file = try scratch.file("x.yaml", Array("name: x\nsystems: [ssd]\nwokers: 2\n".utf8))
    let ended = try run(["run", file])
    #expect(ended.code == 64)
    #expect(ended.error.contains("x.yaml:3:1: unknown key 'wokers'"), "\(ended.error)")
    let many = try scratch.file(
      "many.yaml", Array("name: x\nsystems: [ssd]\nworkloads: wordcount\nsizes: 1MiB\nreducers: 1000\n".utf8))
    let tooMany = try run(["run", many])
    #expect(tooMany.code == 64)
    #expect(tooMany.error.contains("many.yaml:5:"), "\(tooMany.error)")
    #expect(try run(["run", "--systems", "sdd"]).error.contains("'sdd'"))
    #expect(try run(["run", "--size", "12XB"]).code == 64)
    #expect(try run(["run", "--size", "900TiB", "--out", scratch.path + "/o"]).error.contains("free"))
  }

  @Test(arguments: [
    (["--systems", ""], "--systems '': it names none"),
    (["--workloads", ","], "--workloads ',': it names none"),
    (["--input", "/etc/hostname", "--size", "1MiB"], "--size is of generated data"),
    (["--cache", "none"], "'none'"), (["--set", "grep.pattern=("], "missing closing parenthesis at byte 1"),
    (["--set", "join.from=1990-13-01"], "from '1990-13-01' is no date"),
  ])
  func `options that ask for nothing that can be are refused before anything runs`(
    options: [String], reason: String
  ) throws {
    let ended = try run(["run", "--dry-run"] + options)
    #expect(ended.code == 64)
    #expect(ended.error.contains(reason), "\(ended.error)")
  }

  @Test(arguments: ["bypassed", "cold", "warm"])
  func `the page cache is what a row says`(cache: String) throws {
    // On a disk: a folder in memory has no cache to be in a state.
    let scratch = try Scratch("/var/tmp")
    let out = scratch.path + "/results"
    let ended = try run([
      "run", "--workloads", "drain", "--systems", "ssd", "--size", "8MiB", "--repeats", "2", "--cache", cache,
      "--split", "1MiB", "--out", out, "--tier", "ssd=\(scratch.path)",
    ])
    #expect(ended.code == 0, "\(ended.error)")
    for row in try Self.rows(out) {
      #expect(row["cache"] == cache)
      #expect(row["access"]?.hasPrefix(cache == "bypassed" ? "direct" : "buffered") ?? false)
      guard row["input_provenance"] == "measured", let device = Int(row["device_read_bytes"] ?? "") else {
        continue
      }
      #expect(cache == "warm" ? device < 1 << 20 : device >= (8 << 20) / 100 * 95)
    }
  }

  @Test func `with --json stdout is one line of JSON, which names the folder`() throws {
    let scratch = try Scratch()
    // A name of one letter once ended the program.
    let ended = try run(
      [
        "run", "--workloads", "wordcount", "--systems", "ideal", "--size", "1MiB", "--repeats", "1", "--json",
        "--out", "r", "--tier", "ssd=\(scratch.path)",
      ], folder: scratch.path)
    #expect(ended.code == 0, "\(ended.error)")
    #expect(ended.out.count { $0 == "\n" } == 1 && ended.out.hasSuffix("}\n"), "\(ended.out)")
    let report = try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any]
    #expect(report?["folder"] as? String == "r")
  }

  @Test func `an output that is not the expected one is a wrong row, and exit 3`() throws {
    let scratch = try Scratch()
    func go(_ out: String) throws -> Ended {
      try run([
        "run", "--workloads", "wordcount", "--systems", "ideal", "--plan", "optimized", "--size", "1MiB",
        "--repeats", "1", "--warmup", "0", "--out", "\(scratch.path)/\(out)", "--tier", "ssd=\(scratch.path)",
      ])
    }
    #expect(try go("right").code == 0)
    let folder = "\(scratch.path)/marvel-bench-\(getuid())/datasets/.expected"
    let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
    var lines = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(separator: "\n")
    let digest = try #require(lines.last)
    lines.removeLast()
    #expect(try Self.rows(scratch.path + "/right").first?["output_digest"] == String(digest))
    lines.append((digest.hasPrefix("0") ? "1" : "0") + digest.dropFirst())
    _ = try Data((lines.joined(separator: "\n") + "\n").utf8).write(
      to: URL(fileURLWithPath: "\(folder)/\(name)"))
    let ended = try go("wrong")
    #expect(ended.code == 3, "\(ended.error)")
    #expect(ended.error.contains("an output was wrong"), "\(ended.error)")
    let row = try #require(Self.rows(scratch.path + "/wrong").first)
    #expect(row["status"] == "wrong")
    #expect(row["reason"] == "the output's digest is \(digest), not \(lines.last ?? "")")
    #expect(row["output_digest"] == String(digest))
  }

  @Test func `output that stdout does not take is an error, a reader that goes away is none`() throws {
    let scratch = try Scratch()
    let input = try scratch.file("input", Array("a b\n".utf8))
    let commands = [
      ["list"], ["--help"],
      ["job", "wordcount", "--input", input, "--output", scratch.path + "/out", "--json"],
      [
        "run", "--input", input, "--workloads", "wordcount", "--systems", "ideal", "--repeats", "1",
        "--out", scratch.path + "/results", "--tier", "ssd=\(scratch.path)",
      ],
    ]
    for command in commands {
      let full = try Running(
        ["-c", "exec \"$0\" \"$@\" > /dev/full", program] + command, executable: "/bin/sh"
      ).wait()
      #expect(full.code == 2, "\(command): \(full.error)")
      #expect(full.error.contains("write stdout: No space left on device"), "\(full.error)")
    }
    let closed = try Running(
      ["-c", "{ trap '' PIPE; sleep 0.2; \"$0\" list; echo \"exit $?\" >&2; } | true", program],
      executable: "/bin/sh"
    ).wait()
    #expect(closed.error == "exit 0\n")
  }

  @Test func `results README is what the columns in code say`() throws {
    let listed = try run(["list", "columns", "--markdown"])
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../results/README.md")
    #expect(try listed.out == String(contentsOf: file, encoding: .utf8))
  }
}
