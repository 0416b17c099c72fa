import Reports
import Storage
import Testing

@testable import Experiments

/// Rule 4: what a row says of the page cache is checked against what the devices read.
struct CacheStateTests {
  private func row(
    _ cache: JobSpecification.CacheState, maps: [(asked: Int, device: Int?)],
    reduces: [(asked: Int, device: Int?)], size: Int = 100_000_000
  ) -> (TrialCell, TrialOutcome) {
    var cell = sampleRow(uniformSystem("ssd", .ssd), wall: 100).cell
    cell.job.cache = cache
    cell.dataset.size = size
    var outcome = TrialOutcome(.ok)
    for (action, tasks) in [("map", maps), ("reduce", reduces)] {
      outcome.activations += tasks.map { task in
        var activation = ActivationRow()
        activation.action = action
        activation.bytesIn = task.asked
        activation.deviceReadBytes = task.device
        return activation
      }
    }
    return (cell, outcome)
  }

  @Test func `a bypassed row owes its input and its shuffle, a cold one its input once`() throws {
    let disk = try TierHost.open(TierConfiguration(.ssd, folders: ["/var/tmp"]))
    let memory = try TierHost.open(TierConfiguration(.dram, capacity: 1 << 20))
    defer {
      disk.close()
      memory.close()
    }
    guard disk.tier.provenance.contains(.measured) else { return print("/var/tmp is on no disk: not tested") }
    func violation(
      _ row: (TrialCell, TrialOutcome), input: TierHost? = nil, shuffle: TierHost? = nil
    ) -> String? {
      CacheState.violation(row.0, row.1, input ?? disk, shuffle ?? disk)
    }
    let full = [(asked: 100_000_000, device: Optional(100_000_000))]
    let shuffled = [(asked: 50_000_000, device: Optional(50_000_000))]
    let cached = [(asked: 50_000_000, device: Optional(0))]
    #expect(violation(row(.bypassed, maps: full, reduces: shuffled)) == nil)
    #expect(
      violation(row(.bypassed, maps: full, reduces: cached))
        == "cache: the devices read 100000000 of 150000000 bytes that they had to")
    // The shuffle was in memory, so that nothing had to be read from a disk.
    #expect(violation(row(.bypassed, maps: full, reduces: cached), shuffle: memory) == nil)
    // Input in memory, shuffle on the disk.
    let unread = [(asked: 100_000_000, device: Optional(0))]
    #expect(violation(row(.bypassed, maps: unread, reduces: cached), input: memory) != nil)
    #expect(violation(row(.bypassed, maps: unread, reduces: shuffled), input: memory) == nil)
    // What was too short to be counted owes nothing.
    #expect(violation(row(.bypassed, maps: full, reduces: [(50_000_000, nil)])) == nil)
    // Cold: bytes asked twice are owed once, and the shuffle goes through the cache.
    #expect(violation(row(.cold, maps: [(120_000_000, 96_000_000)], reduces: cached)) == nil)
    #expect(violation(row(.cold, maps: [(120_000_000, 90_000_000)], reduces: cached)) != nil)
    #expect(violation(row(.warm, maps: unread, reduces: cached)) == nil)
  }
}
