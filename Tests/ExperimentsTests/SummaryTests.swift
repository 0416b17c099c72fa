import Foundation
import Storage
import Testing

@testable import Experiments
@testable import Reports

private let ssd = uniformSystem("ssd", .ssd, .direct)
private let igfs = uniformSystem("marvel-igfs", .pmem, .libpmem)
private let hdfs = uniformSystem("marvel-hdfs", .pmem, .file)
private let ideal = uniformSystem("ideal", .dram)

private func rows(_ system: SystemSpecification, _ walls: [Int], _ provenance: String = "measured")
  -> [TrialRow]
{
  walls.enumerated().map {
    sampleRow(system, repeatNumber: $0.offset + 1, wall: $0.element, provenance: provenance)
  }
}

struct SummaryTests {
  @Test func `the table shows medians, ranges, costs against the floor, and where the time went`() {
    let all =
      rows(ssd, [300, 200, 220]) + rows(hdfs, [150], "emulated") + rows(igfs, [110], "emulated")
      + rows(ideal, [100, 90, 120])
    let summary = Summary(all, isInterrupted: false)
    #expect(
      summary.text == """

        wordcount · 95.4 MiB · plan optimized, binary · 2 workers, warm starts
          system          wall s      min–max  MB/s  vs ideal  storage cost s  input    map  shuffle  reduce  output
          ──────────────  ──────  ───────────  ────  ────────  ──────────────  ─────  ─────  ───────  ──────  ──────
          ssd (bypassed)   0.220  0.200–0.300   455     2.20×           0.120  0.022  0.121    0.033   0.033   0.011
          marvel-hdfs      0.150  0.150–0.150   667     1.50×           0.050  0.015  0.083    0.023   0.023   0.008
          marvel-igfs      0.110  0.110–0.110   909               same medium  0.011  0.061    0.017   0.017   0.006
          ideal            0.100  0.090–0.120  1000     1.00×           0.000  0.010  0.055    0.015   0.015   0.005
          note: not the real thing: marvel-hdfs (emulated), marvel-igfs (emulated)
          note: marvel-igfs: emulated pmem is DRAM: same medium, not comparable with dram
          note: marvel-hdfs: emulated pmem is DRAM behind file calls: the cost is the calls', no medium's

        """)
  }

  @Test func `the phases of a repeat add up to its wall`() throws {
    let cell = try #require(Summary(rows(ssd, [200]), isInterrupted: false).groups.first?.cells.first)
    let phases = try #require(cell.phases)
    #expect(abs(phases.reduce(0, +) - 200_000_000) < 1)
  }

  @Test func `only ok rows enter the statistics, and the others are named`() {
    var bad = sampleRow(ssd, repeatNumber: 3, wall: 5)
    bad.outcome.status = .invalid
    bad.outcome.reason = "cache: read from memory"
    let summary = Summary(rows(ssd, [200, 210]) + [bad], isInterrupted: true)
    #expect(summary.groups[0].cells[0].wall == 205_000_000)
    #expect(summary.text.contains("invalid: wordcount on ssd (optimized): cache: read from memory\n"))
    #expect(summary.text.contains("INTERRUPTED"))
    #expect(summary.markdown(experiment: "e").contains("**INTERRUPTED: these are partial results.**"))
  }

  @Test func `a cell without a measurement says its status and no figure`() {
    let skipped = sampleRow(ssd, repeatNumber: 0, wall: 0, status: .skipped, reason: "no disk")
    let text = Summary([skipped] + rows(ideal, [100]), isInterrupted: false).text
    #expect(text.contains("ssd (bypassed)  skipped\n"))
    #expect(text.contains("skipped: wordcount on ssd (optimized): no disk"))
  }

  @Test func `pacing makes emulated pmem a medium of its own only where it is felt`() {
    func medium(_ modelledMilliseconds: Int) -> Medium {
      var row = sampleRow(igfs, wall: 100, provenance: "emulated+modelled")
      row.outcome.modelledWait = modelledMilliseconds * 1_000_000
      return Summary([row], isInterrupted: false).groups[0].cells[0].medium
    }
    #expect(medium(0) == .sameAsMemory)
    #expect(medium(20) == .own)
  }

  @Test func `real pmem is compared like any medium`() {
    let summary = Summary(rows(igfs, [110]) + rows(ideal, [100]), isInterrupted: false)
    #expect(summary.groups[0].cells[0].medium == .own)
    #expect(summary.groups[0].storageCost(summary.groups[0].cells[0]) == 10_000_000)
    #expect(!summary.text.contains("note:"))
  }

  @Test(arguments: [(5_000_000, true), (5_400_000, false), (50_000_000, false)])
  func `a shuffle of under 5 % of the bytes is warned of`(shuffleBytes: Int, warns: Bool) {
    var row = sampleRow(ssd, wall: 100)
    row.outcome.shuffleBytes = shuffleBytes
    let text = Summary([row], isInterrupted: false).text
    #expect(text.contains("the shuffle is under 5 % of the bytes") == warns)
  }

  @Test func `the JSON is valid, and has costs only where they mean something`() throws {
    let summary = Summary(
      rows(igfs, [110], "emulated") + rows(ssd, [150]) + rows(ideal, [100]), isInterrupted: false)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(summary.json(folder: "r/x").utf8)) as? [String: Any])
    #expect(object["folder"] as? String == "r/x")
    let cells = try #require(object["cells"] as? [[String: Any]])
    #expect(cells.map { $0["storage_cost_ns"] as? Double } == [nil, 50_000_000, 0])
    #expect(cells.map { $0["same_medium_as_ideal"] as? Bool } == [true, false, false])
  }

  @Test(arguments: [(0.0, "0.000"), (1_234_567_890, "1.235"), (-10_000_000, "-0.010"), (-100, "0.000")])
  func `nanoseconds are shown as seconds`(nanoseconds: Double, text: String) {
    #expect(Summary.seconds(nanoseconds) == text)
  }
}
