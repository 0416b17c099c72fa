/// How a tier is reached (column `access`).
public enum TierAccess: String, CaseIterable, Sendable {
  /// Shared memory: `dram`.
  case memory
  /// A pool file mapped by libpmem: `pmem`.
  case libpmem
  /// read(2) and write(2) on files: `pmem`, as HDFS does.
  case file
  /// O_DIRECT: `ssd`.
  case direct
  /// Through the page cache: `ssd`, and the outputs of `job`.
  case buffered
}

/// How requests in flight reach the kernel where an access is `direct` (setting `engine`, column `io_engine`).
public enum AsynchronousEngine: String, CaseIterable, Sendable {
  case libaio, io_uring
}

/// A tier as an experiment or `--tier` asks for it.
public struct TierConfiguration: Sendable, Equatable {
  public var kind: TierKind
  public var access: TierAccess
  /// Where it lives; empty for `dram`, and for a `pmem` pool in anonymous memory. Objects are spread over several.
  public var folders: [String]
  /// Bytes of objects that a pool (`dram`, `pmem` by libpmem) takes, in all; memory is used when touched.
  public var capacity: Int
  /// Over how many pools `dram` is spread, each of the whole capacity: the kernel lets one process at a time into a
  /// memory file, so writers that have one each do not wait for each other.
  public var pools = 1
  /// Each is a descriptor to be passed, and a place to be looked at.
  public static let mostPools = 16
  /// Whether files are written through to the device before they are published.
  public var durable: Bool
  public var model: PacingModel?
  /// The NUMA node that `dram` is bound to.
  public var node: Int?
  /// Refuses what is not the real thing (`--require-real`).
  public var requireReal: Bool
  /// Whether a pool file takes its blocks when it is made, else when space is handed out; nil: when it is made,
  /// but on tmpfs, where blocks are memory.
  public var preallocate: Bool?
  /// Asynchronous requests that an instance may have in flight on `ssd`.
  public var queueDepth: Int
  /// Objects are files named as they are, in `folders` itself, without padding (the outputs of `job`).
  public var plain: Bool
  /// Taken where a real read succeeds with it; else libaio.
  public var engine = AsynchronousEngine.libaio

  public init(
    _ kind: TierKind, access: TierAccess? = nil, folders: [String] = [], capacity: Int = 1 << 30,
    durable: Bool? = nil, model: PacingModel? = nil, node: Int? = nil, requireReal: Bool = false,
    preallocate: Bool? = nil, queueDepth: Int = 128, plain: Bool = false
  ) {
    self.kind = kind
    switch kind {
    case .dram: self.access = access ?? .memory
    case .pmem: self.access = access ?? .libpmem
    case .ssd: self.access = access ?? .direct
    case .file: self.access = access ?? .buffered
    }
    self.folders = folders
    self.capacity = capacity
    self.durable = durable ?? (kind == .ssd || kind == .pmem)
    self.model = model
    self.node = node
    self.requireReal = requireReal
    self.preallocate = preallocate
    self.queueDepth = queueDepth
    self.plain = plain
  }
}

/// All that a worker needs to open the tier that its controller opened.
public struct TierDescriptor: Sendable, Equatable {
  public var kind: TierKind
  public var access: TierAccess
  /// Pool files, or the folders that objects are in.
  public var paths: [String]
  /// Where pools in anonymous memory have their descriptors among the tier's: from here on; nil where none is needed.
  public var fileDescriptorIndex: Int?
  public var provenance: Provenance
  public var durable: Bool
  public var model: PacingModel?
  /// A file with the model's shared buckets, where no pool has them.
  public var pacePath: String?
  public var node: Int?
  public var queueDepth: Int
  public var plain: Bool
  /// What O_DIRECT demands of offsets and lengths; 0 where the access is not direct.
  public var alignment: Int
  public var engine = AsynchronousEngine.libaio

  public init(
    kind: TierKind, access: TierAccess, paths: [String] = [], fileDescriptorIndex: Int? = nil,
    provenance: Provenance, durable: Bool = false, model: PacingModel? = nil, pacePath: String? = nil,
    node: Int? = nil, queueDepth: Int = 128, plain: Bool = false, alignment: Int = 0
  ) {
    self.kind = kind
    self.access = access
    self.alignment = alignment
    self.paths = paths
    self.fileDescriptorIndex = fileDescriptorIndex
    self.provenance = provenance
    self.durable = durable
    self.model = model
    self.pacePath = pacePath
    self.node = node
    self.queueDepth = queueDepth
    self.plain = plain
  }
}
