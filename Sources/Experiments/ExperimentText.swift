import MapReduce
import Metrics
import Reports
import Storage

extension Experiment {
  /// The experiment as a file that ``parse(_:file:knownSystems:system:)`` reads as the same one.
  ///
  /// What a results folder keeps: with the command line's changes, and with its systems written out.
  public var yaml: String {
    var lines = ["name: \(JSONValue.quoted(name))"]
    if !description.isEmpty { lines.append("description: \(JSONValue.quoted(description))") }
    if let faas { return (lines + faas.yaml + repeatLines).joined(separator: "\n") + "\n" }
    guard io == nil else {
      return (lines + ioLines + ["repeats: \(repeats)", "seed: \(seed)"] + placeLines)
        .joined(separator: "\n") + "\n"
    }
    lines.append("systems:")
    for system in systems where !system.isMissing {
      let tiers = zip(["input", "shuffle", "output"], system.tiers).map { "\($0): \(Self.flow($1))" }
      let fields = ["name: \(JSONValue.quoted(system.name))", "platform: \(system.platform)"] + tiers
      lines.append("  - {\(fields.joined(separator: ", "))}")
    }
    let missing = systems.filter(\.isMissing).map { JSONValue.quoted($0.name) }
    if !missing.isEmpty { lines.append("optional_systems: \(Self.list(missing))") }
    lines.append("workloads:")
    for workload in workloads {
      let parameters = workload.parameters.sorted { $0.key < $1.key }.map {
        "\($0.key): \(JSONValue.quoted($0.value))"
      }
      lines.append("  - {\((["name: \(workload.name)"] + parameters).joined(separator: ", "))}")
    }
    if inputs.isEmpty {
      lines.append("sizes: \(Self.list(sizes))")
    } else {
      let files = InputRole.allCases.compactMap { role in
        inputs[role].map { "\(role.rawValue): \(Self.list($0.map(JSONValue.quoted)))" }
      }
      lines.append("input: {\(files.joined(separator: ", "))}")
    }
    if let vocabulary { lines.append("vocabulary: \(vocabulary)") }
    lines.append("plans: \(Self.list(plans.map(\.rawValue)))")
    lines.append("encodings: \(Self.list(encodings.map(\.rawValue)))")
    lines.append("layouts: \(Self.list(layouts.map(\.rawValue)))")
    lines.append("join: \(Self.list(joins.map { ($0 ?? .auto).rawValue }))")
    lines.append("combiner: \(Self.list(combiners.map { $0.map(Self.onOff) ?? "auto" }))")
    lines.append("split: \(Self.list(splits))")
    lines.append("reducers: \(Self.list(reducers.map { $0.map(String.init) ?? "auto" }))")
    lines.append("workers: \(Self.list(workers.map { $0.map(String.init) ?? "auto" }))")
    if !caches.isEmpty { lines.append("cache: \(Self.list(caches.map(\.rawValue)))") }
    lines.append("starts: \(Self.list(starts.map(\.rawValue)))")
    lines.append("prefault: \(Self.list(prefaults.map(Self.onOff)))")
    lines.append("memory_limit: \(Self.list(memoryLimits.map { $0.map(String.init) ?? "auto" }))")
    // Only where they say something, so that a file of an earlier version reads as before.
    for factor in [Factor.access, .model, .numa]
    where values(of: factor) != Experiment(name: name).values(of: factor) {
      lines.append("\(factor.rawValue): \(Self.list(values(of: factor)))")
    }
    lines += repeatLines
    lines += placeLines
    if let compareWith { lines.append("compare_with: \(compareWith.rawValue)") }
    lines += exclusionLines
    return lines.joined(separator: "\n") + "\n"
  }

  private var placeLines: [String] {
    let real = requireReal.map(\.rawValue).sorted()
    return tierLines + (real.isEmpty ? [] : ["require_real: \(Self.list(real))"])
  }

  private var tierLines: [String] {
    let lines = SystemFile.tierKinds.compactMap { kind -> String? in
      guard let settings = tiers[kind], settings != TierSettings() else { return nil }
      return "  \(kind.rawValue): {\(Self.settings(settings.applied(to: TierSpecification(kind))))}"
    }
    return lines.isEmpty ? [] : ["tiers:"] + lines
  }

  private var exclusionLines: [String] {
    let lines = exclusions.compactMap { exclusion -> String? in
      // Where options have changed the factors, what is not there any more would be an error in the file.
      let left = Dictionary(
        uniqueKeysWithValues: exclusion.values.map { factor, excluded in
          (factor, excluded.filter(self.values(of: factor).contains))
        })
      guard left.values.allSatisfy({ !$0.isEmpty }) else { return nil }
      let fields = Factor.allCases.compactMap { factor in
        left[factor].map { "\(factor.rawValue): \(Self.list($0.map(JSONValue.quoted)))" }
      }
      return "  - {\(fields.joined(separator: ", "))}"
    }
    return lines.isEmpty ? [] : ["exclude:"] + lines
  }

  private static func flow(_ tier: TierSpecification) -> String {
    let settings = settings(tier)
    return "{tier: \(tier.kind.rawValue)\(settings.isEmpty ? "" : ", ")\(settings)}"
  }

  private static func settings(_ tier: TierSpecification) -> String {
    var fields: [String] = []
    if let access = tier.access { fields.append("access: \(access.rawValue)") }
    if let engine = tier.engine { fields.append("engine: \(engine.rawValue)") }
    if let model = tier.model { fields.append("model: \(model)") }
    if !tier.folders.isEmpty { fields.append("folder: \(list(tier.folders.map(JSONValue.quoted)))") }
    if let capacity = tier.capacity { fields.append("capacity: \(capacity)") }
    if let node = tier.node { fields.append("node: \(node)") }
    return fields.joined(separator: ", ")
  }

  private static func list(_ values: [some CustomStringConvertible]) -> String {
    "[\(values.map(\.description).joined(separator: ", "))]"
  }
}
