import Testing

@testable import IOBench

/// The requests of a copy, of files that are not there yet unless their sizes are given.
func requests(_ options: String, copy: Int = 0, existing: [Int]? = nil, most: Int = 1_000_000) throws
  -> [AccessRequest]
{
  let job = try job(options)
  let seed = job.seed(ofCopy: copy, entropy: 0)
  let sizes = existing ?? Array(repeating: 0, count: job.fileCount)
  let layout = try FileLayout(job, copy: copy, existing: sizes, seed: seed)
  var sequence = AccessSequence(job, layout: layout, seed: seed)
  var found: [AccessRequest] = []
  while found.count < most, let request = sequence.next() { found.append(request) }
  return found
}

/// Which requests a copy makes: where, how many, in what order.
struct AccessSequenceTests {
  @Test(arguments: [1, 2, 3, 4, 5, 7, 16, 31, 97, 100, 256, 1009, 4096, 10_007])
  func `random offsets cover the range exactly once`(blocks: Int) throws {
    for (size, tail) in [(512, 0), (512, 511), (1000, 1)] {
      for copy in 0..<3 {
        let found = try requests("rw=randread\nbs=\(size)\nsize=\(blocks * size + tail)", copy: copy)
        #expect(found.map(\.offset).sorted() == (0..<blocks).map { $0 * size })
        #expect(found.allSatisfy { $0.length == size && !$0.isWrite && $0.file == 0 })
      }
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `each pass over each file covers it exactly once`(seed: UInt64) throws {
    var state = SplitMix(seed: seed)
    let block = 1 + state.below(700)
    let files = 1 + state.below(4)
    let offset = state.below(3) * state.below(5000)
    let passes = 1 + state.below(3)
    // In whole blocks a file, so that all files are of one size.
    let blocks = 1 + state.below(300)
    let mixed = state.below(2) == 0 ? "rw=randrw" : "rw=randwrite"
    let found = try requests(
      """
      \(mixed)\nbs=\(block)\nnrfiles=\(files)\nsize=\(blocks * block * files)\noffset=\(offset)
      loops=\(passes)\nrandseed=\(seed)
      """)
    #expect(found.count == blocks * files * passes)
    for pass in 0..<passes {
      let part = found.dropFirst(pass * blocks * files).prefix(blocks * files)
      for file in 0..<files {
        #expect(
          part.filter { $0.file == file }.map(\.offset).sorted() == (0..<blocks).map { offset + $0 * block })
      }
    }
    if passes > 1, blocks > 20 {
      #expect(Array(found.prefix(20)) != Array(found.dropFirst(blocks * files).prefix(20)))
    }
  }

  /// The counts are those that fio 3.33 reports for the same options.
  @Test(arguments: [
    ("rw=read\nsize=10000", 2), ("rw=read\nsize=10000\nloops=3", 6), ("rw=randread\nsize=10000\nloops=3", 6),
    ("rw=read\nsize=1m\nio_size=2m\nloops=2", 512), ("rw=read\nsize=1m\nio_size=512k\nloops=2", 256),
    ("rw=randread\nsize=1m\nio_size=2m\nloops=2", 512), ("rw=read\nsize=1m\nio_size=10000", 3),
    ("rw=read\nsize=1m\nio_size=1048676", 256), ("rw=read\nsize=1m\nio_size=1053576", 258),
    ("rw=randread\nsize=1m\nio_size=1053576\nnorandommap", 258), ("rw=randread\nsize=1m\nnorandommap", 256),
    ("rw=read\nsize=1m\nnumber_ios=300", 256), ("rw=read\nsize=1m\nnumber_ios=100\nloops=2", 200),
    ("rw=rw\nsize=1m\nrwmixread=70", 256), ("rw=randrw\nsize=100000\nnrfiles=3", 24),
    ("rw=read\nsize=100000\nnrfiles=3", 24),
  ])
  func `there are as many requests as of fio`(options: String, count: Int) throws {
    #expect(try requests(options).count == count)
  }

  /// Likewise, in one file of 1,000,000 bytes.
  @Test(arguments: [
    ("rw=read\nsize=10000", 3), ("rw=randread\nsize=10000", 2), ("rw=randread\nsize=10000\nnorandommap", 3),
    ("rw=read\nsize=50%", 122), ("rw=read\noffset=50%", 121), ("rw=read\noffset=500001", 122),
    ("rw=read\noffset=900000\nsize=500000", 122),
  ])
  func `there are as many requests in a file that exists`(options: String, count: Int) throws {
    #expect(try requests(options, existing: [1_000_000]).count == count)
  }

  @Test func `a sequence goes from block to block and round the files`() throws {
    #expect(try requests("rw=read\nsize=16k").map(\.offset) == [0, 4096, 8192, 12288])
    let two = try requests("rw=write\nsize=16k\nnrfiles=2\noffset=4k")
    #expect(two.map(\.file) == [0, 1, 0, 1])
    #expect(two.map(\.offset) == [4096, 4096, 8192, 8192])
    #expect(two.allSatisfy { $0.isWrite })
    // The smaller file is through first.
    let uneven = try requests("rw=read\nfilename=a:b", existing: [4096, 12288])
    #expect(uneven.map(\.file) == [0, 1, 1, 1])
  }

  @Test func `reads and writes of a sequential mix have their own positions`() throws {
    let found = try requests("rw=rw\nbs=4k,8k\nsize=4m\nrwmixread=70")
    for (isWrite, size) in [(false, 4096), (true, 8192)] {
      let own = found.filter { $0.isWrite == isWrite }
      #expect(own.map(\.offset) == own.indices.map { $0 * size })
      #expect(own.allSatisfy { $0.length == size })
    }
    #expect(found.reduce(0) { $0 + $1.length } >= 4 << 20)
  }

  @Test(arguments: [0, 1, 30, 50, 99, 100])
  func `a mix holds its share of reads`(share: Int) throws {
    let found = try requests("rw=randrw\nbs=512\nsize=20m\nrwmixread=\(share)")
    let reads = Double(found.filter { !$0.isWrite }.count)
    let expected = Double(found.count * share) / 100
    // Five standard deviations, for a seed that is always the same.
    #expect((reads - expected).magnitude <= 5 * (expected * (1 - Double(share) / 100)).squareRoot())
  }

  @Test func `copies lie behind one another and have orders of their own`() throws {
    let options = "rw=randread\nsize=400k\nnumjobs=3\noffset=4k\noffset_increment=1m"
    let first = try requests(options)
    let third = try requests(options, copy: 2)
    #expect(third.map(\.offset).min() == 4096 + (2 << 20))
    #expect(first.map(\.offset) != third.map { $0.offset - (2 << 20) })
    #expect(try requests(options) == first)
    #expect(try requests(options + "\nrandseed=7") != first)
  }

  @Test func `without randrepeat the order is a new one`() throws {
    let plain = try job("randrepeat=0")
    #expect(plain.seed(ofCopy: 0, entropy: 1) != plain.seed(ofCopy: 0, entropy: 2))
    // As in fio a seed that is given overrides it.
    for options in ["randrepeat=1", "randrepeat=0\nrandseed=9"] {
      let repeated = try job(options)
      #expect(repeated.seed(ofCopy: 0, entropy: 1) == repeated.seed(ofCopy: 0, entropy: 2))
      #expect(repeated.seed(ofCopy: 0, entropy: 1) != repeated.seed(ofCopy: 1, entropy: 1))
    }
  }

  @Test(arguments: [
    "read", "randread", "rw", "randrw", "randread\nrandom_distribution=zipf", "randread\nnorandommap",
  ])
  func `a time-based copy has no end`(pattern: String) throws {
    for files in [1, 3] {
      let found = try requests(
        "rw=\(pattern)\nsize=\(files * 40960)\nnrfiles=\(files)\ntime_based\nruntime=1", most: 5000)
      #expect(found.count == 5000)
      #expect(found.allSatisfy { (0..<40960).contains($0.offset) })
    }
    #expect(try requests("rw=\(pattern)\nsize=40960\ntime_based\nruntime=1\nnumber_ios=77").count == 77)
  }

  @Test func `a time-based random copy visits each block once in each round`() throws {
    let found = try requests("rw=randread\nsize=40960\ntime_based\nruntime=1", most: 1000)
    for round in 0..<100 {
      #expect(Set(found[(round * 10)..<(round * 10 + 10)].map(\.offset)).count == 10)
    }
  }

  @Test(arguments: [
    ("rw=read", "give a size"), ("rw=read\nsize=4095", "no file holds a block: bs is 4096"),
    ("rw=read\nsize=10000\nnrfiles=3", "no file holds a block"),
    ("rw=read\nfilesize=1m\noffset=2m", "offset 2097152 lies behind the end"),
    ("rw=read\nsize=1m\noffset=9223372036854775807", "too large"),
    ("rw=read\nsize=9223372036854775807\noffset=4k", "too large together"),
  ])
  func `what fits in no file is said`(options: String, said: String) {
    let found = complaint { _ = try requests(options) }
    #expect(found?.contains(said) == true, "\(found ?? "nothing was said")")
    #expect(found?.hasPrefix("t.fio:1: job 'j': ") == true)
  }

  @Test func `sizes of files are drawn from their range in whole blocks`() throws {
    let job = try job("rw=read\nfilesize=4k-1m\nnrfiles=200")
    let layout = try FileLayout(job, copy: 0, existing: Array(repeating: 0, count: 200), seed: 5)
    #expect(layout.regions.allSatisfy { (4096...(1 << 20)).contains($0.size) && $0.size % 4096 == 0 })
    #expect(Set(layout.regions.map(\.size)).count > 100)
    #expect(layout.passSize == layout.regions.reduce(0) { $0 + $1.size })
    // One that is there and fits stays as it is.
    let kept = try FileLayout(job, copy: 0, existing: Array(repeating: 5000, count: 200), seed: 5)
    #expect(kept.regions.allSatisfy { $0.size == 5000 && $0.fileSize == 5000 })
  }

  @Test func `io_size in percent is a part of the whole`() throws {
    #expect(try requests("rw=read\nsize=1m\nio_size=50%").count == 128)
    #expect(try requests("rw=read\nfilesize=1m\nnrfiles=4\nsize=2m").count == 512)
    #expect(try requests("rw=read\nfilesize=1m\nnrfiles=4\nsize=20m").count == 1024)
  }
}
