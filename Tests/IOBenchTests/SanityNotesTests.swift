import Testing

@testable import IOBench

@Suite struct SanityNotesTests {
  /// The notes of one job's first total.
  private func notes(_ text: String, _ copies: [CopyResult], disks: [DiskUse] = []) throws -> [String] {
    var result = RunResult(jobs: try jobs(text))
    result.copies = copies
    result.disks = disks
    return SanityNotes.of(result, on: plainMachine)
  }

  private func full(_ depth: Int, latency: Int = 1_000_000) -> DirectionResult {
    sampleDirection(1000 * depth, of: 4096, in: oneSecond, latencies: [latency])
  }

  @Test func `a full queue agrees with Little's law`() throws {
    let notes = try notes(
      "[j]\nrw=randread\nioengine=libaio\niodepth=32\ndirect=1\n", [sampleCopy(0, reads: full(32))])
    #expect(
      notes.contains(
        "j: Little's law: 32.0k IOPS × mean latency = 32.00 in flight, jobs × depth = 32"))
  }

  @Test func `a queue that is not kept full is told, and so is one that cannot be`() throws {
    let job = "[j]\nrw=randread\nioengine=libaio\niodepth=32\ndirect=1\n"
    let half = try notes(job, [sampleCopy(0, reads: full(16))])
    #expect(half.contains { $0.contains("= 16.00 in flight") && $0.contains("does not keep its queue full") })
    let over = try notes(job, [sampleCopy(0, reads: full(40))])
    #expect(over.contains { $0.contains("= 40.00 in flight") && $0.contains("more than can be") })
    let paused = try notes(job + "thinktime=100\n", [sampleCopy(0, reads: full(16))])
    #expect(paused.contains { $0.contains("it pauses (thinktime)") })
  }

  @Test func `a depth that the engine does not have is told`() throws {
    let notes = try notes(
      "[j]\nrw=read\nioengine=psync\niodepth=64\ndirect=1\n", [sampleCopy(0, reads: full(1))])
    #expect(notes.contains("j: iodepth=64, but ioengine=psync has one request of a job in flight"))
    #expect(notes.contains { $0.contains("= 1.00 in flight, jobs × depth = 1") })
  }

  @Test func `without latencies nothing is claimed`() throws {
    let notes = try notes(
      "[j]\nrw=read\ngtod_reduce=1\ndirect=1\n",
      [sampleCopy(0, reads: sampleDirection(100, of: 4096, in: oneSecond, latencies: []))])
    #expect(notes.contains("j: Little's law is not checked: latencies were not taken"))
    #expect(notes.contains("a look at the clock takes 25.0 ns; no latencies were taken"))
  }

  @Test func `waiting for its time counts where a rate is kept`() throws {
    var each = sampleCopy(0, reads: full(3))
    each.isFromIntendedTime = true
    let notes = try notes("[j]\nrw=read\nrate_iops=6000\ndirect=1\n", [each])
    #expect(
      notes.contains { $0.contains("from the intended time, so requests that wait to be sent count too") })
    #expect(notes.contains("j: reads: 6000 IOPS asked for, 3000 IOPS reached"))
    #expect(notes.count { $0.contains("no coordinated omission") } == 1)
  }

  @Test func `reads that verify come after the writes`() throws {
    let notes = try notes(
      "[j]\nrw=randwrite\nverify=crc32c\nioengine=libaio\niodepth=32\ndirect=1\nrate_iops=40000,1\n",
      [sampleCopy(0, reads: full(32), writes: full(32))])
    #expect(
      notes.contains(
        "j: Little's law: 32.0k IOPS × mean latency = 32.00 in flight, jobs × depth = 32"), "\(notes)")
    #expect(!notes.contains { $0.contains("asked for") }, "they are not limited")
  }

  @Test func `what direct means to mmap is told`() throws {
    let job = "[j]\nrw=randread\nioengine=mmap\n"
    let note = "j: direct=1 with ioengine=mmap: each request is msynced and unmapped behind it"
    #expect(try notes(job + "direct=1\n", [sampleCopy(0, reads: full(1))]).contains { $0.hasPrefix(note) })
    #expect(try !notes(job, [sampleCopy(0, reads: full(1))]).contains { $0.hasPrefix(note) })
  }

  @Test func `a working set that fits the cache is told, but not behind O_DIRECT`() throws {
    var each = sampleCopy(0, reads: full(1))
    each.regionSize = 16 << 20
    let job = "[j]\nrw=randread\nioengine=libpmem\ndirect=1\n"
    #expect(
      try notes(job, [each]).contains(
        "j: working set 16 MiB, last-level cache 32 MiB: the figures may be the cache's"))
    each.regionSize = 64 << 20
    #expect(try notes(job, [each]).contains { $0.hasSuffix("up to 50 % may be the cache's") })
    each.regionSize = 1 << 30
    #expect(try !notes(job, [each]).contains { $0.contains("last-level cache") })
    each.regionSize = 16 << 20
    #expect(
      try !notes("[j]\nrw=randread\nioengine=libaio\ndirect=1\n", [each]).contains {
        $0.contains("last-level cache")
      })
  }

  @Test func `reads that no device served were the page cache's`() throws {
    var disk = DiskUse(name: "vda")
    disk.readBytes = 1024 * 4096
    let job = "[j]\nrw=randread\nioengine=psync\n"
    let some = try notes(job, [sampleCopy(0, reads: full(8))], disks: [disk])
    #expect(
      some.contains(
        "reads: 31.3 MiB asked, 4 MiB (12.8 %) came from vda: the rest was the page cache's (direct=1 goes past it)"
      ))
    disk.readBytes = 8000 * 4096
    #expect(
      try !notes(job, [sampleCopy(0, reads: full(8))], disks: [disk]).contains { $0.hasPrefix("reads:") })
    #expect(
      try notes(job, [sampleCopy(0, reads: full(8))]).contains { $0.contains("counts no block device") })
    let null = try notes("[j]\nrw=read\nioengine=null\nsize=1g\n", [sampleCopy(0, reads: full(8))])
    #expect(!null.contains { $0.contains("block device") })
  }

  @Test func `a row has its disk's notes where the run is its own, and always the clock's`() throws {
    var result = RunResult(jobs: try jobs("[j]\nrw=randread\nioengine=psync\n"))
    result.copies = [sampleCopy(0, reads: full(8))]
    result.disks = [DiskUse(name: "vda")]
    func notes() -> [String] { SanityNotes.ofRow(result.jobTotals[0], in: result, on: plainMachine) }
    #expect(notes().contains { $0.hasPrefix("reads: 31.3 MiB asked, 0 B (0.0 %) came from vda") })
    #expect(notes().contains { $0.hasPrefix("a look at the clock takes 25.0 ns") })
    result.jobs.append(result.jobs[0])
    #expect(!notes().contains { $0.hasPrefix("reads:") })
  }

  @Test func `writes that are still in the page cache are told`() throws {
    var disk = DiskUse(name: "vda")
    disk.writtenBytes = 1 << 20
    let notes = try notes("[j]\nrw=write\nioengine=psync\n", [sampleCopy(0, writes: full(8))], disks: [disk])
    #expect(notes.contains { $0.hasPrefix("writes: 31.3 MiB written, 1 MiB (3.2 %) reached vda by the end") })
  }

  @Test func `copies share a range or have their own`() throws {
    let job = "[j]\nrw=read\nnumjobs=2\ndirect=1\n"
    #expect(
      try notes(job, [sampleCopy(0, 0, reads: full(1)), sampleCopy(0, 1, reads: full(1))]).contains(
        "j: its 2 copies have separate ranges of 1 GiB"))
    var copies = [sampleCopy(0, 0, reads: full(1)), sampleCopy(0, 1, reads: full(1))]
    copies[1].files = copies[0].files
    #expect(
      try notes(job, copies).contains(
        "j: its 2 copies share one range of 1 GiB (offset_increment separates them)"))
    #expect(
      try notes(job + "offset_increment=1g\n", copies).contains {
        $0.contains("separate ranges")
      })
  }

  @Test func `batches are never silent`() throws {
    let job = "[j]\nrw=randread\nioengine=io_uring\niodepth=32\ndirect=1\n"
    #expect(try !notes(job, [sampleCopy(0, reads: full(32))]).contains { $0.contains("batched") })
    #expect(
      try notes(
        job + "iodepth_batch=8\niodepth_batch_complete_min=4\niodepth_batch_complete_max=16\n",
        [sampleCopy(0, reads: full(32))]
      ).contains(
        "j: batched: up to 8 requests a submission, 4 to 16 completions a wait (fio's default is 1 by 1)"))
  }

  @Test func `the clock's cost is always stated, against the shortest latency`() throws {
    let slow = try notes("[j]\nrw=read\ndirect=1\n", [sampleCopy(0, reads: full(1))])
    #expect(slow.contains("a look at the clock takes 25.0 ns: 0.00 % of the shortest mean latency (j)"))
    let fast = try notes("[j]\nrw=read\ndirect=1\n", [sampleCopy(0, reads: full(1, latency: 250))])
    #expect(fast.contains { $0.contains("10.00 % of the shortest") && $0.contains("gtod_reduce=1") })
    let here = MeasuringMachine.here
    #expect(here.clockTime > 0 && here.clockTime < 100_000)
  }

  @Test func `jobs of one pattern on two engines compare only where they are asked alike`() throws {
    let job = """
      [global]
      rw=randread
      direct=1
      [pmem]
      ioengine=libpmem
      [ssd]
      stonewall
      ioengine=libaio
      iodepth=64

      """
    let copies = [sampleCopy(0, reads: full(1)), sampleCopy(1, reads: full(64))]
    #expect(
      try notes(job, copies).contains(
        "pmem and ssd do not compare as they stand: requests in flight 1 and 64"))
    let equal = job.replacing("iodepth=64", with: "iodepth=1")
    #expect(
      try !notes(equal, [copies[0], sampleCopy(1, reads: full(1))]).contains { $0.contains("do not compare") }
    )
  }

  @Test func `errors, wrong blocks and interruptions come first`() throws {
    var each = sampleCopy(0, writes: full(1))
    each.errorText = "write /data/0.0 at 8192: No space left on device"
    each.wrongBlocks = 3
    each.isInterrupted = true
    let notes = try notes("[j]\nrw=write\ndirect=1\n", [each])
    #expect(
      notes.prefix(3) == [
        "j: write /data/0.0 at 8192: No space left on device", "j: verify found 3 wrong blocks",
        "j: interrupted: the figures are of what ran until then",
      ])
  }
}
