import MapReduce
import Metrics
import Reports
import Storage

/// Cells that differ in their system and cache only: their repeats are interleaved, and they are compared.
public struct TrialGroup: Sendable {
  public var cells: [TrialCell]
}

/// One run of a cell in its place in time.
public struct ScheduledTrial: Equatable, Sendable {
  /// Index in the group's cells.
  public var cell: Int
  /// Counted from 1; nil: a warm-up, which leaves no row.
  public var repeatNumber: Int?
}

/// All cells of an experiment, in the file's order: workloads outermost, systems innermost.
public struct TrialMatrix: Sendable {
  public private(set) var groups: [TrialGroup]
  let repeats: Int
  let warmups: Int
  let seed: UInt64

  public var cells: [TrialCell] { groups.flatMap(\.cells) }

  /// Changes cells in their places.
  mutating func updateCells(_ change: (inout TrialCell) -> Void) {
    for group in groups.indices {
      for cell in groups[group].cells.indices { change(&groups[group].cells[cell]) }
    }
  }

  /// How many runs there will be, warm-ups included.
  public var runCount: Int {
    groups.reduce(0) { sum, group in
      sum + group.cells.count { $0.unsupported == nil } * (warmups + repeats)
    }
  }

  /// - Parameters:
  ///   - processors: What `workers: auto` means here.
  ///   - inputSizes: Bytes of the experiment's own files; not read where it generates its data.
  public init(_ experiment: Experiment, processors: Int, inputSizes: [InputRole: Int] = [:]) {
    repeats = experiment.repeats
    warmups = experiment.warmups
    seed = experiment.seed
    let sizes = experiment.inputs.isEmpty ? experiment.sizes : [0]
    var groups: [TrialGroup] = []
    for workload in experiment.workloads {
      for size in sizes {
        let data = Self.datasets(experiment, workload, size, inputSizes)
        for job in Self.jobs(experiment, workload, processors) {
          let group = Self.group(experiment, job, data.dataset, data.smaller)
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
    return jobs
  }

  private static func group(
    _ experiment: Experiment, _ job: JobSpecification, _ dataset: DatasetSpecification,
    _ smaller: DatasetSpecification?
  ) -> TrialGroup {
    var cells: [TrialCell] = []
    var seen = Set<String>()
    for system in experiment.systems {
      for cache in experiment.caches.isEmpty ? [nil] : experiment.caches.map(Optional.some) {
        var job = job
        var system = system
        system.updateTiers { $0 = (experiment.tiers[$0.kind] ?? TierSettings()).applied(to: $0) }
        let conflict = settle(cache, &job, &system)
        let cell = TrialCell(
          job: job, dataset: dataset, smaller: smaller, system: system,
          unsupported: missing(system) ?? conflict ?? unsupportedJoin(job)
            ?? WorkloadKind.named(job.workload.name)?.unsupported(
              plan: job.plan, parameters: job.workload.parameters))
        guard !experiment.exclusions.contains(where: { $0.matches(factors(of: cell)) }) else { continue }
        // Two cache states are one cell where no tier has a cache.
        if seen.insert(cell.id).inserted { cells.append(cell) }
      }
    }
    return TrialGroup(cells: cells)
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

  private static func factors(of cell: TrialCell) -> [Factor: String] {
    [
      .system: cell.system.name, .workload: cell.job.workload.name, .size: String(cell.dataset.size),
      .plan: cell.job.plan.rawValue, .encoding: cell.job.encoding.rawValue,
      .layout: cell.job.layout.rawValue, .join: (cell.job.join ?? .auto).rawValue,
      .workers: String(cell.job.workers),
      .cache: cell.job.cache.rawValue, .starts: cell.job.starts.rawValue,
    ]
  }

  /// The order in which a group is run: its warm-ups, then round after round of repeats, each in an order of its
  /// own drawn from the experiment's seed. Cells that are unsupported are not in it.
  public func schedule(ofGroup index: Int) -> [ScheduledTrial] {
    let cells = groups[index].cells.indices.filter { groups[index].cells[$0].unsupported == nil }
    var random = SplitMix64(seed: seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
    var schedule: [ScheduledTrial] = []
    for _ in 0..<warmups { schedule += cells.map { ScheduledTrial(cell: $0, repeatNumber: nil) } }
    for number in 1...max(repeats, 1) {
      schedule += cells.shuffled(using: &random).map { ScheduledTrial(cell: $0, repeatNumber: number) }
    }
    return schedule
  }
}
