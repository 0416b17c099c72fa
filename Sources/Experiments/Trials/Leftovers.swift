import MapReduce
import Storage

extension TierPlacement {
  /// Where tiers and datasets are unless somebody names another folder.
  public static var defaultFolders: [String] {
    Set([defaultFolder(.pmem), defaultFolder(.ssd), "/dev/shm"]).sorted()
  }

  /// Removes what killed runs left, so that it takes no space from a run that starts; a live run's is not touched.
  ///
  /// - Parameter folders: Those that the run uses. The default ones are swept besides, whatever systems it is of.
  static func sweep(_ folders: [String]) throws {
    try removeLeftovers(folders)
    // A folder that this run has no use for must not stop it.
    for folder in defaultFolders where !folders.contains(folder) { _ = try? removeLeftovers([folder]) }
  }

  /// Removes what killed processes left in the folders: of runs, and datasets that were not finished.
  ///
  /// - Returns: What was removed.
  @discardableResult
  public static func removeLeftovers(_ folders: [String]) throws -> [String] {
    // The store's folder is below the user's, which a sweep of runs removes where it is empty.
    let unfinished = try folders.compactMap(datasetFolder).flatMap {
      try DatasetStore(path: $0).removeUnfinished()
    }
    return try unfinished + LeftoverSweep.clean(folders)
  }
}
