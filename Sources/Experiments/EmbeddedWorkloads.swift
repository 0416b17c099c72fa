/// The files of `workloads/` as they are compiled in, so that the binary alone can run them.
///
/// A test compares each with its file, byte by byte.
enum EmbeddedWorkloads {
  /// Text by name, in the order in which `list` shows them.
  static let experiments: [(name: String, text: String)] = [
    (
      "quick",
      #"""
      # What `marvel-bench run` does without arguments: about a minute of measuring on two cores.
      name: quick
      description: all five workloads on four systems, a first look
      systems: [ssd, marvel-hdfs, marvel-igfs, ideal]
      workloads:
        - wordcount
        - {name: grep, pattern: "[a-z]*ing"}
        - scan
        - aggregation
        - join
      sizes: 256MiB
      # The optimized plan shuffles almost nothing; in corral's the shuffle tier matters too.
      plans: [optimized, corral]
      encodings: binary
      exclude:
        - {workload: [grep, scan, join], plan: corral}
      workers: auto
      starts: warm
      repeats: 3
      warmup: 1
      seed: 1

      """#
    ),
    (
      "table1",
      #"""
      # The bytes of the paper's Table 1: what is read, shuffled and written, beside the paper's ratios.
      # Bytes do not depend on the tiers, so one system is enough; --systems and --size change what is run.
      name: table1
      description: bytes of input, shuffle and output beside the paper's Table 1
      systems: ideal
      workloads:
        - {name: scan, min_rank: 50}
        # The paper's outputs of 0.01 to 0.03 GB are those of so short a prefix.
        - {name: aggregation, prefix_length: 8}
        - join-corral
        - wordcount
      sizes: 128MiB
      # Everything is shuffled, as JSON: as the paper's figures imply.
      plans: paper
      encodings: json
      workers: auto
      starts: warm
      repeats: 1
      warmup: 0
      seed: 1
      compare_with: table1

      """#
    ),
    (
      "figure1",
      #"""
      # The paper's Figure 1: wordcount with its data on persistent memory, on an SSD, and in S3.
      name: figure1
      description: wordcount by tier, the paper's Figure 1
      systems: [marvel-hdfs, ssd, ideal]
      # Not there yet: skipped rows until it is.
      optional_systems: lambda-s3
      workloads:
        - wordcount
      sizes: 128MiB
      # Everything is shuffled, as JSON: as the paper's figures imply.
      plans: paper
      encodings: json
      workers: auto
      starts: warm
      repeats: 5
      warmup: 1
      seed: 1
      # Without real persistent memory its pace is modelled: six Optane DIMMs, as in the paper's server.
      tiers:
        pmem: {model: optane-6dimm}

      """#
    ),
    (
      "figure4",
      #"""
      # The paper's Figure 4: wordcount over input sizes, on Lambda with S3 and on Marvel with HDFS and IGFS.
      name: figure4
      description: wordcount over input sizes, the paper's Figure 4
      systems: [marvel-hdfs, marvel-igfs, ideal]
      # Not there yet: skipped rows until it is.
      optional_systems: lambda-s3
      workloads:
        - wordcount
      sizes: [16MiB, 32MiB, 64MiB, 128MiB]
      # Everything is shuffled, as JSON: as the paper's figures imply.
      plans: paper
      encodings: json
      workers: auto
      starts: warm
      repeats: 5
      warmup: 1
      seed: 1
      # Without real persistent memory its pace is modelled: six Optane DIMMs, as in the paper's server.
      tiers:
        pmem: {model: optane-6dimm}

      """#
    ),
    (
      "figure5",
      #"""
      # The paper's Figure 5: grep over input sizes, on Lambda with S3 and on Marvel with HDFS and IGFS.
      # The paper's grep matches words; only so it has a plan `paper`, which ships every token.
      name: figure5
      description: grep over input sizes, the paper's Figure 5
      systems: [marvel-hdfs, marvel-igfs, ideal]
      # Not there yet: skipped rows until it is.
      optional_systems: lambda-s3
      workloads:
        - {name: grep, pattern: "[a-z]*ing", match: word}
      sizes: [16MiB, 32MiB, 64MiB, 128MiB]
      # Everything is shuffled, as JSON: as the paper's figures imply.
      plans: paper
      encodings: json
      workers: auto
      starts: warm
      repeats: 5
      warmup: 1
      seed: 1
      # Without real persistent memory its pace is modelled: six Optane DIMMs, as in the paper's server.
      tiers:
        pmem: {model: optane-6dimm}

      """#
    ),
    (
      "figure6",
      #"""
      # The paper's Figure 6: throughput of the job and of its shuffle, Marvel with HDFS against IGFS.
      name: figure6
      description: throughput of job and shuffle, the paper's Figure 6
      systems: [marvel-hdfs, marvel-igfs]
      workloads:
        - wordcount
      sizes: [16MiB, 32MiB, 64MiB, 128MiB]
      # Everything is shuffled, as JSON: as the paper's figures imply.
      plans: paper
      encodings: json
      workers: auto
      starts: warm
      repeats: 5
      warmup: 1
      seed: 1
      # Without real persistent memory its pace is modelled: six Optane DIMMs, as in the paper's server.
      tiers:
        pmem: {model: optane-6dimm}

      """#
    ),
    (
      "table2",
      #"""
      # The paper's Table 2 with its figures beside ours, and the same patterns at equal depth.
      # Where there is no persistent memory it is emulated on /dev/shm, unpaced, and every row says so.
      name: table2
      description: fio's patterns on persistent memory and SSD beside the paper's Table 2
      io:
        - file: table2.fio
      repeats: 1
      seed: 1
      compare_with: table2

      """#
    ),
    (
      "io-sweep",
      #"""
      # Bandwidth and latency curves of each tier: over queue depth, over jobs, over block size. About seven minutes.
      name: io-sweep
      description: IOPS, bandwidth and latency of each tier over depth, jobs and block size
      io:
        # libpmem has no queue: its depth is always one.
        - file: sweep.fio
          jobs: [ssd-randread, ssd-randwrite]
          vary: {iodepth: [1, 2, 4, 8, 16, 32, 64]}
        - file: sweep.fio
          vary: {numjobs: [1, 2, 4, 8]}
          options: {size: 64m}
        # What a device cannot (256 bytes past the page cache of a disk with sectors of 512) is a row that says so.
        - file: sweep.fio
          vary: {bs: [256, 512, 1k, 4k, 16k, 64k, 256k, 1m, 4m]}
      repeats: 1
      seed: 1

      """#
    ),
    (
      "faas",
      #"""
      # The function platform alone, as FaaS benchmark suites (SeBS, FaaSdom) measure one: cold and warm starts, bursts,
      # payloads and memory sizes. No data, no storage: what is left of a job's time when the job is taken away.
      name: faas
      description: the function platform as FaaS suites measure it
      faas:
        platforms: native
        scenarios:
          # One call after the other, each in a process of its own.
          - {name: cold, starts: cold, invocations: 100}
          # One call after the other, to a process that is there.
          - {name: warm, invocations: 2000}
          # So many calls at once, to as many workers as the platform may have.
          - {name: cold-burst, arrival: burst, starts: cold, concurrency: [4, 16], invocations: 64}
          - {name: warm-burst, arrival: burst, concurrency: [4, 16], invocations: 1024}
          # The argument goes to the worker and back.
          - {name: payload, action: echo, payload: [1KiB, 64KiB, 1MiB, 8MiB], invocations: 100}
          # The function touches half of its memory.
          - {name: memory, action: touch, starts: cold, memory: [128MiB, 256MiB, 512MiB, 1GiB], invocations: 20}
      repeats: 3
      warmup: 1
      seed: 1

      """#
    ),
  ]

  /// Text by name, in the order in which `list` shows them.
  static let systems: [(name: String, text: String)] = [
    (
      "ssd",
      #"""
      # Everything on an SSD, past the page cache.
      name: ssd
      description: input, shuffle and output on an SSD, past the page cache
      platform: native
      input: ssd
      shuffle: ssd
      output: ssd

      """#
    ),
    (
      "marvel-hdfs",
      #"""
      # The paper's "Marvel with HDFS": HDFS DataNodes on persistent memory, so files on a DAX file system.
      name: marvel-hdfs
      description: everything on persistent memory, read and written as files
      platform: native
      input: {tier: pmem, access: file}
      shuffle: {tier: pmem, access: file}
      output: {tier: pmem, access: file}

      """#
    ),
    (
      "marvel-igfs",
      #"""
      # The paper's "Marvel with IGFS": Ignite keeps the intermediate data in memory.
      name: marvel-igfs
      description: input and output on persistent memory by libpmem, the shuffle in DRAM
      platform: native
      input: {tier: pmem, access: libpmem}
      shuffle: dram
      output: {tier: pmem, access: libpmem}

      """#
    ),
    (
      "ideal",
      #"""
      # The floor: what the same job costs where storage costs least. Other systems are compared with it.
      name: ideal
      description: "the floor: everything in pre-faulted DRAM"
      platform: native
      input: dram
      shuffle: dram
      output: dram

      """#
    ),
  ]
}
