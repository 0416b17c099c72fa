import IOBench
import Metrics

/// What an experiment's I/O jobs say together: a table, notes, and the paper's Table 2 beside it.
public struct IOReport: Sendable {
  public let rows: [IORow]
  private let isInterrupted: Bool
  private let besidePaper: Bool

  public init(_ rows: [IORow], isInterrupted: Bool, besidePaper: Bool = false) {
    // Rows are measured in a random order; a table reads by job and repeat.
    self.rows = rows.enumerated().sorted {
      ($0.element.job, $0.element.repeatNumber, $0.offset) < (
        $1.element.job, $1.element.repeatNumber, $1.offset
      )
    }.map(\.element)
    self.isInterrupted = isInterrupted
    self.besidePaper = besidePaper
  }

  /// The exit code that the rows ask for; nil where all is well. What cannot run here is no failure, unless nothing ran.
  public var exitCode: Int32? {
    if rows.contains(where: { $0.status == .wrong }) { return 3 }
    if rows.contains(where: { $0.status == .failed }) { return 2 }
    return rows.contains { $0.status == .ok } || isInterrupted ? nil : 2
  }

  /// One row in a few words.
  public static func figures(_ row: IORow) -> String {
    guard let figures = row.figures, figures.requests > 0 else {
      return row.status.rawValue + (row.reason.isEmpty ? "" : ": \(row.reason)")
    }
    let mean = figures.latency.count > 0 ? ", mean \(Figures.time(figures.latency.mean))" : ""
    return "\(row.isWrite ? "write" : "read") \(Figures.whole(figures.rate)) IOPS, "
      + "\(Summary.fixed(figures.bandwidth / 1_048_576, 1)) MiB/s\(mean)"
      + (row.status == .ok ? "" : " (\(row.status.rawValue))")
  }

  public var text: String {
    var text = IOTable.table(rows).text() + "\n"
    if besidePaper { text += paperTable.text() + "\n" }
    let notes = notes
    if !notes.isEmpty { text += "notes:\n" + notes.map { "  \($0)\n" }.joined() }
    return text
  }

  public func markdown(experiment: String) -> String {
    var text = "# \(experiment)\n\n\(IOTable.table(rows).markdown)\n\n"
    if isInterrupted { text += "Interrupted: what was measured is here.\n\n" }
    if besidePaper { text += "## Beside the paper's Table 2\n\n\(paperTable.markdown)\n\n" }
    let notes = notes
    if !notes.isEmpty { text += "## Notes\n\n" + notes.map { "- \($0)\n" }.joined() }
    return text
  }

  public func json(folder: String) -> String {
    JSONValue.object([
      ("folder", .text(folder)), ("interrupted", .bool(isInterrupted)),
      (
        "rows",
        .array(
          rows.map { row in .object(IOColumns.all.map { ($0.name, .text($0.value(row))) }) })
      ), ("notes", .texts(notes)),
    ]).line
  }

  // MARK: The paper's Table 2

  /// The paper's figures, ours in its configuration, and ours at equal depth (one request of each copy in flight).
  private var paperTable: TextTable {
    var table = TextTable([
      .left("pattern"), .left("tier"), .right("paper IOPS"), .right("here"), .right("times"),
      .right("here at depth 1"), .left("provenance"),
    ])
    for (paper, mine) in paperRows {
      let rate = mine?.figures?.rate
      let equal = equalDepth(paper)?.figures?.rate
      table.add([
        paper.pattern, paper.tier, Figures.whole(paper.requests), rate.map(Figures.whole) ?? "not run",
        rate.map { Figures.ratio($0 / paper.requests) } ?? "", equal.map(Figures.whole) ?? "",
        mine?.origin.provenance ?? "",
      ])
    }
    return table
  }

  private var paperRows: [(paper: PaperFacts.IORow, mine: IORow?)] {
    PaperFacts.ioRows.map { paper in (paper, candidates(paper).first { paper.isAsked(by: $0.asked) }) }
  }

  private func equalDepth(_ paper: PaperFacts.IORow) -> IORow? {
    candidates(paper).first { $0.asked.depth == 1 && $0.asked.numjobs == paper.copies }
  }

  private func candidates(_ paper: PaperFacts.IORow) -> [IORow] {
    rows.filter {
      $0.status == .ok && $0.origin.tier == paper.tier && $0.asked.pattern.rawValue == paper.words
    }
  }

  private var notes: [String] {
    var seen: Set<String> = []
    var notes = rows.flatMap { row in row.notes.map { "\(row.job): \($0)" } }.filter {
      seen.insert($0).inserted
    }
    let skipped = rows.filter { $0.status == .skipped }.map { "\($0.job): skipped: \($0.reason)" }
    notes += skipped.filter { seen.insert($0).inserted }
    notes += IOComparison.notes(rows)
    if besidePaper { notes += PaperFacts.table2Slips }
    return notes
  }
}

/// What a reader should know before setting one tier's rows beside another's.
enum IOComparison {
  static func notes(_ rows: [IORow]) -> [String] {
    var notes: [String] = []
    let tiers = Set(rows.filter { $0.status == .ok }.map(\.origin.tier))
    for row in rows where row.status == .ok && row.origin.provenance == "emulated" {
      notes.append(
        "\(row.origin.tier) is emulated on \(row.origin.filesystem): its figures are this machine's memory, "
          + "unpaced, not persistent memory's")
    }
    for pattern in Set(rows.map(\.asked.pattern.rawValue)).sorted() where tiers.count > 1 {
      let mine = rows.filter { $0.status == .ok && $0.asked.pattern.rawValue == pattern }
      let configurations = Dictionary(grouping: mine, by: \.origin.tier).mapValues { rows in
        Set(rows.map { "depth \(depth($0)) × \($0.asked.numjobs) jobs, \(ByteSize.text($0.blockSize))" })
      }
      guard configurations.count > 1 else { continue }
      let common = configurations.values.dropFirst().reduce(configurations.first?.value ?? []) {
        $0.intersection($1)
      }
      let others = configurations.values.reduce(Set<String>()) { $0.union($1) }.subtracting(common)
      guard !others.isEmpty else { continue }
      notes.append(
        "\(pattern): "
          + (common.isEmpty
            ? "no configuration is the same on all tiers"
            : "only \(common.sorted().joined(separator: "; ")) is the same on all tiers")
          + "; do not compare \(others.sorted().joined(separator: "; ")) with it")
    }
    var seen: Set<String> = []
    return notes.filter { seen.insert($0).inserted }
  }

  private static func depth(_ row: IORow) -> Int { row.asked.engine.isAsynchronous ? row.asked.depth : 1 }
}

extension PaperFacts.IORow {
  /// fio's word for its pattern.
  var words: String {
    ["seq-read": "read", "seq-write": "write", "rand-read": "randread", "rand-write": "randwrite"][pattern]
      ?? pattern
  }
  /// Streams at once: 8 for sequential patterns, 1 for random ones.
  var copies: Int { pattern.hasPrefix("seq") ? 8 : 1 }
  /// Requests of a stream in flight, as Little's law has them of its figures.
  var depth: Int { tier == "ssd" ? 64 : 1 }

  func isAsked(by job: IOJob) -> Bool { job.depth == depth && job.numjobs == copies }
}

extension PaperFacts {
  /// What is to know of Table 2 as it is printed.
  static let table2Slips = [
    "the paper's Table 2: 13.6 and 1.4 (writes on pmem) can only be GB/s, 41.0 (sequential reads) GiB/s, "
      + "by its own IOPS × 4 KiB",
    "the paper's Table 2: by Little's law (IOPS × latency) its sequential pmem figures have 6 requests in flight, its "
      + "random ones 0.7 to 0.8: 8 streams and 1, one request each; its SSD's have 508 and 590, and 66: 8 streams and 1, "
      + "64 requests each. The tiers' depths differ, so the ratio of its figures is no ratio of devices",
  ]
}
