import Testing

@testable import Reports

private func verdict(_ rows: [TrialFields]) throws -> String { try recorded(rows).groups[0].verdict.text }

private let slow = trialFields("ssd", walls: [200, 210, 190, 205, 195, 200])
private let fast = trialFields("pmem", walls: [100, 106, 95, 102, 98, 100], tier: "pmem", access: "libpmem")
private func emulated(_ name: String, _ access: String = "libpmem") -> [TrialFields] {
  trialFields(
    name, walls: [100, 106, 95, 102, 98, 100], tier: "pmem", access: access, provenance: "emulated")
}
private let ideal = trialFields("ideal", walls: [90, 91, 93, 93, 94, 95], tier: "dram", access: "memory")

struct FindingTests {
  @Test func `the fastest is named, by how much, with an interval`() throws {
    let text = try verdict(slow + fast + ideal)
    #expect(text.hasPrefix("pmem is fastest: 0.100 s, 2.00 times as fast as ssd (95 % interval 1."))
  }

  @Test func `what overlaps has no winner`() throws {
    let near = trialFields("other", walls: [196, 214, 188, 207, 198, 198])
    #expect(
      try verdict(slow + near).hasPrefix(
        "no clear winner: other 0.198 s, ssd 0.200 s (1.01 times, 95 % interval 0.9"))
  }

  @Test(arguments: [3, 4])
  func `three repeats are too few to tell, four are enough`(count: Int) throws {
    let text = try verdict(Array(slow.prefix(count)) + Array(fast.prefix(count)))
    #expect(text.contains("too few to tell") == (count == 3))
    #expect(text.contains("is fastest") == (count == 4))
  }

  @Test func `emulated pmem is never compared with dram`() throws {
    let dram = trialFields("dram", walls: [90, 91, 92, 93, 94, 95], tier: "dram", access: "memory")
    #expect(
      try verdict(dram + emulated("marvel-igfs"))
        == "nothing to compare: dram, marvel-igfs: same medium, not comparable")
    // Beside another medium it is, and says what it is.
    let text = try verdict(slow + emulated("marvel-igfs"))
    #expect(text.hasPrefix("marvel-igfs [emulated: is dram] is fastest"))
  }

  @Test func `the floor takes part in no comparison, and costs are over it`() throws {
    let results = try recorded(fast + emulated("marvel-igfs") + ideal)
    let group = results.groups[0]
    #expect(group.ranked.map(\.factors.system) == ["marvel-igfs", "pmem"])
    #expect(group.cells.map { Figures.seconds(group.storageCost($0)) } == ["0.007", "", "0.000"])
    #expect(try verdict(ideal) == "nothing to compare: only the floor `ideal` was measured")
    #expect(try verdict(ideal + slow) == "nothing to compare: only ssd was measured")
  }

  @Test func `a pace that is not felt leaves emulated pmem the medium that it is`() throws {
    func medium(_ modelled: Int) throws -> Medium {
      var rows = emulated("marvel-igfs")
      for index in rows.indices {
        rows[index]["input_provenance"] = "emulated+modelled"
        rows[index]["modelled_wait_ns"] = "\(modelled)"
      }
      return try recorded(rows).groups[0].cells[0].medium
    }
    #expect(try medium(0) == .sameAsMemory)
    #expect(try medium(50_000_000) == .own)
    #expect(try recorded(emulated("marvel-hdfs", "file")).groups[0].cells[0].medium == .memoryBehindFiles)
    #expect(try recorded(fast).groups[0].cells[0].medium == .own)
  }

  @Test func `the interval of a median is between its values, and of under six there is none`() {
    #expect(Interval.ofMedian([3, 1, 2, 6, 5, 4]) == Interval(low: 1, high: 6))
    #expect(Interval.ofMedian([1, 2, 3, 4, 5]) == nil)
    #expect(Interval.ofMedian((1...20).map(Double.init)) == Interval(low: 6, high: 15))
  }

  @Test func `intervals are the same each time`() {
    let one = [1.0, 2, 3, 4, 5, 6]
    let other = [10.0, 11, 12, 13, 14, 15]
    let interval = Interval.ofRatio(other, one)
    #expect(interval != nil && interval == Interval.ofRatio(other, one))
    #expect(
      (interval?.low ?? 0) > 1 && (interval?.low ?? 9) < 12.5 / 3.5 && (interval?.high ?? 0) > 12.5 / 3.5)
  }

  @Test func `over all jobs the answer comes first`() throws {
    let second =
      trialFields("ssd", walls: [400, 410, 390, 405], workload: "grep")
      + trialFields("pmem", walls: [100, 101, 102, 103], workload: "grep", tier: "pmem", access: "libpmem")
    let overall = OverallStandings(try recorded(slow + fast + second).groups)
    #expect(overall.sentences[0] == "pmem is clearly the fastest in 2 of 2 jobs.")
    #expect(
      overall.sentences[1].hasPrefix(
        "Over all jobs pmem takes 1.00 and ssd 2.82 times as long as the fastest (geometric means, 95 % interval 2."
      ))
    #expect(overall.standings.map(\.wins) == [2, 0])
    #expect(
      OverallStandings(try recorded(slow).groups).sentences[0].hasPrefix("No job was measured on two systems")
    )
  }

  @Test func `phases add up to the wall`() throws {
    let phases = try #require(try recorded(slow).groups[0].cells[0].phases)
    #expect(abs(phases.reduce(0, +) - 200_000_000) < 1_000_000)
  }

  @Test func `figures of any size are written, and none stops the program`() {
    #expect(Figures.whole(1e300) == "1e+300")
    #expect(Figures.whole(.nan) == "nan")
    #expect(Figures.ratio(1e18) == "1e+18")
    #expect(Figures.ratio(2.006) == "2.01")
    #expect(Figures.time(1_500_000) == "1.5 ms")
  }
}
