import CSystemIO
import Glibc
import Testing

@testable import Storage

/// What is special to tiers of folders and of several folders.
@Suite struct FolderTests {
  @Test func `a plain tier's file is what was appended, byte after byte`() throws {
    let folder = try ScratchFolder()
    let host = try TierHost.open(TierConfiguration(.file, folders: [folder.path], plain: true))
    let worker = try openTier(host.descriptor, fileDescriptors: [])
    var random = SeededGenerator(1)
    let chunks = [random.bytes(7), [], random.bytes(1_300_000), random.bytes(3)]
    _ = try worker.put(chunks, at: "part-00000")
    host.close()
    #expect(try folderEntries(folder.path) == ["part-00000"])
    #expect(try bytes(of: folder.path + "/part-00000") == chunks.flatMap { $0 })
  }

  @Test(arguments: [TierCase.ssdDirect, .pmemFile, .pmemLibpmem])
  func `a tier of several folders uses all of them as one`(tierCase: TierCase) throws {
    let folders = try (0..<3).map { _ in try ScratchFolder(in: tierCase == .ssdDirect ? nil : "/dev/shm") }
    defer { withExtendedLifetime(folders) {} }
    let fixture = try TierFixture(tierCase) {
      $0.folders = folders.map(\.path)
      $0.capacity = 12 << 20
    }
    let worker = try fixture.worker()
    var random = SeededGenerator(2)
    var objects: [(extents: [Extent], chunks: [[UInt8]])] = []
    for index in 0..<20 {
      let chunks = [random.bytes(1000), random.bytes(100)]
      objects.append((try worker.put(chunks, at: "o/\(index)"), chunks))
    }
    let extents = objects.flatMap(\.extents)
    #expect(try fixture.tier.read(extents) == objects.flatMap(\.chunks))
    #expect(try fixture.tier.list(prefix: "o/").count == 20)
    for index in 0..<20 {
      let again = try fixture.tier.create("again\(index)", owner: 1, expecting: nil)
      try again.finish()
      #expect(
        try storageError { try fixture.tier.publish("again\(index)", as: "o/\(index)") }.kind == .exists)
    }
    try fixture.tier.reclaim(owner: 1)
    for index in 0..<20 { try fixture.tier.delete("o/\(index)") }
    #expect(try fixture.tier.list(prefix: "") == [])
    if tierCase == .pmemLibpmem {
      let used = Set(extents.map { $0.offset >> PoolTier.poolShift })
      #expect(used == [0, 1, 2])
      // Where one pool is full the next is taken.
      for index in 0..<3 {
        _ = try fixture.tier.create("f\(index)", owner: 1, expecting: 3 << 20)
      }
    }
  }

  @Test func `extents that touch are read by few requests, and none twice`() throws {
    let fixture = try TierFixture(.ssdDirect)
    let chunk = [UInt8](repeating: 1, count: 64 << 10)
    let extents = try fixture.tier.put([[UInt8]](repeating: chunk, count: 64), at: "o")
    _ = try fixture.tier.read(extents, readAhead: 8 << 20)
    #expect(fixture.tier.counters.deviceReadBytes == 4 << 20)
    #expect(fixture.tier.counters.readBytes == 4 << 20)
    let every = stride(from: 0, to: 64, by: 8).map { extents[$0] }
    _ = try fixture.tier.read(every, readAhead: 8 << 20)
    #expect(fixture.tier.counters.deviceReadBytes == (4 << 20) + 8 * (64 << 10))
  }

  @Test func `direct objects leave nothing in the page cache, buffered ones can be dropped and warmed`()
    throws
  {
    let direct = try TierFixture(.ssdDirect)
    let chunk = [UInt8](repeating: 1, count: 1 << 20)
    _ = try direct.tier.read(try direct.tier.put([chunk], at: "o"))
    let path = try #require(try direct.host.objectFiles().first)
    #expect(path.hasSuffix("/objects/o"))
    let buffered = try TierFixture(.ssdBuffered)
    _ = try buffered.tier.put([chunk], at: "o")
    let other = try #require(try buffered.host.objectFiles().first)
    do {
      #expect(try PageCache.residency(path).cached == 0)
      #expect(try PageCache.residency(other).cached == 1 << 20)
      try PageCache.drop(other)
      #expect(try PageCache.residency(other) == PageCache.Residency(size: 1 << 20, cached: 0, dirty: 0))
      try PageCache.warm(other)
      #expect(try PageCache.residency(other).cached == 1 << 20)
    } catch let error as StorageError where error.kind == .unavailable {
      print("not tested: \(error)")
    }
  }

  /// A file system of `size` bytes, or nil with a printed reason where it cannot be mounted.
  private func withSmallFileSystem(_ size: Int, _ body: (String) throws -> Void) throws {
    let folder = try ScratchFolder()
    guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(size)") == 0 else {
      print("not tested: mount tmpfs: \(String(cString: strerror(errno))) (needs root)")
      return
    }
    defer { umount(folder.path) }
    try body(folder.path)
  }

  @Test func `a small file system fills up with an error and no signal, and works on`() throws {
    try withSmallFileSystem(24 << 20) { folder in
      for access in [TierAccess.libpmem, .file] {
        let large = TierConfiguration(.pmem, access: access, folders: [folder], capacity: 1 << 30)
        if access == .libpmem {
          let refused = try storageError { _ = try TierHost.open(large) }
          #expect(refused.kind == .noSpace && refused.description.contains(folder))
        }
        let host = try TierHost.open(
          TierConfiguration(.pmem, access: access, folders: [folder], capacity: 12 << 20))
        // Somebody else takes what the pool had counted on.
        let other = try storageError {
          try write(
            [UInt8](repeating: 1, count: access == .libpmem ? 12 << 20 : 20 << 20), to: folder + "/other")
          throw StorageError(.exists, "written")
        }
        #expect(other.kind == .exists)
        let writer = try host.tier.create("x", owner: 1, expecting: nil)
        let full = try storageError {
          for _ in 0..<12 { _ = try writer.append([UInt8](repeating: 1, count: 1 << 20)) }
        }
        #expect(full.kind == .noSpace && full.description.contains("--tier pmem="))
        writer.abandon()
        if let tier = host.tier as? any PooledTier {
          #expect(try storageError { try tier.prefault(12 << 20) }.kind == .noSpace)
        }
        unlink(folder + "/other")
        let extents = try host.tier.put([[UInt8](repeating: 1, count: 1 << 20)], at: "o")
        #expect(try host.tier.read(extents).count == 1)
      }
    }
  }

  @Test func `what a folder lies on is found`() throws {
    let memory = try StorageDevice(folder: "/dev/shm")
    #expect(memory.kind == .memory && memory.filesystem == "tmpfs" && memory.device == nil)
    #expect(memory.provenance == .emulated)
    let process = try StorageDevice(folder: "/proc")
    #expect(process.provenance == .emulated)
    #expect(try storageError { _ = try StorageDevice(folder: "/none/such") }.kind == .missing)
    #expect(mb_numa_nodes() >= 1)
  }

  @Test func `any name goes to a file name and back`() throws {
    for name in ["a", "a/b", "shuffle/map-00001.0", "x,y=z:1+2", String(repeating: "a/", count: 59) + "ab"] {
      try ObjectName.validate(name)
      let file = ObjectName.fileName(name)
      #expect(!file.contains("/") && file.utf8.count <= 255)
      #expect(ObjectName.objectName(fileName: file) == name)
    }
    #expect(ObjectName.objectName(fileName: "a%41") == nil)
    #expect(ObjectName.objectName(fileName: "a%2") == nil)
  }
}
