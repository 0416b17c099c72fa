import Functions
import MapReduce
import Metrics
import Reports
import Storage

/// A factor of the matrix that `exclude` can name; each is a list in the file.
enum Factor: String, CaseIterable {
  case system, workload, size, plan, encoding, layout, join, combiner, split, reducers, workers, starts, cache
  case access, prefault, model, numa
  case memoryLimit = "memory_limit"
}

/// Cells that a matrix leaves out: those that have one of the values in each of the factors named.
struct Exclusion: Hashable, Sendable {
  var values: [Factor: [String]]

  /// `factors[f]` are the cell's values of `f`, written as in the file: a number of workers is also `auto` where it
  /// was chosen by that word.
  func matches(_ factors: [Factor: Set<String>]) -> Bool {
    values.allSatisfy { factor, excluded in
      factors[factor].map { here in excluded.contains(where: here.contains) } ?? false
    }
  }
}

/// A pace for pmem: what the tiers say, none, or a model.
public enum ModelChoice: Hashable, Sendable {
  case asTiersSay
  case none
  case model(String)

  static let words = ["auto", "none"] + TierSpecification.knownModels

  /// - Returns: nil for what is no choice.
  public init?(word: String) {
    guard Self.words.contains(word) else { return nil }
    self = word == "auto" ? .asTiersSay : word == "none" ? .none : .model(word)
  }

  public var word: String {
    switch self {
    case .asTiersSay: "auto"
    case .none: "none"
    case .model(let name): name
    }
  }

  func apply(to tier: inout TierSpecification) {
    guard tier.kind == .pmem else { return }
    switch self {
    case .asTiersSay: break
    case .none: tier.model = nil
    case .model(let name): tier.model = name
    }
  }
}

extension Experiment {
  /// Accesses that some tier has, in the order of the tiers.
  static let accessWords = ["auto", "direct", "buffered", "libpmem", "file"]

  /// The factors of tiers and nodes: `access`, `model`, `numa`.
  mutating func readTierFactors(_ mapping: StrictMapping) throws {
    accesses =
      try mapping.list("access") { node -> TierAccess? in
        TierAccess(rawValue: try node.choice("access", of: Self.accessWords))
      } ?? accesses
    models =
      try mapping.list("model") { node -> ModelChoice in
        ModelChoice(word: try node.choice("model", of: ModelChoice.words)) ?? .asTiersSay
      } ?? models
    numa =
      try mapping.list("numa") { node -> NUMAPolicy in
        let text = try node.text("numa")
        guard let policy = NUMAPolicy(word: text) else {
          throw node.error("numa must be spread, off or the number of a node, not '\(text)'")
        }
        return policy
      } ?? numa
  }

  /// The values that the matrix has in `factor`, written as in the file.
  func values(of factor: Factor) -> [String] {
    func automatic<Value>(_ values: [Value?], _ text: (Value) -> String) -> [String] {
      values.map { $0.map(text) ?? "auto" }
    }
    return switch factor {
    case .system: systems.map(\.name)
    case .workload: workloads.map(\.name)
    case .size: sizes.map(String.init)
    case .plan: plans.map(\.rawValue)
    case .encoding: encodings.map(\.rawValue)
    case .layout: layouts.map(\.rawValue)
    case .join: automatic(joins, \.rawValue)
    case .combiner: automatic(combiners, Self.onOff)
    case .split: splits.map(String.init)
    case .reducers: automatic(reducers) { String($0) }
    case .workers: automatic(workers) { String($0) }
    case .cache: caches.map(\.rawValue)
    case .starts: starts.map(\.rawValue)
    case .access: automatic(accesses, \.rawValue)
    case .prefault: prefaults.map(Self.onOff)
    case .model: models.map(\.word)
    case .numa: numa.map(\.word)
    case .memoryLimit: automatic(memoryLimits) { String($0) }
    }
  }

  static func onOff(_ value: Bool) -> String { value ? "on" : "off" }

  func exclusion(_ node: StrictNode) throws -> Exclusion {
    let mapping = try node.mapping("exclude", known: Factor.allCases.map(\.rawValue))
    var excluded: [Factor: [String]] = [:]
    for factor in Factor.allCases {
      excluded[factor] = try mapping.list(factor.rawValue) { value in
        // A value that the matrix does not have would exclude nothing, silently.
        let text = try written(value, as: factor)
        let here = values(of: factor)
        guard here.contains(text) else {
          throw value.error(
            "this experiment has no \(factor.rawValue) '\(try value.text(factor.rawValue))'"
              + knownHere(here, insteadOf: text))
        }
        return text
      }
    }
    guard !excluded.isEmpty else { throw node.error("exclude has nothing to exclude by") }
    return Exclusion(values: excluded)
  }

  /// A value as ``values(of:)`` writes it.
  private func written(_ value: StrictNode, as factor: Factor) throws -> String {
    switch factor {
    case .size, .split:
      return String(try value.size(factor.rawValue))
    case .memoryLimit:
      if value.isAutomatic { return "auto" }
      return String(try value.size(factor.rawValue))
    case .prefault:
      return Self.onOff(try value.onOff(factor.rawValue))
    case .combiner:
      if value.isAutomatic { return "auto" }
      return Self.onOff(try value.onOff(factor.rawValue))
    default:
      return try value.text(factor.rawValue)
    }
  }
}
