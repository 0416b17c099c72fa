import Metrics

/// Cells that differ in their system and cache only: what can be set beside each other.
struct GroupFinding: Sendable {
  let key: String
  let cells: [CellFinding]
  let verdict: Verdict

  init(key: String, cells: [CellFinding]) {
    self.key = key
    self.cells = cells
    verdict = Verdict(cells)
  }

  var factors: RecordedTrial { cells[0].factors }
  var floor: CellFinding? { cells.first { $0.isFloor && $0.wall != nil } }

  /// Parameters that say something of the question, not of how it was run.
  private static let mute: Set<String> = ["prefault", "seed", "split"]

  /// As tables are headed.
  var heading: String {
    let row = factors
    let parameters = row.parameters.filter { !Self.mute.contains($0.key) && !$0.key.hasSuffix("_model") }
      .sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let name = ([row.workload] + parameters).joined(separator: ", ")
    var parts = [name]
    if let size = row.size { parts.append(ByteSize.text(size)) }
    if !row.plan.isEmpty {
      parts.append("plan \(row.plan)" + (row.encoding.isEmpty ? "" : ", \(row.encoding)"))
    }
    if let workers = row.workers { parts.append("\(workers) worker\(workers == 1 ? "" : "s")") }
    if !row.starts.isEmpty { parts.append("\(row.starts) starts") }
    if !row.layout.isEmpty, row.layout != "segment" { parts.append("layout \(row.layout)") }
    if row.parameters["prefault"] == "off" { parts.append("not pre-faulted") }
    return parts.joined(separator: " · ")
  }

  /// As a panel of a plot is headed.
  var title: String { factors.plan.isEmpty ? factors.workload : "\(factors.workload) \(factors.plan)" }

  /// Nanoseconds beyond the floor; nil where there is none, or the cell is on the floor's medium.
  func storageCost(_ cell: CellFinding) -> Double? {
    guard let floor = floor?.wall, let wall = cell.wall, cell.medium != .sameAsMemory else { return nil }
    return wall - floor
  }

  var notes: [String] {
    let row = cells.lazy.compactMap(\.measured.first).first
    return ComparisonNotes(
      systems: cells.map {
        ComparisonNotes.System(label: $0.label, provenanceNotes: $0.provenanceNotes, medium: $0.medium)
      },
      bytes: row.flatMap { row in
        guard let shuffled = row.shuffleBytes, let read = row.readBytes, let written = row.outputBytes else {
          return nil
        }
        return (shuffled, read, written)
      },
      joins: Set(cells.flatMap(\.measured).map(\.join)).subtracting([""]).sorted()
    ).lines + RepeatNotes(cells.map { RepeatNotes.Series(label: $0.label, walls: $0.walls) }).lines
  }
}

/// Which system of a group is fastest, and by how much.
enum Verdict: Sendable {
  /// `ratio` is the loser's median over the winner's. The loser is the fastest that is not on the winner's medium.
  case faster(CellFinding, than: CellFinding, ratio: Double, interval: Interval)
  /// The interval includes 1, or is none.
  case close(CellFinding, CellFinding, ratio: Double, interval: Interval?)
  /// Nothing to compare, and why.
  case none(String)
}

extension GroupFinding {
  /// The systems but the floor, fastest first.
  var ranked: [CellFinding] { Self.ranked(cells) }

  static func ranked(_ cells: [CellFinding]) -> [CellFinding] {
    cells.filter { $0.wall != nil && !$0.isFloor }.sorted { ($0.wall ?? 0, $0.id) < ($1.wall ?? 0, $1.id) }
  }

  /// Rule 9: two cells that both are nothing but DRAM are not compared.
  static func isSameMedium(_ one: CellFinding, _ other: CellFinding) -> Bool {
    func isMemory(_ cell: CellFinding) -> Bool {
      cell.medium == .sameAsMemory || cell.factors.tiers.allSatisfy { $0 == "dram" }
    }
    return isMemory(one) && isMemory(other)
  }
}

extension Verdict {
  /// - Parameter cells: Of one group.
  init(_ cells: [CellFinding]) {
    let ranked = GroupFinding.ranked(cells)
    guard let first = ranked.first else {
      let hasFloor = cells.contains { $0.isFloor && $0.wall != nil }
      self = .none(hasFloor ? "only the floor `ideal` was measured" : "nothing was measured")
      return
    }
    guard ranked.count > 1 else {
      self = .none("only \(first.legend) was measured")
      return
    }
    guard let second = ranked.dropFirst().first(where: { !GroupFinding.isSameMedium(first, $0) }) else {
      self = .none("\(ranked.map(\.label).joined(separator: ", ")): same medium, not comparable")
      return
    }
    let ratio = (second.wall ?? 0) / (first.wall ?? 1)
    let interval = Interval.ofRatio(second.walls, first.walls)
    if let interval, interval.low > 1, first.differs(from: second) {
      self = .faster(first, than: second, ratio: ratio, interval: interval)
    } else {
      self = .close(first, second, ratio: ratio, interval: interval)
    }
  }

  /// A sentence without a full stop.
  var text: String {
    switch self {
    case .faster(let winner, let loser, let ratio, let interval):
      return
        "\(winner.legend) is fastest: \(Figures.seconds(winner.wall)) s, \(Figures.ratio(ratio)) times as fast as "
        + "\(loser.legend) (95 % interval \(Figures.ratio(interval)))"
    case .close(let one, let other, let ratio, let interval):
      let range =
        interval.map { "95 % interval \(Figures.ratio($0))" }
        ?? "repeats \(one.walls.count) and \(other.walls.count): too few to tell, \(Interval.fewestToCompare) each are the fewest"
      return
        "no clear winner: \(one.legend) \(Figures.seconds(one.wall)) s, \(other.legend) \(Figures.seconds(other.wall)) s "
        + "(\(Figures.ratio(ratio)) times, \(range))"
    case .none(let reason): return "nothing to compare: \(reason)"
    }
  }
}

/// Numbers as tables and sentences print them.
enum Figures {
  static func seconds(_ nanoseconds: Double?) -> String { nanoseconds.map { Summary.seconds($0) } ?? "" }
  static func ratio(_ ratio: Double) -> String { Summary.fixed(ratio, 2) }
  static func ratio(_ interval: Interval) -> String { "\(ratio(interval.low))–\(ratio(interval.high))" }
  static func seconds(_ interval: Interval) -> String {
    "\(Summary.seconds(interval.low))–\(Summary.seconds(interval.high))"
  }
  static func whole(_ value: Double) -> String { FixedPoint.text(value, 0) }

  /// A time with the unit that suits it.
  static func time(_ nanoseconds: Double) -> String {
    switch nanoseconds {
    case ..<1e3: "\(whole(nanoseconds)) ns"
    case ..<1e6: "\(Summary.fixed(nanoseconds / 1e3, 1)) µs"
    case ..<1e9: "\(Summary.fixed(nanoseconds / 1e6, 1)) ms"
    default: "\(Summary.fixed(nanoseconds / 1e9, 2)) s"
    }
  }
}
