import Glibc
import Testing

@testable import Storage

/// What every tier promises, the same for all.
@Suite struct ContractTests {
  @Test(arguments: TierCase.allCases)
  func `what was written is read back, extent by extent`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    var random = SeededGenerator(3)
    let chunks = [random.bytes(1), random.bytes(100_000), [], random.bytes(4096), random.bytes(300_001)]
    let extents = try fixture.tier.put(chunks, at: "a/b")
    #expect(extents.map(\.length) == chunks.map(\.count))
    for extent in extents { #expect(extent.offset % fixture.tier.alignment == 0) }
    #expect(try fixture.tier.read(extents) == chunks)
    for (extent, chunk) in zip(extents, chunks) {
      let borrowed = try fixture.tier.withBytes(of: extent) { $0.withUnsafeBytes { Array($0) } }
      #expect(borrowed == chunk)
    }
  }

  @Test(arguments: TierCase.allCases)
  func `another process's instance reads what was written`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let worker = try fixture.worker()
    let writer = try worker.create("attempt-1", owner: 4, expecting: 200_000)
    var random = SeededGenerator(4)
    let chunk = random.bytes(200_000)
    var extent = try writer.append(chunk)
    try writer.finish()
    #expect(try fixture.tier.read([extent]) == [chunk])
    try fixture.tier.publish("attempt-1", as: "final")
    extent.object = "final"
    #expect(try worker.read([extent]) == [chunk])
    #expect(try worker.list(prefix: "") == ["final"])
  }

  @Test(arguments: TierCase.allCases)
  func `a reservation is filled in place and may be used in part`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let writer = try fixture.tier.create("x", owner: 1, expecting: nil)
    var random = SeededGenerator(5)
    var chunks: [[UInt8]] = []
    var extents: [Extent] = []
    for (capacity, length) in [(1000, 1000), (1 << 20, 5), (3 << 20, 2_500_001), (64, 0), (1, 1)] {
      let room = try writer.reserve(capacity)
      #expect(room.count == capacity)
      let chunk = random.bytes(length)
      room.copyBytes(from: chunk)
      extents.append(try writer.commit(length: length))
      chunks.append(chunk)
    }
    try writer.finish()
    #expect(try fixture.tier.read(extents) == chunks)
  }

  @Test(arguments: TierCase.allCases, 0..<6 as Range<UInt64>)
  func `any sizes, many objects and cursors at once`(tierCase: TierCase, seed: UInt64) throws {
    let fixture = try TierFixture(tierCase)
    var random = SeededGenerator(seed)
    let edges = [0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 65535, 65536, 65537, 262_144, 1_048_577]
    var objects: [(extents: [Extent], chunks: [[UInt8]])] = []
    for index in 0..<8 {
      let chunks = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        random.bytes(
          Bool.random(using: &random)
            ? edges.randomElement(using: &random)! : Int.random(in: 0...80_000, using: &random))
      }
      objects.append((try fixture.tier.put(chunks, at: "o/\(index)"), chunks))
    }
    let slots = try objects.map { object in
      (
        try fixture.tier.cursor(
          over: object.extents, readAhead: 1 << Int.random(in: 10...22, using: &random)), object.chunks
      )
    }
    var progress = [Int](repeating: 0, count: slots.count)
    var open = Set(slots.indices)
    while let index = open.randomElement(using: &random) {
      guard let bytes = try slots[index].0.next() else {
        #expect(progress[index] == slots[index].1.count)
        open.remove(index)
        continue
      }
      #expect(bytes == slots[index].1[progress[index]])
      progress[index] += 1
    }
    // Extents of several objects in one list, in any order, some twice.
    var mixed = objects.flatMap { zip($0.extents, $0.chunks) }.shuffled(using: &random)
    mixed += mixed.prefix(3)
    #expect(try fixture.tier.read(mixed.map(\.0), readAhead: 1 << 18) == mixed.map(\.1))
  }

  @Test(arguments: TierCase.allCases)
  func `the headroom may be overwritten and the slack be read`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    var random = SeededGenerator(6)
    let chunks = (0..<20).map { _ in random.bytes(70_001) }
    let extents = try fixture.tier.put(chunks, at: "o")
    let cursor = try fixture.tier.cursor(over: extents, readAhead: 1 << 20)
    for chunk in chunks {
      let bytes = try #require(try cursor.next())
      #expect(bytes == chunk)
      var sum = 0
      for k in 0..<readableSlack {
        sum += Int(bytes.baseAddress!.load(fromByteOffset: bytes.count + k, as: UInt8.self))
      }
      #expect(sum >= 0)
      memset(UnsafeMutableRawPointer(mutating: bytes.baseAddress! - cursor.headroom), 0xaa, cursor.headroom)
      #expect(bytes == chunk)
    }
    #expect(try cursor.next() == nil)
    #expect(try cursor.next() == nil)
    #expect(cursor.headroom == 0 || cursor.headroom >= 64 << 10)
    #expect((cursor.headroom == 0) == fixture.tier.capabilities.contains(.zeroCopy))
  }

  @Test(arguments: TierCase.allCases)
  func `nothing is published before it is finished, and nothing is replaced`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let tier = fixture.tier
    let writer = try tier.create("a1", owner: 1, expecting: nil)
    _ = try writer.append([1, 2, 3])
    #expect(try storageError { try tier.publish("a1", as: "f") }.kind == .missing)
    #expect(try tier.list(prefix: "") == [])
    try writer.finish()
    #expect(try tier.list(prefix: "") == [])
    try tier.publish("a1", as: "f")
    #expect(try tier.list(prefix: "") == ["f"])
    let second = try tier.create("a2", owner: 2, expecting: nil)
    _ = try second.append([4])
    try second.finish()
    let refused = try storageError { try tier.publish("a2", as: "f") }
    #expect(refused.kind == .exists)
    #expect(refused.description.contains("a2") && refused.description.contains("f"))
    #expect(try storageError { try tier.publish("a1", as: "g") }.kind == .missing)
    #expect(try storageError { try tier.publish("none", as: "g") }.kind == .missing)
  }

  @Test(arguments: TierCase.allCases)
  func `a released or abandoned writer leaves nothing`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    do {
      let writer = try fixture.tier.create("a1", owner: 1, expecting: 1 << 20)
      _ = try writer.append([1, 2, 3])
    }
    #expect(try storageError { try fixture.tier.publish("a1", as: "f") }.kind == .missing)
    let again = try fixture.tier.create("a1", owner: 1, expecting: nil)
    again.abandon()
    again.abandon()
    let third = try fixture.tier.create("a1", owner: 1, expecting: nil)
    try third.finish()
    try fixture.tier.publish("a1", as: "f")
    #expect(try fixture.tier.list(prefix: "") == ["f"])
  }

  @Test(arguments: TierCase.allCases)
  func `names list by prefix in byte order, and bad names are refused`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    for name in ["b/2", "a/1", "b/10", "B", "c"] { _ = try fixture.tier.put([[1]], at: name) }
    #expect(try fixture.tier.list(prefix: "") == ["B", "a/1", "b/10", "b/2", "c"])
    #expect(try fixture.tier.list(prefix: "b/") == ["b/10", "b/2"])
    #expect(try fixture.tier.list(prefix: "nothing") == [])
    let bad = [
      "", "/a", "a/", "a//b", "a b", "../x", "a/..", ".", "é", "a\u{0}", String(repeating: "x", count: 121),
    ]
    for name in bad {
      #expect(
        try storageError { _ = try fixture.tier.create(name, owner: 1, expecting: nil) }.kind == .invalid)
    }
    let longest = String(repeating: "x", count: 120)
    let writer = try fixture.tier.create(longest, owner: 1, expecting: nil)
    try writer.finish()
    #expect(try storageError { try fixture.tier.publish(longest, as: "../x") }.kind == .invalid)
    try fixture.tier.publish(longest, as: "last")
  }

  @Test(arguments: TierCase.allCases)
  func `what was deleted is missing, and its name can be used again`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let extents = try fixture.tier.put([[1, 2, 3]], at: "f")
    try fixture.tier.delete("f")
    let error = try storageError { _ = try fixture.tier.read(extents) }
    #expect(error.kind == .missing)
    #expect(error.description.contains("f"))
    #expect(try storageError { try fixture.tier.delete("f") }.kind == .missing)
    let again = try fixture.tier.put([[4, 5]], at: "f")
    #expect(try fixture.tier.read(again) == [[4, 5]])
  }

  @Test(arguments: TierCase.allCases)
  func `an extent that nobody wrote is an error and no read outside`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let tier = fixture.tier
    let real = try tier.put([[UInt8](repeating: 7, count: 5000)], at: "f")[0]
    let hostile: [(Int, Int)] = [
      (-1, 10), (Int.min, 1), (Int.max, 1), (real.offset, -1), (real.offset, Int.max), (Int.max, Int.max),
      (real.offset + (1 << 40), 100), (real.offset, 1 << 40), (0, 100), (real.offset, 5001),
      (real.offset + 1, 5000),
      (1 << 62, 5), (real.offset + (1 << 48), 5000),
    ]
    for (offset, length) in hostile {
      let extent = Extent(object: "f", offset: offset, length: length, checksum: real.checksum)
      let error = try storageError { _ = try tier.read([extent]) }
      #expect([.invalid, .missing, .corrupt].contains(error.kind))
      #expect(error.description.contains("f"))
      #expect(throws: StorageError.self) { try tier.withBytes(of: extent) { _ in } }
    }
    var other = real
    other.object = "g"
    #expect(try storageError { _ = try tier.read([other]) }.kind == .missing)
    other = real
    other.checksum ^= 1
    #expect(try storageError { _ = try tier.read([other]) }.kind == .corrupt)
  }

  @Test(arguments: TierCase.allCases)
  func `reclaim frees what an owner left unpublished, and only that`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let tier = fixture.tier
    let published = try tier.put([[1]], at: "kept", owner: 7)
    let dead = try fixture.worker()
    let open = try dead.create("a1", owner: 7, expecting: nil)
    _ = try open.append([1, 2])
    let done = try dead.create("a2", owner: 7, expecting: nil)
    let gone = try done.append([3])
    try done.finish()
    let alive = try tier.create("a3", owner: 8, expecting: nil)
    let extent = try alive.append([4])
    try alive.finish()
    try tier.reclaim(owner: 7)
    #expect(try storageError { _ = try tier.read([gone]) }.kind == .missing)
    #expect(try storageError { try tier.publish("a2", as: "x") }.kind == .missing)
    #expect(try tier.read(published) == [[1]])
    #expect(try tier.read([extent]) == [[4]])
    #expect(throws: StorageError.self) { try open.finish() }
    _ = try tier.create("a1", owner: 9, expecting: nil)
  }

  @Test(arguments: TierCase.allCases)
  func `counters say what was asked and what was moved`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let extents = try fixture.tier.put([[UInt8](repeating: 1, count: 1000), [2]], at: "f")
    #expect(fixture.tier.counters.writtenBytes == 1001)
    #expect(fixture.tier.counters.deviceWrittenBytes >= 1001)
    #expect(fixture.tier.counters.readBytes == 0)
    _ = try fixture.tier.read(extents)
    #expect(fixture.tier.counters.readBytes == 1001)
    #expect(fixture.tier.counters.deviceReadBytes >= 1001)
    #expect(fixture.tier.counters.modelledWaitNanoseconds == 0)
  }
}
