import Foundation
import Glibc
import Testing

@testable import IOBench

/// Runs from job to result, small ones: what is counted must add up.
struct RunTests {
  @Test(arguments: ["psync", "sync", "pvsync2", "mmap", "libaio"], ["read", "randwrite", "randrw"])
  func `all bytes are moved once, and everything is counted`(engine: String, pattern: String) throws {
    let folder = try ScratchFolder()
    let result = try runIO(
      [
        "--name=a", "--ioengine=\(engine)", "--rw=\(pattern)", "--bs=4k", "--size=1m", "--iodepth=8",
        "--numjobs=2",
      ], in: folder)
    #expect(result.copies.count == 2)
    for copy in result.copies {
      #expect(copy.errorText == "")
      #expect(copy.reads.requests + copy.writes.requests == 256)
      #expect(copy.reads.bytes + copy.writes.bytes == 1 << 20)
      #expect(copy.reads.completionLatency.count == copy.reads.requests)
      #expect(copy.writes.latency.count == copy.writes.requests)
      #expect(copy.depths.counts.reduce(0, +) == 256)
      #expect(copy.submissions.counts[1] > 0)
      let isQueued = engine == "libaio"
      #expect((copy.reads.submissionLatency.count + copy.writes.submissionLatency.count == 256) == isQueued)
      // Eight in flight: the classes 1, 2–3, 4–7 and 8–15.
      #expect(copy.depths.counts[4] > 200 || !isQueued, "\(copy.depths)")
      #expect(copy.elapsed > 0)
      #expect(copy.regionSize == 1 << 20)
    }
    #expect(folder.files == [], "test files are removed")
  }

  @Test func `workers are processes that measure the same`() throws {
    let folder = try ScratchFolder()
    let words = [
      "--name=a", "--rw=randread", "--size=256k", "--numjobs=2", "--ioengine=libaio", "--iodepth=4",
    ]
    let result = try runIO(words, in: folder) { $0.workers = .process }
    #expect(result.copies.map(\.copy) == [0, 1])
    for copy in result.copies {
      #expect(copy.errorText == "")
      #expect(copy.reads.requests == 64)
      #expect(copy.process != Int(getpid()))
      #expect(copy.files == ["\(folder.path)/a.\(copy.copy).0"])
      #expect(copy.reads.completionLatency.count == 64)
    }
    #expect(Set(result.copies.map(\.process)).count == 2)
  }

  @Test func `jobs with thread run as threads beside the processes of others`() throws {
    let folder = try ScratchFolder()
    let words = ["--rw=read", "--size=64k", "--name=a", "--numjobs=2", "--name=b", "--thread", "--name=c"]
    let result = try runIO(words, in: folder) { $0.workers = .process }
    #expect(result.copies.map(\.job) == [0, 0, 1, 2])
    #expect(result.copies.map { $0.process == Int(getpid()) } == [false, false, true, false])
    #expect(result.copies.allSatisfy { $0.errorText == "" && $0.reads.requests == 16 })
  }

  @Test func `mmap with direct=1 moves the same bytes`() throws {
    let folder = try ScratchFolder()
    for size in ["4k", "1000"] {
      let words = [
        "--name=a", "--rw=randwrite", "--bs=\(size)", "--size=1m", "--ioengine=mmap", "--direct=1",
      ]
      let copy = try runIO(words + ["--verify=crc32c"], in: folder).copies[0]
      #expect(copy.errorText == "")
      #expect(copy.writes.requests == (1 << 20) / (size == "4k" ? 4096 : 1000))
      #expect(copy.reads.requests == copy.writes.requests)
    }
  }

  @Test func `a stage waits for the one before it, and copies of a stage begin together`() throws {
    let folder = try ScratchFolder()
    let result = try runIO(
      ["--ioengine=null", "--rw=read", "--size=1g", "--time_based", "--runtime=200ms", "--numjobs=2"]
        + ["--name=a", "--name=b", "--name=c", "--stonewall"], in: folder)
    #expect(result.copies.map(\.job) == [0, 0, 1, 1, 2, 2])
    // Two stages of 200 ms: not one, and not three.
    #expect(result.elapsed > 390_000_000)
    #expect(result.copies.allSatisfy { $0.elapsed > 150_000_000 && $0.reads.requests > 1000 })
  }

  @Test func `a ramp is not measured`() throws {
    let folder = try ScratchFolder()
    let words = ["--ioengine=null", "--rw=read", "--size=1m", "--time_based", "--rate_iops=1000"]
    let result = try runIO(words + ["--runtime=300ms", "--ramp_time=300ms", "--name=a"], in: folder)
    let copy = result.copies[0]
    #expect((200...400).contains(copy.reads.requests), "\(copy.reads.requests)")
    #expect(copy.elapsed < 400_000_000)
  }

  @Test func `a rate is kept, and latencies run from when a request was due`() throws {
    let folder = try ScratchFolder()
    let result = try runIO(
      ["--name=a", "--rw=read", "--size=64k", "--bs=4k", "--rate_iops=100", "--thinktime=50ms"]
        + ["--thinktime_blocks=8"], in: folder)
    let copy = result.copies[0]
    #expect(copy.isFromIntendedTime)
    #expect(copy.reads.requests == 16)
    // 15 gaps of 10 ms.
    #expect(copy.elapsed >= 150_000_000)
    // The pause of 50 ms delays the requests behind it, and their latencies say so.
    #expect(copy.reads.latency.maximum > 35_000_000)
  }

  @Test func `number_ios, loops and time decide when a job ends`() throws {
    let folder = try ScratchFolder()
    func requests(_ words: [String]) throws -> Int {
      try runIO(["--name=a", "--rw=randread", "--size=64k", "--ioengine=null"] + words, in: folder)
        .copies[0].reads.requests
    }
    #expect(try requests([]) == 16)
    #expect(try requests(["--number_ios=5"]) == 5)
    #expect(try requests(["--loops=3"]) == 48)
    #expect(try requests(["--io_size=32k"]) == 8)
    #expect(try requests(["--iodepth=4"]) == 16)
    #expect(try requests(["--time_based", "--runtime=50ms"]) > 1000)
  }

  @Test(arguments: ["libaio", "psync"])
  func `batches are what was asked for`(engine: String) throws {
    let folder = try ScratchFolder()
    let result = try runIO(
      ["--name=a", "--rw=read", "--size=1m", "--ioengine=\(engine)", "--iodepth=16"]
        + [
          "--iodepth_batch_submit=16", "--iodepth_batch_complete_min=16", "--iodepth_batch_complete_max=16",
        ],
      in: folder)
    let copy = result.copies[0]
    // 16 submissions of 16 (the class 9–16), or 256 of one.
    #expect(copy.submissions.counts[engine == "libaio" ? 3 : 1] == (engine == "libaio" ? 16 : 256))
    #expect(copy.completions.counts[3] == (engine == "libaio" ? 16 : 0))
  }

  @Test func `fsync is timed apart`() throws {
    let folder = try ScratchFolder()
    let result = try runIO(["--name=a", "--rw=write", "--size=64k", "--fsync=4"], in: folder)
    #expect(result.copies[0].syncs.count == 4)
    #expect(result.copies[0].writes.requests == 16)
  }

  @Test func `logs hold each request, or averages`() throws {
    let folder = try ScratchFolder()
    let words = ["--name=a", "--rw=read", "--size=64k", "--write_lat_log=x", "--write_iops_log=x"]
    let each = try runIO(words, in: folder).copies[0].logs
    #expect(each.count { $0.kind == .latency } == 16)
    #expect(each.count { $0.kind == .completionLatency } == 16)
    #expect(each.count { $0.kind == .iops } == 16)
    #expect(each.allSatisfy { !$0.isWrite && $0.blockSize == 4096 })
    let averages = try runIO(words + ["--log_avg_msec=1000"], in: folder).copies[0].logs
    #expect(averages.count { $0.kind == .latency } == 1)
  }

  @Test func `without clocks nothing but counts is taken`() throws {
    let folder = try ScratchFolder()
    let copy = try runIO(["--name=a", "--rw=read", "--size=1m", "--gtod_reduce=1"], in: folder).copies[0]
    #expect(copy.reads.requests == 256)
    #expect(copy.reads.latency.count == 0)
    #expect(copy.reads.completionLatency.count == 0)
    #expect(copy.elapsed > 0)
  }

  @Test func `several files take turns`() throws {
    let folder = try ScratchFolder()
    let words = [
      "--name=a", "--rw=write", "--size=64k", "--nrfiles=4", "--name=b", "--filename=x:y", "--size=8k",
    ]
    let result = try runIO(words, in: folder) { $0.keepsFiles = true }
    #expect(
      result.copies.map(\.writes.bytes) == [64 << 10, 8 << 10] || result.copies[1].reads.bytes == 8 << 10)
    #expect(folder.files == ["a.0.0", "a.0.1", "a.0.2", "a.0.3", "x", "y"])
    #expect(folder.read("a.0.3").count == 16 << 10)
  }

  @Test func `test files do not compress`() throws {
    let folder = try ScratchFolder()
    _ = try runIO(["--name=a", "--rw=read", "--size=300k"], in: folder) { $0.keepsFiles = true }
    let bytes = folder.read("a.0.0")
    #expect(bytes.count == 300 << 10)
    var counts = [Int](repeating: 0, count: 256)
    for byte in bytes { counts[Int(byte)] += 1 }
    // Each byte about 1200 times.
    #expect(counts.allSatisfy { (900...1500).contains($0) })
  }

  @Test func `a steady run ends by itself`() throws {
    let folder = try ScratchFolder()
    let words = [
      "--ioengine=null", "--rw=read", "--size=1m", "--time_based", "--runtime=30", "--rate_iops=500",
    ]
    let result = try runIO(words + ["--name=a", "--ss=iops:30%", "--ss_dur=2"], in: folder)
    #expect(result.copies[0].reachedSteadyState == true)
    #expect(result.elapsed < 20_000_000_000)
  }

  @Test(arguments: [("crc32c", []), ("pattern", ["--verify_pattern=0xdeadbeef"])])
  func `what was written is verified`(kind: String, more: [String]) throws {
    let folder = try ScratchFolder()
    for words in [["--rw=randwrite"], ["--rw=randrw"], ["--rw=write", "--ioengine=libaio", "--iodepth=4"]] {
      let result = try runIO(words + ["--name=a", "--size=256k", "--verify=\(kind)"] + more, in: folder)
      let copy = result.copies[0]
      #expect(copy.errorText == "")
      #expect(copy.wrongBlocks == 0)
      // As in fio each of the 64 blocks counts as read once: in the mix, or as it is verified.
      #expect(copy.reads.requests == 64)
      #expect(copy.reads.completionLatency.count == 64)
      #expect(copy.reads.bytes == 256 << 10)
      #expect(copy.depths.counts.reduce(0, +) == 64 + copy.writes.requests)
      #expect(copy.elapsed >= copy.reads.elapsed && copy.reads.elapsed > 0)
    }
  }

  @Test(arguments: [false, true])
  func `one flipped bit is found`(isFatal: Bool) throws {
    let folder = try ScratchFolder()
    let write = ["--name=a", "--rw=write", "--size=256k", "--verify=crc32c"]
    _ = try runIO(write, in: folder) { $0.keepsFiles = true }
    var bytes = folder.read("a.0.0")
    bytes[100_000] ^= 4
    _ = try folder.write("a.0.0", bytes)
    let read = ["--name=a", "--rw=read", "--size=256k", "--verify=crc32c"]
    let copy = try runIO(read + (isFatal ? ["--verify_fatal=1"] : []), in: folder).copies[0]
    #expect(copy.wrongBlocks == 1)
    #expect(copy.errorText.contains("\(folder.path)/a.0.0"))
    #expect(copy.errorText.contains("98304"), "the block's offset: \(copy.errorText)")
    #expect((copy.reads.requests == 64) == !isFatal)
  }
}
