import MapReduce
import Metrics
import Storage

/// What a run's rows say, cell by cell: medians, where the time went, what storage cost, and what is not real.
public struct Summary: Sendable {
  /// A cell's figures over its `ok` rows.
  public struct Cell: Sendable {
    public var cell: TrialCell
    public var rows: [TrialRow]
    /// What tells it from the group's cells of the same system and cache; empty where there are none.
    var variant = ""
    var measured: [TrialRow] { rows.filter { $0.outcome.status == .ok } }

    func median(_ value: (TrialOutcome) -> Int?) -> Double? {
      Statistics.median(measured.compactMap { value($0.outcome) }.map(Double.init))
    }

    public var wall: Double? { median(\.wall) }

    /// Malformed rows that a repeat left out.
    var badRows: Int? { measured.first?.outcome.badRows }

    /// The file in the results folder that has them; nil where there were none.
    var rejects: String? { badRows ?? 0 > 0 ? "rejects/\(cell.id).tsv" : nil }

    var medium: Medium {
      measured.contains { Medium($0, cell.system) == .memoryBehindFiles }
        ? .memoryBehindFiles
        : measured.contains { Medium($0, cell.system) == .sameAsMemory } ? .sameAsMemory : .own
    }

    /// Which roles are not plainly measured.
    var provenanceNotes: [String] {
      guard let outcome = measured.first?.outcome else { return [] }
      return Reports.provenanceNotes(
        [outcome.inputProvenance, outcome.shuffleProvenance, outcome.outputProvenance])
    }

    /// The system, the cache's state where it has one, and its tiers where others have the same two.
    var label: String {
      let words = [cell.job.cache == .none ? "" : cell.job.cache.rawValue, variant].filter { !$0.isEmpty }
      return cell.system.name + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")
    }

    var series: RepeatNotes.Series {
      let rows = measured.filter { $0.outcome.wall != nil }.sorted { $0.order < $1.order }
      return RepeatNotes.Series(
        label: label, walls: rows.compactMap { $0.outcome.wall.map(Double.init) },
        noise: rows.map(\.outcome.noise))
    }
    var wallRange: (Int, Int)? {
      let walls = measured.compactMap(\.outcome.wall)
      return walls.isEmpty ? nil : (walls.min()!, walls.max()!)
    }

    /// Wall time as ``WallPhases`` splits it.
    var phases: [Double]? {
      guard let map = median(\.map), let reduce = median(\.reduce), let input = median(\.inputWait),
        let shuffle = median(\.shuffleWait), let written = median(\.shuffleWriteWait),
        let output = median(\.outputWait)
      else { return nil }
      return WallPhases.split(
        map: map, reduce: reduce, input: input, shuffle: shuffle, written: written, output: output,
        workers: Double(cell.job.workers))
    }
  }

  /// Cells that differ in their system and cache only, under one heading.
  public struct Group: Sendable {
    public var cells: [Cell]
    public var heading: String

    var ideal: Cell? { cells.first { $0.cell.system.name == "ideal" } }

    /// Nanoseconds beyond the floor; nil where there is no floor, or where the cell is on the floor's medium.
    func storageCost(_ cell: Cell) -> Double? {
      guard let floor = ideal?.wall, let wall = cell.wall, cell.medium != .sameAsMemory else { return nil }
      return wall - floor
    }
  }

  public var groups: [Group]
  public var isInterrupted: Bool
  /// Rows that are not `ok`, with their reasons.
  public var failures: [TrialRow]

  /// The bytes beside a published table's, where the experiment asks for that.
  let comparison: TrafficComparison?
  /// How the run was conducted, and whether the order of its repeats mattered.
  let conduct: [String]

  /// - Parameter conduct: A sentence each: what ended the repeats, where the run was taken up again.
  public init(
    _ rows: [TrialRow], isInterrupted: Bool, comparedWith table: ReferenceTable? = nil, conduct: [String] = []
  ) {
    self.isInterrupted = isInterrupted
    failures = rows.filter { $0.outcome.status != .ok }
    var order: [String] = []
    var byComparison: [String: [TrialRow]] = [:]
    for row in rows.sorted(by: { ($0.trial, $0.repeatNumber) < ($1.trial, $1.repeatNumber) }) {
      let key = row.cell.comparisonID
      if byComparison[key] == nil { order.append(key) }
      byComparison[key, default: []].append(row)
    }
    groups = order.map { key in
      var ids: [String] = []
      let rows = byComparison[key] ?? []
      for row in rows where !ids.contains(row.cell.id) { ids.append(row.cell.id) }
      let cells = ids.map { id in
        let mine = rows.filter { $0.cell.id == id }
        return Cell(cell: mine[0].cell, rows: mine)
      }
      return Group(cells: Self.told(cells), heading: Self.heading(cells[0].cell))
    }
    let orderEffect = RepeatNotes.order(groups.flatMap(\.cells).map(\.series.walls))
    self.conduct = conduct + (orderEffect.map { [$0.line] } ?? [])
    comparison = table.map { [groups] in TrafficComparison(groups, with: $0) }
  }

  /// With variants where a system and a cache do not tell the cells apart.
  private static func told(_ cells: [Cell]) -> [Cell] {
    let counts = Dictionary(cells.map { ($0.label, 1) }, uniquingKeysWith: +)
    return cells.map { cell in
      guard counts[cell.label] ?? 0 > 1 else { return cell }
      var cell = cell
      let tiers = cell.cell.system.tiers.map(\.text)
      cell.variant = Set(tiers).count == 1 ? tiers[0] : joinedRoles(tiers)
      return cell
    }
  }

  private static func heading(_ cell: TrialCell) -> String {
    let parameters = cell.job.workload.parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let name = ([cell.job.workload.name] + parameters).joined(separator: ", ")
    let sizes = cell.datasets.map { ByteSize.text($0.size) }.joined(separator: " + ")
    return "\(name) · \(sizes) · plan \(cell.job.plan.rawValue), "
      + "\(cell.job.encoding.rawValue) · \(cell.job.workers) workers, \(cell.job.starts.rawValue) starts"
      + unusual(cell.job).map { " · \($0)" }.joined()
  }

  /// The factors that are not as they are unless told.
  private static func unusual(_ job: JobSpecification) -> [String] {
    var factors: [String] = []
    if job.layout != .segment { factors.append("layout \(job.layout.rawValue)") }
    if let combiner = job.combiner { factors.append("combiner \(combiner ? "on" : "off")") }
    if job.splitSize != JobSpecification.defaultSplitSize {
      factors.append("split \(ByteSize.text(job.splitSize))")
    }
    if let join = job.join { factors.append("join \(join.rawValue)") }
    if let reducers = job.reducers { factors.append("\(reducers) reducers") }
    if let limit = job.memoryLimit { factors.append("\(ByteSize.text(limit)) a worker") }
    if !job.prefault { factors.append("not pre-faulted") }
    if job.numa != .spread { factors.append("NUMA \(job.numa.word)") }
    return factors
  }
}

extension Medium {
  fileprivate init(_ row: TrialRow, _ system: SystemSpecification) {
    let outcome = row.outcome
    let provenances = [outcome.inputProvenance, outcome.shuffleProvenance, outcome.outputProvenance]
    self.init(
      zip(system.tiers, provenances).map {
        Role(tier: $0.kind.rawValue, access: $0.access?.rawValue ?? "", provenance: $1)
      },
      modelledWait: outcome.modelledWait ?? 0,
      workersTime: Double(outcome.activations.reduce(0) { $0 + $1.run }))
  }
}
