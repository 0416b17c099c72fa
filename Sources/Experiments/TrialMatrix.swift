import MapReduce
import Metrics
import Reports
import Storage

/// Cells that differ in their system and its tiers only: they are compared.
public struct TrialGroup: Sendable {
  public var cells: [TrialCell]

  /// Of all its cells that can be run.
  var workers: Int { cells.reduce(0) { $0 + ($1.unsupported == nil ? $1.job.workers : 0) } }
}

/// All cells of an experiment, in the file's order: workloads outermost, systems innermost.
public struct TrialMatrix: Sendable {
  public private(set) var groups: [TrialGroup]
  public let rule: RepeatRule
  let warmups: Int
  let seed: UInt64

  public var cells: [TrialCell] { groups.flatMap(\.cells) }

  /// Changes cells in their places.
  mutating func updateCells(_ change: (inout TrialCell) -> Void) {
    for group in groups.indices {
      for cell in groups[group].cells.indices { change(&groups[group].cells[cell]) }
    }
  }

  /// How many runs there will be, warm-ups included; at most so many where cells may end earlier.
  public var runCount: Int { cells.count { $0.unsupported == nil } * (warmups + rule.most) }

  /// - Parameters:
  ///   - processors: What `workers: auto` means here.
  ///   - nodes: The NUMA nodes that workers can run on.
  ///   - inputSizes: Bytes of the experiment's own files; not read where it generates its data.
  public init(
    _ experiment: Experiment, processors: Int, nodes: [Int] = [0], inputSizes: [InputRole: Int] = [:]
  ) {
    rule = experiment.rule
    warmups = experiment.warmups
    seed = experiment.seed
    let sizes = experiment.inputs.isEmpty ? experiment.sizes : [0]
    var groups: [TrialGroup] = []
    var seen = Set<String>()
    for workload in experiment.workloads {
      for size in sizes {
        let data = Self.datasets(experiment, workload, size, inputSizes)
        for job in Self.jobs(experiment, workload, processors) {
          var group = Self.group(experiment, job, data.dataset, data.smaller, nodes)
          // Two spellings of a cell are one: cache states of a tier without cache, accesses that no tier has, `auto`
          // and what it stands for.
          group.cells.removeAll { cell in
            var settled = cell
            settled.job.combiner = cell.combines
            settled.job.reducers = cell.reduces
            return !seen.insert(settled.id).inserted
          }
          if !group.cells.isEmpty { groups.append(group) }
        }
      }
    }
    self.groups = groups
  }

  /// What a workload reads: the table of the size asked for, and the smaller one of a join.
  private static func datasets(
    _ experiment: Experiment, _ workload: WorkloadSpecification, _ size: Int, _ inputSizes: [InputRole: Int]
  ) -> (dataset: DatasetSpecification, smaller: DatasetSpecification?) {
    let kind = WorkloadKind.named(workload.name)
    if !experiment.inputs.isEmpty, let roles = kind?.roles {
      let own = roles.map { role in
        DatasetSpecification(
          kind: role.rawValue, size: inputSizes[role] ?? 0, seed: experiment.seed,
          inputs: experiment.inputs[role] ?? [])
      }
      return (own[0], own.count > 1 ? own[1] : nil)
    }
    let dataset = DatasetSpecification(
      kind: kind?.dataset ?? "text", size: size, seed: experiment.seed, vocabulary: experiment.vocabulary)
    return (dataset, kind?.smaller.map { dataset.smallerTable($0) })
  }

  /// One job for each combination of the factors that are neither data nor system.
  private static func jobs(
    _ experiment: Experiment, _ workload: WorkloadSpecification, _ processors: Int
  ) -> [JobSpecification] {
    var jobs = [JobSpecification(workload: workload, workers: processors)]
    func multiply<Value>(
      _ factor: WritableKeyPath<JobSpecification, Value>, by values: [Value]
    ) {
      jobs = jobs.flatMap { job in
        values.map { value in
          var job = job
          job[keyPath: factor] = value
          return job
        }
      }
    }
    multiply(\.plan, by: experiment.plans)
    multiply(\.encoding, by: experiment.encodings)
    multiply(\.layout, by: experiment.layouts)
    if WorkloadKind.named(workload.name)?.smaller != nil { multiply(\.join, by: experiment.joins) }
    multiply(\.combiner, by: experiment.combiners)
    multiply(\.splitSize, by: experiment.splits)
    multiply(\.reducers, by: experiment.reducers)
    multiply(\.memoryLimit, by: experiment.memoryLimits)
    multiply(\.workers, by: experiment.workers.map { $0 ?? processors })
    multiply(\.starts, by: experiment.starts)
    multiply(\.prefault, by: experiment.prefaults)
    multiply(\.numa, by: experiment.numa)
    return jobs
  }

  private static func group(
    _ experiment: Experiment, _ job: JobSpecification, _ dataset: DatasetSpecification,
    _ smaller: DatasetSpecification?, _ nodes: [Int]
  ) -> TrialGroup {
    var cells: [TrialCell] = []
    for variant in variants(experiment) {
      var job = job
      var system = variant.system
      system.updateTiers { tier in
        tier = (experiment.tiers[tier.kind] ?? TierSettings()).applied(to: tier)
        if let access = variant.access, TierAccess.choices(for: tier.kind).contains(access) {
          tier.access = access
          // An engine belongs to direct access.
          if access == .buffered { tier.engine = nil }
        }
        variant.model.apply(to: &tier)
      }
      let conflict = settle(variant.cache, &job, &system)
      let cell = TrialCell(
        job: job, dataset: dataset, smaller: smaller, system: system,
        unsupported: missing(system) ?? conflict ?? unsupportedJoin(job) ?? unknownNode(job, nodes)
          ?? WorkloadKind.named(job.workload.name)?.unsupported(
            plan: job.plan, parameters: job.workload.parameters))
      let values = factors(
        of: cell, variant.access, variant.model,
        isAutomatic: experiment.workers.contains(nil) && !experiment.workers.contains(job.workers))
      guard !experiment.exclusions.contains(where: { $0.matches(values) }) else { continue }
      cells.append(cell)
    }
    return TrialGroup(cells: cells)
  }

  /// A system, and what the experiment's lists say of its tiers.
  private struct Variant {
    var system: SystemSpecification
    var cache: JobSpecification.CacheState?
    var access: TierAccess?
    var model: ModelChoice
  }

  private static func variants(_ experiment: Experiment) -> [Variant] {
    let caches = experiment.caches.isEmpty ? [nil] : experiment.caches.map(Optional.some)
    return experiment.systems.flatMap { system in
      caches.flatMap { cache in
        experiment.accesses.flatMap { access in
          experiment.models.map { Variant(system: system, cache: cache, access: access, model: $0) }
        }
      }
    }
  }

  private static func unknownNode(_ job: JobSpecification, _ nodes: [Int]) -> String? {
    guard case .node(let node) = job.numa, !nodes.contains(node) else { return nil }
    return
      "this machine has no NUMA node \(node) with processors, but \(nodes.map(String.init).joined(separator: ", "))"
  }

  private static func missing(_ system: SystemSpecification) -> String? {
    guard system.isMissing else { return nil }
    return
      "this version has no system \(system.name); it runs as soon as workloads/systems/\(system.name).yaml is there"
  }

  private static func unsupportedJoin(_ job: JobSpecification) -> String? {
    guard job.join == .broadcast, job.plan != .optimized else { return nil }
    return "join broadcast needs the plan optimized: \(job.plan.rawValue) joins partitions, as Corral does"
  }

  /// Decides cache state and access together: a direct tier bypasses the cache, a buffered one goes through it.
  ///
  /// - Returns: Why the system cannot have the state that was asked for, or nil.
  private static func settle(
    _ asked: JobSpecification.CacheState?, _ job: inout JobSpecification,
    _ system: inout SystemSpecification
  ) -> String? {
    system.updateTiers { tier in
      if tier.kind != .ssd { tier.access = tier.access ?? TierAccess.choices(for: tier.kind)[0] }
    }
    let cached = system.tiers.filter { $0.kind == .ssd }
    guard !cached.isEmpty else {
      job.cache = .none
      return nil
    }
    let buffered = cached.contains { $0.access == .buffered }
    job.cache = asked ?? (buffered ? .cold : .bypassed)
    let wanted: TierAccess = job.cache == .bypassed ? .direct : .buffered
    system.updateTiers { tier in
      if tier.kind == .ssd { tier.access = tier.access ?? wanted }
    }
    if let tier = system.tiers.first(where: { $0.kind == .ssd && $0.access != wanted }), asked != nil {
      return "cache \(job.cache.rawValue) needs \(wanted.rawValue) access, and \(system.name) says "
        + (tier.access ?? wanted).rawValue
    }
    return nil
  }

  /// The cell's values of each factor, and `auto` where it was chosen by that word.
  private static func factors(
    of cell: TrialCell, _ access: TierAccess?, _ model: ModelChoice, isAutomatic: Bool
  ) -> [Factor: Set<String>] {
    let job = cell.job
    var values: [Factor: Set<String>] = [
      .system: [cell.system.name], .workload: [job.workload.name], .size: [String(cell.dataset.size)],
      .plan: [job.plan.rawValue], .encoding: [job.encoding.rawValue], .layout: [job.layout.rawValue],
      .split: [String(job.splitSize)], .cache: [job.cache.rawValue], .starts: [job.starts.rawValue],
      .prefault: [Experiment.onOff(job.prefault)], .model: [model.word], .numa: [job.numa.word],
    ]
    values[.workers] = isAutomatic ? [String(job.workers), "auto"] : [String(job.workers)]
    values[.join] = [(job.join ?? .auto).rawValue]
    values[.access] = [access?.rawValue ?? "auto"]
    values[.combiner] = [job.combiner.map(Experiment.onOff) ?? "auto"]
    values[.reducers] = [job.reducers.map { String($0) } ?? "auto"]
    values[.memoryLimit] = [job.memoryLimit.map { String($0) } ?? "auto"]
    return values
  }

  /// Groups whose cells are measured in turn, because they read the same data and their workers fit beside each other.
  ///
  /// - Parameter mostWorkers: Of a batch of several groups; a group is never cut.
  func batches(mostWorkers: Int) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var sum = 0
    for (index, group) in groups.enumerated() {
      let mine = group.workers
      if let last = batches.last, groups[last.lowerBound].cells[0].datasets == group.cells[0].datasets,
        sum + mine <= mostWorkers
      {
        batches[batches.count - 1] = last.lowerBound..<(index + 1)
        sum += mine
      } else {
        batches.append(index..<(index + 1))
        sum = mine
      }
    }
    return batches
  }

  /// Workers that stand at the same time, at most: those of a batch's cells stay until its end.
  func workersAtOnce(mostWorkers: Int) -> Int {
    batches(mostWorkers: mostWorkers).map { groups[$0].reduce(0) { $0 + $1.workers } }.max() ?? 0
  }

  /// The plan of a batch's repeats; `cells` are those of its cells that can be run.
  func repeatPlan(ofBatch batch: Range<Int>, cells: Int) -> RepeatPlan {
    RepeatPlan(
      cells: cells, warmups: warmups, rule: rule,
      seed: seed &+ UInt64(batch.lowerBound) &* 0x9E37_79B9_7F4A_7C15)
  }
}
