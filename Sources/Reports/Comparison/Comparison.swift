import Foundation
import Metrics

/// Two sides compared, cell by cell and metric by metric.
public struct Comparison: Sendable {
  /// A cell that cannot be compared.
  struct Problem: Sendable {
    var label: String
    /// `missing in base`, `new: failed: …`
    var reason: String
  }

  public private(set) var rows: [ComparisonRow]
  let problems: [Problem]
  let rules: ComparisonRules
  let method: ComparisonMethod
  /// Of base and new, as given.
  var sides: (base: [String], new: [String])
  /// `runs`, `repeats`, `pairs`.
  let unit: String
  public private(set) var warnings: [String]

  /// - Throws: ``ComparisonRefusal`` where the sides differ in what may not differ.
  public init(_ base: ComparedSide, against new: ComparedSide, rules: ComparisonRules) throws {
    let pairing = CellPairing.of(base, new)
    try self.init(pairing, base, new, rules)
  }

  /// The systems of one side with each other.
  ///
  /// - Throws: ``ResultsError`` where there is no pair of systems, ``ComparisonRefusal`` as above.
  public init(systemsOf side: ComparedSide, reference: String?, rules: ComparisonRules) throws {
    var rules = rules
    rules.isGating = false
    let pairing = try CellPairing.systems(side, reference: reference)
    guard !pairing.pairs.isEmpty else {
      throw ResultsError(side.runs[0].path, "no job was run on two systems: there is nothing to compare")
    }
    try self.init(pairing, side, side, rules, ofSystems: true)
  }

  private init(
    _ pairing: CellPairing, _ base: ComparedSide, _ new: ComparedSide, _ rules: ComparisonRules,
    ofSystems: Bool = false
  ) throws {
    let labels = RowLabels(pairing)
    let pairs = pairing.pairs.filter { !$0.base.measured.isEmpty && !$0.new.measured.isEmpty }
    var warnings = base.warnings + (base.runs.map(\.path) == new.runs.map(\.path) ? [] : new.warnings)
    warnings += try FactorCheck(base, new, rules.allowed, ofSystems: ofSystems).demandEqual(pairs, labels)
    let isSingle = base.runs.count == 1 && new.runs.count == 1
    let judge = ComparisonJudge(rules: rules, method: .independent, isSingleRun: isSingle)
    let samples = pairs.flatMap { pair in
      rules.metrics.map { metric in
        ComparedSample(
          pair: pair, label: labels.of(pair), metric: metric, base: pair.base.values(metric),
          new: pair.new.values(metric))
      }
    }
    for metric in rules.metrics where samples.allSatisfy({ $0.metric != metric || $0.base.isEmpty }) {
      warnings.append("\(metric): not in base, left out")
    }
    for metric in rules.metrics where samples.allSatisfy({ $0.metric != metric || $0.new.isEmpty }) {
      warnings.append("\(metric): not in new, left out")
    }
    rows = judge.rows(samples.filter { !$0.base.isEmpty && !$0.new.isEmpty })
    warnings += Self.notMeasured(base, new)
    if isSingle, !rows.isEmpty {
      warnings.append(
        "one run a side: its repeats are compared, and what runs differ by is assumed to be "
          + (rules.noise.entries.isEmpty
            ? "5 % (marvel-bench calibrate measures it)" : "3 times the noise in \(rules.noise.path)"))
    }
    problems = Self.problems(pairing, labels)
    self.warnings = warnings
    self.rules = rules
    method = .independent
    sides = (base.runs.map(\.path), new.runs.map(\.path))
    unit = isSingle ? "repeats" : "runs"
  }

  /// Runs of two binaries in turns: `base` and `new` have one run each, whose repeats belong together by number.
  public init(paired base: ComparedSide, with new: ComparedSide, rules: ComparisonRules) throws {
    let pairing = CellPairing.of(base, new)
    let labels = RowLabels(pairing)
    problems = Self.problems(pairing, labels)
    let pairs = pairing.pairs.filter { !$0.base.measured.isEmpty && !$0.new.measured.isEmpty }
    warnings =
      try FactorCheck(base, new, rules.allowed).demandEqual(pairs, labels) + Self.notMeasured(base, new)
    let samples = pairs.flatMap { pair in
      rules.metrics.map { metric in
        let values = Self.paired(pair, metric)
        return ComparedSample(
          pair: pair, label: labels.of(pair), metric: metric, base: values.map(\.base), new: values.map(\.new)
        )
      }
    }
    rows = ComparisonJudge(rules: rules, method: .paired, isSingleRun: false)
      .rows(samples.filter { !$0.base.isEmpty })
    self.rules = rules
    method = .paired
    sides = (base.runs.map(\.path), new.runs.map(\.path))
    unit = "pairs"
  }

  private static func problems(_ pairing: CellPairing, _ labels: RowLabels) -> [Problem] {
    var problems = pairing.onlyBase.map { Problem(label: labels.of($0), reason: "missing in new") }
    problems += pairing.onlyNew.map { Problem(label: labels.of($0), reason: "missing in base") }
    for pair in pairing.pairs {
      var reasons: [String] = []
      if let problem = pair.base.problem { reasons.append("base: \(problem)") }
      if let problem = pair.new.problem { reasons.append("new: \(problem)") }
      guard !reasons.isEmpty else { continue }
      problems.append(Problem(label: labels.of(pair), reason: reasons.joined(separator: "; ")))
    }
    return problems
  }

  /// The values of pairs that both sides have; the median where a run measured several times.
  private static func paired(_ pair: CellPair, _ metric: String) -> [(base: Double, new: Double)] {
    func byNumber(_ cell: ComparedCell) -> [Int: Double] {
      Dictionary(grouping: cell.measured, by: \.repeatNumber)
        .compactMapValues { rows in Statistics.median(rows.compactMap { $0.figures[metric] }) }
    }
    let news = byNumber(pair.new)
    return byNumber(pair.base).sorted { $0.key < $1.key }.compactMap { number, base in
      news[number].map { (base, $0) }
    }
  }

  private static func notMeasured(_ base: ComparedSide, _ new: ComparedSide) -> [String] {
    [("base", base), ("new", new)].compactMap { name, side in
      let invalid = side.cells.flatMap(\.rows).filter { $0.status == "invalid" || $0.status == "resumed" }
      guard let first = invalid.first else { return nil }
      return "\(name): \(invalid.count) rows were left out, the first (\(first.place)) as \(first.status)"
        + (first.reason.isEmpty ? "" : ": \(CSVReader.shown(first.reason, limit: 200))")
    }
  }
}

extension Comparison {
  /// This comparison, with those failures taken back that `second`, measured anew, does not have too.
  public func confirmed(by second: Comparison) -> Comparison {
    func key(_ row: ComparisonRow) -> [String] {
      [row.metric, row.sample.pair.base.factors.cell, row.sample.pair.new.factors.cell]
    }
    let again = Dictionary(
      second.rows.map { (key($0), $0.verdict) }, uniquingKeysWith: { first, _ in first })
    let failed = Set(failures.map(key))
    var confirmed = self
    for index in rows.indices where failed.contains(key(rows[index])) {
      let before = rows[index].verdict
      guard again[key(rows[index])] != before else { continue }
      confirmed.rows[index].verdict = .inconclusive
      confirmed.warnings.append(
        "\(rows[index].label): \(before.rawValue) at first, not confirmed when measured again "
          + "(\(again[key(rows[index])]?.rawValue ?? "missing"))")
    }
    return confirmed
  }

  /// The design's exit codes: 0 fine; 1 a regression; 2 a cell is missing, or nothing could be said.
  public var code: Int32 {
    if !failures.isEmpty { return 1 }
    if !problems.isEmpty, !rules.allowsMissing { return 2 }
    if rows.allSatisfy({ $0.verdict == .incomparable }) { return 2 }
    return rules.isGating && rows.contains { $0.verdict == .incomparable } || !undecided.isEmpty ? 2 : 0
  }

  /// The rows that fail the comparison.
  public var failures: [ComparisonRow] {
    rows.filter {
      $0.gate != nil
        && ($0.verdict == .regressed || $0.verdict == .improved && rules.failsOnImprovement)
    }
  }

  /// Rows without an answer, where that is a failure.
  var undecided: [ComparisonRow] {
    guard rules.failsOnInconclusive else { return [] }
    return rows.filter {
      $0.gate != nil && ($0.verdict == .inconclusive || $0.verdict == .insufficient)
    }
  }

  /// By metric: how much larger the new side is over all cells together.
  var geometricMeans: [(metric: String, ratio: Double)] {
    rules.metrics.compactMap { metric in
      let ratios = rows.filter { $0.metric == metric }.compactMap(\.ratio).filter(\.isFinite)
      guard ratios.count > 1 else { return nil }
      return Statistics.geometricMean(ratios).map { (metric, $0) }
    }
  }

  /// The last line: what it comes to.
  public var conclusion: String {
    func count(_ verdict: ComparisonVerdict) -> String? {
      let count = rows.filter { $0.verdict == verdict }.count
      return count == 0 ? nil : "\(count) \(verdict.rawValue)"
    }
    var parts = [
      ComparisonVerdict.regressed, .improved, .unchanged, .noise, .inconclusive, .insufficient,
      .incomparable,
    ].compactMap(count)
    if !problems.isEmpty {
      parts.append("\(problems.count) cell\(problems.count == 1 ? "" : "s") missing or failed")
    }
    return parts.isEmpty ? "nothing to compare" : parts.joined(separator: ", ")
  }
}
