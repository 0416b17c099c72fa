import Foundation
import Testing

/// What `marvel-bench io` and experiments of I/O jobs print and write.
struct IOOutputTests {
  private func scratch() throws -> Scratch { try Scratch("/var/tmp") }

  private func job(_ scratch: Scratch, _ more: [String]) -> [String] {
    ["io", "--name=j", "--rw=randread", "--bs=4k", "--size=256k", "--directory=\(scratch.path)"] + more
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func `json alone on the standard output is one document`() throws {
    let scratch = try scratch()
    let ended = try run(job(scratch, ["--output-format=json+"]))
    #expect(ended.code == 0, "\(ended.error)")
    let root = try object(ended.out)
    let jobs = try #require(root["jobs"] as? [[String: Any]])
    #expect(jobs.map { $0["jobname"] as? String } == ["j"])
    let read = try #require(jobs[0]["read"] as? [String: Any])
    #expect(read["total_ios"] as? Int == 64)
    #expect(read["io_bytes"] as? Int == 256 << 10)
    let latency = try #require(read["clat_ns"] as? [String: Any])
    let bins = try #require(latency["bins"] as? [String: Int])
    #expect(bins.values.reduce(0, +) == 64)
    let notes = try #require(root["notes"] as? [String])
    #expect(notes.contains { $0.hasPrefix("j: Little's law: ") })
    #expect(notes.contains { $0.hasPrefix("a look at the clock takes ") })
  }

  @Test func `text and rows go where they are asked to go, and so do logs`() throws {
    let scratch = try scratch()
    let ended = try run(job(scratch, ["--output-format=normal,csv", "--write_bw_log=\(scratch.path)/log"]))
    #expect(ended.code == 0, "\(ended.error)")
    #expect(ended.out.hasPrefix("j: (g=0): rw=randread, bs=(R) 4096B-4096B"))
    #expect(ended.out.contains("\nformat,experiment,job,repeat,status,"))
    #expect(ended.out.contains("\nj: (groupid=0, jobs=1): err= 0: pid="))
    let log = try String(contentsOfFile: "\(scratch.path)/log_bw.1.log", encoding: .utf8)
    #expect(log.split(separator: "\n").count == 64)
    let output = "\(scratch.path)/out.json"
    let quiet = try run(job(scratch, ["--output-format", "json", "--output", output]))
    #expect(quiet.out == "")
    #expect(
      try object(String(contentsOfFile: output, encoding: .utf8))["fio version"] as? String == "fio-3.33")
    let nowhere = try run(job(scratch, ["--output=\(scratch.path)/no/such/file"]))
    #expect(nowhere.code == 2)
    #expect(nowhere.error.contains("/no/such/file: No such file or directory"))
  }

  @Test func `the live line is plain where it is asked for without a terminal`() throws {
    let scratch = try scratch()
    let timed = ["--time_based", "--runtime=2500ms"]
    let shown = try run(job(scratch, timed + ["--eta=always"]))
    #expect(shown.error.contains("Jobs: 1 (f=1): [r(1)]["))
    #expect(try !run(job(scratch, timed)).error.contains("Jobs: "))
    #expect(try run(job(scratch, ["--eta=sometimes"])).code == 64)
    #expect(try run(job(scratch, ["--output-format=terse"])).code == 64)
  }

  @Test func `each status interval has a whole report, in each format`() throws {
    let scratch = try scratch()
    let output = "\(scratch.path)/out"
    let timed = ["--time_based", "--runtime=2500ms", "--status-interval=700ms", "--eta=never"]
    let shown = try run(job(scratch, timed))
    #expect(shown.code == 0, "\(shown.error)")
    let reports = shown.out.components(separatedBy: "\nj: (groupid=0, jobs=1): err= 0: pid=").count - 1
    #expect((3...4).contains(reports), "\(shown.out)")
    #expect(shown.out.components(separatedBy: "  the figures so far, ").count == reports)
    #expect(shown.out.components(separatedBy: "Starting 1 process").count == 2)
    let filed = try run(job(scratch, timed + ["--output-format=json", "--output=\(output)"]))
    #expect(filed.out == "")
    let text = try String(contentsOfFile: output, encoding: .utf8)
    // One document behind the other, as fio's.
    let documents = text.components(separatedBy: "\n}\n").dropLast().map { $0 + "\n}" }
    let left = try documents.map { document -> Int in
      let jobs = try #require(try object(document)["jobs"] as? [[String: Any]])
      return try #require(jobs[0]["eta"] as? Int)
    }
    #expect(
      (3...4).contains(left.count) && left.dropLast().allSatisfy { $0 > 0 } && left.last == 0, "\(left)")
    #expect(try run(job(scratch, ["--status-interval=0"])).code == 64)
  }

  @Test func `the cost of a sequence is told for each pattern`() throws {
    let ended = try run(["bench", "sequence", "--requests", "1000"])
    #expect(ended.code == 0, "\(ended.error)")
    let rows = ended.out.split(separator: "\n").dropFirst(2).map { $0.split(separator: " ").map(String.init) }
    #expect(rows.count == 8)
    for row in rows { #expect(Double(row.last ?? "") ?? 0 > 0 && row[0].hasPrefix("rw="), "\(row)") }
    #expect(try run(["bench", "sequence", "--requests", "0"]).code == 64)
  }

  @Test func `a results folder has rows, histograms, the jobs and the machine`() throws {
    let scratch = try scratch()
    let folder = "\(scratch.path)/results"
    let ended = try run(job(scratch, ["--out", folder]))
    #expect(ended.code == 0, "\(ended.error)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(files == ["environment.json", "fio", "io.csv", "jobs.fio", "latency.csv", "summary.md"])
    let rows = try String(contentsOfFile: folder + "/io.csv", encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 2)
    #expect(rows[1].hasPrefix("1,io,j,1,ok,,"))
    // What was written is a job file that means the same.
    #expect(try run(["io", "check", folder + "/jobs.fio"]).out.hasPrefix("[j]\n"))
  }

  @Test func `an experiment of I/O jobs varies them, and skips with a reason what cannot run`() throws {
    let scratch = try scratch()
    _ = try scratch.file(
      "jobs.fio", Array("[global]\nsize=256k\ndirectory=${SSD}\n[a]\nrw=randread\n[b]\nrw=write\n".utf8))
    let file = try scratch.file(
      "x.yaml",
      Array(
        """
        name: x
        io:
          - {file: \(scratch.path)/jobs.fio, vary: {bs: [512, 4k]}}
          - {file: \(scratch.path)/jobs.fio, jobs: [a], options: {filename: /proc/version, direct: 1}, vary: {iodepth: [1]}}
        repeats: 2
        """.utf8))
    let folder = "\(scratch.path)/results"
    let ended = try run(["run", file, "--tier", "ssd=\(scratch.path)", "--out", folder])
    #expect(ended.code == 0, "\(ended.error)")
    let rows = try String(contentsOfFile: folder + "/io.csv", encoding: .utf8).split(separator: "\n")
      .dropFirst()
    #expect(rows.filter { $0.contains(",ok,") }.count == 8)
    #expect(rows.filter { $0.contains(",skipped,") }.count == 2)
    #expect(ended.out.contains("a/iodepth=1: skipped: "))
    #expect(FileManager.default.fileExists(atPath: folder + "/fio/a-bs-512.json"))
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
    #expect(left == ["jobs.fio", "results", "x.yaml"])
    let wrong = try run(["run", file, "--plan", "corral"])
    #expect(wrong.code == 64)
    #expect(wrong.error.contains("--plan is of function jobs, and x has I/O jobs"))
  }
}
