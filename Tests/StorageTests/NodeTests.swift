import CSystemIO
import Testing

@testable import Storage

/// Reads from memory, counted by the NUMA node on which they lay.
struct NodeTests {
  @Test(arguments: [TierCase.dram, .pmemLibpmem, .pmemAnonymous])
  func `a bound worker's reads are local where the pages are on its node`(tierCase: TierCase) throws {
    let fixture = try TierFixture(tierCase)
    let writer = try fixture.tier.create("a", owner: 1, expecting: nil)
    let extents = try [1000, 0, 300_000].map { try writer.append([UInt8](repeating: 7, count: $0)) }
    try writer.finish()
    func read(_ node: Int?) throws -> TierCounters {
      let tier = try openTier(
        fixture.host.descriptor, fileDescriptors: fixture.host.fileDescriptors, node: node)
      let cursor = try tier.cursor(over: extents, readAhead: 0)
      while try cursor.next() != nil {}
      return tier.counters
    }
    let unbound = try read(nil)
    #expect(unbound.readBytes == 301_000)
    #expect(unbound.placedReadBytes == 0 && unbound.localReadBytes == 0)
    let page = [UInt8](repeating: 1, count: 4096)
    let here = page.withUnsafeBytes { Int(mb_numa_node_of($0.baseAddress!)) }
    guard here >= 0, mb_numa_nodes() == 1 else {
      return print("not tested: pages' nodes are unknown, or several")
    }
    let bound = try read(here)
    #expect(bound.readBytes == 301_000)
    #expect(bound.placedReadBytes == 301_000 && bound.localReadBytes == 301_000)
    let far = try read(here + 1)
    #expect(far.placedReadBytes == 301_000 && far.localReadBytes == 0)
  }
}
