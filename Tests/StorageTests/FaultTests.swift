import CSystemIO
import Glibc
import Testing

@testable import Storage

/// What must be noticed, refused or survived.
@Suite struct FaultTests {
  @Test(arguments: TierCase.allCases)
  func `one flipped bit in any extent is found and named`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    var random = SeededGenerator(11)
    let chunks = (0..<6).map { _ in random.bytes(Int.random(in: 1...300_000, using: &random)) }
    let extents = try fixture.tier.put(chunks, at: "shuffle/map-3")
    for (index, extent) in extents.enumerated() {
      let byte = Int.random(in: 0..<extent.length, using: &random)
      try fixture.flip(extent, byte: byte)
      let cursor = try fixture.worker().cursor(over: extents, readAhead: 8 << 20)
      for k in 0..<index { #expect(try cursor.next()! == chunks[k]) }
      let error = try storageError { _ = try cursor.next() }
      #expect(error.kind == .corrupt)
      #expect(error.description.contains("\(fixture.tier.kind.rawValue):shuffle/map-3"))
      #expect(error.description.contains("\(extent.offset)"))
      #expect(throws: StorageError.self) { try fixture.tier.withBytes(of: extent) { _ in } }
      try fixture.flip(extent, byte: byte)
    }
    #expect(try fixture.tier.read(extents) == chunks)
  }

  @Test(arguments: [TierCase.pmemFile, .ssdDirect, .ssdPsync, .ssdBuffered, .plain])
  func `a truncated object is found and named`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let chunks = [[UInt8]](repeating: [UInt8](repeating: 3, count: 100_000), count: 3)
    let extents = try fixture.tier.put(chunks, at: "o")
    let folder = fixture.host.descriptor.paths[0] + (tierCase == .plain ? "" : "/objects")
    for size in [extents[2].offset + 99_999, extents[1].offset + 5, 0] {
      try #require(truncate("\(folder)/o", size) == 0)
      let error = try storageError { _ = try fixture.worker().read(extents) }
      #expect(error.kind == .corrupt && error.description.contains("o: it has \(size) bytes"))
    }
  }

  @Test(arguments: [TierCase.dram, .pmemLibpmem, .pmemOnDisk])
  func `a full pool says what was asked and what is free, and works on`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase) { $0.capacity = 4 << 20 }
    let tier = fixture.tier
    let error = try storageError { _ = try tier.create("big", owner: 1, expecting: 5 << 20) }
    #expect(error.kind == .noSpace)
    #expect(error.description.contains("\(5 << 20) bytes asked, \(4 << 20) of \(4 << 20) free"))
    #expect(error.description.contains("shuffle: {tier: \(tier.kind.rawValue), capacity: …}"))
    let writer = try tier.create("a", owner: 1, expecting: nil)
    let chunk = [UInt8](repeating: 1, count: 1 << 20)
    var count = 0
    let full = try storageError {
      while true {
        _ = try writer.append(chunk)
        count += 1
      }
    }
    #expect(full.kind == .noSpace && count >= 3)
    #expect(try storageError { _ = try writer.reserve(Int.max - 100) }.kind == .noSpace)
    writer.abandon()
    for round in 0..<20 {
      let whole = try tier.create("r\(round)", owner: 1, expecting: 4 << 20)
      let extent = try whole.append([UInt8](repeating: UInt8(round), count: 4 << 20))
      try whole.finish()
      #expect(try tier.read([extent]).count == 1)
      try tier.delete("r\(round)")
    }
  }

  @Test func `a full file system is an error that says so and no signal`() async throws {
    // A limit on the file size is what an unprivileged process can have in the place of a full disk.
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      for tierCase in [TierCase.ssdDirect, .ssdPsync, .ssdBuffered, .pmemFile, .plain] {
        let fixture = try TierFixture(tierCase)
        var limit = rlimit(rlim_cur: 3 << 20, rlim_max: .max)
        precondition(setrlimit(__rlimit_resource_t(1), &limit) == 0)
        let writer = try fixture.tier.create("x", owner: 1, expecting: nil)
        let error = try storageError {
          for _ in 0..<8 { _ = try writer.append([UInt8](repeating: 1, count: 1 << 20)) }
          try writer.finish()
        }
        precondition(error.kind == .noSpace && error.description.contains("x"), error.description)
        writer.abandon()
        let known = try storageError { _ = try fixture.tier.create("y", owner: 1, expecting: 8 << 20) }
        precondition(known.kind == .noSpace, known.description)
        let after = try fixture.tier.create("z", owner: 1, expecting: nil)
        _ = try after.append([1, 2, 3])
        try after.finish()
        limit.rlim_cur = .max
        precondition(setrlimit(__rlimit_resource_t(1), &limit) == 0)
      }
    }
  }

  @Test(arguments: TierCase.allCases)
  func `no descriptor outlives its tier`(tierCase: TierCase) throws {
    let marker: [String]
    do {
      let fixture = try TierFixture(tierCase)
      marker = [fixture.disk.path, fixture.memory.path]
      let worker = try fixture.worker()
      let extents = try worker.put([[1], [2]], at: "o")
      _ = try worker.read(extents)
      let open = try worker.cursor(over: extents, readAhead: 1 << 20)
      _ = try open.next()
      try worker.append([1], toLog: "l")
      _ = try worker.compareAndSwap("k", version: 0, value: [1])
      _ = try worker.create("unfinished", owner: 1, expecting: nil)
      #expect(throws: StorageError.self) { try worker.delete("none") }
    }
    for part in marker { #expect(openDescriptors(naming: part) == []) }
  }

  @Test(arguments: [TierCase.pmemFile, .ssdDirect, .ssdBuffered])
  func `a deleted object's file is closed, so that its space is free`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let worker = try fixture.worker()
    let extents = try worker.put([[1, 2, 3]], at: "o")
    _ = try worker.read(extents)
    try fixture.tier.delete("o")
    #expect(openDescriptors(naming: fixture.disk.path + "/").filter { $0.contains("objects") } == [])
    #expect(try storageError { _ = try worker.read(extents) }.kind == .missing)
    let again = try fixture.tier.put([[4, 5, 6]], at: "o")
    #expect(try worker.read(again) == [[4, 5, 6]])
  }

  @Test func `what kind of tier it is stands in its provenance and engine`() throws {
    let direct = try TierFixture(.ssdDirect)
    #expect(direct.tier.engine == "libaio")
    #expect(direct.tier.alignment >= 512)
    #expect(try TierFixture(.ssdPsync).tier.engine == "psync")
    #expect(try TierFixture(.ssdBuffered).tier.engine == "psync")
    #expect(try TierFixture(.pmemLibpmem).tier.engine == "libpmem")
    #expect(try TierFixture(.dram).tier.engine == "memcpy")
    #expect(try TierFixture(.pmemLibpmem).tier.provenance == .emulated)
    #expect(try TierFixture(.pmemFile).tier.provenance == .emulated)
    #expect(try TierFixture(.dram).tier.provenance == .measured)
    let folder = try ScratchFolder(in: "/dev/shm")
    let onMemory = try TierHost.open(TierConfiguration(.ssd, folders: [folder.path]))
    #expect(onMemory.tier.provenance == .emulated)
    #expect(onMemory.descriptor.access == .buffered)
    #expect(onMemory.devices[0].kind == .memory)
    #expect(try TierFixture(.pmemAnonymous).tier.engine == "libpmem")
    #expect(try TierFixture(.pmemAnonymous).tier.provenance == .emulated)
    for tierCase in [TierCase.pmemLibpmem, .pmemAnonymous, .pmemFile] {
      let refused = try storageError { _ = try TierFixture(tierCase) { $0.requireReal = true } }
      #expect(refused.kind == .unavailable)
    }
    let refused = try storageError {
      _ = try TierHost.open(TierConfiguration(.ssd, folders: [folder.path], requireReal: true))
    }
    #expect(refused.kind == .unavailable && refused.description.contains("tmpfs"))
  }

  @Test func `folders that cannot be used are errors that name them`() throws {
    #expect(try storageError { _ = try TierHost.open(TierConfiguration(.ssd)) }.kind == .invalid)
    for kind in [TierKind.ssd, .pmem] {
      let missing = try storageError {
        _ = try TierHost.open(TierConfiguration(kind, folders: ["/tmp/none/such"]))
      }
      #expect(missing.kind == .missing && missing.description.contains("/tmp/none/such"))
    }
    let memory = try ScratchFolder(in: "/dev/shm")
    let large = try storageError {
      _ = try TierHost.open(TierConfiguration(.pmem, folders: [memory.path], capacity: 1 << 45))
    }
    #expect(large.kind == .noSpace && large.description.contains("free"))
    #expect(try folderEntries(memory.path) == [])
  }
}
