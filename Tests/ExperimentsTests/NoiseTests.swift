import Foundation
import Metrics
import Storage
import Testing

@testable import Experiments
@testable import Reports

struct NoiseTests {
  @Test func `busy time is without idleness and steal, and guests are not counted twice`() throws {
    let text = "cpu  100 10 20 500 50 3 7 30 90 9\ncpu0 1 1 1 1 1 1 1 1 0 0\n"
    let times = try #require(ProcessorTimes(text, ticks: 100))
    #expect(times.busy == 140 * 10_000_000)
    #expect(times.steal == 30 * 10_000_000)
    #expect(times.all == 720 * 10_000_000)
    #expect(ProcessorTimes("cpu  1 2 3\n", ticks: 100) == nil)
    #expect(ProcessorTimes("", ticks: 100) == nil)
  }

  @Test func `what the run used itself is not others' use`() throws {
    let meter = NoiseMeter()
    let start = Processes.ownCPUNanoseconds
    while Processes.ownCPUNanoseconds - start < 60_000_000 {}
    let all = meter.stop(own: 0)
    #expect(all.otherCPU ?? 0 >= 20_000_000)
    #expect(meter.stop(own: 1 << 60).otherCPU == 0)
    #expect(all.stealShare.map { (0...1).contains($0) } ?? true)
    #expect(all.loadBefore != nil)
    #expect(all.swappedPages != nil)
  }

  @Test func `outliers, a slow first run and other users of the machine are said`() {
    func lines(_ walls: [Double], _ share: Double = 0, steal: Double = 0) -> [String] {
      var noise = TrialNoise()
      noise.otherCPUShare = share
      noise.stealShare = steal
      return RepeatNotes([
        RepeatNotes.Series(label: "ssd", walls: walls.map { $0 * 1e6 }, noise: walls.map { _ in noise })
      ]).lines
    }
    #expect(lines([100, 101, 102, 100, 101]).isEmpty)
    #expect(
      lines([300, 101, 102, 100, 101])
        == [
          "ssd: the first run (300.0 ms) was significantly slower than the rest: caches that were not filled until after it? (more warmup)"
        ])
    #expect(
      lines([100, 101, 102, 300, 101])
        == [
          "ssd: statistical outliers were detected (1 of 5 repeats, kept; column outlier): interference from other programs? (a quiet machine, more repeats)"
        ])
    #expect(
      lines([100, 101, 102], 0.425, steal: 0.031)
        == [
          "other programs used over 10 % of the processors' time in 3 of 3 repeats, up to 43 %",
          "the hypervisor took over 2 % of the processors' time in 3 of 3 repeats, up to 3.1 %",
        ])
  }

  @Test func `an order effect is said with its size, and its absence too`() {
    #expect(RepeatNotes.order([[1, 2, 3]]) == nil)
    #expect(
      RepeatNotes.order([[1, 3, 2, 4, 2.5, 3.5, 1.5, 2]])?.line.hasPrefix(
        "no order effect found (Mann–Kendall within cells, p = ")
        ?? false)
    #expect(
      RepeatNotes.order([(0..<10).map { 100 + Double($0) }])?.line.hasPrefix(
        "order effect: later repeats were slower (Mann–Kendall within cells, p < 0.001); second halves 4.9 % slower than first"
      )
        ?? false)
  }

  @Test func `an outlier is marked in its row and stays in the file`() throws {
    try withTemporaryFolder { folder in
      let results = try ResultsFolder(experiment: "e", out: folder.path + "/r")
      for (index, wall) in [100, 101, 99, 100, 400, 102].enumerated() {
        try results.add(sampleRow(uniformSystem("ssd", .ssd), repeatNumber: index + 1, wall: wall))
      }
      try results.add(
        sampleRow(uniformSystem("ssd", .ssd), repeatNumber: 7, wall: 0, status: .failed, reason: "a, \"b\""))
      try results.add(sampleRow(uniformSystem("ideal", .dram), wall: 5))
      try results.markOutliers()
      let reader = try CSVReader(folder.path + "/r/trials.csv")
      var marks: [String] = []
      var reasons: [String] = []
      while try reader.next() {
        marks.append(reader.text(try #require(reader.index(of: "outlier"))))
        reasons.append(reader.text(try #require(reader.index(of: "reason"))))
      }
      #expect(marks == ["no", "no", "no", "no", "slow", "no", "", ""])
      #expect(reasons[6] == "a, \"b\"")
    }
  }

  @Test func `two cells of one system are told apart by their tiers`() {
    let rows = [
      sampleRow(uniformSystem("p", .pmem, .libpmem), wall: 10),
      sampleRow(uniformSystem("p", .pmem, .file), wall: 11), sampleRow(uniformSystem("d", .dram), wall: 9),
    ]
    #expect(
      Summary(rows, isInterrupted: false).groups[0].cells.map(\.label) == [
        "p (pmem:libpmem)", "p (pmem:file)", "d",
      ])
  }
}

struct ResumedRowsTests {
  private func folder(_ path: String) throws -> ResultsFolder {
    let results = try ResultsFolder(experiment: "e", out: path)
    for number in 1...3 {
      try results.add(sampleRow(uniformSystem("ssd", .ssd), repeatNumber: number, wall: 10 + number))
    }
    return results
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func append(_ text: String, to path: String) throws {
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
  }

  @Test func `whole files stay as they are, byte by byte`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/r"
      do { _ = try self.folder(path) }
      let before = try ["trials", "activations", "stages"].map { try text("\(path)/\($0).csv") }
      let rows = try ResumedRows(mending: path)
      #expect(rows.rows.map(\.repeatNumber) == [1, 2, 3])
      #expect(rows.rows.map(\.wall) == [11_000_000, 12_000_000, 13_000_000])
      #expect(rows.removed == 0)
      #expect(try ["trials", "activations", "stages"].map { try text("\(path)/\($0).csv") } == before)
    }
  }

  @Test func `a repeat without its row, and lines that were cut off, are removed`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/r"
      do { _ = try self.folder(path) }
      let before = try ["trials", "activations", "stages"].map { try text("\(path)/\($0).csv") }
      let row = sampleRow(uniformSystem("ssd", .ssd), repeatNumber: 4, wall: 20)
      let half = CSV.line(
        PlacedActivation(cell: row.cell.id, repeatNumber: 4, activation: row.outcome.activations[0]),
        ActivationColumns.all)
      try append(half + half.prefix(30), to: path + "/activations.csv")
      // Cut off within its last field: as many fields as the header has.
      try append(String(CSV.line(row, TrialColumns.all).dropLast()), to: path + "/trials.csv")
      let resumed = try ResultsFolder(resuming: path)
      #expect(resumed.resumed?.removed == 1)
      #expect(resumed.resumed?.rows.count == 3)
      #expect(try ["trials", "activations", "stages"].map { try text("\(path)/\($0).csv") } == before)
      try resumed.add(row)
      #expect(try text(path + "/trials.csv").split(separator: "\n").count == 5)
    }
  }

  @Test func `rows say in a summary what they said when they were measured`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/r"
      do { _ = try self.folder(path) }
      let rows = (1...3).map { sampleRow(uniformSystem("ssd", .ssd), repeatNumber: $0, wall: 10 + $0) }
      let again = try ResumedRows(mending: path).rows.map {
        TrialRow($0, cell: rows[0].cell, environment: rows[0].environment)
      }
      #expect(Summary(again, isInterrupted: false).text == Summary(rows, isInterrupted: false).text)
    }
  }

  @Test func `a folder is one run's at a time, and what is none is refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/r"
      let open = try self.folder(path)
      #expect(throws: StorageError.self) { try ResultsFolder(resuming: path) }
      _ = open.path
      #expect(throws: ResultsError.self) { try ResultsFolder(resuming: folder.path) }
      try "a,b\n1,2\n".write(toFile: folder.path + "/trials.csv", atomically: true, encoding: .utf8)
      #expect(throws: ResultsError.self) { try ResumedRows(mending: folder.path) }
    }
  }
}
