import Glibc
import Storage

extension DatasetSpec {
  /// Writes the dataset as one plain file: `marvel-bench generate`.
  ///
  /// The bytes go to `<path>.partial-<pid>`, which is renamed at the end, and removed when anything fails.
  ///
  /// - Parameters:
  ///   - replacing: Whether a file that exists is replaced; otherwise it is an `.exists` error.
  ///   - progress: Called on the calling thread with bytes written of the size; false stops with
  ///     `CancellationError` and leaves nothing behind.
  /// - Returns: The dataset's digest, as in its manifest in a store.
  @discardableResult
  public func writeFile(
    _ path: String, threads: Int, replacing: Bool = false,
    progress: (_ done: Int, _ size: Int) -> Bool = { _, _ in true }
  ) throws -> String {
    var status = stat()
    if lstat(path, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw StorageError(.invalid, "create \(path): it is a folder")
      }
      guard replacing else { throw StorageError(.exists, "create \(path): it exists (remove it first)") }
    }
    let partial = "\(path).partial-\(getpid())"
    // Nobody alive has this process's number: what has the name is a dead one's.
    unlink(partial)
    let sums = ChecksumTable(count: DatasetManifest.granuleCount(size))
    do {
      let file = try DatasetFile(partial, .createNew)
      try DatasetFolder.requireSpace(size, at: partial)
      let generator = generator()
      try DatasetWriter(folder: "", size: size, threads: threads).fillFile(
        file, start: 0, granules: 0..<DatasetManifest.granuleCount(size), end: size, sums,
        goesOn: { progress($0, size) }
      ) { granule, target in
        generator.writeGranule(granule, into: target.baseAddress!)
      }
      try file.synchronize()
      try DatasetFolder.rename(partial, path)
    } catch {
      unlink(partial)
      throw error
    }
    return DatasetManifest(spec: self, checksums: sums.all).digest
  }
}
