import Foundation
import Testing

@testable import Reports

private let ssd = trialFields("ssd", walls: [200, 210, 190, 205, 195, 202])
private let real = trialFields("pmem", walls: [100, 105, 95, 102, 98, 101], tier: "pmem", access: "libpmem")

struct RecordedResultsTests {
  @Test func `the order of columns and rows does not matter`() throws {
    let rows = ssd + real
    let plain = try recorded(rows)
    let columns = Array(TrialColumns.all.map(\.name).reversed())
    let mixed = try withResults(["trials.csv": trialsText(rows.reversed(), columns: columns)]) {
      try RecordedResults($0)
    }
    #expect(plain.groups.count == 1)
    #expect(plain.warnings == [] && mixed.warnings == [])
    #expect(mixed.groups[0].verdict.text == plain.groups[0].verdict.text)
    let walls = { (results: RecordedResults) in
      results.groups[0].cells.sorted { $0.id < $1.id }.map { [$0.wall, $0.interval?.low, $0.interval?.high] }
    }
    #expect(walls(plain) == walls(mixed))
  }

  @Test func `a file with the four needed columns is enough, and what it does not say is said`() throws {
    let text = trialsText(ssd + real, columns: ["workload", "system", "repeat", "wall_ns"])
    try withResults(["mine.csv": text]) { folder in
      let results = try RecordedResults(folder + "/mine.csv")
      #expect(results.groups.count == 1)
      #expect(results.groups[0].cells.map(\.walls.count) == [6, 6])
      #expect(results.warnings.contains { $0.contains("no column format, cell,") })
      // No bytes, no phases: nothing to draw but the walls.
      #expect(throws: NothingToDraw.self) { try TrialPictures(results).phasesPicture() }
      #expect(try TrialPictures(results).systemsPicture().data[0].count == 2)
    }
  }

  @Test func `rows of a newer format are refused, and the way out is said`() {
    var row = ssd[0]
    row["format"] = "9"
    let text = message { _ = try recorded([row]) }
    #expect(
      text.hasSuffix(
        "trials.csv:2: format 9, but this program reads formats up to 1: use the newer marvel-bench that wrote it"
      ))
  }

  @Test(arguments: [
    ("wall_ns", "NaN", "no whole number"), ("wall_ns", "-5", "it is never negative"),
    ("wall_ns", "0", "the time of an ok row is over 0 ns"),
    ("wall_ns", "", "the time of an ok row is over 0 ns"),
    ("map_ns", "-1", "it is never negative"), ("read_bytes", "many", "no whole number"),
    ("size_bytes", "-100", "it is never negative"), ("cost_usd", "nan", "no number"),
  ])
  func `a figure that cannot be is named by file, line and column`(column: String, value: String, why: String)
  {
    var row = ssd[1]
    row[column] = value
    #expect(
      message { _ = try recorded([ssd[0], row]) }.hasSuffix("trials.csv:3: \(column) is '\(value)': \(why)"))
  }

  @Test func `zero and missing times of rows that are not ok are no error`() throws {
    var row = ssd[0]
    row["status"] = "failed"
    row["reason"] = "map-3 was killed"
    row["wall_ns"] = "0"
    let results = try recorded([row])
    #expect(results.groups[0].cells[0].wall == nil)
    #expect(results.warnings == ["failed: wordcount on ssd (optimized): map-3 was killed"])
    #expect(results.groups[0].verdict.text == "nothing to compare: nothing was measured")
  }

  @Test func `repeats that are there twice are said`() throws {
    let results = try recorded(ssd + ssd)
    #expect(results.warnings.contains { $0.hasPrefix("6 repeats are there more than once") })
  }

  @Test func `one repeat has no interval, and that is said`() throws {
    let results = try recorded([ssd[0], real[0]])
    #expect(results.groups[0].cells.map(\.interval) == [nil, nil])
    #expect(results.groups[0].cells.map(\.whiskers) == [nil, nil])
    #expect(results.warnings.contains { $0.hasPrefix("2 cells have under 6 repeats") })
    #expect(results.groups[0].verdict.text.hasPrefix("no clear winner"))
    #expect(
      results.groups[0].verdict.text.contains("repeats 1 and 1: too few to tell, 4 each are the fewest"))
  }

  @Test func `rows of other machines, commits and builds are said`() throws {
    var other = real
    for index in other.indices {
      other[index]["machine_class"] = "another"
      other[index]["commit"] = "beef-dirty"
      other[index]["build_mode"] = "debug"
    }
    let warnings = try recorded(ssd + other).warnings
    #expect(warnings.contains("rows of several machine classes: a CPU, 2 cores; another"))
    #expect(warnings.contains("rows of several commits: beef-dirty; c0ffee"))
    #expect(warnings.contains("rows of a debug build: their times mean nothing"))
    #expect(warnings.contains("the program had changes that no commit has (-dirty)"))
  }

  @Test func `activations of no known repeat are left out and counted`() throws {
    let files = ["trials.csv": trialsText(ssd), "activations.csv": activationsText(ssd + real)]
    let results = try withResults(files) { try RecordedResults($0) }
    let scan = try #require(results.activations)
    #expect(scan.figures["wordcount-optimized-100000000-ssd"]?.count == 24)
    #expect(scan.figures["wordcount-optimized-100000000-ssd"]?.cold == 12)
    #expect(scan.figures.count == 1)
    #expect(
      results.warnings.contains {
        $0.contains("24 activations belong to no repeat of trials.csv or faas.csv")
      })
    // Of the middle repeat; times begin with the first request.
    let bars = try #require(scan.timelines.values.first)
    #expect(bars.count == 4)
    #expect(bars[0].requested == 0 && bars[0].taken == 500 && bars[0].began == 100_500)
  }

  @Test func `activations in any order give the same figures`() throws {
    let lines = activationsText(ssd + real).split(separator: "\n")
    let mixed =
      ([lines[0]] + lines.dropFirst().sorted { $0.hashValue < $1.hashValue }).joined(separator: "\n") + "\n"
    func scan(_ activations: String) throws -> ActivationScan? {
      try withResults(["trials.csv": trialsText(ssd + real), "activations.csv": activations]) {
        try RecordedResults($0).activations
      }
    }
    let plain = try #require(try scan(activationsText(ssd + real)))
    let other = try #require(try scan(mixed))
    #expect(plain.workersTime == other.workersTime)
    #expect(plain.figures.mapValues(\.texts) == other.figures.mapValues(\.texts))
  }

  @Test(arguments: [
    ("activations.csv", "a,b\n", "activations.csv:1: no column cell, repeat"),
    ("stages.csv", "a,b\n", "stages.csv:1: not the columns of a stages.csv"),
    ("io.csv", "a,b\n", "io.csv:1: no column job, direction, iops"),
    ("environment.json", "{\"cpu\": ", "environment.json: is no JSON object"),
    ("trials.csv", "a,b\n", "trials.csv:1: no column workload, system, repeat, wall_ns"),
  ])
  func `a file that is not what its name says is refused by name`(name: String, text: String, error: String)
    throws
  {
    var files = ["trials.csv": trialsText(ssd)]
    files[name] = text
    try withResults(files) { folder in
      #expect(message { _ = try RecordedResults(folder) }.contains(error))
    }
  }

  @Test func `a FIFO in a file's place is called that, and nobody waits for its writer`() throws {
    try withResults(["trials.csv": trialsText(ssd)]) { folder in
      #expect(mkfifo(folder + "/environment.json", 0o600) == 0)
      #expect(
        message { _ = try RecordedResults(folder) }.hasSuffix(
          "environment.json: is a FIFO, not a regular file (name a file)"))
    }
  }

  @Test func `a folder that is none is said`() throws {
    #expect(
      message { _ = try RecordedResults("/nonexistent") }.hasPrefix("/nonexistent: no such results folder"))
    try withTemporaryFolder { folder in
      #expect(message { _ = try RecordedResults(folder) }.contains("has no trials.csv, io.csv or faas.csv"))
    }
  }

  @Test func `a workload that the results do not have is refused`() throws {
    let results = try recorded(ssd)
    #expect(try results.only(["wordcount"]).groups.count == 1)
    #expect(
      message { _ = try results.only(["join"]) }.hasSuffix("no workload 'join'; these results have wordcount")
    )
  }
}
