import Glibc
import Testing

@testable import Storage

@Suite struct SegmentTests {
  private struct Run {
    var partition: Int
    var bytes: [UInt8]
    var records: Int
    var sorted: Bool
  }

  private func runs(_ seed: UInt64, partitions: Int) -> [Run] {
    var random = SeededGenerator(seed)
    return (0..<Int.random(in: 0...20, using: &random)).map { _ in
      Run(
        partition: Int.random(in: 0..<partitions, using: &random),
        bytes: random.bytes(Int.random(in: 0...100_000, using: &random)),
        records: Int.random(in: 0...1000, using: &random), sorted: Bool.random(using: &random))
    }
  }

  private func write(_ runs: [Run], _ tier: any Tier, _ name: String, partitions: Int) throws -> Segment {
    var writer = SegmentWriter(
      try tier.create(name, owner: 1, expecting: nil), partitionCount: partitions, encoding: 7)
    for (index, run) in runs.enumerated() {
      if index % 2 == 0 {
        try run.bytes.withUnsafeBytes {
          _ = try writer.append(partition: run.partition, $0, records: run.records, sorted: run.sorted)
        }
      } else {
        try writer.reserve(run.bytes.count + 100).copyBytes(from: run.bytes)
        try writer.commit(
          partition: run.partition, length: run.bytes.count, records: run.records, sorted: run.sorted)
      }
    }
    return try writer.finish()
  }

  @Test(arguments: TierCase.allCases, 0..<4 as Range<UInt64>)
  func `a segment is read back by what was returned and by its directory`(tierCase: TierCase, seed: UInt64)
    throws
  {
    let fixture = try TierFixture(tierCase)
    let runs = runs(seed, partitions: 5)
    let segment = try write(runs, fixture.tier, "map-1", partitions: 5)
    #expect(segment.extents.map(\.partition) == runs.map(\.partition))
    #expect(segment.extents.map(\.records) == runs.map(\.records))
    #expect(segment.extents.map(\.sorted) == runs.map(\.sorted))
    let worker = try fixture.worker()
    #expect(try worker.read(segment.extents.map(\.extent)) == runs.map(\.bytes))
    let reader = try SegmentReader(worker, directory: segment.directory)
    #expect(reader.extents == segment.extents)
    #expect(reader.partitionCount == 5 && reader.encoding == 7)
    let path = fixture.disk.path + "/kept.segment"
    try SegmentFile.export(segment, from: worker, partitionCount: 5, encoding: 7, to: path)
    let kept = try SegmentFile.read(path)
    #expect(kept.runs.map(\.bytes) == runs.map(\.bytes))
    #expect(kept.runs.map(\.entry.partition) == runs.map(\.partition))
    #expect(kept.runs.map(\.entry.records) == runs.map(\.records))
    #expect(kept.runs.map(\.entry.sorted) == runs.map(\.sorted))
    #expect(kept.encoding == 7 && kept.partitionCount == 5)
    for run in kept.runs { #expect(run.entry.extent.offset % 64 == 0) }
    let exists = try storageError {
      try SegmentFile.export(segment, from: worker, partitionCount: 5, encoding: 7, to: path)
    }
    #expect(exists.kind == .exists)
  }

  /// A file of two runs whose bytes are known one by one.
  @Test func `the bytes of an exported segment are those of the format page`() throws {
    let fixture = try TierFixture(.dram)
    let runs = [
      Run(partition: 1, bytes: Array("abc".utf8), records: 2, sorted: true),
      Run(partition: 0, bytes: Array("123456789".utf8), records: 1, sorted: false),
    ]
    let segment = try write(runs, fixture.tier, "s", partitions: 2)
    let path = fixture.disk.path + "/s"
    try SegmentFile.export(segment, from: fixture.tier, partitionCount: 2, encoding: 7, to: path)
    var expected: [UInt8] = Array("abc".utf8) + [UInt8](repeating: 0, count: 61) + Array("123456789".utf8)
    func put<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { expected += Array($0) }
    }
    let directory = expected.count
    for (partition, flags, offset, length, records, checksum) in [
      (1, 1, 0, 3, 2, 0x364b_3fb7), (0, 0, 64, 9, 1, 0xe306_9283),
    ] {
      put(UInt32(partition))
      put(UInt32(flags))
      put(UInt64(offset))
      put(UInt64(length))
      put(UInt64(records))
      put(UInt32(checksum))
      put(UInt32(0))
    }
    let footer = expected.count
    for word in [2, 2, 7, 1] { put(UInt32(word)) }
    put(expected[directory..<footer].withUnsafeBytes { crc32c($0) })
    expected += Array("MBSEGMT1".utf8)
    put(expected[footer...].withUnsafeBytes { crc32c($0) })
    #expect(try bytes(of: path) == expected)
  }

  @Test func `any byte flipped and any length cut off is corrupt and named`() throws {
    let fixture = try TierFixture(.dram)
    let runs = [
      Run(partition: 0, bytes: [UInt8](repeating: 1, count: 100), records: 1, sorted: true),
      Run(partition: 1, bytes: [UInt8](repeating: 2, count: 64), records: 2, sorted: false),
    ]
    let segment = try write(runs, fixture.tier, "s", partitions: 2)
    let path = fixture.disk.path + "/s"
    try SegmentFile.export(segment, from: fixture.tier, partitionCount: 2, encoding: 7, to: path)
    let whole = try bytes(of: path)
    for position in whole.indices where !(100..<128).contains(position) {
      var damaged = whole
      damaged[position] ^= 0x40
      try replaceFile(damaged, path)
      let error = try storageError { _ = try SegmentFile.read(path) }
      #expect(error.kind == .corrupt && error.description.contains(path), "byte \(position)")
    }
    for length in whole.indices {
      try replaceFile(Array(whole[..<length]), path)
      let error = try storageError { _ = try SegmentFile.read(path) }
      #expect(error.kind == .corrupt && error.description.contains(path), "\(length) bytes")
    }
  }

  private func replaceFile(_ bytes: [UInt8], _ path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try #require(file >= 0)
    defer { close(file) }
    try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
  }

  @Test(arguments: TierCase.allCases)
  func `a flipped bit in a stored directory is corrupt and named`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    var segment = try write(runs(2, partitions: 3), fixture.tier, "s.a", partitions: 3)
    try fixture.tier.publish("s.a", as: "s")
    segment.directory.object = "s"
    try fixture.flip(segment.directory, byte: segment.directory.length - 20)
    let error = try storageError { _ = try SegmentReader(fixture.worker(), directory: segment.directory) }
    #expect(error.kind == .corrupt && error.description.contains(":s"))
  }
}
