import Glibc
import Metrics
import Reports
import Storage

/// Where a tier lives unless somebody says otherwise, and how what a system says of it becomes a configuration.
public enum TierPlacement {
  /// The folder of a kind: `pmem` the first DAX mount that can be written, else /dev/shm (emulated); `ssd`
  /// $MARVEL_BENCH_SSD, else /var/tmp, which unlike /tmp is on a disk nearly everywhere.
  public static func defaultFolder(_ kind: TierKind) -> String {
    switch kind {
    case .pmem: daxMount() ?? "/dev/shm"
    case .ssd: getenv("MARVEL_BENCH_SSD").map { String(cString: $0) } ?? "/var/tmp"
    case .dram, .file: ""
    }
  }

  /// In place of a folder: a `pmem` pool in anonymous memory, emulated where no folder in memory has the room.
  public static let anonymousMemory = "memfd"

  /// The folder in which a tier is looked after; nil where it is in memory that has none.
  public static func folder(of tier: TierSpecification) -> String? {
    guard tier.kind != .dram, tier.folders != [anonymousMemory] else { return nil }
    return tier.folders.first ?? defaultFolder(tier.kind)
  }

  /// Where datasets are below a tier's folder, or nil where there are none.
  public static func datasetFolder(in folder: String) -> String? {
    let path = "\(folder)/marvel-bench-\(getuid())/datasets"
    return access(path, F_OK) == 0 ? path : nil
  }

  /// A mount whose options say DAX and that this user can write to.
  private static func daxMount() -> String? {
    guard let mounts = TextFile.read("/proc/self/mounts") else { return nil }
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 3 else { continue }
      let options = fields[3].split(separator: ",")
      guard options.contains("dax") || options.contains("dax=always") else { continue }
      let path = String(fields[1])
      if access(path, W_OK) == 0 { return path }
    }
    return nil
  }

  /// Opens each of `tiers` whose kind is in `kinds`, small and empty, and closes it again.
  ///
  /// - Throws: ``StorageError`` `.unavailable`, naming the tier, where one is emulated or paced by a model.
  public static func demandReal(_ kinds: Set<TierKind>, _ tiers: [TierSpecification]) throws {
    for tier in Set(tiers).sorted(by: { $0.text < $1.text }) where kinds.contains(tier.kind) {
      var tier = tier
      tier.capacity = 1 << 20
      var configuration = try configuration(tier, capacity: 1 << 20)
      configuration.requireReal = true
      try TierHost.open(configuration).close()
    }
  }

  /// - Parameters:
  ///   - capacity: Bytes that the role needs, where the specification sets no limit of its own.
  ///   - durable: nil: as the kind promises.
  public static func configuration(
    _ tier: TierSpecification, capacity: Int, durable: Bool? = nil
  ) throws -> TierConfiguration {
    var folders = tier.folders
    if folders.isEmpty, tier.kind != .dram { folders = [defaultFolder(tier.kind)] }
    if folders == [anonymousMemory] {
      guard tier.kind == .pmem, tier.isPool else {
        throw StorageError(
          .invalid, "tiers.\(tier.kind.rawValue): \(anonymousMemory) takes no files (name a folder)")
      }
      folders = []
    }
    let model = try tier.model.map { name in
      guard let model = PacingModel.known.first(where: { $0.name == name }) else {
        throw StorageError(
          .invalid,
          "unknown device model '\(name)'; known here: "
            + PacingModel.known.map(\.name).joined(separator: ", "))
      }
      return model
    }
    var configuration = TierConfiguration(
      tier.kind, access: tier.access, folders: folders, capacity: tier.capacity ?? capacity,
      durable: durable, model: model, node: tier.node)
    configuration.engine = tier.engine ?? .libaio
    return configuration
  }
}
