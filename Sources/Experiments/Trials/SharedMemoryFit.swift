import Metrics
import Storage
import Reports

/// Emulated pmem where /dev/shm is small (Docker gives a container 64 MiB): said, and the run finishes.
enum SharedMemoryFit {
  /// What a pool needs besides its objects: the tier bench's margin, its directory and table.
  static let poolMargin = TierBench.margin + (16 << 20)

  /// Why the default folder of `tier` cannot take a pool or files of so many bytes; nil where it can, where the
  /// folder is of a disk, and where somebody has named one, which is then held to.
  static func refusal(of tier: TierSpecification, bytes: Int) -> String? {
    guard tier.kind == .pmem, tier.folders.isEmpty else { return nil }
    let folder = TierPlacement.defaultFolder(.pmem)
    let needed = bytes + (tier.isPool ? 16 << 20 : 0)
    let free = SpacePlan.free(folder)
    guard (try? StorageDevice(folder: folder).kind) == .memory, needed > free else { return nil }
    return "\(folder) has \(ByteSize.text(free)) free, and \(ByteSize.text(needed)) are needed"
  }
}

extension TrialMatrix {
  /// Pools of emulated pmem that do not fit /dev/shm go to anonymous memory; what keeps files there is skipped.
  ///
  /// - Returns: What is to be said; nil where all fits.
  mutating func fitSharedMemory() -> String? {
    func isDefault(_ tier: TierSpecification, _ access: TierAccess) -> Bool {
      tier.kind == .pmem && tier.folders.isEmpty && tier.access ?? .libpmem == access
    }
    let users = cells.filter { $0.unsupported == nil }
    let tiers = Set(users.flatMap(\.system.tiers).filter { isDefault($0, .libpmem) })
    let pools = tiers.reduce(0) { sum, tier in
      sum + SpacePlan.bytes(users) { $0 == tier } + SharedMemoryFit.poolMargin
    }
    let files = SpacePlan.bytes(users) { isDefault($0, .file) }
    let tier = TierSpecification(.pmem, access: .file)
    guard let reason = SharedMemoryFit.refusal(of: tier, bytes: pools + files) else { return nil }
    let refusedFiles = SharedMemoryFit.refusal(of: tier, bytes: files)
    updateCells { cell in
      cell.system.updateTiers { tier in
        if isDefault(tier, .libpmem) { tier.folders = [TierPlacement.anonymousMemory] }
      }
      guard let refusedFiles, cell.unsupported == nil,
        cell.system.tiers.contains(where: { isDefault($0, .file) })
      else { return }
      cell.unsupported =
        "pmem by files: \(refusedFiles) (docker run --shm-size, or a folder with --tier pmem=FOLDER)"
    }
    var note = reason
    if pools > 0 { note += "; pools of emulated pmem are in anonymous memory (memfd)" }
    if refusedFiles != nil { note += "; systems that keep files there are skipped" }
    return note
  }
}
