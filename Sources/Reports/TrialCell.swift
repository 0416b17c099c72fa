import MapReduce
/// One cell of an experiment's matrix: a job, its data and the system under it.
public struct TrialCell: Hashable, Sendable {
  public var job: JobSpecification
  /// The larger table where the workload reads two.
  public var dataset: DatasetSpecification
  /// The smaller table of a join.
  public var smaller: DatasetSpecification?
  public var system: SystemSpecification
  /// Why no such job exists (`grep` by span in plan `paper`); its row is then `skipped`. nil: it can be tried.
  public var unsupported: String?

  public init(
    job: JobSpecification, dataset: DatasetSpecification, smaller: DatasetSpecification? = nil,
    system: SystemSpecification, unsupported: String? = nil
  ) {
    self.job = job
    self.dataset = dataset
    self.smaller = smaller
    self.system = system
    self.unsupported = unsupported
  }

  public var datasets: [DatasetSpecification] { [dataset] + (smaller.map { [$0] } ?? []) }
  public var inputBytes: Int { datasets.reduce(0) { $0 + $1.size } }

  /// 16 hexadecimal digits, the same in every run and on every machine for the same factors.
  ///
  /// FNV-1a (64 bits) of all factors as `key=value;…`, sorted and escaped as in ``parameters``. Where a tier
  /// lies and how large it may grow are no factors: the same cell is the same on two machines.
  public var id: String { Self.hash(comparedFactors + systemFactors) }

  /// The same for cells that differ in nothing but the system: what `ideal` is compared with.
  public var comparisonID: String { Self.hash(comparedFactors) }

  /// The factors that have no column of their own, as `key=value;…`, sorted by key.
  ///
  /// In a value, `%`, `;`, `=` and control characters are written as `%XX`.
  public var parameters: String {
    Self.joined(Self.sorted(parameterFactors + modelFactors))
  }

  private var parameterFactors: [(String, String)] {
    var factors = job.workload.parameters.map { ($0.key, $0.value) }
    factors.append(("split", String(job.splitSize)))
    factors.append(("prefault", job.prefault ? "on" : "off"))
    factors.append(("seed", String(dataset.seed)))
    if let combiner = job.combiner { factors.append(("combiner", combiner ? "on" : "off")) }
    if let reducers = job.reducers { factors.append(("reducers", String(reducers))) }
    if let limit = job.memoryLimit { factors.append(("memory_limit", String(limit))) }
    if let join = job.join { factors.append(("join", join.rawValue)) }
    if job.numa != .spread { factors.append(("numa", job.numa.word)) }
    if let vocabulary = dataset.vocabulary { factors.append(("vocabulary", String(vocabulary))) }
    if !dataset.inputs.isEmpty { factors.append(("input", dataset.inputs.joined(separator: ","))) }
    if let smaller, !smaller.inputs.isEmpty {
      factors.append((smaller.kind, smaller.inputs.joined(separator: ",")))
    }
    return factors
  }

  private var modelFactors: [(String, String)] {
    var factors: [(String, String)] = []
    for (role, tier) in zip(["input", "shuffle", "output"], system.tiers) {
      if let model = tier.model { factors.append(("\(role)_model", model)) }
      if let node = tier.node { factors.append(("\(role)_node", String(node))) }
    }
    return factors
  }

  private var comparedFactors: [(String, String)] {
    parameterFactors + [
      ("workload", job.workload.name), ("plan", job.plan.rawValue), ("encoding", job.encoding.rawValue),
      ("layout", job.layout.rawValue), ("workers", String(job.workers)), ("starts", job.starts.rawValue),
      ("dataset", dataset.kind), ("size", String(dataset.size)),
    ]
  }

  private var systemFactors: [(String, String)] {
    modelFactors + [
      ("system", system.name), ("platform", system.platform), ("input_tier", system.input.text),
      ("shuffle_tier", system.shuffle.text), ("output_tier", system.output.text),
      ("cache", job.cache.rawValue),
    ]
  }

  private static func sorted(_ factors: [(String, String)]) -> [(String, String)] {
    factors.sorted { $0.0 < $1.0 }
  }

  private static func joined(_ factors: [(String, String)]) -> String {
    factors.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: ";")
  }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      if scalar == "%" || scalar == ";" || scalar == "=" || scalar.value < 0x20 || scalar.value == 0x7F {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        text += "%" + (digits.count < 2 ? "0" : "") + digits
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// FNV-1a (64 bits) of factors, as 16 hexadecimal digits.
  static func hash(_ factors: [(String, String)]) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in joined(sorted(factors)).utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
