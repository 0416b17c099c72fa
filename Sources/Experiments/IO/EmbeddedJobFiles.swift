extension EmbeddedWorkloads {
  /// The job files of `workloads/io/` as they are compiled in.
  static let jobFiles: [(name: String, text: String)] = [
    (
      "table2",
      #"""
      # The paper's Table 2: 4 KiB requests, persistent memory by libpmem beside an SSD by libaio.
      #
      #   PMEM=/mnt/pmem0 SSD=/mnt/nvme0 marvel-bench io workloads/io/table2.fio      (fio reads it too)
      #   marvel-bench run table2 --tier ssd=/mnt/nvme0                               (the paper's figures beside)
      #
      # The paper has up to 8 parallel streams and does not say the depth; Little's law does: its sequential figures are of
      # 8 streams, its random ones of one; its SSD was asked 64 deep, its persistent memory one by one.
      [global]
      bs=4k
      size=128m
      direct=1
      time_based
      runtime=5s
      ramp_time=1s
      group_reporting
      stonewall

      [pmem-seq-read]
      ioengine=libpmem
      directory=${PMEM}
      rw=read
      numjobs=8

      [pmem-seq-write]
      ioengine=libpmem
      directory=${PMEM}
      rw=write
      numjobs=8

      [pmem-rand-read]
      ioengine=libpmem
      directory=${PMEM}
      rw=randread

      [pmem-rand-write]
      ioengine=libpmem
      directory=${PMEM}
      rw=randwrite

      [ssd-seq-read]
      ioengine=libaio
      iodepth=64
      directory=${SSD}
      rw=read
      numjobs=8

      [ssd-seq-write]
      ioengine=libaio
      iodepth=64
      directory=${SSD}
      rw=write
      numjobs=8

      [ssd-rand-read]
      ioengine=libaio
      iodepth=64
      directory=${SSD}
      rw=randread

      [ssd-rand-write]
      ioengine=libaio
      iodepth=64
      directory=${SSD}
      rw=randwrite

      # The same patterns at equal depth: one request of each stream in flight on both tiers.
      [ssd-seq-read-depth1]
      ioengine=libaio
      directory=${SSD}
      rw=read
      numjobs=8

      [ssd-seq-write-depth1]
      ioengine=libaio
      directory=${SSD}
      rw=write
      numjobs=8

      [ssd-rand-read-depth1]
      ioengine=libaio
      directory=${SSD}
      rw=randread

      [ssd-rand-write-depth1]
      ioengine=libaio
      directory=${SSD}
      rw=randwrite

      """#
    ),
    (
      "sweep",
      #"""
      # One job a tier and pattern, for sweeps: workloads/experiments/io-sweep.yaml varies depth, jobs and block size.
      [global]
      bs=4k
      size=256m
      direct=1
      time_based
      runtime=2s
      ramp_time=500ms
      group_reporting
      stonewall

      [ssd-randread]
      ioengine=libaio
      directory=${SSD}
      rw=randread

      [ssd-randwrite]
      ioengine=libaio
      directory=${SSD}
      rw=randwrite

      [pmem-randread]
      ioengine=libpmem
      directory=${PMEM}
      rw=randread

      [pmem-randwrite]
      ioengine=libpmem
      directory=${PMEM}
      rw=randwrite

      """#
    ),
  ]
}
