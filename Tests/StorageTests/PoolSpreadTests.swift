import Testing

@testable import Storage

/// `dram` in a pool for each writer.
@Suite struct PoolSpreadTests {
  private func index(_ extent: Extent) -> Int { extent.offset >> PoolTier.poolShift }

  @Test func `each writer's objects lie in a pool of its own`() throws {
    let fixture = try TierFixture(.dramOfThree)
    var all: [Extent] = []
    var chunks: [[UInt8]] = []
    var random = SeededGenerator(7)
    for worker in 0..<5 {
      for size in [1, 70_000, 2 << 20] {
        chunks.append(random.bytes(size))
        all += try fixture.worker(worker).put([chunks.last!], at: "w\(worker)-\(size)")
      }
      #expect(index(all.last!) == worker % 3)
    }
    for worker in 0..<3 { #expect(try fixture.worker(worker).read(all) == chunks) }
    #expect(try fixture.tier.list(prefix: "w").count == 15)
  }

  @Test func `a writer goes to the next pool where its own is full`() throws {
    let fixture = try TierFixture(.dramOfThree) { $0.capacity = 1 << 20 }
    let worker = try fixture.worker(2)
    var extents: [Extent] = []
    for number in 0..<3 {
      let writer = try worker.create("o\(number)", owner: 1, expecting: 1 << 20)
      extents.append(try writer.append([UInt8](repeating: UInt8(number), count: 1 << 20)))
      try writer.finish()
    }
    #expect(extents.map(index) == [2, 0, 1])
    #expect(try storageError { _ = try worker.put([[1]], at: "more") }.kind == .noSpace)
    #expect(try fixture.tier.read(extents).map(\.first) == [0, 1, 2])
  }

  @Test func `what was prefaulted and what was not is written alike`() throws {
    let fixture = try TierFixture(.dram)
    let tier = try #require(fixture.tier as? PoolTier)
    try tier.prefault(1 << 20)
    var random = SeededGenerator(8)
    let chunks = (0..<6).map { _ in random.bytes(400_003) }
    #expect(try tier.read(try tier.put(chunks, at: "o")) == chunks)
  }

  @Test func `who leaves keeps nothing of other writers`() throws {
    let fixture = try TierFixture(.dramOfThree)
    let worker = try #require(fixture.worker(1) as? PoolTier)
    let extents = try fixture.worker(2).put([[1, 2, 3]], at: "o")
    #expect(try worker.read(extents) == [[1, 2, 3]])
    worker.leaveOthers()
    #expect(worker.pools.count == 1)
    #expect(try storageError { _ = try worker.read(extents) }.kind == .invalid)
    // A tier of one pool has no others.
    let alone = try #require(TierFixture(.dram).tier as? PoolTier)
    alone.leaveOthers()
    #expect(try alone.read(try alone.put([[9]], at: "o")) == [[9]])
  }
}
