import Foundation
import IOBench
import Storage
import Testing

@testable import Reports

struct IORowTests {
  private let environment = RowEnvironment(machineClass: "m", commit: "c", buildMode: "debug")
  private let machine = MeasuringMachine(lastLevelCache: 32 << 20, clockTime: 25)
  private let pmem = IOOrigin(tier: "pmem", provenance: "emulated", filesystem: "tmpfs")
  private let ssd = IOOrigin(tier: "ssd", provenance: "measured", device: "vda", filesystem: "ext4")

  /// 1000 reads of 4 KiB in a second, each as long as said.
  private func result(_ text: String, latency: Int = 900_000, requests: Int = 1000) throws -> RunResult {
    var result = RunResult(jobs: try IOJobs.read(text, file: "t.fio"))
    for index in result.jobs.indices {
      var copy = CopyResult(job: index, copy: 0)
      copy.reads.requests = requests
      copy.reads.bytes = requests * 4096
      copy.reads.elapsed = 1_000_000_000
      for _ in 0..<requests {
        copy.reads.completionLatency.record(latency)
        copy.reads.latency.record(latency)
      }
      copy.elapsed = 1_000_000_000
      copy.files = ["/data/x"]
      copy.regionSize = 1 << 30
      result.copies.append(copy)
    }
    return result
  }

  private func rows(_ result: RunResult, _ origin: IOOrigin, repeatNumber: Int = 1) -> [IORow] {
    IORow.rows(
      of: result, experiment: "e", repeatNumber: repeatNumber, origin: { _ in origin }, on: machine,
      environment: environment)
  }

  @Test func `a row a direction, with what it is of`() throws {
    var result = try result("[j]\nrw=randrw\nioengine=libaio\niodepth=8\ndirect=1\n")
    result.copies[0].writes = result.copies[0].reads
    let rows = rows(result, ssd)
    #expect(rows.map(\.isWrite) == [false, true])
    let csv = IOTable.csv(rows).split(separator: "\n").map(String.init)
    #expect(csv.count == 3)
    let fields = Dictionary(
      uniqueKeysWithValues: zip(IOColumns.all.map(\.name), IOColumns.all.map { $0.value(rows[0]) }))
    for (name, value) in [
      ("experiment", "e"), ("job", "j"), ("repeat", "1"), ("status", "ok"), ("tier", "ssd"),
      ("provenance", "measured"), ("device", "vda"), ("filesystem", "ext4"), ("engine", "libaio"),
      ("rw", "randrw"), ("direction", "read"), ("block_bytes", "4096"), ("iodepth", "8"), ("numjobs", "1"),
      ("direct", "1"), ("iops", "1000.0"), ("bandwidth_mib_s", "3.90625"), ("lat_mean_ns", "900000"),
      ("lat_p99_ns", "900000"), ("slat_mean_ns", ""), ("requests", "1000"), ("bytes", "4096000"),
      ("in_flight", "1.8"), ("latency_from", "submission"), ("working_set_bytes", "1073741824"),
      ("ranges", ""),
    ] { #expect(fields[name] == value, "\(name)") }
    #expect(fields["notes"]?.contains("Little's law") == true)
  }

  @Test func `no column is there twice, and the plots find theirs`() {
    let names = IOColumns.all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in [
      "job", "tier", "provenance", "engine", "rw", "direction", "block_bytes", "iodepth", "numjobs", "iops",
      "bandwidth_mib_s", "lat_mean_ns",
    ] { #expect(names.contains(name), "\(name)") }
    #expect(LatencyBinColumns.all.map(\.name) == ["job", "repeat", "direction", "kind", "value_ns", "count"])
  }

  @Test func `what failed, was wrong, was cut short or could not run says so`() throws {
    var result = try result("[j]\nrw=read\n")
    result.copies[0].isInterrupted = true
    #expect(rows(result, ssd)[0].status == .interrupted)
    result.copies[0].errorNumber = 28
    result.copies[0].errorText = "write /data/x: No space left on device"
    #expect(rows(result, ssd)[0].status == .failed)
    #expect(rows(result, ssd)[0].reason == "write /data/x: No space left on device")
    result.copies[0].wrongBlocks = 1
    #expect(rows(result, ssd)[0].status == .wrong)
    let skipped = IORow.skipped(
      result.jobs[0], named: "j", experiment: "e", origin: ssd, reason: "no room", environment: environment)
    #expect(skipped.count == 1)
    let fields = IOColumns.all.map { $0.value(skipped[0]) }
    #expect(fields.contains("skipped") && fields.contains("no room") && !fields.contains("0.0"))
  }

  @Test func `rows and histograms are read back as they were written, repeats by their middle`() throws {
    let parent = FileManager.default.temporaryDirectory.appending(path: "mb-io-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let folder = try IOResultsFolder(experiment: "e", out: parent)
    for (number, requests) in [(1, 900), (2, 1100), (3, 1000)] {
      let result = try result("[j]\nrw=randread\nioengine=libpmem\n", latency: 700, requests: requests)
      try folder.add(rows(result, pmem, repeatNumber: number))
    }
    let read = try RecordedResults(parent)
    let io = try #require(read.io)
    #expect(io.warnings.isEmpty)
    #expect(io.rows.count == 1)
    #expect(io.rows[0].requests == 1000)
    #expect(io.rows[0].series == "pmem libpmem randread [emulated]")
    #expect(io.latencies.map(\.job) == ["j"])
    #expect(io.latencies[0].points.count == 1)
    #expect(io.latencies[0].points[0].nanoseconds == 700)
    #expect(io.latencies[0].points[0].share == 1)
    let drawn = try Plots(read).draw([.io], formats: [.svg], in: parent + "/plots")
    #expect(FileManager.default.fileExists(atPath: parent + "/plots/io.gp"))
    #expect(drawn.missing.isEmpty)
  }

  @Test func `origin follows the engine and the medium`() throws {
    #expect(IOOrigin(engine: .null, file: "x") == IOOrigin(tier: "none", provenance: ""))
    let memory = try StorageDevice(folder: "/dev/shm")
    guard memory.kind == .memory else { return }
    #expect(IOOrigin(engine: .libpmem, file: "/dev/shm/x").tier == "pmem")
    #expect(IOOrigin(engine: .libpmem, file: "/dev/shm/x").provenance == "emulated")
    #expect(IOOrigin(engine: .psync, file: "/dev/shm/x").tier == "dram")
    #expect(IOOrigin(engine: .libaio, file: "/nonexistent/x").provenance == "emulated")
  }

  @Test func `the paper's table stands beside, at its depths and at equal ones`() throws {
    let text = """
      [pmem-rand-read]
      rw=randread
      ioengine=libpmem
      [ssd-rand-read]
      rw=randread
      ioengine=libaio
      iodepth=64
      [ssd-rand-read-depth1]
      rw=randread
      ioengine=libaio

      """
    let result = try result(text)
    let rows = IORow.rows(
      of: result, experiment: "e", origin: { $0.engine == .libpmem ? pmem : ssd }, on: machine,
      environment: environment)
    let summary = IOReport(rows, isInterrupted: false, besidePaper: true)
    #expect(summary.exitCode == nil)
    let text2 = summary.markdown(experiment: "table2")
    #expect(
      text2.contains("| rand-read  | pmem |    1166000 |    1000 |  0.00 |            1000 | emulated   |"))
    #expect(
      text2.contains("| rand-read  | ssd  |      82300 |    1000 |  0.01 |            1000 | measured   |"))
    #expect(text2.contains("| seq-write  | ssd  |     118000 | not run |"))
    #expect(text2.contains("13.6 and 1.4 (writes on pmem) can only be GB/s, 41.0 (sequential reads) GiB/s"))
    #expect(text2.contains("pmem is emulated on tmpfs"))
    #expect(
      text2.contains(
        "randread: only depth 1 × 1 jobs, 4 KiB is the same on all tiers; do not compare depth 64 × 1 jobs, 4 KiB with it"
      ))
  }
}
