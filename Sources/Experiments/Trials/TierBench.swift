import Functions
import MapReduce
import Metrics
import Reports
import Storage

/// The tiers of a run: each opened once and shared by the systems that use it, datasets staged once on each.
final class TierBench {
  /// Roles that cannot share a host: intermediate data is not made durable, what is published is.
  private struct Key: Hashable {
    var tier: TierSpecification
    var isShuffle: Bool
  }

  /// Of a pool beyond what is planned for its objects.
  static let margin = 256 << 20

  private var hosts: [Key: TierHost] = [:]
  private var staged: [ObjectIdentifier: [String: (file: InputFile, nanoseconds: Int)]] = [:]
  /// All that use the tiers, in the order in which they are measured.
  private let cells: [TrialCell]

  init(_ cells: [TrialCell]) { self.cells = cells }

  func close() {
    for host in hosts.values { host.close() }
    hosts = [:]
  }

  func host(_ tier: TierSpecification, isShuffle: Bool) throws -> TierHost {
    // A pool is one for all roles; files have a host without durability for the shuffle.
    let isFiles = tier.kind == .ssd || tier.access == .file
    let key = Key(tier: tier, isShuffle: isFiles && isShuffle)
    if let host = hosts[key] { return host }
    let configuration = try TierPlacement.configuration(
      tier, capacity: SpacePlan.bytes(cells) { $0 == tier } + Self.margin,
      durable: key.isShuffle ? false : nil)
    let host = try TierHost.open(configuration)
    hosts[key] = host
    return host
  }

  /// The dataset on the host's tier, copied there at its first use.
  func stage(
    _ dataset: Dataset, on host: TierHost, goesOn: () -> Bool
  ) throws -> (file: InputFile, nanoseconds: Int) {
    if let known = staged[ObjectIdentifier(host)]?[dataset.id] { return (known.file, 0) }
    let start = monotonicNanoseconds()
    let file = try dataset.stage(to: host.tier, prefix: "dataset/\(dataset.id)/", goesOn: goesOn)
    let nanoseconds = monotonicNanoseconds() - start
    staged[ObjectIdentifier(host), default: [:]][dataset.id] = (file, nanoseconds)
    return (file, nanoseconds)
  }

  /// Deletes a dataset's objects everywhere: the next group may need the space.
  func unstage(_ dataset: Dataset) throws {
    for host in hosts.values where staged[ObjectIdentifier(host)]?.removeValue(forKey: dataset.id) != nil {
      for object in try host.tier.list(prefix: "dataset/\(dataset.id)/") { try host.tier.delete(object) }
    }
  }
}
