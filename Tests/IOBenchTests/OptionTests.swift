import Testing

@testable import IOBench

/// What options mean, alone and together, and what is said of those that are wrong.
struct OptionTests {
  @Test func `typed values come out of the words`() throws {
    #expect(try job("readwrite=readwrite").pattern == .rw)
    #expect(try job("rwmixwrite=30").readShare == 70)
    #expect(try job("buffered=0").direct)
    #expect(try job("ioengine=libpmem").engine == .libpmem)
    #expect(try job("size=50%").size == .percent(50))
    #expect(try job("filesize=8k-4k").fileSizes == FileSizes(smallest: 4096, largest: 8192))
    #expect(try job("sync=1").sync == .sync)
    #expect(try job("random_distribution=zipf").distribution == .zipf(theta: 1.1, center: nil))
    #expect(try job("random_distribution=normal:5:0.5").distribution == .normal(deviation: 5, center: 0.5))
    #expect(try job("cpus_allowed=7,0-2,1").processors == .some([0, 1, 2, 7]))
    #expect(try job("numa_mem_policy=interleave").memoryPolicy == .interleave(.all))
    #expect(try job("numa_mem_policy=bind:1,3").memoryPolicy == .bind(.some([1, 3])))
    #expect(try job("percentile_list=99.9:50:99.9").percentiles == [50, 99.9])
    #expect(try job("verify=pattern\nverify_pattern=0xDEad\"ab\"").verifyPattern == [0xde, 0xad, 97, 98])
    #expect(try job("thinktime=5").thinkTime == 5000)
    #expect(try job("startdelay=5").startDelay == 5_000_000_000)
    #expect(
      try job("ss=bw:1m\nss_dur=10").steadyState
        == SteadyState(metric: .bw, limit: 1_048_576, isPercent: false))
    #expect(try job("ss_dur=10").steadyState == .standard)
    #expect(try job("write_lat_log").latencyLog == "j")
    #expect(try job("wait_for_previous").stonewall)
    #expect(try job("thread=0").thread == false)
    #expect(try job("gtod_reduce=1").disableSubmissionLatency)
    #expect(try job("verify=crc32c").refillBuffers)
  }

  @Test func `batches are bounded by the depth, as in fio`() throws {
    let plain = try job("iodepth=16")
    #expect(
      [plain.submitBatch, plain.completeMinimum, plain.completeMaximum, plain.depthLow] == [1, 1, 1, 16])
    let wide = try job("iodepth=16\niodepth_batch_submit=99\niodepth_batch_complete=4\niodepth_low=20")
    #expect([wide.submitBatch, wide.completeMinimum, wide.completeMaximum, wide.depthLow] == [16, 4, 4, 16])
    #expect(try job("iodepth=8\niodepth_batch=0").submitBatch == 8)
  }

  @Test(arguments: [
    ("iodepth=0", "t.fio:2: iodepth=0: must be at least 1"),
    ("iodepth=-1", "t.fio:2: iodepth=-1: must be at least 1"),
    ("iodeth=4", "t.fio:2: unknown option 'iodeth' (did you mean 'iodepth'?)"),
    ("zzzzqqqq=4", "t.fio:2: unknown option 'zzzzqqqq'"), ("direct", "t.fio:2: direct: needs a value (bool)"),
    ("direct=yes", "t.fio:2: direct=yes: must be 0 or 1"), ("rw=", "t.fio:2: rw=: has no value"),
    ("rw=randomread", "t.fio:2: rw=randomread: unknown; known here: read, write, randread"),
    ("rw=trim", "t.fio:2: rw=trim: trim is not supported"),
    ("rw=read:4k", "t.fio:2: rw=read:4k: a gap or run length"),
    ("ioengine=dev-dax", "t.fio:2: ioengine=dev-dax: dev-dax is not supported"),
    ("ioengine=rados", "t.fio:2: ioengine=rados: fio's engine rados is not supported"),
    ("ioengine=libaoi", "t.fio:2: ioengine=libaoi: unknown; known here: psync"),
    ("bssplit=4k/50", "t.fio:2: bssplit=4k/50: bssplit is not supported: blocks have one size"),
    ("ratemin=1m", "t.fio:2: ratemin=1m: ratemin is not supported"),
    ("bs=4k-8k", "t.fio:2: bs=4k-8k: '4k-8k': ranges"),
    ("bs=1,2,3,4", "t.fio:2: bs=1,2,3,4: at most three values"),
    ("size=0", "t.fio:2: size=0: must be at least 1"),
    ("size=101%", "t.fio:2: size=101%: a percentage is a whole number from 1 to 100"),
    ("random_distribution=zipf:1", "t.fio:2: random_distribution=zipf:1: zipf's theta"),
    ("percentile_list=99:nan", "t.fio:2: percentile_list=99:nan: 'nan' is not a number"),
    ("cpus_allowed=3-1", "t.fio:2: cpus_allowed=3-1: the range 3-1 runs backwards"),
    ("time_based", "t.fio:2: job 'j': time_based needs a runtime"),
    ("rate=1m\nrate_iops=5", "t.fio:2: job 'j': rate and rate_iops exclude each other"),
    ("fixedbufs", "t.fio:2: job 'j': fixedbufs belongs to ioengine=io_uring, and the engine is psync"),
    ("verify=pattern", "t.fio:2: job 'j': verify=pattern needs a verify_pattern"),
    ("verify=md5", "t.fio:2: verify=md5: verify=md5 is not supported"),
    ("ss=iops:5%", "t.fio:2: job 'j': steadystate needs steadystate_duration"),
    ("iodepth_batch_complete_min=9", "t.fio:2: job 'j': iodepth_batch_complete_min=9 is over iodepth=1"),
    ("zonemode=zbd", "t.fio:2: zonemode=zbd: only none is supported"),
  ])
  func `a wrong option is said with file, line and reason`(option: String, said: String) {
    let found = complaint { _ = try job(option) }
    #expect(found?.hasPrefix(said) == true, "\(found ?? "nothing was said")")
  }

  @Test func `every name is in the table once, and every refusal has a reason`() {
    #expect(Set(OptionTable.names).count == OptionTable.names.count)
    for option in OptionTable.all {
      let said = complaint { _ = try job("\(option.name)=\u{1}?") }
      #expect(option.kind.hasPrefix("str") || said?.hasPrefix("t.fio:2: ") == true, "\(option.name)")
      if let refusal = option.refusal { #expect(said?.hasSuffix("is not supported: \(refusal)") == true) }
    }
  }

  /// Of engines that a fio may be built with.
  @Test(arguments: [
    "serverip", "direct_write_to_pmem", "busy_wait_polling", "single-instance", "initiator", "rbdname",
  ])
  func `options of fio's other engines are refused by name`(name: String) {
    #expect(
      complaint { _ = try job("\(name)=1") }
        == "t.fio:2: \(name)=1: \(name) is not supported: its engine is not supported")
  }

  @Test(arguments: ["${SIZE}", "a;b", "a#b", " a", "a\nb", "x$ncpus"])
  func `a value that no job file can hold is printed as a comment`(value: String) throws {
    let found = try jobs(words: ["--name=j", "--filename=\(value)"])[0]
    #expect(found.filenames == [value])
    #expect(
      found.text.contains(
        "# no job file can hold it, give it on the command line: filename=\(value.replacing("\n", with: " "))\n"
      ))
    // It is not replaced once more, nor cut.
    #expect(try jobs(found.text)[0].filenames == [])
  }

  @Test(arguments: ["g$ncpuslobal", " a"])
  func `a log with the name of its job is printed without it, where no value can hold it`(name: String) throws
  {
    let found = try jobs("[\(name)]\nwrite_iops_log\nwrite_bw_log=b")
    #expect(found[0].iopsLog == name)
    #expect(found[0].text.contains("\nwrite_iops_log\n") && found[0].text.contains("\nwrite_bw_log=b\n"))
    #expect(try jobs(found[0].text)[0].iopsLog == name)
  }

  @Test func `what belongs to another engine is not printed`() throws {
    let ring = try job("ioengine=io_uring\nfixedbufs")
    #expect(ring.text.contains("\nfixedbufs=1\nregisterfiles=0\n"))
    #expect(try jobs(ring.text) == [ring])
    #expect(try !job("ioengine=libaio").text.contains("fixedbufs"))
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `what is printed is a job file that means the same`(seed: UInt64) throws {
    var state = SplitMix(seed: seed)
    let choices = [
      "rw=randrw", "rw=write", "rwmixread=70", "bs=4k,16k", "bs=512,", "size=1g", "size=40%", "io_size=3m",
      "offset=4k", "offset_increment=10%", "numjobs=3", "thread", "group_reporting", "stonewall", "new_group",
      "ioengine=libaio", "ioengine=io_uring", "iodepth=32", "iodepth_batch=4", "iodepth_low=2", "direct=1",
      "fsync=8", "sync=dsync", "runtime=90", "runtime=1500ms", "loops=2", "ramp_time=2s", "thinktime=7us",
      "thinktime_spin=3", "rate=10m,5m", "rate_process=poisson", "random_distribution=pareto:0.3:0.25",
      "randseed=0xffff", "norandommap", "verify=crc32c", "verify_fatal=1", "percentile_list=50:99.999",
      "ss=iops_slope:0.3%", "ss_dur=20s", "ss_ramp=1m", "cpus_allowed=0-3,9", "cpus_allowed_policy=split",
      "numa_mem_policy=prefer:1", "refill_buffers=0", "write_bw_log=here", "write_iops_log",
      "log_avg_msec=500",
      "gtod_reduce=1", "filename=a:b\\:c:/d e", "directory=/mnt/x", "filesize=4k-1m", "fallocate=keep",
      "nrfiles=4",
      "kb_base=1000", "description=two words", "invalidate=0", "filename_format=$jobnum.x", "number_ios=12",
      "ss_dur=20s",
    ]
    let picked = (0..<state.below(12)).map { _ in choices[state.below(choices.count)] } + ["ss_dur=5"]
    let text = "[j]\n" + picked.joined(separator: "\n") + "\n"
    let first = try jobs(text)
    let again = try jobs(first.map(\.text).joined(separator: "\n"))
    #expect(again == first)
  }
}
