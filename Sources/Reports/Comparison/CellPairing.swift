/// Two cells that are set beside each other.
struct CellPair: Sendable {
  var base: ComparedCell
  var new: ComparedCell
}

/// Which cell of one side belongs to which of the other.
struct CellPairing: Sendable {
  var pairs: [CellPair] = []
  /// Without a partner on the other side.
  var onlyBase: [ComparedCell] = []
  var onlyNew: [ComparedCell] = []

  /// By the cell's id; what is left by its factors, as far as both sides say them; what is still left without those
  /// factors that may not differ, so that a difference is said as one and not as two missing cells.
  static func of(_ base: ComparedSide, _ new: ComparedSide) -> CellPairing {
    var pairing = CellPairing(onlyBase: base.cells, onlyNew: new.cells)
    let known = KnownFactors(base, new)
    pairing.pair { $0.factors.cell }
    pairing.pair { known.key($0.factors, strict: true) }
    pairing.pair { known.key($0.factors, strict: false) }
    let order = Dictionary(
      base.cells.enumerated().map { ($1.factors.cell, $0) }, uniquingKeysWith: { first, _ in first })
    pairing.pairs.sort { order[$0.base.factors.cell, default: 0] < order[$1.base.factors.cell, default: 0] }
    return pairing
  }

  /// Of one side: each system of a job with the system `reference`, or with the job's first.
  ///
  /// - Throws: ``ResultsError`` where no job has the system.
  static func systems(_ side: ComparedSide, reference: String?) throws -> CellPairing {
    var order: [String] = []
    var jobs: [String: [ComparedCell]] = [:]
    for cell in side.cells {
      let key = cell.factors.comparisonKey
      if jobs[key] == nil { order.append(key) }
      jobs[key, default: []].append(cell)
    }
    var pairing = CellPairing()
    for cells in order.compactMap({ jobs[$0] }) {
      let first = cells.firstIndex { cell in reference.map { $0 == cell.factors.system } ?? true }
      guard let first else {
        pairing.onlyNew += cells
        continue
      }
      for (place, cell) in cells.enumerated() where place != first {
        pairing.pairs.append(CellPair(base: cells[first], new: cell))
      }
    }
    if let reference, pairing.pairs.isEmpty {
      let known = Set(side.cells.map(\.factors.system)).sorted().joined(separator: ", ")
      throw ResultsError(
        side.runs[0].path, "no job has the system '\(reference)' and another; the systems are \(known)")
    }
    return pairing
  }

  /// Pairs what has one key that nothing else of its side has.
  private mutating func pair(by key: (ComparedCell) -> String) {
    let bases = Dictionary(grouping: onlyBase, by: key)
    let news = Dictionary(grouping: onlyNew, by: key)
    var paired = Set<String>()
    for cell in onlyBase {
      let key = key(cell)
      guard bases[key]?.count == 1, let partners = news[key], partners.count == 1 else { continue }
      pairs.append(CellPair(base: cell, new: partners[0]))
      paired.insert(key)
    }
    guard !paired.isEmpty else { return }
    onlyBase.removeAll { paired.contains(key($0)) }
    onlyNew.removeAll { paired.contains(key($0)) }
  }
}

/// The factors that both sides say: files of other programs have few columns.
private struct KnownFactors {
  private let columns: Set<String>
  private let parameters: Set<String>

  init(_ base: ComparedSide, _ new: ComparedSide) {
    columns = base.columns.intersection(new.columns)
    func names(_ side: ComparedSide) -> Set<String> {
      Set(side.cells.flatMap(\.factors.parameters.keys))
    }
    parameters = names(base).intersection(names(new))
  }

  func key(_ row: RecordedTrial, strict: Bool) -> String {
    var factors = [
      ("workload", row.workload), ("system", row.system), ("cache", row.cache), ("layout", row.layout),
      ("starts", row.starts), ("workers", row.workers.map(String.init) ?? ""),
      ("size_bytes", row.size.map(String.init) ?? ""), ("platform", row.platform),
    ]
    if strict { factors += ComparedFactor.allCases.map { ($0.columns[0], $0.value(row)) } }
    let known = factors.filter { columns.contains($0.0) }.map { "\($0.0)=\($0.1)" }
    let own = row.parameters.filter {
      parameters.contains($0.key) && (strict || !$0.key.hasSuffix("_model"))
    }
    return (known + own.map { "\($0.key)=\($0.value)" }.sorted()).joined(separator: "\u{1F}")
  }
}
