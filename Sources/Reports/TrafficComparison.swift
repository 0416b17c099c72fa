import MapReduce
import Metrics

/// What a run's jobs read, shuffled and wrote, as ratios to their input, beside those of a published table.
public struct TrafficComparison: Sendable {
  /// One workload in one plan and encoding. Bytes are counted at the tiers, without padding.
  struct Row: Sendable {
    var workload: WorkloadSpecification
    var plan: JobSpecification.Plan
    var encoding: JobSpecification.Encoding
    /// Size of the datasets.
    var input: Int
    /// Written to the shuffle tier by all stages.
    var shuffle: Int
    var output: Int
    /// What the join's reduces left to the aggregation; nil for jobs without such a stage.
    var joinOutput: Int?
    /// What the maps of both sides of such a join wrote.
    var sides = 0
    var publishedShuffle: ClosedRange<Double>
    /// Of the whole job, or of its join stage where there is one.
    var publishedOutput: ClosedRange<Double>

    func ratio(_ bytes: Int) -> Double { Double(bytes) / Double(max(1, input)) }
    var isJoin: Bool { workload.name.hasPrefix("join") }
  }

  let table: ReferenceTable
  let rows: [Row]

  init(table: ReferenceTable, rows: [Row]) {
    self.table = table
    self.rows = rows
  }

  /// Takes the groups whose workload the table has; systems, and numbers of workers, do not change bytes.
  init(_ groups: [Summary.Group], with table: ReferenceTable) {
    self.table = table
    var rows: [Row] = []
    for group in groups {
      guard let measured = group.cells.lazy.compactMap({ $0.measured.first }).first,
        let row = Row(measured, table)
      else { continue }
      let isThere = rows.contains {
        $0.workload == row.workload && $0.plan == row.plan && $0.encoding == row.encoding
          && $0.input == row.input
      }
      if !isThere { rows.append(row) }
    }
    self.rows = rows
  }
}

extension TrafficComparison.Row {
  fileprivate init?(_ row: TrialRow, _ table: ReferenceTable) {
    let name = row.cell.job.workload.name
    guard let shuffle = row.outcome.shuffleBytes, let output = row.outcome.outputBytes,
      let publishedShuffle = table.ratios(of: name, { $0.intermediate }),
      let publishedOutput = table.ratios(of: name, { $0.output })
    else { return nil }
    self.init(
      workload: row.cell.job.workload, plan: row.cell.job.plan, encoding: row.cell.job.encoding,
      input: row.cell.inputBytes, shuffle: shuffle, output: output, publishedShuffle: publishedShuffle,
      publishedOutput: publishedOutput)
    let stages = row.outcome.stages
    guard let join = stages.firstIndex(where: { $0.name == "join.reduce" }) else { return }
    joinOutput = stages[join].shuffleWrittenBytes
    sides = stages[..<join].reduce(0) { $0 + $1.shuffleWrittenBytes }
  }
}

// MARK: As text

extension TrafficComparison {
  private static let headers: [TextTable.Header] = [
    .left("workload"), .left("plan"), .right("input"), .right("shuffle"), .right("output"),
    .right("shuffle/input"), .right("paper"), .right("output/input"), .right("paper"),
  ]

  var heading: String { "Bytes beside \(table.title) (its ratios over all its sizes)" }

  var textTable: TextTable {
    var text = TextTable(Self.headers)
    for row in rows {
      let bytes = [row.input, row.shuffle, row.output].map { ByteSize.text($0) }
      let output = Self.text(row.publishedOutput)
      text.add(
        [row.workload.name, "\(row.plan.rawValue), \(row.encoding.rawValue)"] + bytes + [
          Self.text(row.ratio(row.shuffle)), Self.text(row.publishedShuffle),
          Self.text(row.ratio(row.output)), row.isJoin ? "" : output,
        ])
      guard let joined = row.joinOutput else { continue }
      text.add([
        "  its join stage", "", "", "", ByteSize.text(joined), "", "", Self.text(row.ratio(joined)), output,
      ])
    }
    return text
  }

  /// Two decimals; of small ratios two significant digits at least, at most five decimals.
  static func text(_ ratio: Double) -> String {
    var digits = 2
    var least = 0.1
    while digits < 5, ratio > 0, ratio < least {
      digits += 1
      least /= 10
    }
    return Summary.fixed(ratio, digits)
  }

  static func text(_ range: ClosedRange<Double>) -> String {
    let (least, greatest) = (text(range.lowerBound), text(range.upperBound))
    return least == greatest ? least : "\(least)–\(greatest)"
  }

  var json: JSONValue {
    func range(_ range: ClosedRange<Double>) -> JSONValue {
      .array([.number(range.lowerBound), .number(range.upperBound)])
    }
    return .object([
      ("table", .text(table.rawValue)),
      (
        "rows",
        .array(
          rows.map { row in
            .object([
              ("workload", .text(row.workload.name)), ("plan", .text(row.plan.rawValue)),
              ("encoding", .text(row.encoding.rawValue)), ("input_bytes", .integer(row.input)),
              ("shuffle_bytes", .integer(row.shuffle)), ("output_bytes", .integer(row.output)),
              ("join_stage_output_bytes", .optional(row.joinOutput)),
              ("shuffle_ratio", .number(row.ratio(row.shuffle))),
              ("output_ratio", .number(row.ratio(row.output))),
              ("join_stage_output_ratio", .optional(row.joinOutput.map(row.ratio))),
              ("paper_shuffle_ratio", range(row.publishedShuffle)),
              (
                row.isJoin ? "paper_join_stage_output_ratio" : "paper_output_ratio",
                range(row.publishedOutput)
              ),
              ("notes", .texts(notes(row))),
            ])
          })
      ),
    ])
  }
}

extension TrafficComparison {
  var reportTable: ReportTable {
    var table = ReportTable(
      columns: [.text("workload"), .text("plan")]
        + ["input", "shuffle", "output", "shuffle/input", "paper", "output/input", "paper"].map {
          .number($0)
        })
    for row in rows {
      func bytes(_ value: Int) -> ReportTable.Cell { .number(Double(value)) { ByteSize.text(Int($0)) } }
      func ratio(_ value: Int) -> ReportTable.Cell { .number(row.ratio(value), Self.text) }
      func range(_ range: ClosedRange<Double>) -> ReportTable.Cell {
        ReportTable.Cell(text: Self.text(range), value: range.lowerBound)
      }
      // Of a join the stage that the paper can mean.
      let output = row.joinOutput ?? row.output
      table.rows.append([
        .text(row.workload.name + (row.joinOutput == nil ? "" : " (its join stage)")),
        .text("\(row.plan.rawValue), \(row.encoding.rawValue)"), bytes(row.input), bytes(row.shuffle),
        bytes(output), ratio(row.shuffle), range(row.publishedShuffle), ratio(output),
        range(row.publishedOutput),
      ])
    }
    return table
  }
}
