import Metrics

/// One experiment of the paper's, run again: or not, and why.
public struct ReproducedPart: Sendable {
  /// Its name: `figure4`, `table1`, …
  public var name: String
  /// nil where nothing was run.
  public var results: RecordedResults?
  /// Why there are none; empty where there are.
  public var reason: String
  /// The exit code that its rows ask for, where they are no trials.
  public var failure: Int32?
  var plots: [ReportPlot] = []

  public init(name: String, results: RecordedResults?, reason: String = "", failure: Int32? = nil) {
    self.name = name
    self.failure = failure
    self.results = results
    self.reason = reason
  }

  /// What the paper calls it.
  var title: String {
    switch name {
    case "figure1": "Figure 1: wordcount by tier"
    case "figure4": "Figure 4: wordcount over input sizes"
    case "figure5": "Figure 5: grep over input sizes"
    case "figure6": "Figure 6: throughput of job and shuffle"
    case "table1": "Table 1: bytes of input, intermediate data and output"
    case "table2": "Table 2: fio on persistent memory and SSD"
    default: name
    }
  }

  /// The plots that show it as the paper does.
  var kinds: [PlotKind] {
    switch name {
    case "figure1": [.systems, .phases]
    case "figure4", "figure5": [.sizes]
    case "figure6": [.throughput]
    case "table1": [.table1]
    case "table2": [.table2]
    default: []
    }
  }
}

/// What the paper claims, what was found here, and how the two differ.
struct ClaimRow: Sendable {
  enum Outcome: String, Sendable {
    case holds
    case fails = "does not hold"
    case open
    case skipped
    /// A figure beside a figure: neither right nor wrong.
    case beside = "set beside"
  }

  var part: String
  var claim: String
  var here: String
  var difference: String
  var outcome: Outcome
  var provenance: String
}

/// The claims of the paper that its figures make, checked against what was measured.
struct Claims {
  let parts: [ReproducedPart]

  var rows: [ClaimRow] { parts.flatMap(rows) }

  private func rows(_ part: ReproducedPart) -> [ClaimRow] {
    guard let results = part.results else {
      return [skipped(part.name, part.title, part.reason)]
    }
    switch part.name {
    case "figure1": return order(part.name, results)
    case "figure4", "figure5": return reductions(part.name, results) + [igfs(part.name, results)]
    case "figure6": return [peak(part.name, results)]
    case "table1": return ratios(results)
    case "table2": return requests(results)
    default: return []
    }
  }

  private func skipped(_ part: String, _ claim: String, _ reason: String) -> ClaimRow {
    ClaimRow(part: part, claim: claim, here: reason, difference: "", outcome: .skipped, provenance: "")
  }

  // MARK: Figures

  private func cell(_ system: String, _ group: GroupFinding) -> CellFinding? {
    group.cells.first { $0.factors.system == system && $0.wall != nil }
  }

  /// Why a system has no figure: as its rows say it.
  private func absence(_ system: String, _ results: RecordedResults) -> String {
    let row = results.trials.first { $0.system == system && !$0.isMeasured }
    return row.map { "\($0.status): \($0.reason)" } ?? "\(system) was not among the systems"
  }

  /// Figure 1: persistent memory before SSD before S3.
  private func order(_ part: String, _ results: RecordedResults) -> [ClaimRow] {
    let claim = PaperFacts.claim("fig1-order")?.text ?? ""
    return results.groups.flatMap { group -> [ClaimRow] in
      var rows: [ClaimRow] = []
      let pairs = [("marvel-hdfs", "ssd"), ("ssd", "lambda-s3")]
      for (fast, slow) in pairs {
        let text = "\(claim): \(fast) before \(slow)"
        guard let one = cell(fast, group), let other = cell(slow, group) else {
          let missing = cell(fast, group) == nil ? fast : slow
          rows.append(skipped(part, text, absence(missing, results)))
          continue
        }
        rows.append(compared(part, text, one, other))
      }
      return rows
    }
  }

  /// `one` should be faster than `other`.
  private func compared(_ part: String, _ claim: String, _ one: CellFinding, _ other: CellFinding) -> ClaimRow
  {
    let ratio = (other.wall ?? 0) / (one.wall ?? 1)
    let interval = Interval.ofRatio(other.walls, one.walls)
    let isSame = GroupFinding.isSameMedium(one, other)
    let outcome: ClaimRow.Outcome =
      isSame || !one.differs(from: other)
      ? .open : interval.map { $0.low > 1 ? .holds : $0.high < 1 ? .fails : .open } ?? .open
    let size = one.factors.size.map { ByteSize.text($0) } ?? ""
    return ClaimRow(
      part: part, claim: claim,
      here:
        "\(size): \(one.label) \(Figures.seconds(one.wall)) s, \(other.label) \(Figures.seconds(other.wall)) s",
      difference: isSame
        ? "same medium, not comparable"
        : "\(Figures.ratio(ratio)) times" + (interval.map { " (95 % \(Figures.ratio($0)))" } ?? ""),
      outcome: outcome,
      provenance: "\(one.label) \(one.shortProvenance); \(other.label) \(other.shortProvenance)")
  }

  /// Figures 4 and 5 against Lambda with S3.
  private func reductions(_ part: String, _ results: RecordedResults) -> [ClaimRow] {
    ["fig4-reduction", "fig4-quota", "fig4-medium"].compactMap { id -> ClaimRow? in
      guard let claim = PaperFacts.claim(id) else { return nil }
      let text = claim.text + (claim.value.map { ": \(Figures.short($0)) \(claim.unit)" } ?? "")
      let reductions = results.groups.compactMap { group -> (Double, CellFinding, CellFinding)? in
        guard let lambda = cell("lambda-s3", group) else { return nil }
        let marvel = [cell("marvel-hdfs", group), cell("marvel-igfs", group)].compactMap { $0 }
        guard let best = marvel.min(by: { ($0.wall ?? 0) < ($1.wall ?? 0) }) else { return nil }
        return (100 * (1 - (best.wall ?? 0) / (lambda.wall ?? 1)), best, lambda)
      }
      guard id == "fig4-reduction", let most = reductions.max(by: { $0.0 < $1.0 }) else {
        return skipped(part, text, absence("lambda-s3", results))
      }
      let points = most.0 - (claim.value ?? 0)
      return ClaimRow(
        part: part, claim: text, here: "\(Summary.fixed(most.0, 1)) percent (\(most.1.label))",
        difference: "\(Summary.fixed(points, 1)) points", outcome: .beside,
        provenance: "\(most.1.label) \(most.1.shortProvenance); lambda-s3 \(most.2.shortProvenance)")
    }
  }

  /// Figures 4 and 5: IGFS is fastest; at the largest size that was measured.
  private func igfs(_ part: String, _ results: RecordedResults) -> ClaimRow {
    let claim = PaperFacts.claim("fig4-igfs")?.text ?? ""
    let largest = results.groups.filter { cell("marvel-igfs", $0) != nil && cell("marvel-hdfs", $0) != nil }
      .max { ($0.factors.size ?? 0) < ($1.factors.size ?? 0) }
    guard let largest, let igfs = cell("marvel-igfs", largest), let hdfs = cell("marvel-hdfs", largest) else {
      return skipped(part, claim, absence("marvel-igfs", results))
    }
    return compared(part, claim, igfs, hdfs)
  }

  /// Figure 6: the greatest throughput with IGFS.
  private func peak(_ part: String, _ results: RecordedResults) -> ClaimRow {
    let claim = PaperFacts.claim("fig6-peak")
    let text = "\(claim?.text ?? ""): \(claim?.value.map(Figures.short) ?? "") \(claim?.unit ?? "")"
    let rates = results.groups.compactMap { group in cell("marvel-igfs", group) }.compactMap { cell in
      TrialPictures.rates(cell).map { (cell, $0[0].value, $0[1].value) }
    }
    guard let most = rates.max(by: { $0.1 < $1.1 }) else {
      return skipped(part, text, absence("marvel-igfs", results))
    }
    let size = most.0.factors.size.map { ByteSize.text($0) } ?? ""
    return ClaimRow(
      part: part, claim: text,
      here: "\(Summary.fixed(most.1, 1)) Gbit/s (of that the shuffle \(Summary.fixed(most.2, 1))) at \(size)",
      difference: claim?.value.map { "\(Figures.ratio(most.1 / $0)) times" } ?? "", outcome: .beside,
      provenance: most.0.shortProvenance)
  }

  // MARK: Tables

  private func ratios(_ results: RecordedResults) -> [ClaimRow] {
    let comparison = TrafficComparison(results, with: .table1)
    return comparison.rows.flatMap { row -> [ClaimRow] in
      let provenance = "bytes: the same on every tier"
      func line(_ what: String, _ ratio: Double, _ paper: ClosedRange<Double>) -> ClaimRow {
        let middle = (paper.lowerBound + paper.upperBound) / 2
        return ClaimRow(
          part: "table1",
          claim: "\(row.workload.name): \(what) \(TrafficComparison.text(paper)) of the input",
          here: TrafficComparison.text(ratio),
          difference: paper.contains(ratio) ? "none" : "\(Figures.ratio(ratio / middle)) times its middle",
          outcome: paper.contains(ratio) ? .holds : .beside, provenance: provenance)
      }
      let written = row.ratio(row.isJoin ? row.joinOutput ?? row.output : row.output)
      return [
        line("intermediate data", row.ratio(row.shuffle), row.publishedShuffle),
        line("output", written, row.publishedOutput),
      ]
    }
  }

  private func requests(_ results: RecordedResults) -> [ClaimRow] {
    IOPictures(results).table2Rows.map { row in
      ClaimRow(
        part: "table2", claim: "\(row.pattern) on \(row.tier): \(Figures.whole(row.paper)) IOPS",
        here: "\(Figures.whole(row.here)) IOPS", difference: "\(Figures.ratio(row.here / row.paper)) times",
        outcome: .beside, provenance: row.provenance)
    }
  }
}

extension Figures {
  /// Without a fraction where it has none.
  static func short(_ value: Double) -> String { value == value.rounded() ? whole(value) : "\(value)" }
}
