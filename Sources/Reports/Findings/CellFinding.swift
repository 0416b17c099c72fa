import Metrics

/// One cell of recorded results: a system under one job, over its measured repeats.
struct CellFinding: Sendable {
  let id: String
  let rows: [RecordedTrial]
  /// Rows with status `ok`; only these enter statistics.
  let measured: [RecordedTrial]
  /// Any row of the cell, for its factors.
  let factors: RecordedTrial
  /// Nanoseconds, in the order of measurement.
  let walls: [Double]
  let wall: Double?
  /// 95 %, of the median; nil with too few repeats to tell.
  let interval: Interval?
  let medium: Medium
  /// What tells it from the group's cells of the same system and cache; empty where there are none.
  var variant = ""

  /// - Parameter workersTime: Nanoseconds that a repeat's activations ran, together; nil where nobody counted.
  init(id: String, rows: [RecordedTrial], workersTime: (RecordedTrial) -> Int?) {
    self.id = id
    self.rows = rows
    let measured = rows.filter(\.isMeasured).sorted {
      ($0.order, $0.repeatNumber) < ($1.order, $1.repeatNumber)
    }
    self.measured = measured
    factors = measured.first ?? rows[0]
    walls = measured.compactMap { $0.wall.map(Double.init) }
    wall = Statistics.median(walls)
    interval = Interval.ofMedian(walls)
    let media = measured.map { row in
      Medium(
        (0..<3).map {
          Medium.Role(tier: row.tiers[$0], access: row.access[$0], provenance: row.provenances[$0])
        },
        modelledWait: row.modelledWait ?? 0,
        workersTime: workersTime(row).map(Double.init) ?? Double(row.workers ?? 1) * Double(row.wall ?? 0))
    }
    medium = media.first { $0 == .memoryBehindFiles } ?? media.first { $0 == .sameAsMemory } ?? .own
  }

  /// The system, the cache's state where it has one, and its tiers where others have the same two.
  var label: String {
    let words = [factors.cache == "none" ? "" : factors.cache, variant].filter { !$0.isEmpty }
    return factors.system + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")
  }
  var isFloor: Bool { factors.system == "ideal" }
  var provenanceNotes: [String] { measured.first.map { Reports.provenanceNotes($0.provenances) } ?? [] }
  /// Input, shuffle and output.
  var provenance: String { measured.first.map { joinedRoles($0.provenances) } ?? "" }
  /// The same, once where all three are alike.
  var shortProvenance: String {
    guard let all = measured.first?.provenances else { return "" }
    return Set(all).count == 1 ? all[0] : joinedRoles(all)
  }
  /// What sets the name apart from the real thing, for a legend: `(emulated)`; empty where it is real.
  var mark: String {
    switch medium {
    case .sameAsMemory: return "emulated: is dram"
    case .memoryBehindFiles: return "emulated: files in dram"
    case .own:
      let words = Set(provenanceNotes.compactMap { $0.split(separator: " ").last.map(String.init) })
      return words.sorted().joined(separator: ", ")
    }
  }
  /// As a legend names it: the system and its mark.
  var legend: String { mark.isEmpty ? label : "\(label) [\(mark)]" }
  /// `ok` where something was measured, else what became of it.
  var status: String { measured.isEmpty ? rows[0].status : "ok" }
  var range: ClosedRange<Double>? {
    guard let least = walls.min(), let greatest = walls.max() else { return nil }
    return least...greatest
  }

  /// With variants where a system and a cache do not tell the cells apart.
  static func told(_ cells: [CellFinding]) -> [CellFinding] {
    let counts = Dictionary(cells.map { ($0.label, 1) }, uniquingKeysWith: +)
    return cells.map { cell in
      guard counts[cell.label] ?? 0 > 1 else { return cell }
      var cell = cell
      cell.variant = cell.factors.tierText
      return cell
    }
  }

  /// A repeat that lies far from its cell's others.
  struct Outlier: Sendable {
    var row: RecordedTrial
    /// As the column `outlier` says it: slow or fast.
    var mark: String
  }

  /// As the column `outlier` has them, also of files without it; nil with too few repeats to tell.
  var outliers: [Outlier]? {
    guard let scores = Outliers.scores(walls) else { return nil }
    return zip(measured, scores).compactMap { row, score in
      let mark = OutlierMarks.mark(score)
      return mark == "no" ? nil : Outlier(row: row, mark: mark)
    }
  }

  /// What the machine did besides, of the measured repeats that say anything of it.
  var noise: [TrialNoise] { measured.map(\.noise).filter { $0 != TrialNoise() } }

  /// What a plot draws around the median: its interval, or where there are too few repeats the least and the greatest.
  var whiskers: Interval? {
    interval ?? range.flatMap { walls.count > 1 ? Interval(low: $0.lowerBound, high: $0.upperBound) : nil }
  }

  /// Whether the walls of the two differ by more than chance (Mann–Whitney, p ≤ 5 %): of few values the bootstrap's interval
  /// is too narrow, so that no verdict rests on it alone.
  func differs(from other: CellFinding) -> Bool { (RankSum.test(walls, other.walls)?.p ?? 1) <= 0.05 }

  func median(_ value: (RecordedTrial) -> Int?) -> Double? {
    Statistics.median(measured.compactMap { value($0).map(Double.init) })
  }

  /// Input bytes a second by wall, in units of 10⁶; nil where bytes were not recorded.
  var megabytesPerSecond: Double? {
    guard let read = median(\.readBytes), let wall else { return nil }
    return read * 1000 / wall
  }

  var phases: [Double]? {
    guard let map = median(\.map), let reduce = median(\.reduce), let input = median(\.inputWait),
      let shuffle = median(\.shuffleWait), let written = median(\.shuffleWriteWait),
      let output = median(\.outputWait), let workers = factors.workers, workers > 0
    else { return nil }
    return WallPhases.split(
      map: map, reduce: reduce, input: input, shuffle: shuffle, written: written, output: output,
      workers: Double(workers))
  }
}
