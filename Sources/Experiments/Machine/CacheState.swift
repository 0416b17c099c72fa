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
  static func violation(_ cell: TrialCell, _ outcome: TrialOutcome, _ input: TierHost) -> String? {
    guard cell.system.input.kind == .ssd, cell.job.cache == .bypassed || cell.job.cache == .cold,
      let asked = outcome.readBytes, asked > 0
    else { return nil }
    guard input.tier.provenance == .measured else { return nil }
    guard let device = outcome.deviceReadBytes else { return nil }
    // A granule at a split's end is asked for twice. Past the cache the device reads it twice; through a cold cache
    // once, so that there each byte of the input is owed once.
    let owed = cell.job.cache == .bypassed ? asked : min(asked, cell.dataset.size)
    guard Double(device) < 0.95 * Double(owed) else { return nil }
    return "cache: the devices read \(device) of \(owed) bytes that they had to"
  }

  private static func paths(of host: TierHost) throws -> [String] {
    try host.descriptor.paths.map { $0 + "/objects" }.flatMap { folder in
      try folderEntries(folder).map { "\(folder)/\($0)" }
    }
  }
}
