import Metrics

/// One cell of a report, with the job that it belongs to.
struct ReportRow: Sendable {
  var cell: CellFinding
  var group: GroupFinding
  var experiment: String
}

/// The columns of `report.csv`: a row a cell, over its measured repeats.
enum ReportColumns {
  /// Counted up when a column's meaning changes.
  static let format = 1

  static let all: [Column<ReportRow>] = [
    Column("format", "version of this table's columns") { _ in String(format) },
    Column("experiment", "name of the experiment") { $0.experiment },
    Column("cell", "the cell, as in trials.csv") { $0.cell.id },
    Column("job", "the factors that its systems share, for people") { $0.group.heading },
    Column("workload", "what the job computes") { $0.cell.factors.workload },
    Column("system", "named choice of input, shuffle and output tier and platform") {
      $0.cell.factors.system
    },
    Column("cache", "page cache before the clock") { $0.cell.factors.cache },
    Column("plan", "paper, corral or optimized") { $0.cell.factors.plan },
    Column("encoding", "shuffle records as binary or json") { $0.cell.factors.encoding },
    .bytes("size_bytes", better: .none, "size asked of the dataset (of the larger table)") {
      $0.cell.factors.size
    },
    Column("status", "ok where something was measured, else what became of it") { $0.cell.status },
    .count("repeats", "that are ok") { $0.cell.walls.count },
    Column("wall_ns", unit: "ns", better: .lower, "median") { whole($0.cell.wall) },
    Column(
      "wall_low_ns", unit: "ns", better: .lower,
      "lower end of the median's 95 % interval; empty with under 6 repeats"
    ) {
      whole($0.cell.interval?.low)
    },
    Column("wall_high_ns", unit: "ns", better: .lower, "its upper end") { whole($0.cell.interval?.high) },
    Column("wall_min_ns", unit: "ns", better: .lower, "least") { whole($0.cell.range?.lowerBound) },
    Column("wall_max_ns", unit: "ns", better: .lower, "greatest") { whole($0.cell.range?.upperBound) },
    Column(
      "storage_cost_ns", unit: "ns", better: .lower, "median less that of ideal; empty on the same medium"
    ) {
      whole($0.group.storageCost($0.cell))
    },
    Column("input_ns", unit: "ns", better: .lower, "of the median wall: waits for input") { phase($0, 0) },
    Column("map_compute_ns", unit: "ns", better: .lower, "the same: maps without their waits") {
      phase($0, 1)
    },
    Column("shuffle_ns", unit: "ns", better: .lower, "the same: waits for the shuffle tier") { phase($0, 2) },
    Column("reduce_compute_ns", unit: "ns", better: .lower, "the same: reduces without their waits") {
      phase($0, 3)
    },
    Column("output_ns", unit: "ns", better: .lower, "the same: waits for output") { phase($0, 4) },
    Column("medium", "own; dram: emulated pmem that is DRAM; dram-files: that behind file calls") {
      switch $0.cell.medium {
      case .own: "own"
      case .sameAsMemory: "dram"
      case .memoryBehindFiles: "dram-files"
      }
    },
    Column("provenance", "of input, shuffle and output tier, joined by /") { $0.cell.provenance },
    Column("verdict", "who is fastest in the job, and by how much") { $0.group.verdict.text },
    .count("outliers", better: .lower, "repeats far from the others, as trials.csv marks them; empty under 5")
    {
      $0.cell.outliers?.count
    },
    Column("load_before", "one-minute load average before the clock: median over the repeats") { row in
      optional(Statistics.median(row.cell.noise.compactMap(\.loadBefore)))
    },
    share(
      "steal_share", "of the processors' time, what the hypervisor took: of the worst repeat", \.stealShare),
    share("other_cpu_share", "the same for what other programs used", \.otherCPUShare),
    .nanoseconds("quota_throttled_ns", "for which a quota stopped the repeats, together") {
      sum($0, \.quotaThrottled)
    },
    .count("thermal_throttles", better: .lower, "how often processors slowed down, hot, in all repeats") {
      sum($0, \.thermalThrottles)
    },
    .count("swapped_pages", better: .lower, "to and from swap, in all repeats") { sum($0, \.swappedPages) },
  ]

  private static func share(
    _ name: String, _ meaning: String, _ value: @escaping @Sendable (TrialNoise) -> Double?
  ) -> Column<ReportRow> {
    Column(name, unit: "share", better: .lower, meaning) { row in
      optional(row.cell.noise.compactMap(value).max())
    }
  }

  private static func sum(_ row: ReportRow, _ value: (TrialNoise) -> Int?) -> Int? {
    let values = row.cell.noise.compactMap(value)
    return values.isEmpty ? nil : values.reduce(0, +)
  }

  /// Nanoseconds are whole numbers in every file.
  private static func whole(_ nanoseconds: Double?) -> String { nanoseconds.map(Figures.whole) ?? "" }

  private static func phase(_ row: ReportRow, _ index: Int) -> String { whole(row.cell.phases?[index]) }

  /// Spreadsheets take what begins so for a formula, in some languages also where the sign is a wide one.
  ///
  /// Source: OWASP, "CSV Injection".
  static func safe(_ field: String) -> String {
    guard let first = field.unicodeScalars.first, "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first),
      Double(field) == nil
    else { return field }
    return "'" + field
  }
}
