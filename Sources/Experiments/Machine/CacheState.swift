import MapReduce
import Reports
import Storage

/// The page cache as a trial wants it: brought about before the clock, checked after it.
enum CacheState {
  /// Empties or fills the cache of the files that hold the input; nothing to do where it is bypassed or none.
  ///
  /// - Returns: Why the cache is not as it was asked for, or nil.
  static func prepare(_ state: JobSpecification.CacheState, _ input: TierHost) throws -> String? {
    guard input.configuration.kind == .ssd else { return nil }
    switch state {
    case .none: return nil
    case .bypassed, .cold:
      try paths(of: input).forEach(PageCache.drop)
      return nil
    case .warm:
      let paths = try paths(of: input)
      try paths.forEach(PageCache.warm)
      return try coldShare(paths)
    }
  }

  /// Why files just read are not in the cache, or nil.
  private static func coldShare(_ paths: [String]) throws -> String? {
    do {
      let residencies = try paths.map(PageCache.residency)
      let cached = residencies.reduce(0) { $0 + min($1.cached, $1.size) }
      let size = residencies.reduce(0) { $0 + $1.size }
      guard Double(cached) < 0.99 * Double(size) else { return nil }
      return "cache: only \(cached) of \(size) bytes stayed in the page cache after a read"
    } catch let error as StorageError where error.kind == .unavailable {
      // Kernels before 6.5 do not tell; the read just done is then taken at its word.
      return nil
    }
  }

  /// Why a bypassed or cold row was not what it says, or nil: the devices read less than was asked (rule 4).
  ///
  /// Only activations whose device reads were counted owe anything. In a cold row the shuffle owes nothing: it goes
  /// through the page cache, which is cold before the clock and has what the maps wrote after it.
  static func violation(
    _ cell: TrialCell, _ outcome: TrialOutcome, _ input: TierHost, _ shuffle: TierHost
  ) -> String? {
    func isOnDisk(_ host: TierHost) -> Bool {
      host.configuration.kind == .ssd && host.tier.provenance.contains(.measured)
    }
    let counted = outcome.activations.filter { $0.deviceReadBytes != nil }
    // A map may read what another stage left on the shuffle tier, too: no more is owed than the input was asked for.
    let asked = min(
      outcome.readBytes ?? .max, counted.filter { $0.action == "map" }.reduce(0) { $0 + $1.bytesIn })
    let shuffled = counted.filter { $0.action != "map" }.reduce(0) { $0 + $1.bytesIn }
    var owed = 0
    switch cell.job.cache {
    case .none, .warm: return nil
    // A granule at a split's end is asked for twice. Past the cache the device reads it twice; through a cold cache
    // once, so that there each byte of the input is owed once.
    case .cold: owed = isOnDisk(input) ? min(asked, cell.dataset.size) : 0
    case .bypassed: owed = (isOnDisk(input) ? asked : 0) + (isOnDisk(shuffle) ? shuffled : 0)
    }
    let device = counted.reduce(0) { $0 + ($1.deviceReadBytes ?? 0) }
    guard Double(device) < 0.95 * Double(owed) else { return nil }
    return "cache: the devices read \(device) of \(owed) bytes that they had to"
  }

  private static func paths(of host: TierHost) throws -> [String] {
    try host.descriptor.paths.map { $0 + "/objects" }.flatMap { folder in
      try folderEntries(folder).map { "\(folder)/\($0)" }
    }
  }
}
