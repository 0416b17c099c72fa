import CSystemIO
import Glibc

/// A tier as its controller holds it: makes the pool or the folders, says to workers how to open them, and removes
/// all at the end.
public final class TierHost {
  public let configuration: TierConfiguration
  /// For the workers; where ``TierDescriptor/fileDescriptorIndex`` is set it counts in ``fileDescriptors``.
  public let descriptor: TierDescriptor
  /// To be passed with each activation (or once to each worker).
  public let fileDescriptors: [Int32]
  /// The controller's own instance.
  public let tier: any Tier

  init(
    _ configuration: TierConfiguration, _ descriptor: TierDescriptor, fileDescriptors: [Int32], tier: any Tier
  ) {
    self.configuration = configuration
    self.descriptor = descriptor
    self.fileDescriptors = fileDescriptors
    self.tier = tier
  }

  /// - Throws: ``StorageError``: `.unavailable` where `requireReal` is not met or a library is missing, `.noSpace`
  ///   where the capacity does not fit, `.denied` or `.missing` for a folder.
  public static func open(_ configuration: TierConfiguration) throws -> TierHost {
    guard configuration.capacity > 0, configuration.capacity < 1 << 46 else {
      throw StorageError(
        .invalid,
        "tiers.\(configuration.kind.rawValue).capacity: \(configuration.capacity) bytes (1 to 64 TiB)")
    }
    switch configuration.kind {
    case .dram: return try openMemory(configuration)
    case .pmem, .ssd, .file:
      throw StorageError(.unavailable, "open \(configuration.kind.rawValue): not in this build")
    }
  }

  private static func openMemory(_ configuration: TierConfiguration) throws -> TierHost {
    let pool = try SharedPool.anonymous(
      name: "dram", capacity: configuration.capacity, node: configuration.node)
    let descriptor = TierDescriptor(
      kind: .dram, access: .memory, fileDescriptorIndex: 0, provenance: .measured, model: configuration.model,
      node: configuration.node)
    let tier = PoolTier(
      kind: .dram, pools: [pool], provenance: .measured, persistent: false, model: configuration.model)
    return TierHost(configuration, descriptor, fileDescriptors: [pool.descriptor], tier: tier)
  }
}

/// Opens in a worker the tier that its controller opened. Passed descriptors are duplicated, never closed.
public func openTier(_ descriptor: TierDescriptor, fileDescriptors: [Int32]) throws -> any Tier {
  switch descriptor.kind {
  case .dram:
    guard let index = descriptor.fileDescriptorIndex, fileDescriptors.indices.contains(index) else {
      throw StorageError(.invalid, "open dram: the activation carries no descriptor of its memory")
    }
    let duplicate = fcntl(fileDescriptors[index], F_DUPFD_CLOEXEC, 3)
    guard duplicate >= 0 else { throw StorageError.system("open", "dram", errno) }
    let pool = try SharedPool.passed(name: "dram", descriptor: duplicate, node: descriptor.node)
    return PoolTier(
      kind: .dram, pools: [pool], provenance: descriptor.provenance, persistent: false,
      model: descriptor.model)
  case .pmem, .ssd, .file:
    throw StorageError(.unavailable, "open \(descriptor.kind.rawValue): not in this build")
  }
}
