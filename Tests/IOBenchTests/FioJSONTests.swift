import Metrics
import Testing

@testable import IOBench

/// The keys of fio 3.33's JSON in its order, an object a line: what `fio --output-format=json+` wrote for a job file as
/// that of `sampleResult()`. `*` stands for keys that are values: options, percentiles, bins.
private let fioKeys = """
  : fio version, timestamp, timestamp_ms, time, global options, jobs, disk_util
  /jobs: jobname, groupid, error, eta, elapsed, job options, read, write, trim, sync, job_runtime, usr_cpu, sys_cpu, ctx, majf, minf, iodepth_level, iodepth_submit, iodepth_complete, latency_ns, latency_us, latency_ms, latency_depth, latency_target, latency_percentile, latency_window, steadystate
  /jobs/job options: *
  /jobs/read: io_bytes, io_kbytes, bw_bytes, bw, iops, runtime, total_ios, short_ios, drop_ios, slat_ns, clat_ns, lat_ns, bw_min, bw_max, bw_agg, bw_mean, bw_dev, bw_samples, iops_min, iops_max, iops_mean, iops_stddev, iops_samples
  /jobs/read/slat_ns: min, max, mean, stddev, N
  /jobs/read/clat_ns: min, max, mean, stddev, N, percentile, bins
  /jobs/read/clat_ns/percentile: *
  /jobs/read/clat_ns/bins: *
  /jobs/read/lat_ns: min, max, mean, stddev, N
  /jobs/write: io_bytes, io_kbytes, bw_bytes, bw, iops, runtime, total_ios, short_ios, drop_ios, slat_ns, clat_ns, lat_ns, bw_min, bw_max, bw_agg, bw_mean, bw_dev, bw_samples, iops_min, iops_max, iops_mean, iops_stddev, iops_samples
  /jobs/write/slat_ns: min, max, mean, stddev, N
  /jobs/write/clat_ns: min, max, mean, stddev, N, percentile, bins
  /jobs/write/clat_ns/percentile: *
  /jobs/write/clat_ns/bins: *
  /jobs/write/lat_ns: min, max, mean, stddev, N
  /jobs/trim: io_bytes, io_kbytes, bw_bytes, bw, iops, runtime, total_ios, short_ios, drop_ios, slat_ns, clat_ns, lat_ns, bw_min, bw_max, bw_agg, bw_mean, bw_dev, bw_samples, iops_min, iops_max, iops_mean, iops_stddev, iops_samples
  /jobs/trim/slat_ns: min, max, mean, stddev, N
  /jobs/trim/clat_ns: min, max, mean, stddev, N
  /jobs/trim/lat_ns: min, max, mean, stddev, N
  /jobs/sync: total_ios, lat_ns
  /jobs/sync/lat_ns: min, max, mean, stddev, N
  /jobs/iodepth_level: 1, 2, 4, 8, 16, 32, >=64
  /jobs/iodepth_submit: 0, 4, 8, 16, 32, 64, >=64
  /jobs/iodepth_complete: 0, 4, 8, 16, 32, 64, >=64
  /jobs/latency_ns: 2, 4, 10, 20, 50, 100, 250, 500, 750, 1000
  /jobs/latency_us: 2, 4, 10, 20, 50, 100, 250, 500, 750, 1000
  /jobs/latency_ms: 2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000, >=2000
  /jobs/steadystate: ss, duration, attained, criterion, max_deviation, slope, data
  /jobs/steadystate/data: bw_mean, iops_mean, iops, bw
  /disk_util: name, read_ios, write_ios, read_merges, write_merges, read_ticks, write_ticks, in_queue, util
  """

/// Our own key beside fio's.
private let added: Set<String> = ["notes"]

private struct Document {
  var value: JSONValue

  subscript(_ path: String) -> JSONValue? {
    path.split(separator: "/").reduce(Optional(value)) { value, key in
      switch value {
      case .object(let members): members.first { $0.0 == key }?.1
      case .array(let items): Int(key).flatMap { items.indices.contains($0) ? items[$0] : nil }
      default: nil
      }
    }
  }

  func integer(_ path: String) -> Int? { if case .integer(let value) = self[path] { value } else { nil } }
  func number(_ path: String) -> Double? { if case .number(let value) = self[path] { value } else { nil } }
  func text(_ path: String) -> String? { if case .text(let value) = self[path] { value } else { nil } }

  /// Each object's keys as a line, as in ``fioKeys``.
  func keyLines(_ value: JSONValue, _ path: String = "") -> [String] {
    switch value {
    case .array(let items): return items.first.map { keyLines($0, path) } ?? []
    case .object(let members):
      let keys = members.map(\.0).filter { !added.contains($0) }
      guard !keys.isEmpty else { return [] }
      let isOpen = ["options", "percentile", "bins"].contains { path.hasSuffix($0) }
      return ["\(path): " + (isOpen ? "*" : keys.joined(separator: ", "))]
        + members.filter { !added.contains($0.0) }.flatMap { keyLines($0.1, "\(path)/\($0.0)") }
    default: return []
    }
  }
}

@Suite struct FioJSONTests {
  private func document(bins: Bool = true) throws -> Document {
    Document(value: FioJSON.value(try sampleResult(), bins: bins))
  }

  @Test func `json+ has fio's keys, each in its place and in fio's order`() throws {
    let document = try document()
    #expect(document.keyLines(document.value).joined(separator: "\n") == fioKeys)
  }

  @Test func `json has no bins, percentiles by fio's names`() throws {
    let document = try document(bins: false)
    #expect(document["jobs/0/read/clat_ns/bins"] == nil)
    #expect(document.integer("jobs/0/read/clat_ns/percentile/99.000000") != nil)
    #expect(document.integer("jobs/0/read/clat_ns/percentile/1.000000") != nil)
  }

  @Test func `copies that report as a group are one entry, of summed rates and joined latencies`() throws {
    let document = try document()
    #expect(document.text("jobs/0/jobname") == "first")
    #expect(document.text("jobs/1/jobname") == "second")
    #expect(document["jobs/2"] == nil)
    #expect(document.integer("jobs/0/groupid") == 0)
    #expect(document.integer("jobs/1/groupid") == 1)
    #expect(document.integer("jobs/0/read/total_ios") == 2000)
    #expect(document.integer("jobs/0/read/io_bytes") == 2000 * 4096)
    #expect(document.number("jobs/0/read/iops") == 2000)
    #expect(document.integer("jobs/0/read/bw") == 8000)
    #expect(document.integer("jobs/0/read/runtime") == 1000)
    #expect(document.integer("jobs/0/read/lat_ns/N") == 2000)
    #expect(document.number("jobs/0/read/lat_ns/mean") == 850_000)
    #expect(document.integer("jobs/0/read/slat_ns/min") == 30_000)
    #expect(document.integer("jobs/0/read/iops_min") == 1800)
    #expect(document.number("jobs/0/read/iops_mean") == 2000)
    #expect(document.integer("jobs/0/read/iops_samples") == 4)
    // Of the time of both copies together.
    #expect(document.number("jobs/0/usr_cpu") == 2)
    #expect(document.number("jobs/0/sys_cpu") == 10)
    #expect(document.integer("jobs/0/job_runtime") == 2000)
    #expect(document.integer("jobs/0/ctx") == 2 * 912)
  }

  @Test func `without group_reporting each copy is an entry`() throws {
    var result = try sampleResult()
    result.jobs[0].groupReporting = false
    #expect(result.reportedJobs.map(\.job.name) == ["first", "first", "second"])
    #expect(result.reportedJobs.map(\.group) == [0, 0, 1])
  }

  @Test func `distributions are of fio's classes`() throws {
    let document = try document()
    // 770 and 870 µs of reads (half of all requests), 2.96 ms of writes.
    #expect(document.number("jobs/0/latency_us/1000") == 50)
    #expect(document.number("jobs/0/latency_ms/4") == 50)
    #expect(document.number("jobs/0/latency_ms/2") == 0)
    #expect(document.number("jobs/0/iodepth_level/8") == 100)
    #expect(document.number("jobs/0/iodepth_submit/4") == 100)
    #expect(document.number("jobs/1/latency_us/750") == 100)
  }

  @Test func `steadiness is told with its window and its limit`() throws {
    let document = try document()
    #expect(document.text("jobs/0/steadystate/ss") == "iops:50.000000%")
    #expect(document.integer("jobs/0/steadystate/duration") == 1)
    #expect(document.integer("jobs/0/steadystate/attained") == 1)
    #expect(document.integer("jobs/0/steadystate/data/iops_mean") == 4000)
    #expect(document.text("jobs/0/steadystate/criterion") == "0.000000%")
    #expect(document["jobs/1/steadystate"] == nil)
  }

  @Test func `readers find the options that they ask for`() throws {
    let document = try document()
    for (key, value) in [
      ("rw", "randrw"), ("iodepth", "8"), ("numjobs", "2"), ("bs", "4096"), ("ioengine", "libaio"),
      ("direct", "1"),
    ] { #expect(document.text("jobs/0/job options/\(key)") == value) }
    #expect(document.text("jobs/0/job options/runtime") == nil)
    #expect(document.text("jobs/1/job options/fsync") == "16")
  }

  @Test func `the time is the report's`() throws {
    let document = try document()
    #expect(document.integer("timestamp_ms") == 1_795_852_940_828)
    #expect(document.integer("timestamp") == 1_795_852_940)
    #expect(document.text("time")?.split(separator: " ").count == 5)
  }

  @Test func `bins are called as fio calls them, and hold all requests`() {
    // As fio 3.33's plat_idx_to_val(plat_val_to_idx(x)).
    for (value, name) in [
      (0, 0), (1, 1), (127, 127), (128, 129), (131, 131), (280_000, 280_576), (1_000_000, 1_003_520),
      (4_079_616, 4_079_616), (10_944_512, 10_944_512),
    ] { #expect(FioBins.name(value) == name, "\(value)") }
    var record = LatencyRecord()
    for value in 0..<20_000 { record.record(value * 37) }
    let bins = FioBins.counts(record)
    #expect(bins.reduce(0) { $0 + $1.count } == record.count)
    #expect(bins.map(\.value) == bins.map(\.value).sorted())
    #expect(Set(bins.map(\.value)).count == bins.count)
    var expected: [Int: Int] = [:]
    for value in 0..<20_000 { expected[FioBins.name(value * 37), default: 0] += 1 }
    #expect(Dictionary(uniqueKeysWithValues: bins.map { ($0.value, $0.count) }) == expected)
  }

  @Test func `nothing is left of a run that did nothing but zeros`() throws {
    var result = RunResult(jobs: try jobs("[a]\nrw=read\nsize=1m\n"))
    result.copies = [CopyResult(job: 0, copy: 0)]
    let document = Document(value: FioJSON.value(result, bins: true))
    #expect(document.number("jobs/0/read/iops") == 0)
    #expect(document.integer("jobs/0/read/clat_ns/min") == 0)
    #expect(document["jobs/0/read/clat_ns/percentile"] == nil)
    #expect(!FioJSON.text(result).contains("nan"))
  }
}

@Suite struct OutputFormatTests {
  @Test func `formats are listed with commas and written in one order`() throws {
    #expect(try OutputFormat.list("normal") == [.normal])
    #expect(try OutputFormat.list("normal,json,csv") == [.csv, .json, .normal])
    #expect(try OutputFormat.list("json,json+,json") == [.jsonPlus])
  }

  @Test func `a format that is none is named`() {
    #expect(
      complaint { _ = try OutputFormat.list("normal,jsn") }
        == "command line: --output-format normal,jsn: 'jsn': unknown (did you mean 'json'?); "
        + "known: normal, json, json+, csv")
    #expect(complaint { _ = try OutputFormat.list("") }?.contains("'': unknown") == true)
    #expect(complaint { _ = try OutputFormat.list("terse") }?.contains("csv has named columns") == true)
  }
}

@Suite struct LogFileTests {
  @Test func `logs have fio's names and lines`() throws {
    var result = RunResult(
      jobs: try jobs("[a]\nrw=read\nnumjobs=2\n[b]\nrw=write\nwrite_bw_log=out\nwrite_lat_log\n"))
    var one = CopyResult(job: 1, copy: 0)
    one.logs = [
      LogSample(kind: .bandwidth, time: 500, value: 8144, isWrite: true, blockSize: 0),
      LogSample(kind: .latency, time: 2, value: 989_272, isWrite: true, blockSize: 4096),
      LogSample(kind: .bandwidth, time: 1000, value: 9050, isWrite: false, blockSize: 0),
    ]
    result.copies = [CopyResult(job: 0, copy: 0), CopyResult(job: 0, copy: 1), one]
    let files = LogFiles.files(result)
    #expect(files.map(\.name) == ["out_bw.3.log", "b_slat.3.log", "b_clat.3.log", "b_lat.3.log"])
    #expect(files[0].contents == "500, 8144, 1, 0, 0\n1000, 9050, 0, 0, 0\n")
    #expect(files[3].contents == "2, 989272, 1, 4096, 0\n")
  }
}
