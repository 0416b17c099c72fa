import Foundation
import MapReduce
import Storage
import Testing

@testable import Experiments
@testable import Reports

/// A repeat of `workload` on 1000 bytes of input, with these bytes of shuffle and output.
private func row(
  _ workload: String, _ parameters: [String: String] = [:], shuffle: Int, output: Int,
  stages: [StageRow] = [],
  plan: Plan = .paper, encoding: RecordEncoding = .json, system: String = "ideal"
) -> TrialRow {
  var row = sampleRow(uniformSystem(system, .dram), wall: 100)
  row.cell.job.workload = WorkloadSpecification(workload, parameters)
  row.cell.job.plan = plan
  row.cell.job.encoding = encoding
  row.cell.dataset.size = 900
  row.cell.smaller = DatasetSpecification(kind: "rankings", size: 100, seed: 1)
  row.outcome.shuffleBytes = shuffle
  row.outcome.outputBytes = output
  row.outcome.stages = stages
  return row
}

private func stage(_ name: String, _ shuffle: Int) -> StageRow {
  var stage = StageRow(name: name, isMap: name.hasSuffix("map"), tasks: 1, partitions: 1)
  stage.shuffleWrittenBytes = shuffle
  return stage
}

struct TrafficComparisonTests {
  @Test(arguments: ReferenceTable.allCases)
  func `what is compiled in is what the file says`(table: ReferenceTable) throws {
    let file = packageFolder.appending(path: "results/paper/\(table.rawValue).csv")
    #expect(try String(contentsOf: file, encoding: .utf8) == table.csv)
    #expect(table.rows.count == table.csv.split(separator: "\n").count - 1)
  }

  @Test func `ratios are those of the table's rows`() throws {
    let scan = try #require(ReferenceTable.table1.ratios(of: "scan", { $0.intermediate }))
    #expect(scan == (1.3 / 1.2)...(0.76 / 0.54))
    let join = ReferenceTable.table1.ratios(of: "join", { $0.output })
    #expect(join == ReferenceTable.table1.ratios(of: "join-corral", { $0.output }))
    #expect(ReferenceTable.table1.ratios(of: "grep", { $0.output }) == nil)
  }

  @Test func `the table shows ratios beside the paper's, and the join stage on a line of its own`() {
    let stages = [
      stage("rankings.map", 200), stage("uservisits.map", 1600), stage("join.reduce", 860),
      stage("aggregate.map", 840), stage("aggregate.reduce", 0),
    ]
    let rows = [
      row("scan", ["min_rank": "50"], shuffle: 1280, output: 147),
      row("join-corral", shuffle: 3500, output: 134, stages: stages),
      row("grep", shuffle: 1, output: 1),
    ]
    let text = Summary(rows, isInterrupted: false, comparedWith: .table1).text
    let lines = text.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(lines.contains("scan paper, json 1000 B 1.3 KiB 147 B 1.28 1.08–1.41 0.15 0.13–0.19"), "\(text)")
    #expect(lines.contains("join-corral paper, json 1000 B 3.4 KiB 134 B 3.50 3.75–3.97 0.13"), "\(text)")
    #expect(lines.contains("its join stage 860 B 0.86 0.78–0.82"), "\(text)")
    #expect(!text.contains("grep paper, json 1000"))
    #expect(
      text.contains(
        "both sides by URL (1.80), what the join stage leaves (0.86) and that by source (0.84): Corral's records"
      ))
    #expect(text.contains("a GROUP BY on sourceIP cannot print 0.78–0.82 of its input"))
  }

  @Test func `what is as the paper's needs no explanation, and what is of another plan says so`() throws {
    func notes(_ row: TrialRow) throws -> [String] {
      let comparison = try #require(
        Summary([row], isInterrupted: false, comparedWith: .table1).comparison)
      return comparison.rows.flatMap(comparison.notes)
    }
    #expect(try notes(row("wordcount", shuffle: 5600, output: 8)).isEmpty)
    let little = try notes(row("aggregation", ["prefix_length": "8"], shuffle: 1170, output: 46))
    #expect(little.count == 2)
    #expect(little[0].hasPrefix("aggregation: shuffle 1.17: a row goes whole"))
    #expect(little[1].hasPrefix("aggregation: output 0.046: a group for each prefix seen"))
    let other = try notes(row("wordcount", shuffle: 10, output: 8, plan: .optimized, encoding: .binary))
    #expect(other.count == 1 && other[0].contains("this is plan optimized, binary"))
  }

  @Test func `two systems are one row, and rows that are not ok are none`() throws {
    var bad = row("scan", shuffle: 1, output: 1)
    bad.outcome.status = .wrong
    let rows = [
      row("wordcount", shuffle: 5600, output: 8), row("wordcount", shuffle: 5600, output: 8, system: "other"),
      bad,
    ]
    let comparison = try #require(
      Summary(rows, isInterrupted: false, comparedWith: .table1).comparison)
    #expect(comparison.rows.map(\.workload.name) == ["wordcount"])
    #expect(Summary(rows, isInterrupted: false).comparison == nil)
  }

  @Test func `the JSON and the Markdown have it too`() throws {
    let summary = Summary(
      [row("wordcount", shuffle: 5600, output: 8)], isInterrupted: false, comparedWith: .table1)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(summary.json(folder: "r").utf8)) as? [String: Any])
    let compared = try #require(object["compared_with"] as? [String: Any])
    #expect(compared["table"] as? String == "table1")
    let first = try #require((compared["rows"] as? [[String: Any]])?.first)
    #expect(first["shuffle_ratio"] as? Double == 5.6)
    #expect(first["paper_shuffle_ratio"] as? [Double] == [5.5, 5.82])
    #expect(summary.markdown(experiment: "e").contains("## Bytes beside the paper's Table 1"))
  }

  @Test(arguments: [(5.567, "5.57"), (0.147, "0.15"), (0.0114, "0.011"), (0.00052, "0.00052"), (0, "0.00")])
  func `small ratios keep two digits`(ratio: Double, text: String) {
    #expect(TrafficComparison.text(ratio) == text)
  }
}
