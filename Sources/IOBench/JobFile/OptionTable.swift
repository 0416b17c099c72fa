private let most = 1 << 53
private let second = 1_000_000_000
private let microsecond = 1000

extension OptionTable {
  static let jobs: [JobOption] = [
    .option("description", is: .optionalText, \.description),
    .option("name", is: .jobName, \.name),
    .option("kb_base", is: .kbBase, \.kbBase),
    .option("stonewall", "wait_for_previous", is: .flag, \.stonewall),
    .option("new_group", is: .flag, \.newGroup),
    .option("group_reporting", is: .flag, \.groupReporting),
    .option("numjobs", is: .int(1...IOJobs.maximumJobs), \.numjobs),
    .option("thread", is: .flag, \.thread),
  ]

  static let access: [JobOption] = [
    .option("rw", "readwrite", is: .accessPattern, \.pattern),
    .option("rwmixread", is: .int(0...100), \.readShare),
    .inverse("rwmixwrite", is: .int(0...100), { $1.readShare = 100 - $0 }, from: 50),
    .option("bs", "blocksize", is: .perDirection(atLeast: 1), \.blockSize),
    .option("random_distribution", is: .distribution, \.distribution),
    .option("randrepeat", "allrandrepeat", is: .bool, \.randRepeat),
    .option("randseed", is: .int(0...Int.max), \.randSeed),
    .option("norandommap", is: .flag, \.noRandomMap),
  ]

  static let files: [JobOption] = [
    .option("directory", is: .optionalText, \.directory),
    .option("filename", is: .fileNames, \.filenames),
    .option("filename_format", is: .fileNameFormat, \.filenameFormat),
    .option("nrfiles", "nr_files", is: .int(1...1_000_000), \.fileCount),
    .option("filesize", is: .fileSizes, \.fileSizes),
    .option("fallocate", is: .choice(also: ["0": .none, "1": .posix]), \.allocation),
    .option("size", is: .optionalAmount(percent: 1...100, atLeast: 1), \.size),
    .option("io_size", "io_limit", is: .optionalAmount(percent: 1...100, atLeast: 1), \.ioSize),
    .option("offset", "fileoffset", is: .amount(percent: 0...100, atLeast: 0), \.offset),
    .option("offset_increment", is: .amount(percent: 0...100, atLeast: 0), \.offsetIncrement),
    .option("number_ios", is: .int(0...most), \.requestLimit),
  ]

  static let engines: [JobOption] = [
    .option("ioengine", is: .engine, \.engine),
    .option("iodepth", is: .int(1...65536), \.depth),
    .option("iodepth_batch", "iodepth_batch_submit", is: .int(0...65536), \.submitBatch),
    .option(
      "iodepth_batch_complete_min", "iodepth_batch_complete", is: .int(0...65536), \.completeMinimum),
    .option("iodepth_batch_complete_max", is: .optionalInt(0...65536), \.completeMaximum),
    .option("iodepth_low", is: .optionalInt(0...65536), \.depthLow),
    .option("fixedbufs", is: .flag, \.fixedBuffers).of(.io_uring),
    .option("registerfiles", is: .flag, \.registeredFiles).of(.io_uring),
    .option("direct", is: .bool, \.direct),
    .inverse("buffered", is: .bool, { $1.direct = !$0 }, from: true),
    .option("invalidate", is: .bool, \.invalidate),
    .option("sync", is: .choice(also: ["0": .none, "1": .sync]), \.sync),
    .option("fsync", is: .int(0...most), \.fsyncEvery),
    .option("fdatasync", is: .int(0...most), \.fdatasyncEvery),
    .option("refill_buffers", is: .flag, \.refillBuffers),
  ]

  static let durations: [JobOption] = [
    .option("runtime", "timeout", is: .time(unit: second), \.runtime),
    .option("time_based", is: .flag, \.timeBased),
    .option("loops", is: .int(1...most), \.loops),
    .option("ramp_time", is: .time(unit: second), \.rampTime),
    .option("startdelay", is: .time(unit: second), \.startDelay),
    .option("thinktime", is: .time(unit: microsecond), \.thinkTime),
    .option("thinktime_spin", is: .time(unit: microsecond), \.thinkTimeSpin),
    .option("thinktime_blocks", is: .int(1...most), \.thinkTimeBlocks),
    .option("rate", is: .perDirection(atLeast: 0), \.rate),
    .option("rate_iops", is: .perDirection(atLeast: 0), \.rateIOPS),
    .option("rate_process", is: .choice(), \.rateProcess),
    .option("steadystate", "ss", is: .steadyState, \.steadyState),
    .option("steadystate_duration", "ss_dur", is: .time(unit: second), \.steadyStateDuration),
    .option("steadystate_ramp_time", "ss_ramp", is: .time(unit: second), \.steadyStateRamp),
  ]

  static let checks: [JobOption] = [
    .option("verify", is: .verify, \.verify),
    .option("verify_pattern", is: .bytePattern, \.verifyPattern),
    .option("verify_fatal", is: .bool, \.verifyFatal),
  ]

  static let machine: [JobOption] = [
    .option("cpus_allowed", is: .numberSet(hasAll: false), \.processors),
    .option("cpus_allowed_policy", is: .choice(), \.processorPolicy),
    .option("numa_cpu_nodes", is: .numberSet(hasAll: true), \.processorNodes),
    .option("numa_mem_policy", is: .memoryPolicy, \.memoryPolicy),
  ]

  static let outputs: [JobOption] = [
    .option("percentile_list", is: .percentiles, \.percentiles),
    .option("write_bw_log", is: .logName, \.bandwidthLog),
    .option("write_lat_log", is: .logName, \.latencyLog),
    .option("write_iops_log", is: .logName, \.iopsLog),
    .option("log_avg_msec", is: .int(0...86_400_000), \.logAverageMilliseconds),
    .option("clat_percentiles", is: .bool, \.completionPercentiles),
    .option("disable_lat", is: .bool, \.disableLatency),
    .option("disable_clat", is: .bool, \.disableCompletionLatency),
    .option("disable_slat", is: .bool, \.disableSubmissionLatency),
    .option("disable_bw_measurement", "disable_bw", is: .bool, \.disableBandwidth),
    .option("gtod_reduce", is: .bool, \.gtodReduce),
  ]

  /// What fio lets one choose and this program does in one way.
  static let fixed: [JobOption] = [
    .only("allow_file_create", is: "1", because: "missing test files are always made"),
    .only("atomic", is: "0", because: "requests are plain reads and writes"),
    .only("bs_is_seq_rand", is: "0", because: "bs is for reads, writes and trims"),
    .only("bs_unaligned", "blocksize_unaligned", is: "0", because: "blocks have one size"),
    .only("continue_on_error", is: "none", "0", because: "an error ends its job"),
    .only("create_fsync", is: "1", because: "test files are written and fsynced before the clock starts"),
    .only("create_on_open", is: "0", because: "test files are written before the clock starts"),
    .only("create_only", is: "0", because: "a job that only makes files measures nothing"),
    .only("create_serialize", is: "1", because: "test files are made one after the other"),
    .only("disk_util", is: "1", because: "the disk's use is always told where the kernel tells it"),
    .only("do_verify", is: "1", because: "what verify asks for is done"),
    .only("error_dump", is: "0", because: "errors are reported in one way"),
    .only("file_append", is: "0", because: "test files are not appended to"),
    .only("fill_device", "fill_fs", is: "0", because: "give a size"),
    .only("io_submit_mode", is: "inline", because: "a job submits its own requests"),
    .only("iomem", "mem", is: "malloc", because: "buffers are anonymous memory"),
    .only("log_offset", is: "0", because: "logs are fio's plain ones"),
    .only("percentage_random", is: "100", because: "use rw=read or rw=randread"),
    .only("pre_read", is: "0", because: "the page cache's state is chosen by invalidate"),
    .only("random_generator", is: "tausworthe", because: "offsets come from this program's own generator"),
    .only("rw_sequencer", is: "sequential", because: "rw takes no run length"),
    .only("scramble_buffers", is: "1", because: "test data is always incompressible"),
    .only("serialize_overlap", is: "0", because: "requests in flight may overlap"),
    .only("stats", is: "1", because: "a job without figures measures nothing"),
    .only(
      "steadystate_check_interval", "ss_interval", is: "1", "1s", because: "steadiness is judged each second"),
    .only("thinktime_blocks_type", is: "complete", because: "pauses come after completions"),
    .only("unified_rw_reporting", is: "none", "0", because: "reads and writes are reported apart"),
    .only("verify_dump", is: "0", because: "a wrong block is reported, not saved"),
    .only("zero_buffers", is: "0", because: "test data is always incompressible"),
    .only("zonemode", is: "none", because: "zoned devices are not supported"),
  ]
}

extension OptionCodec where Value == Int {
  static var kbBase: Self {
    OptionCodec(
      kind: "1024 or 1000",
      read: { text, _, _ in
        guard text == "1024" || text == "1000" else { throw OptionError("must be 1024 or 1000") }
        return text == "1024" ? 1024 : 1000
      }, show: { "\($0)" })
  }
}

extension OptionCodec where Value == String {
  /// A name that can stand in a section's brackets.
  static var jobName: Self {
    OptionCodec(
      kind: "str",
      read: { text, _, _ in
        guard !text.hasPrefix("global") else {
          throw OptionError("[global…] speaks to all jobs: name it otherwise")
        }
        guard text.utf8.count < 256 else { throw OptionError("has \(text.utf8.count) bytes, at most 255") }
        return text
      }, show: { $0 })
  }

  static var fileNameFormat: Self {
    OptionCodec(
      kind: "str",
      read: { text, _, _ in
        guard !text.contains("$clientuid") else { throw OptionError("$clientuid: there are no clients") }
        return text
      }, show: { $0 })
  }
}
