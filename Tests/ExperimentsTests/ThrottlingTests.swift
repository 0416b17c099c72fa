import Foundation
import Reports
import Storage
import Testing

@testable import Experiments

struct ThrottlingTests {
  private func outcome(mapMilliseconds: Int, inputWait: Int) -> TrialOutcome {
    var outcome = TrialOutcome(.ok)
    outcome.map = mapMilliseconds * 1_000_000
    outcome.inputWait = inputWait * 1_000_000
    return outcome
  }

  private let cell = sampleRow(uniformSystem("ssd", .ssd), wall: 100).cell
  private let fast = [Double](repeating: 3.1e9, count: 12)
  private let slow = [Double](repeating: 1.2e9, count: 12)

  /// What a fresh watch says of these runs, one after the other.
  private func reasons(_ runs: [(TrialCell, TrialOutcome, rates: [Double])]) -> [String?] {
    var throttling = Throttling()
    return runs.map { throttling.take($0.0, $0.1, busyRates: $0.rates) }
  }

  @Test func `a row behind a fall is throttled, and so are those after it`() throws {
    // Two workers, half of the maps' time spent waiting.
    let bound = outcome(mapMilliseconds: 100, inputWait: 100)
    let reasons = reasons([(cell, bound, fast), (cell, bound, slow), (cell, bound, slow)])
    #expect(reasons[0] == nil)
    #expect(reasons[1]?.hasPrefix("throttled: the disk's rate fell from 3100 to 1200 MB/s") == true)
    #expect(reasons[2] != nil)
  }

  @Test func `a row that computes all the time is not throttled by a slower disk`() {
    let computing = outcome(mapMilliseconds: 100, inputWait: 39)
    #expect(reasons([(cell, computing, fast), (cell, computing, slow)]) == [nil, nil])
  }

  @Test func `cells are not compared with each other`() {
    let bound = outcome(mapMilliseconds: 100, inputWait: 100)
    let other = sampleRow(uniformSystem("other", .ssd), wall: 100).cell
    #expect(reasons([(cell, bound, fast), (other, bound, slow)]) == [nil, nil])
  }

  @Test func `a disk's rate is of the time in which it had something to do`() throws {
    try withTemporaryFolder { folder in
      let block = folder.appending(path: "sys/block/vdx")
      try FileManager.default.createDirectory(at: block, withIntermediateDirectories: true)
      func sample(read: Int, written: Int, busy: Int) throws -> DiskActivity {
        try " 5 0 \(read) 9 7 0 \(written) 3 0 \(busy) 12 0 0 0 0\n".write(
          to: block.appending(path: "stat"), atomically: true, encoding: .utf8)
        return try #require(DiskActivity.now(of: ["vdx"], root: folder.path))
      }
      let samples = [
        try sample(read: 100, written: 10, busy: 1000),
        // Idle, then a stretch that is too short to say anything by itself.
        try sample(read: 100, written: 10, busy: 1000), try sample(read: 1100, written: 10, busy: 1010),
        try sample(read: 2100, written: 1010, busy: 1100),
      ]
      #expect(DiskActivity.busyRates(samples) == [3000 * 512 * 10])
      #expect(DiskActivity.now(of: ["vdx", "vdy"], root: folder.path) == nil)
    }
  }

  @Test func `a watch ends when it is told to, and by itself`() throws {
    let host = try TierHost.open(TierConfiguration(.ssd, folders: ["/var/tmp"]))
    defer { host.close() }
    #expect(DiskWatch(host, cache: .warm) == nil)
    guard let watch = DiskWatch(host, cache: .bypassed) else {
      #expect(host.tier.provenance != .measured, "/var/tmp lies on a disk")
      return
    }
    #expect(watch.stop(by: 0).isEmpty)
    _ = DiskWatch(host, cache: .bypassed)
  }
}
