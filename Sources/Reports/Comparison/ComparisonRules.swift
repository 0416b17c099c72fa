/// What two sides must have in common, unless it is allowed to differ; named as the columns of `trials.csv` are.
public enum ComparedFactor: String, CaseIterable, Sendable {
  case machineClass = "machine_class"
  case provenance
  case dataset = "dataset_digest"
  case plan, encoding, access, durability
  case build = "build_mode"
  case model = "model_digest"

  /// The columns of `trials.csv` that say it.
  var columns: [String] {
    self == .provenance
      ? ["input_provenance", "shuffle_provenance", "output_provenance"] : [rawValue]
  }

  /// Empty: it has none, or the row does not say it.
  func value(_ row: RecordedTrial) -> String {
    switch self {
    case .machineClass: return row.machineClass
    case .provenance: return roles(row.provenances)
    case .dataset: return row.datasetDigest
    case .plan: return row.plan
    case .encoding: return row.encoding
    case .access: return roles(row.access)
    case .durability: return row.durability
    case .build: return row.buildMode
    case .model: return row.model
    }
  }

  private func roles(_ values: [String]) -> String { values == ["", "", ""] ? "" : joinedRoles(values) }

  /// What differs between two systems by their nature.
  static let ofSystems: Set<ComparedFactor> = [.provenance, .access, .durability, .model]
}

/// Which metrics can fail a comparison, and by how much they must be worse.
public struct ComparisonGates: Sendable, Equatable {
  /// A share: 0.05 is 5 %. nil: the metric is shown, and fails nothing.
  public typealias Threshold = Double?

  public var metrics: [String: Threshold]
  /// By workload, then metric; before ``metrics``.
  public var workloads: [String: [String: Threshold]]

  public init(metrics: [String: Threshold] = [:], workloads: [String: [String: Threshold]] = [:]) {
    self.metrics = metrics
    self.workloads = workloads
  }

  /// All metrics named, those of ``metrics`` first.
  public var names: [String] {
    let first = metrics.keys.sorted()
    return first + Set(workloads.values.flatMap(\.keys)).subtracting(first).sorted()
  }

  /// nil where the metric does not gate this workload.
  func threshold(_ metric: String, _ workload: String) -> Double? {
    if let own = workloads[workload]?[metric] { return own }
    return metrics[metric] ?? nil
  }
}

/// How two sides are compared.
public struct ComparisonRules: Sendable {
  /// The share of false alarms that is borne, over all rows together.
  public var alpha = 0.05
  /// How much worse a gating metric must be, where no gate says it.
  public var threshold = 0.05
  public var metrics = ["wall_ns"]
  /// nil: every metric gates by ``threshold``.
  public var gates: ComparisonGates?
  public var allowed: Set<ComparedFactor> = []
  public var allowsMissing = false
  public var failsOnImprovement = false
  public var failsOnInconclusive = false
  public var noise = NoiseTable()
  /// False: rows describe, and none of them fails (systems set beside each other).
  public var isGating = true

  public init() {}

  func gate(_ metric: String, _ workload: String) -> Double? {
    guard isGating else { return nil }
    guard let gates else { return threshold }
    return gates.threshold(metric, workload)
  }

  /// Metrics that a comparison can be asked for: columns of `trials.csv` that have a better direction.
  public static let knownMetrics = TrialColumns.all.filter { $0.better != .none }.map(\.name)

  static func better(_ metric: String) -> Better {
    TrialColumns.all.first { $0.name == metric }?.better ?? .lower
  }

  static func unit(_ metric: String) -> String {
    TrialColumns.all.first { $0.name == metric }?.unit ?? ""
  }
}
