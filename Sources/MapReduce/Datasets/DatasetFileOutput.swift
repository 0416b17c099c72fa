import Glibc
import Storage

extension DatasetSpec {
  /// Writes the dataset as one plain file: `marvel-bench generate`.
  ///
  /// The bytes go to `<path>.partial-<pid>`, which is renamed at the end, and removed when anything fails.
  /// A character device such as /dev/null is written as it is.
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
    guard try Self.mayCreate(path, replacing: replacing) else {
      return try fill(DatasetFile(path, .device), threads: threads, progress)
    }
    let partial = "\(path).partial-\(getpid())"
    // Nobody alive has this process's number: what has the name is a dead one's.
    unlink(partial)
    do {
      let file = try DatasetFile(partial, .createNew)
      try DatasetFolder.requireSpace(size, at: partial)
      let digest = try fill(file, threads: threads, progress)
      try file.synchronize()
      try DatasetFolder.rename(partial, path)
      return digest
    } catch {
      unlink(partial)
      throw error
    }
  }

  /// False where `path` is a device to write to.
  fileprivate static func mayCreate(_ path: String, replacing: Bool) throws -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return true }
    switch status.st_mode & S_IFMT {
    case S_IFCHR: return false
    case S_IFREG, S_IFLNK: break
    case S_IFDIR: throw StorageError(.invalid, "create \(path): it is a folder")
    default: throw StorageError(.invalid, "create \(path): it is not a regular file")
    }
    guard replacing else { throw StorageError(.exists, "create \(path): it exists (remove it first)") }
    return true
  }

  /// Writes all bytes and returns the digest.
  private func fill(
    _ file: DatasetFile, threads: Int, _ progress: (_ done: Int, _ size: Int) -> Bool
  ) throws -> String {
    let granules = 0..<DatasetManifest.granuleCount(size)
    let sums = ChecksumTable(count: granules.count)
    let generator = generator()
    try DatasetWriter(folder: "", size: size, threads: threads).fillFile(
      file, start: 0, granules: granules, end: size, sums, goesOn: { progress($0, size) }
    ) { granule, target in
      generator.writeGranule(granule, into: target.baseAddress!)
    }
    return DatasetManifest(spec: self, checksums: sums.all).digest
  }
}

extension TablePair {
  public static let rankingsName = "rankings.csv"
  public static let uservisitsName = "uservisits.csv"

  /// Writes both tables into a folder, which is created where it does not exist: ``rankingsName`` and
  /// ``uservisitsName``, as ``DatasetSpec/writeFile(_:threads:replacing:progress:)`` does. Without the one the other
  /// is not kept.
  ///
  /// - Parameter progress: As there, with the bytes of both.
  /// - Returns: Their digests.
  @discardableResult
  public func writeFiles(
    folder: String, threads: Int, replacing: Bool = false,
    progress: (_ done: Int, _ size: Int) -> Bool = { _, _ in true }
  ) throws -> (rankings: String, uservisits: String) {
    try DatasetFolder.create(folder)
    let size = rankings.size + uservisits.size
    let paths = (rankings: "\(folder)/\(Self.rankingsName)", uservisits: "\(folder)/\(Self.uservisitsName)")
    // Before anything is made.
    _ = try DatasetSpec.mayCreate(paths.uservisits, replacing: replacing)
    let first = try rankings.writeFile(paths.rankings, threads: threads, replacing: replacing) { done, _ in
      progress(done, size)
    }
    do {
      let second = try uservisits.writeFile(paths.uservisits, threads: threads, replacing: replacing) {
        done, _ in progress(rankings.size + done, size)
      }
      return (first, second)
    } catch {
      unlink(paths.rankings)
      throw error
    }
  }
}
