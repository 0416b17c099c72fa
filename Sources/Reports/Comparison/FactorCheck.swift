import Metrics

/// The sides are not of one kind: comparing them would say nothing.
public struct ComparisonRefusal: Error, CustomStringConvertible, Equatable, Sendable {
  public let description: String
}

/// What two sides must have in common.
struct FactorCheck {
  private let allowed: Set<ComparedFactor>
  /// Factors that are to be the same, and that both sides say.
  private let known: [ComparedFactor]
  private let absent: [(factor: ComparedFactor, side: String)]

  /// - Parameters:
  ///   - allowed: What may differ, and is said.
  ///   - ofSystems: Whether systems are compared, which differ by their nature.
  init(
    _ base: ComparedSide, _ new: ComparedSide, _ allowed: Set<ComparedFactor>, ofSystems: Bool = false
  ) {
    self.allowed = allowed
    let factors = ComparedFactor.allCases.filter { !ofSystems || !ComparedFactor.ofSystems.contains($0) }
    func has(_ side: ComparedSide, _ factor: ComparedFactor) -> Bool {
      factor.columns.allSatisfy(side.columns.contains)
    }
    known = factors.filter { has(base, $0) && has(new, $0) }
    absent = factors.compactMap { factor -> (factor: ComparedFactor, side: String)? in
      let known = (has(base, factor), has(new, factor))
      if known == (false, true) { return (factor, "base") }
      return known == (true, false) ? (factor, "new") : nil
    }
  }

  /// - Returns: Warnings: what could not be checked, and what differs and is allowed to.
  /// - Throws: ``ComparisonRefusal`` naming what differs, and where.
  func demandEqual(_ pairs: [CellPair], _ labels: RowLabels) throws -> [String] {
    var warnings = absent.map {
      "no column \($0.factor.columns.joined(separator: ", ")) in \($0.side): not checked to be the same"
    }
    var refused: [(factor: ComparedFactor, text: String)] = []
    for factor in known {
      let differing = pairs.filter { $0.base.values(factor) != $0.new.values(factor) }
      guard let first = differing.first else { continue }
      let text =
        "\(factor.rawValue) differs: \(Self.text(first.base.values(factor))) against "
        + "\(Self.text(first.new.values(factor)))"
        + (differing.count == pairs.count
          ? "" : " (\(labels.of(first))\(differing.count > 1 ? " and \(differing.count - 1) more" : ""))")
      if allowed.contains(factor) {
        warnings.append(text + ", as is allowed")
      } else {
        refused.append((factor, text))
      }
    }
    guard !refused.isEmpty else { return warnings }
    throw ComparisonRefusal(
      description: "not comparable: " + refused.map(\.text).joined(separator: "; ")
        + " (to compare all the same: --allow-different "
        + refused.map(\.factor.rawValue).joined(separator: ",") + ")")
  }

  private static func text(_ values: Set<String>) -> String {
    values.sorted().map { $0.isEmpty ? "none" : "'\(CSVReader.shown($0))'" }.joined(separator: " and ")
  }
}

/// Names for rows: workload, system, and what else sets cells apart.
struct RowLabels {
  private let varying: [String]

  init(_ pairing: CellPairing) {
    let rows = (pairing.pairs.map(\.base) + pairing.onlyBase + pairing.onlyNew).map(\.factors)
    let named = rows.map(Self.factors)
    let names = Set(named.flatMap(\.keys)).sorted()
    varying = names.filter { name in Set(named.map { $0[name] ?? "" }).count > 1 }
  }

  func of(_ cell: ComparedCell) -> String { label(cell, cell.label) }

  func of(_ pair: CellPair) -> String {
    let isOfSystems = pair.base.label != pair.new.label
    return label(pair.base, isOfSystems ? "\(pair.new.label) against \(pair.base.label)" : pair.base.label)
  }

  private func label(_ cell: ComparedCell, _ system: String) -> String {
    let factors = Self.factors(cell.factors)
    let details = varying.compactMap { name in factors[name].map { "\(name)=\($0)" } }
    return ([cell.factors.workload, system] + details).map { CSVReader.shown($0) }.joined(separator: " ")
  }

  /// Parameters that follow from others, or that nobody tells cells apart by.
  private static func factors(_ row: RecordedTrial) -> [String: String] {
    var factors = row.parameters
    factors["plan"] = row.plan
    factors["encoding"] = row.encoding
    factors["layout"] = row.layout
    factors["starts"] = row.starts
    factors["workers"] = row.workers.map(String.init)
    factors["size"] = row.size.map { ByteSize.text($0).replacing(" ", with: "") }
    return factors
  }
}
