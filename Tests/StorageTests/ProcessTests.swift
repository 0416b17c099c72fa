import Glibc
import Testing

@testable import Storage

/// Several processes on one tier, and what is left when one is killed.
@Suite struct ProcessTests {
  private static func pool(_ host: TierHost) throws -> PoolTier { try #require(host.tier as? PoolTier) }

  @Test func `a process that is killed while it writes leaves nothing after reclaim`() async throws {
    let folder = try ScratchFolder(in: "/dev/shm")
    let host = try TierHost.open(TierConfiguration(.pmem, folders: [folder.path], capacity: 64 << 20))
    let path = host.descriptor.paths[0]
    let before = try Self.pool(host).pools[0].freeSpace()
    for expecting in [0, 3 << 20] {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, expecting = expecting as Int] in
        let tier = try openTier(
          TierDescriptor(kind: .pmem, access: .libpmem, paths: [path], provenance: .emulated),
          fileDescriptors: [])
        let first = try tier.create("done", owner: 77, expecting: nil)
        _ = try first.append([1, 2, 3])
        try first.finish()
        let second = try tier.create("open", owner: 77, expecting: expecting)
        _ = try second.append([UInt8](repeating: 1, count: 2 << 20))
        kill(getpid(), SIGKILL)
        _ = second
      }
      #expect(try Self.pool(host).pools[0].freeSpace().total < before.total)
      try host.tier.reclaim(owner: 77)
      #expect(try Self.pool(host).pools[0].freeSpace() == before)
      let again = try host.tier.create("done", owner: 78, expecting: nil)
      again.abandon()
    }
  }

  @Test func `a lock dies with its process`() async throws {
    let folder = try ScratchFolder(in: "/dev/shm")
    let host = try TierHost.open(TierConfiguration(.pmem, folders: [folder.path], capacity: 16 << 20))
    let path = host.descriptor.paths[0]
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let tier = try openTier(
        TierDescriptor(kind: .pmem, access: .libpmem, paths: [path], provenance: .emulated),
        fileDescriptors: [])
      guard let pool = (tier as? PoolTier)?.pools[0] else { return }
      try pool.locked(SharedPool.LockByte.values) {
        try pool.locked(SharedPool.LockByte.logs) {
          try pool.locked(SharedPool.LockByte.publish) { _ = kill(getpid(), SIGKILL) }
        }
      }
    }
    #expect(try host.tier.compareAndSwap("k", version: 0, value: [1]) == 1)
    try host.tier.append([1], toLog: "l")
    _ = try host.tier.put([[1]], at: "o")
  }

  @Test func `processes that write into one pool at once never share a granule`() async throws {
    let folder = try ScratchFolder(in: "/dev/shm")
    let host = try TierHost.open(TierConfiguration(.pmem, folders: [folder.path], capacity: 64 << 20))
    let path = host.descriptor.paths[0]
    async let first: Void = write(path, 1)
    async let second: Void = write(path, 2)
    async let third: Void = write(path, 3)
    _ = await (first, second, third)
    let names = try host.tier.list(prefix: "")
    #expect(names.count == 3 * 40)
    // What the processes logged is what they wrote.
    let records = try host.tier.records(ofLog: "extents")
    #expect(records.count == 3 * 40)
    for record in records {
      let fields = String(decoding: record, as: UTF8.self).split(separator: " ").map(String.init)
      let extent = Extent(
        object: fields[0], offset: Int(fields[1])!, length: Int(fields[2])!, checksum: UInt32(fields[3])!)
      #expect(try host.tier.read([extent]).first?.first == UInt8(fields[4])!)
    }
    #expect(try host.tier.value(of: "counter")?.version == 3 * 40)
    for name in names { try host.tier.delete(name) }
    let pool = try Self.pool(host).pools[0]
    // The log and the value keep theirs.
    #expect(pool.granuleCount * SharedPool.granule - pool.freeSpace().total <= 2 << 20)
  }

  private func write(_ path: String, _ writer: Int) async {
    await #expect(processExitsWith: .success) { [path = path as String, writer = writer as Int] in
      let tier = try openTier(
        TierDescriptor(kind: .pmem, access: .libpmem, paths: [path], provenance: .emulated),
        fileDescriptors: [])
      var random = SeededGenerator(UInt64(writer))
      // All begin together.
      var ready: UInt64 = 0
      while ready < 3 {
        ready = try tier.value(of: "ready")?.version ?? 0
        if ready < 3, try tier.value(of: "began\(writer)") == nil {
          if try tier.compareAndSwap("ready", version: ready, value: []) != nil {
            _ = try tier.compareAndSwap("began\(writer)", version: 0, value: [])
          }
        }
      }
      // Space that changes hands all the time, between what is kept.
      func churn() throws {
        var held: [any ObjectWriter] = []
        for k in 0..<3000 {
          let object = try tier.create(
            "c\(writer)/\(k)", owner: UInt32(writer), expecting: Int.random(in: 1...100_000, using: &random))
          let extent = try object.append([UInt8(writer)])
          held.append(object)
          if held.count > 8 { held.remove(at: Int.random(in: 0..<8, using: &random)).abandon() }
          guard k % 2 == 0 else { continue }
          held.removeLast()
          try object.finish()
          let found = try tier.read([extent])
          precondition(found == [[UInt8(writer)]], "somebody else has its space")
          try tier.delete(extent.object)
        }
      }
      for round in 0..<40 {
        if round % 8 == 0 { try churn() }
        let fill = UInt8(truncatingIfNeeded: writer * 50 + round)
        let chunk = [UInt8](repeating: fill, count: Int.random(in: 1...400_000, using: &random))
        let name = "w\(writer)/\(round)"
        let object = try tier.create(
          name + ".a", owner: UInt32(writer), expecting: Bool.random(using: &random) ? chunk.count : nil)
        let extent = try object.append(chunk)
        try object.finish()
        try tier.publish(name + ".a", as: name)
        let text = "\(name) \(extent.offset) \(extent.length) \(extent.checksum) \(fill)"
        try tier.append(Array(text.utf8), toLog: "extents")
        while true {
          let seen = try tier.value(of: "counter")?.version ?? 0
          if try tier.compareAndSwap("counter", version: seen, value: Array(text.utf8)) != nil { break }
        }
      }
    }
  }

  @Test func `a killed controller's run is swept, a live one's is not`() async throws {
    let disk = try ScratchFolder()
    let memory = try ScratchFolder(in: "/dev/shm")
    let alive = try TierHost.open(TierConfiguration(.ssd, folders: [disk.path]))
    let extents = try alive.tier.put([[1, 2]], at: "o")
    let pool = try TierHost.open(TierConfiguration(.pmem, folders: [memory.path], capacity: 1 << 20))
    let user = "marvel-bench-\(getuid())"
    try #require(mkdir("\(disk.path)/\(user)/datasets", 0o700) == 0)
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [disk = disk.path as String, memory = memory.path as String] in
      let ssd = try TierHost.open(TierConfiguration(.ssd, folders: [disk]))
      _ = try ssd.tier.put([[1, 2, 3]], at: "o")
      let pmem = try TierHost.open(TierConfiguration(.pmem, folders: [memory], capacity: 1 << 20))
      let log = try TierHost.open(TierConfiguration(.pmem, access: .file, folders: [memory]))
      try log.tier.append([1], toLog: "l")
      kill(getpid(), SIGKILL)
      _ = (ssd, pmem, log)
    }
    func runs(_ folder: String) throws -> [String] {
      try folderEntries("\(folder)/\(user)").filter { $0.hasPrefix("run-") }
    }
    #expect(try runs(disk.path).count == 2 && runs(memory.path).count == 3)
    let removed = try LeftoverSweep.clean([disk.path, memory.path, "/tmp/none/such"])
    #expect(removed.count == 3)
    #expect(try runs(disk.path).count == 1 && runs(memory.path).count == 1)
    #expect(access("\(disk.path)/\(user)/datasets", F_OK) == 0)
    #expect(try alive.tier.read(extents) == [[1, 2]])
    #expect(try LeftoverSweep.clean([disk.path, memory.path]) == [])
    alive.close()
    pool.close()
    #expect(try runs(disk.path) == [])
    // Nothing is left where nothing else was.
    #expect(try folderEntries(memory.path) == [])
  }

  @Test func `runs that begin and end at once never take each other's folders`() async throws {
    let folder = try ScratchFolder()
    let path = folder.path
    async let first: Void = beginAndEnd(path)
    async let second: Void = beginAndEnd(path)
    _ = await (first, second)
    #expect(try folderEntries(folder.path) == [])
  }

  private func beginAndEnd(_ folder: String) async {
    await #expect(processExitsWith: .success) { [folder = folder as String] in
      for _ in 0..<100 {
        let host = try TierHost.open(
          TierConfiguration(.ssd, access: .buffered, folders: [folder], durable: false))
        let extents = try host.tier.put([[1, 2, 3]], at: "o")
        try LeftoverSweep.clean([folder])
        let found = try host.tier.read(extents)
        precondition(found == [[1, 2, 3]])
        host.close()
      }
    }
  }

  @Test func `a name that somebody else made first is refused`() throws {
    let folder = try ScratchFolder()
    let other = try ScratchFolder()
    try #require(symlink(other.path, "\(folder.path)/marvel-bench-\(getuid())") == 0)
    let refused = try storageError { _ = try TierHost.open(TierConfiguration(.ssd, folders: [folder.path])) }
    #expect(refused.kind == .denied)
    #expect(throws: StorageError.self) { try LeftoverSweep.clean([folder.path]) }
    #expect(try folderEntries(other.path) == [])
  }
}
