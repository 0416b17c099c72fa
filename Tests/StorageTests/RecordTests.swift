import Glibc
import Testing

@testable import Storage

/// Small logs and values, on every tier.
@Suite struct RecordTests {
  @Test(arguments: TierCase.allCases)
  func `a log gives its records back in order, to every process`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    #expect(try fixture.tier.records(ofLog: "log") == [])
    var random = SeededGenerator(8)
    let records = [[], [1], random.bytes(100), random.bytes(70_000), [2, 3], random.bytes(200_000), [4]]
    let worker = try fixture.worker()
    for (k, record) in records.enumerated() {
      try (k % 2 == 0 ? fixture.tier : worker).append(record, toLog: "log")
    }
    #expect(try fixture.tier.records(ofLog: "log") == records)
    #expect(try worker.records(ofLog: "log") == records)
    #expect(try worker.records(ofLog: "log2") == [])
    #expect(try storageError { try worker.append([1], toLog: "../x") }.kind == .invalid)
  }

  @Test(arguments: TierCase.allCases)
  func `a thousand records fill as many parts as they need`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase) { $0.durable = false }
    let records = (0..<1000).map { [UInt8](repeating: UInt8($0 & 0xff), count: $0 % 300) }
    for record in records { try fixture.tier.append(record, toLog: "a/log") }
    #expect(try fixture.tier.records(ofLog: "a/log") == records)
  }

  @Test(arguments: [TierCase.ssdDirect, .pmemFile, .ssdBuffered])
  func `a torn last record is never read, and the next one takes its place`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    for record in [[UInt8]](arrayLiteral: [1], [2, 2], [3, 3, 3]) {
      try fixture.tier.append(record, toLog: "log")
    }
    let path = fixture.host.descriptor.paths[0] + "/records/log.log"
    let whole = try bytes(of: path)
    for cut in [whole.count - 1, whole.count - 3, whole.count - 9] {
      try write(Array(whole[..<cut]), to: path)
      #expect(try fixture.tier.records(ofLog: "log") == [[1], [2, 2]])
      try fixture.worker().append([9], toLog: "log")
      #expect(try fixture.worker().records(ofLog: "log") == [[1], [2, 2], [9]])
    }
    var damaged = whole
    damaged[8] ^= 1
    try write(damaged, to: path)
    let error = try storageError { _ = try fixture.tier.records(ofLog: "log") }
    #expect(error.kind == .corrupt && error.description.contains("log"))
  }

  @Test(arguments: TierCase.allCases)
  func `a value changes only from the version that was seen`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let worker = try fixture.worker()
    #expect(try worker.value(of: "k") == nil)
    #expect(try worker.compareAndSwap("k", version: 1, value: [1]) == nil)
    #expect(try worker.compareAndSwap("k", version: 0, value: [1, 2]) == 1)
    #expect(try fixture.tier.compareAndSwap("k", version: 0, value: [3]) == nil)
    let seen = try #require(try fixture.tier.value(of: "k"))
    #expect(seen.version == 1 && seen.bytes == [1, 2])
    #expect(try fixture.tier.compareAndSwap("k", version: 1, value: []) == 2)
    let largest = [UInt8](repeating: 5, count: 4096)
    #expect(try worker.compareAndSwap("k", version: 2, value: largest) == 3)
    #expect(try fixture.tier.value(of: "k")?.bytes == largest)
    #expect(
      try storageError { _ = try worker.compareAndSwap("k", version: 3, value: largest + [1]) }.kind
        == .invalid)
    #expect(try worker.value(of: "other") == nil)
  }
}

func bytes(of path: String) throws -> [UInt8] {
  let file = open(path, O_RDONLY)
  try #require(file >= 0)
  defer { close(file) }
  var status = stat()
  try #require(fstat(file, &status) == 0)
  var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
  try #require(read(file, &bytes, bytes.count) == bytes.count)
  return bytes
}
