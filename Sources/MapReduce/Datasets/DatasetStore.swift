import Glibc
import Metrics
import Storage

/// Datasets in a folder, each made once and used by all runs.
///
/// A dataset is made in a hidden folder of the store and renamed when it is whole, so that what can be seen
/// is complete. Locks (flock): whoever makes or deletes holds the store's, whoever uses a dataset holds its
/// folder's shared; so two processes that want the same dataset make it once, and nobody deletes it under a
/// user. What a killed process left unfinished is removed by the next that makes or deletes, or by ``removeUnfinished()``.
public final class DatasetStore: Sendable {
  public let path: String

  static let partialPrefix = ".partial-"

  /// - Parameter path: The folder; it is created where it does not exist.
  public init(path: String) throws {
    try DatasetFolder.create(path)
    self.path = path
  }

  /// The dataset of `spec`, generated where the store does not have it.
  ///
  /// - Parameters:
  ///   - verifying: Read every byte of a dataset that was there, as rule 13 of the design has it.
  ///   - progress: Called on the calling thread with bytes generated or checked of the size; false stops with
  ///     `CancellationError` and leaves nothing behind.
  /// - Throws: ``StorageError`` with `.noSpace`, `.denied`, …, or with `.corrupt`, naming the file, where
  ///   the dataset that is there does not fit its manifest.
  public func ensure(
    _ spec: DatasetSpec, threads: Int, verifying: Bool = true,
    progress: (_ done: Int, _ size: Int) -> Bool = { _, _ in true }
  ) throws -> Dataset {
    if let dataset = try open(spec.id) {
      if verifying { try dataset.verify(threads: threads) { progress($0, spec.size) } }
      return dataset
    }
    return try make(spec.id, goesOn: { progress(0, spec.size) }) { folder in
      try DatasetFolder.requireSpace(spec.size, at: folder)
      let generator = spec.generator()
      let checksums = try DatasetWriter(folder: folder, size: spec.size, threads: threads)
        .write(goesOn: { progress($0, spec.size) }) { granule, target in
          generator.writeGranule(granule, into: target.baseAddress!)
        }
      return DatasetManifest(spec: spec, checksums: checksums)
    }
  }

  /// The dataset with this id, or nil where there is none.
  public func open(_ id: String) throws -> Dataset? {
    let path = "\(path)/\(id)"
    while true {
      let folder: DatasetFile
      do {
        folder = try DatasetFile(path, .folder)
      } catch let error as StorageError where error.kind == .missing {
        return nil
      }
      // Exclusively locked only by who is about to delete it.
      guard try folder.tryLock(shared: true) else {
        usleep(1000)
        continue
      }
      var now = stat()
      let opened = try folder.status()
      // Deleted, or deleted and made anew, between the two calls?
      guard stat(path, &now) == 0, now.st_ino == opened.st_ino, now.st_dev == opened.st_dev else { continue }
      return try Dataset(id: id, folder: folder)
    }
  }

  /// Ids of all datasets, sorted bytewise.
  public func list() throws -> [String] { try DatasetFolder.names(path).filter { !$0.hasPrefix(".") } }

  /// Deletes a dataset, whole or broken; false where a process uses it.
  @discardableResult
  public func delete(_ id: String, goesOn: () -> Bool = { true }) throws -> Bool {
    let lock = try lockStore(goesOn)
    defer { withExtendedLifetime(lock) {} }
    let folder = try DatasetFile("\(path)/\(id)", .folder)
    guard try folder.tryLock(shared: false) else { return false }
    // First out of sight, so that what is seen is whole also if this process is killed.
    let hidden = "\(path)/\(Self.partialPrefix)\(id)"
    try DatasetFolder.rename(folder.path, hidden)
    try DatasetFolder.remove(hidden)
    return true
  }

  /// Deletes all datasets that no process uses, and what killed processes left. Returns the ids in use.
  public func deleteAll(goesOn: () -> Bool = { true }) throws -> [String] {
    var inUse: [String] = []
    for id in try list() where try !delete(id, goesOn: goesOn) { inUse.append(id) }
    let lock = try lockStore(goesOn)
    defer { withExtendedLifetime(lock) {} }
    return inUse
  }

  /// Removes what killed processes left; nothing where a live one is making or deleting.
  ///
  /// - Returns: The folders that were removed.
  public func removeUnfinished() throws -> [String] {
    let folder = try DatasetFile(path, .folder)
    return try folder.tryLock(shared: false) ? removeHidden() : []
  }

  /// Makes dataset `id` in a hidden folder by `body`, which writes the blocks, unless somebody else has made it
  /// by the time that the store's lock is had.
  func make(
    _ id: String, goesOn: () -> Bool, _ body: (_ folder: String) throws -> DatasetManifest
  ) throws -> Dataset {
    let lock = try lockStore(goesOn)
    defer { withExtendedLifetime(lock) {} }
    if let dataset = try open(id) { return dataset }
    let hidden = "\(path)/\(Self.partialPrefix)\(id)"
    try DatasetFolder.create(hidden)
    do {
      let manifest = try body(hidden)
      let file = try DatasetFile("\(hidden)/\(Dataset.manifestName)", .createNew)
      try manifest.encoded().withUnsafeBytes { try file.write($0, at: 0) }
      try file.synchronize()
      try DatasetFolder.synchronize(hidden)
      try DatasetFolder.rename(hidden, "\(path)/\(id)")
      try DatasetFolder.synchronize(path)
    } catch {
      try? DatasetFolder.remove(hidden)
      throw error
    }
    guard let dataset = try open(id) else {
      throw StorageError(.missing, "open \(path)/\(id): it was removed as soon as it was made")
    }
    return dataset
  }

  /// The store's lock, once it is free, after removing what a killed process left behind.
  private func lockStore(_ goesOn: () -> Bool) throws -> DatasetFile {
    let folder = try DatasetFile(path, .folder)
    while try !folder.tryLock(shared: false) {
      guard goesOn() else { throw CancellationError() }
      usleep(20_000)
    }
    _ = try removeHidden()
    return folder
  }

  /// With the store's lock held.
  private func removeHidden() throws -> [String] {
    let hidden = try DatasetFolder.names(path).filter { $0.hasPrefix(Self.partialPrefix) }
    return try hidden.map { name in
      try DatasetFolder.remove("\(path)/\(name)")
      return "\(path)/\(name)"
    }
  }
}
