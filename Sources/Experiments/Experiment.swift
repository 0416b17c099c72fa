import Functions
import MapReduce
import Metrics
import Reports
import Storage

/// What an experiment says of a tier wherever a system uses it: the place, the room, the pace.
public struct TierSettings: Hashable, Sendable {
  public var folders: [String] = []
  public var capacity: Int?
  public var model: String?
  public var access: TierAccess?
  public var engine: AsynchronousEngine?
  public var node: Int?

  public init(folders: [String] = []) { self.folders = folders }

  /// `tier` with what it does not say itself.
  func applied(to tier: TierSpecification) -> TierSpecification {
    var tier = tier
    if tier.folders.isEmpty { tier.folders = folders }
    tier.capacity = tier.capacity ?? capacity
    tier.model = tier.model ?? model
    tier.access = tier.access ?? access
    if tier.kind == .ssd { tier.engine = tier.engine ?? engine }
    tier.node = tier.node ?? node
    return tier
  }
}

/// An experiment file, understood: the factors of a matrix of trials, and how often each is measured.
public struct Experiment: Sendable {
  public var name: String
  public var description = ""
  public var systems: [SystemSpecification] = []
  public var workloads: [WorkloadSpecification] = []
  /// Bytes of each dataset; empty where `inputs` are the user's own files.
  public var sizes: [Int] = []
  public var inputs: [InputRole: [String]] = [:]
  public var vocabulary: Int?
  public var plans: [JobSpecification.Plan] = [.optimized]
  public var encodings: [JobSpecification.Encoding] = [.binary]
  public var layouts: [JobSpecification.Layout] = [.segment]
  /// nil in a list: as the plan (combiner) or the planner (reducers) says, or no limit.
  public var combiners: [Bool?] = [nil]
  /// Of the workloads that join; nil: as the sides' sizes say.
  public var joins: [JoinMethod?] = [nil]
  public var splits: [Int] = [JobSpecification.defaultSplitSize]
  public var reducers: [Int?] = [nil]
  /// nil: as many as this machine lets us use.
  public var workers: [Int?] = [nil]
  /// Empty: bypassed on ssd, or cold where its access is buffered.
  public var caches: [JobSpecification.CacheState] = []
  public var starts: [JobSpecification.Starts] = [.warm]
  public var prefaults: [Bool] = [true]
  public var memoryLimits: [Int?] = [nil]
  /// Of the tiers that have it, whatever their system says; nil: as the system and `tiers` say.
  public var accesses: [TierAccess?] = [nil]
  public var models: [ModelChoice] = [.asTiersSay]
  /// Where workers run.
  public var numa: [NUMAPolicy] = [.spread]
  public var repeats = 3
  public var warmups = 1
  /// Ends a cell's repeats when its median is known well enough.
  public var until: RepeatRule.Until?
  /// Nanoseconds after which no repeat is begun; nil: no limit.
  public var budget: Int?
  /// Nanoseconds after which an activation is killed and tried again.
  public var timeLimit = PoolOptions.usualTimeLimit
  /// Of the generated data and of the order of the trials.
  public var seed: UInt64 = 1
  public var tiers: [TierKind: TierSettings] = [:]
  /// Tiers that must be the real thing: the run fails before anything is run where one would not be.
  public var requireReal: Set<TierKind> = []
  /// A table that the bytes are printed beside.
  public var compareWith: ReferenceTable?
  /// Instead of systems and workloads: jobs of the I/O microbenchmark.
  public var io: IOExperiment?
  var exclusions: [Exclusion] = []
  /// The function platform alone is measured, and what is said of workloads and systems means nothing.
  public var faas: FaasPlan?

  public init(name: String) { self.name = name }
}

extension Experiment {
  static let keys = [
    "name", "description", "faas", "systems", "optional_systems", "workloads", "sizes", "input", "vocabulary",
    "plans", "encodings",
    "layouts", "join", "combiner", "split", "reducers", "workers", "cache", "starts", "prefault",
    "memory_limit", "access", "model", "numa",
    "repeats", "warmup", "until", "budget", "time_limit", "seed", "tiers", "require_real", "compare_with",
    "exclude",
  ]

  /// - Parameters:
  ///   - file: As errors shall name it.
  ///   - system: Finds a system that is given by name; nil where there is none.
  ///   - knownSystems: For the error that says so.
  ///   - jobFile: Finds a job file of the I/O microbenchmark in the same way.
  ///   - knownJobFiles: For its error.
  /// - Throws: ``WorkloadFileError`` with line and column.
  static func parse(
    _ text: String, file: String, knownSystems: [String],
    system: (String) throws -> SystemSpecification?,
    jobFile: (String) throws -> WorkloadFinder.Found? = { _ in nil }, knownJobFiles: [String] = []
  ) throws -> Experiment {
    let root = try StrictNode.parse(text, file: file)
    if root.hasKey("io") {
      return try parseIO(root, jobFile: jobFile, knownFiles: knownJobFiles)
    }
    let mapping = try root.mapping("an experiment", known: keys)
    var experiment = Experiment(
      name: try SystemFile.checkedName(mapping.required("name", of: "an experiment"), "name"))
    experiment.description = try mapping["description"]?.text("description") ?? ""
    if let faas = mapping["faas"] {
      _ = try root.mapping("an experiment with faas", known: FaasPlan.experimentKeys)
      experiment.faas = try FaasPlan(faas)
      try experiment.readRepeats(mapping)
      return experiment
    }
    try experiment.readWhatIsRun(mapping, knownSystems: knownSystems, system: system)
    try experiment.readFactors(mapping)
    try experiment.readTierFactors(mapping)
    try experiment.readRepeats(mapping)
    try experiment.readTiers(mapping)
    try experiment.readRequireReal(mapping)
    experiment.compareWith = try mapping["compare_with"]?.choice("table", of: ReferenceTable.self)
    if let exclude = mapping["exclude"] {
      experiment.exclusions = try exclude.oneOrMore("exclude").map(experiment.exclusion)
    }
    return experiment
  }

  mutating func readRequireReal(_ mapping: StrictMapping) throws {
    let kinds = SystemFile.tierKinds.map(\.rawValue)
    requireReal = Set(
      try mapping.list("require_real") { try $0.choice("tier of require_real", of: kinds) }?
        .compactMap(TierKind.init) ?? [])
  }

  private mutating func readWhatIsRun(
    _ mapping: StrictMapping, knownSystems: [String], system: (String) throws -> SystemSpecification?
  ) throws {
    systems =
      try mapping.required("systems", of: "an experiment").oneOrMore("systems").map { node in
        if node.isMapping { return try SystemFile.system(node) }
        let name = try node.text("a system")
        if name.contains("=") { return try SystemFile.adHoc(name, option: "system") }
        guard let found = try system(name) else {
          throw node.error("unknown system '\(name)'" + knownHere(knownSystems, insteadOf: name))
        }
        return found
      }
    systems +=
      try mapping.list("optional_systems") { node in
        let name = try node.text("a system")
        return try system(name) ?? .missing(SystemFile.checkedName(node, "the name of a system"))
      } ?? []
    workloads =
      try mapping.required("workloads", of: "an experiment").oneOrMore("workloads").map(Self.workload)
    if let input = mapping["input"] { try readInput(input) }
    if inputs.isEmpty {
      sizes = try mapping.required("sizes", of: "an experiment").oneOrMore("sizes").map {
        try $0.size("size")
      }
    } else if let given = mapping["sizes"] {
      throw given.error("sizes are of generated data; the size of 'input' is what its files have")
    }
    vocabulary = try mapping["vocabulary"]?.integer("vocabulary", in: TextGenerator.vocabularies)
  }

  private static func workload(_ node: StrictNode) throws -> WorkloadSpecification {
    let names = WorkloadKind.all.map(\.name)
    guard node.isMapping else {
      let kind = WorkloadKind.named(try node.choice("workload", of: names)) ?? WorkloadKind.all[0]
      return try kind.complete([:]) { node.error($1) }
    }
    // Its name first: what else it may say depends on it.
    guard let named = try node.entries("a workload").first(where: { try $0.key.text("a key") == "name" })
    else {
      throw node.error("a workload needs the key 'name'")
    }
    let name = try named.value.choice("workload", of: names)
    let kind = WorkloadKind.named(name) ?? WorkloadKind.all[0]
    let mapping = try node.mapping(name, known: ["name"] + kind.parameters.map(\.name))
    var parameters = try mapping.values.mapValues { try $0.text("a parameter of \(name)") }
    parameters["name"] = nil
    return try kind.complete(parameters) { (parameter, message) in
      (parameter.flatMap { mapping[$0] } ?? node).error(message)
    }
  }

  private mutating func readFactors(_ mapping: StrictMapping) throws {
    plans = try mapping.list("plans") { try $0.choice("plan", of: JobSpecification.Plan.self) } ?? plans
    encodings =
      try mapping.list("encodings") { try $0.choice("encoding", of: JobSpecification.Encoding.self) }
      ?? encodings
    layouts =
      try mapping.list("layouts") { try $0.choice("layout", of: JobSpecification.Layout.self) } ?? layouts
    joins =
      try mapping.list("join") { node in
        let method = try node.choice("join", of: JoinMethod.self)
        return method == .auto ? nil : method
      } ?? joins
    caches =
      try mapping.list("cache") { node -> JobSpecification.CacheState in
        let choices = JobSpecification.CacheState.choices
        let word = try node.choice("cache state", of: choices.map(\.rawValue))
        return choices.first { $0.rawValue == word } ?? .bypassed
      } ?? []
    starts =
      try mapping.list("starts") { try $0.choice("starts", of: JobSpecification.Starts.self) } ?? starts
    prefaults = try mapping.list("prefault") { try $0.onOff("prefault") } ?? prefaults
    splits =
      try mapping.list("split") { node in
        let size = try node.size("split")
        guard size >= 4096 else { throw node.error("split must be at least 4KiB") }
        return size
      } ?? splits
    combiners =
      try mapping.list("combiner") { try Self.automatic($0) { try $0.onOff("combiner") } } ?? combiners
    reducers =
      try mapping.list("reducers") {
        try Self.automatic($0) { try $0.integer("reducers", in: 1...Planner.maximumReduces) }
      }
      ?? reducers
    workers =
      try mapping.list("workers") { try Self.automatic($0) { try $0.integer("workers", in: 1...4096) } }
      ?? workers
    memoryLimits =
      try mapping.list("memory_limit") { try Self.automatic($0, Self.memoryLimit) } ?? memoryLimits
  }

  private static func memoryLimit(_ node: StrictNode) throws -> Int {
    let size = try node.size("memory_limit")
    guard JobSpecification.memoryLimits.contains(size) else {
      throw node.error(
        "memory_limit must be at least 64MiB and at most 64TiB, not '\(try node.text("memory_limit"))'")
    }
    return size
  }

  /// `auto` is what the planner or the machine says.
  private static func automatic<Value>(
    _ node: StrictNode, _ read: (StrictNode) throws -> Value
  ) throws -> Value? {
    node.isAutomatic ? nil : try read(node)
  }

  mutating func readTiers(_ mapping: StrictMapping) throws {
    let kinds = SystemFile.tierKinds
    guard let given = try mapping["tiers"]?.mapping("tiers", known: kinds.map(\.rawValue)) else { return }
    for kind in kinds {
      guard let node = given[kind.rawValue] else { continue }
      guard node.isMapping else {
        guard kind != .dram else { throw node.error("dram lives in memory and has no folder") }
        tiers[kind] = TierSettings(folders: try node.oneOrMore("folder").map { try $0.text("folder") })
        continue
      }
      let keys = SystemFile.tierKeys.filter { $0 != "tier" }
      var tier = TierSpecification(kind)
      try SystemFile.readSettings(try node.mapping(kind.rawValue, known: keys), into: &tier)
      var settings = TierSettings(folders: tier.folders)
      settings.capacity = tier.capacity
      settings.model = tier.model
      settings.access = tier.access
      settings.engine = tier.engine
      settings.node = tier.node
      tiers[kind] = settings
    }
  }
}

extension Experiment {
  /// Where a plan was chosen by hand, what the file leaves out of its own plans does not hold.
  public mutating func removeExclusions() { exclusions = [] }
}

extension Experiment {
  /// Takes the device models away from tiers whose folders are the real thing: a pace is for what stands in for it.
  public mutating func unpaceRealTiers() {
    for (kind, settings) in tiers where settings.model != nil {
      let folders = settings.folders.isEmpty ? [TierPlacement.defaultFolder(kind)] : settings.folders
      if folders.allSatisfy({ (try? StorageDevice(folder: $0))?.dax == true }) { tiers[kind]?.model = nil }
    }
  }

  /// Scales all sizes alike, so that the largest is `bytes`; none becomes less than 1 MiB, unless `bytes` is.
  public mutating func scale(toLargest bytes: Int) {
    for index in io?.entries.indices ?? 0..<0 { io?.entries[index].options.append(("size", "\(bytes)")) }
    guard let largest = sizes.max() else { return }
    sizes = sizes.map { size in
      max(min(bytes, 1 << 20), Int(Double(size) / Double(largest) * Double(bytes)))
    }
    var seen = Set<Int>()
    sizes.removeAll { !seen.insert($0).inserted }
  }
}
