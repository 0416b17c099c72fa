import CSystemIO
import Glibc

/// A tier as its controller holds it: makes the pool or the folders, says to workers how to open them, and removes
/// all at the end: at ``close()``, or when it is released, so it is to be kept as long as the tier is used.
public final class TierHost {
  public let configuration: TierConfiguration
  /// For the workers; where ``TierDescriptor/fileDescriptorIndex`` is set it counts in ``fileDescriptors``.
  public let descriptor: TierDescriptor
  /// To be passed with each activation (or once to each worker). They stay this object's.
  public let fileDescriptors: [Int32]
  /// The controller's own instance.
  public let tier: any Tier
  /// What each folder lies on; empty for `dram`.
  public let devices: [StorageDevice]
  private let runs: [RunFolder]

  private init(
    _ configuration: TierConfiguration, _ descriptor: TierDescriptor, fileDescriptors: [Int32] = [],
    tier: any Tier, devices: [StorageDevice] = [], runs: [RunFolder] = []
  ) {
    self.configuration = configuration
    self.descriptor = descriptor
    self.fileDescriptors = fileDescriptors
    self.tier = tier
    self.devices = devices
    self.runs = runs
  }

  deinit { close() }

  /// Makes the tier, empty.
  ///
  /// - Throws: ``StorageError``: `.unavailable` where `requireReal` is not met or a library is missing, `.noSpace`
  ///   where the capacity does not fit, `.denied` or `.missing` for a folder, `.invalid` for what cannot be.
  public static func open(_ configuration: TierConfiguration) throws -> TierHost {
    let name = configuration.kind.rawValue
    guard configuration.capacity > 0, configuration.capacity < 1 << 46 else {
      throw StorageError(.invalid, "tiers.\(name).capacity: \(configuration.capacity) bytes (1 to 64 TiB)")
    }
    let isPool = configuration.access == .memory || configuration.access == .libpmem
    guard isPool || !configuration.folders.isEmpty else {
      throw StorageError(.invalid, "tiers.\(name): no folder (give one with --tier \(name)=FOLDER)")
    }
    switch (configuration.kind, configuration.access) {
    case (.dram, .memory): return try openMemory(configuration)
    case (.pmem, .libpmem): return try openPersistent(configuration)
    case (.pmem, .file), (.ssd, .direct), (.ssd, .buffered), (.file, .buffered):
      return try openFolders(configuration)
    default:
      throw StorageError(
        .invalid,
        "tiers.\(name).access: '\(configuration.access.rawValue)'; known here: "
          + "pmem libpmem or file, ssd direct or buffered, dram memory")
    }
  }

  /// Removes the pool or the folders. Objects of a plain tier stay; its unfinished ones go.
  public func close() {
    for run in runs { run.close() }
    guard configuration.plain else { return }
    for folder in configuration.folders {
      removeFolderTree(folder + "/.attempts")
      removeFolderTree(folder + "/.records")
    }
  }

  /// The files of all published objects, for the page cache to be set and checked; empty for pools.
  public func objectFiles() throws -> [String] { try (tier as? FolderTier)?.files.publishedFiles() ?? [] }

  private static func openMemory(_ configuration: TierConfiguration) throws -> TierHost {
    precondition((1...TierConfiguration.mostPools).contains(configuration.pools))
    let pools = try (0..<configuration.pools).map { _ in
      try SharedPool.anonymous(name: "dram", capacity: configuration.capacity, node: configuration.node)
    }
    let descriptor = TierDescriptor(
      kind: .dram, access: .memory, fileDescriptorIndex: 0, provenance: .measured, model: configuration.model,
      node: configuration.node)
    let tier = PoolTier(
      kind: .dram, pools: pools, home: 0, provenance: .measured, persistent: false, model: configuration.model
    )
    return TierHost(configuration, descriptor, fileDescriptors: pools.map(\.descriptor), tier: tier)
  }

  private static func demandReal(
    _ configuration: TierConfiguration, _ provenance: Provenance, _ why: String
  ) throws {
    guard configuration.requireReal, !provenance.contains(.measured) || configuration.model != nil else {
      return
    }
    let name = configuration.kind.rawValue
    throw StorageError(
      .unavailable,
      "open \(name): \(configuration.model == nil ? why : "it is paced by a model"), and a real "
        + "\(name) is demanded (choose a folder on one with --tier \(name)=FOLDER, or drop --require-real)")
  }

  /// The calls of libpmem on anonymous memory: emulation where no folder in memory has the room.
  private static func openAnonymous(_ configuration: TierConfiguration) throws -> TierHost {
    try demandReal(configuration, .emulated, "it lives in anonymous memory")
    let pool = try SharedPool.anonymous(
      name: "pmem", capacity: configuration.capacity, node: nil, medium: try emulatedMedium())
    let descriptor = TierDescriptor(
      kind: .pmem, access: .libpmem, fileDescriptorIndex: 0, provenance: .emulated, durable: true,
      model: configuration.model)
    let tier = PoolTier(
      kind: .pmem, pools: [pool], provenance: .emulated, persistent: false, model: configuration.model)
    return TierHost(configuration, descriptor, fileDescriptors: [pool.descriptor], tier: tier)
  }

  private static func openPersistent(_ configuration: TierConfiguration) throws -> TierHost {
    if configuration.folders.isEmpty { return try openAnonymous(configuration) }
    let runs = try configuration.folders.map { try RunFolder(in: $0) }
    let devices = try configuration.folders.map { try StorageDevice(folder: $0) }
    // A folder takes its share of the capacity.
    let share = (configuration.capacity + runs.count - 1) / runs.count
    let pools = try zip(runs, devices).map { run, device in
      try SharedPool.persistent(
        path: run.path + "/pool", create: share,
        preallocate: configuration.preallocate ?? (device.kind != .memory),
        isMemory: device.kind == .memory)
    }
    let provenance: Provenance = pools.allSatisfy(\.isReal) ? .measured : .emulated
    try demandReal(
      configuration, provenance, "pmem_is_pmem says no for \(configuration.folders.joined(separator: ", "))")
    let descriptor = TierDescriptor(
      kind: .pmem, access: .libpmem, paths: runs.map { $0.path + "/pool" }, provenance: provenance,
      durable: true,
      model: configuration.model)
    let tier = PoolTier(
      kind: .pmem, pools: pools, provenance: provenance, persistent: true, model: configuration.model)
    return TierHost(configuration, descriptor, tier: tier, devices: devices, runs: runs)
  }

  private static func openFolders(_ configuration: TierConfiguration) throws -> TierHost {
    let runs = configuration.plain ? [] : try configuration.folders.map { try RunFolder(in: $0) }
    let paths = configuration.plain ? configuration.folders : runs.map(\.path)
    let devices = try configuration.folders.map { try StorageDevice(folder: $0) }
    var descriptor = TierDescriptor(
      kind: configuration.kind, access: configuration.access, paths: paths, provenance: .measured,
      durable: configuration.durable, model: configuration.model, queueDepth: configuration.queueDepth,
      plain: configuration.plain)
    switch configuration.kind {
    case .pmem: descriptor.provenance = devices.allSatisfy(\.dax) ? .measured : .emulated
    case .ssd:
      descriptor.provenance = devices.allSatisfy { $0.provenance == .measured } ? .measured : .emulated
    case .dram, .file: break
    }
    try demandReal(
      configuration, descriptor.provenance,
      zip(configuration.folders, devices).map { "\($0) is \($1.filesystem)" }.joined(separator: ", "))
    try ObjectFiles(kind: configuration.kind, folders: paths, plain: configuration.plain, isDirect: false)
      .makeFolders()
    if configuration.access == .direct {
      let alignments = try paths.map { try StorageDevice.directAlignment(folder: $0) }
      if let largest = alignments.contains(nil) ? nil : alignments.compactMap({ $0 }).max() {
        descriptor.alignment = largest
        if configuration.engine == .io_uring, try IOEngine.reads(with: .io_uring, in: paths[0], largest) {
          descriptor.engine = .io_uring
        }
      } else {
        descriptor.access = .buffered
      }
    }
    if configuration.model != nil { descriptor.pacePath = paths[0] + "/pace" }
    return TierHost(configuration, descriptor, tier: try FolderTier(descriptor), devices: devices, runs: runs)
  }
}

/// Opens in a worker the tier that its controller opened. Passed descriptors are duplicated, never closed.
///
/// - Parameters:
///   - node: The NUMA node to which the worker is bound: reads from memory are then counted by node.
///   - worker: Its index; of several pools in anonymous memory it writes to one of its own.
public func openTier(
  _ descriptor: TierDescriptor, fileDescriptors: [Int32], node: Int? = nil, worker: Int = 0
) throws -> any Tier {
  switch descriptor.access {
  case .memory:
    let pools = try passedPools(descriptor, fileDescriptors, medium: .memory)
    return PoolTier(
      kind: .dram, pools: pools, home: worker % pools.count, provenance: descriptor.provenance,
      persistent: false, model: descriptor.model, node: node)
  case .libpmem where descriptor.fileDescriptorIndex != nil:
    let pools = try passedPools(descriptor, fileDescriptors, medium: try emulatedMedium())
    return PoolTier(
      kind: .pmem, pools: pools, provenance: descriptor.provenance, persistent: false,
      model: descriptor.model, node: node)
  case .libpmem:
    guard !descriptor.paths.isEmpty else { throw StorageError(.invalid, "open pmem: no pool file is named") }
    let pools = try descriptor.paths.map { path in
      try SharedPool.persistent(
        path: path, create: nil, preallocate: false,
        isMemory: try StorageDevice(folder: parentFolder(path)).kind == .memory)
    }
    return PoolTier(
      kind: .pmem, pools: pools, provenance: descriptor.provenance, persistent: true, model: descriptor.model,
      node: node)
  case .file, .direct, .buffered:
    guard !descriptor.paths.isEmpty else {
      throw StorageError(.invalid, "open \(descriptor.kind.rawValue): no folder is named")
    }
    return try FolderTier(descriptor)
  }
}

/// The pools in anonymous memory whose descriptors were passed.
private func passedPools(
  _ descriptor: TierDescriptor, _ fileDescriptors: [Int32], medium: PoolMedium
) throws -> [SharedPool] {
  let name = descriptor.kind.rawValue
  guard let index = descriptor.fileDescriptorIndex, fileDescriptors.indices.contains(index) else {
    throw StorageError(.invalid, "open \(name): the activation carries no descriptor of its memory")
  }
  return try fileDescriptors[index...].map { passed in
    let duplicate = fcntl(passed, F_DUPFD_CLOEXEC, 3)
    guard duplicate >= 0 else { throw StorageError.system("open", name, errno) }
    return try SharedPool.passed(name: name, descriptor: duplicate, node: descriptor.node, medium: medium)
  }
}

/// libpmem on memory that is none of its files.
private func emulatedMedium() throws -> PoolMedium {
  guard mb_pmem_load() == 0 else {
    throw StorageError(
      .unavailable, "open pmem: \(String(cString: mb_pmem_error())) (install libpmem1, or use access: file)")
  }
  return .libpmem(synchronizes: false)
}

private func parentFolder(_ path: String) -> String {
  path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
}
