import Glibc
import Metrics
import Testing

@testable import Storage

@Suite(.serialized) struct PacingTests {
  private static let slow = PacingModel(
    name: "slow", readBandwidth: 100e6, writeBandwidth: 50e6, readLatencyNanoseconds: 1_000_000,
    source: "a test")

  private func elapsed(_ body: () throws -> Void) rethrows -> Int {
    let start = monotonicNanoseconds()
    try body()
    return monotonicNanoseconds() - start
  }

  @Test(arguments: [TierCase.pmemLibpmem, .pmemFile, .dram])
  func `a paced tier takes as long as its model says, and says how much was modelled`(tierCase: TierCase)
    throws
  {
    let fixture = try TierFixture(tierCase) { $0.model = Self.slow }
    #expect(fixture.tier.provenance.contains(.modelled))
    #expect(fixture.tier.provenance.text.hasSuffix("modelled"))
    let chunks = [[UInt8]](repeating: [UInt8](repeating: 1, count: 1 << 20), count: 2)
    var extents: [Extent] = []
    // 2 MiB at 50 MB/s: 42 ms. How much longer it takes is the machine's affair.
    let writing = try elapsed { extents = try fixture.tier.put(chunks, at: "o") }
    #expect(writing >= 41_900_000)
    let written = fixture.tier.counters
    #expect(written.modelledWaitNanoseconds > 0 && written.modelledWaitNanoseconds <= writing)
    // 2 MiB at 100 MB/s: 21 ms; the latency of 1 ms lies within.
    var found: [[UInt8]] = []
    let reading = try elapsed { found = try fixture.tier.read(extents) }
    #expect(found == chunks)
    #expect(reading >= 20_900_000)
    let modelled = fixture.tier.counters.modelledWaitNanoseconds - written.modelledWaitNanoseconds
    #expect(modelled > 0 && modelled <= reading)
    let tiny = try fixture.tier.put([[1]], at: "t")
    let short = try elapsed { _ = try fixture.tier.read(tiny) }
    #expect(short >= 1_000_000)
  }

  @Test func `all workers share a device's bandwidth`() throws {
    let fixture = try TierFixture(.pmemLibpmem) { $0.model = Self.slow }
    let worker = try fixture.worker()
    let extents = try fixture.tier.put([[UInt8](repeating: 1, count: 1 << 20)], at: "o")
    let gates = try [fixture.tier, worker].map { try #require(($0 as? PoolTier)?.gate) }
    let now = monotonicNanoseconds()
    var end = 0
    for _ in 0..<5 { for gate in gates { end = max(end, gate.read(1 << 20)) } }
    // Ten MiB asked by two at once are done when one device has read ten.
    #expect(end - now >= 104_800_000)
    _ = extents
  }

  @Test func `reads and writes have buckets of their own`() throws {
    let fixture = try TierFixture(.pmemLibpmem) { $0.model = Self.slow }
    let gate = try #require((fixture.tier as? PoolTier)?.gate)
    let now = monotonicNanoseconds()
    _ = gate.write(50_000_000)
    #expect(gate.read(1000) - now < 500_000_000)
  }

  @Test func `known models say where they are from`() {
    for model in PacingModel.known {
      #expect(model.source.contains("arXiv:1903.05714"))
      #expect(model.readBandwidth > model.writeBandwidth)
    }
    #expect(Set(PacingModel.known.map(\.name)).count == PacingModel.known.count)
  }

  @Test func `an unpaced tier waits for nothing that is modelled`() throws {
    let fixture = try TierFixture(.pmemLibpmem)
    _ = try fixture.tier.read(try fixture.tier.put([[1]], at: "o"))
    #expect(fixture.tier.counters.modelledWaitNanoseconds == 0)
    #expect(fixture.tier.provenance == .emulated)
  }
}
