import Storage

extension TierAccess {
  /// What `kind` can do; the first is what it does unless told.
  public static func choices(for kind: TierKind) -> [TierAccess] {
    switch kind {
    case .ssd: [.direct, .buffered]
    case .pmem: [.libpmem, .file]
    case .dram: [.memory]
    case .file: [.buffered]
    }
  }
}

/// One tier in one role of a system: what it is, and where it lives.
public struct TierSpecification: Hashable, Sendable {
  public var kind: TierKind
  /// nil: the kind's first choice, or for `ssd` what the cell's cache state asks for.
  public var access: TierAccess?
  /// How `ssd` with direct access reaches the kernel; nil: libaio.
  public var engine: AsynchronousEngine?
  /// A device model that paces an emulated tier, as ``knownModels`` names them; nil: as fast as the machine is.
  public var model: String?
  /// Where the tier's files lie. Empty for `dram`; filled in before a trial is run for the others.
  public var folders: [String]
  /// Bytes at most; nil: what the planner asks for and the machine has.
  public var capacity: Int?
  /// The NUMA node to bind to (`dram`); nil: where its users run.
  public var node: Int?

  /// The models of `pmem`: six or one Optane DIMM (bandwidths in design and `docs/decisions.md`).
  public static let knownModels = ["optane-1dimm", "optane-6dimm"]

  public init(
    _ kind: TierKind, access: TierAccess? = nil, model: String? = nil, folders: [String] = [],
    capacity: Int? = nil, node: Int? = nil
  ) {
    self.kind = kind
    self.access = access
    self.model = model
    self.folders = folders
    self.capacity = capacity
    self.node = node
  }

  /// Whether its objects are in one pool that workers map, not in files.
  public var isPool: Bool { kind == .dram || kind == .pmem && access ?? .libpmem == .libpmem }

  /// Without the place: `pmem:file@optane-6dimm`. What ``SystemSpecification/factors`` is made of.
  public var text: String {
    kind.rawValue + (access.map { ":" + $0.rawValue } ?? "") + (engine.map { ":" + $0.rawValue } ?? "")
      + (model.map { "@" + $0 } ?? "")
  }
}

/// A named choice of input, shuffle and output tier and of a platform profile.
public struct SystemSpecification: Hashable, Sendable {
  public var name: String
  /// Profile of the function platform: `native` adds nothing.
  public var platform: String
  public var input: TierSpecification
  public var shuffle: TierSpecification
  public var output: TierSpecification

  /// A system that an experiment names and this version does not have: its cells are skipped rows. Its tiers mean nothing.
  public var isMissing = false

  public static func missing(_ name: String) -> SystemSpecification {
    let nowhere = TierSpecification(.dram)
    var system = SystemSpecification(name: name, input: nowhere, shuffle: nowhere, output: nowhere)
    system.isMissing = true
    return system
  }

  public static let knownPlatforms = ["native"]

  public init(
    name: String, platform: String = "native", input: TierSpecification, shuffle: TierSpecification,
    output: TierSpecification
  ) {
    self.name = name
    self.platform = platform
    self.input = input
    self.shuffle = shuffle
    self.output = output
  }

  /// Input, shuffle and output, in the order in which the data walks.
  public var tiers: [TierSpecification] { [input, shuffle, output] }

  /// Sets one thing in all three roles.
  public mutating func updateTiers(_ change: (inout TierSpecification) -> Void) {
    change(&input)
    change(&shuffle)
    change(&output)
  }
}
