import Glibc
import Metrics

/// A machine's own noise, as `calibrate` measures it: how far the medians of runs of one binary lie apart.
public struct NoiseTable: Sendable {
  public struct Entry: Sendable {
    public var machineClass: String
    public var workload: String
    public var system: String
    public var metric: String
    /// How many runs it was found from.
    public var runs: Int
    /// Repeats a run.
    public var repeats: Int
    /// Standard deviation of the logarithms of the runs' medians: 0.02 is 2 %.
    public var noise: Double

    public init(
      machineClass: String, workload: String, system: String, metric: String, runs: Int, repeats: Int,
      noise: Double
    ) {
      self.machineClass = machineClass
      self.workload = workload
      self.system = system
      self.metric = metric
      self.runs = runs
      self.repeats = repeats
      self.noise = noise
    }
  }

  public var entries: [Entry]
  /// Where it was read; empty for none.
  public var path = ""

  public init(_ entries: [Entry] = []) { self.entries = entries }

  /// Differences of single runs below so many times the noise mean nothing.
  public static let factor = 3.0
  /// Those below this, where the noise was not measured.
  public static let unmeasured = 0.05

  /// nil where this machine's noise was not measured for it.
  func noise(_ row: RecordedTrial, _ metric: String) -> Double? {
    entries.first {
      $0.workload == row.workload && $0.system == row.system && $0.metric == metric
        && (row.machineClass.isEmpty || row.machineClass == $0.machineClass)
    }?.noise
  }

  /// The columns of `noise.csv`.
  public static let columns: [Column<Entry>] = [
    Column("format", "version of this table's columns") { _ in "1" },
    Column("machine_class", "the machine, as in trials.csv") { $0.machineClass },
    Column("workload", "what the job computes") { $0.workload },
    Column("system", "named choice of tiers") { $0.system },
    Column("metric", "a column of trials.csv") { $0.metric },
    .count("runs", "of one binary, one after the other") { $0.runs },
    .count("repeats", "measured a run; the run's figure is their median") { $0.repeats },
    Column("noise", better: .lower, "standard deviation of the logarithms of the runs' figures") {
      optional($0.noise)
    },
  ]

  public var csv: String {
    CSV.header(Self.columns) + entries.map { CSV.line($0, Self.columns) }.joined()
  }

  /// - Throws: ``ResultsError`` with line and column.
  public static func read(_ path: String) throws -> NoiseTable {
    let reader = try CSVReader(path)
    func place(_ name: String) throws -> Int {
      guard let index = reader.index(of: name) else {
        throw ResultsError("\(path):1", "no column \(name): this is no noise.csv (marvel-bench calibrate)")
      }
      return index
    }
    let texts = try ["machine_class", "workload", "system", "metric"].map(place)
    let counts = try ["runs", "repeats"].map(place)
    let noise = try place("noise")
    var entries: [Entry] = []
    while try reader.next() {
      let words = texts.map(reader.text)
      guard let value = try reader.number(noise), value >= 0 else {
        throw reader.wrong(noise, "noise is a share, 0.02 for 2 %")
      }
      entries.append(
        Entry(
          machineClass: words[0], workload: words[1], system: words[2], metric: words[3],
          runs: try reader.integer(counts[0]) ?? 0, repeats: try reader.integer(counts[1]) ?? 0, noise: value)
      )
    }
    var table = NoiseTable(entries)
    table.path = path
    return table
  }
}

extension NoiseTable {
  /// From runs of one binary: a row a workload, system and metric; of several such cells the noisiest counts.
  ///
  /// - Parameter side: Its runs, at least 3.
  public init(of side: ComparedSide, metrics: [String], repeats: Int) {
    var order: [String] = []
    var byKey: [String: Entry] = [:]
    for cell in side.cells {
      for metric in metrics {
        let logarithms = cell.values(metric).filter { $0 > 0 }.map { log($0) }
        guard logarithms.count >= 3, let noise = Statistics.standardDeviation(logarithms) else { continue }
        let row = cell.factors
        let key = [row.workload, row.system, metric].joined(separator: "\u{1F}")
        if byKey[key] == nil { order.append(key) }
        guard noise >= byKey[key]?.noise ?? 0 else { continue }
        byKey[key] = Entry(
          machineClass: row.machineClass, workload: row.workload, system: row.system, metric: metric,
          runs: logarithms.count, repeats: repeats, noise: noise)
      }
    }
    self.init(order.compactMap { byKey[$0] })
  }

  /// These entries, and those of `older` that they do not replace.
  public func merged(with older: NoiseTable) -> NoiseTable {
    func key(_ entry: Entry) -> String {
      [entry.machineClass, entry.workload, entry.system, entry.metric].joined(separator: "\u{1F}")
    }
    let new = Set(entries.map(key))
    return NoiseTable(older.entries.filter { !new.contains(key($0)) } + entries)
  }
}

extension NoiseTable {
  /// For people, with what it means to a comparison of two single runs.
  public var text: String {
    var table = TextTable([
      .left("workload"), .left("system"), .left("metric"), .right("runs"), .right("noise"),
      .right("differences below"),
    ])
    for entry in entries {
      table.add([
        entry.workload, entry.system, entry.metric, String(entry.runs),
        "\(Summary.fixed(100 * entry.noise, 2)) %",
        "\(Summary.fixed(100 * Self.factor * entry.noise, 1)) % mean nothing",
      ])
    }
    return table.text()
  }
}
