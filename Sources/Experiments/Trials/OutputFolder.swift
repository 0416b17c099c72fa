import CSystemIO
import Glibc
import Storage

/// The folder that a job fills: made or found empty, and left as it was found if the job fails.
///
/// The folder itself is locked (flock) from here to ``close()``, and the lock goes with the process however it ends.
/// So what is found in it without the lock and looks like an unfinished output is a dead job's, and is removed first.
final class OutputFolder {
  private let path: String
  private let isNew: Bool
  private var descriptor: Int32

  /// - Throws: ``StorageError``, where it is no folder, not empty, cannot be written, or another job's.
  init(_ path: String) throws {
    self.path = path
    isNew = mkdir(path, 0o755) == 0
    guard isNew || errno == EEXIST else { throw StorageError.system("create", path, errno) }
    descriptor = mb_open(path, Int32(MB_OPEN_DIRECTORY), 0)
    guard descriptor >= 0 else {
      guard descriptor == -ENOTDIR else { throw StorageError.system("open", path, -descriptor) }
      throw StorageError(
        .exists, "create \(path): it exists and is not a folder (name another with --output)")
    }
    let result = mb_lock_file(descriptor, 0)
    guard result == 0 || result == -ENOTSUP || result == -ENOLCK else {
      throw StorageError(
        .exists, "create \(path): another job is writing to it (name another with --output, or wait for it)")
    }
    let entries = try folderEntries(path)
    if result == 0, Self.isOfDeadJob(entries) {
      for name in entries { removeFolderTree("\(path)/\(name)") }
    } else if !entries.isEmpty {
      throw StorageError(
        .exists, "create \(path): it exists and is not empty (name another with --output, or empty it)")
    }
    guard access(path, W_OK | X_OK) == 0 else { throw StorageError.system("write to", path, errno) }
  }

  deinit { close() }

  /// Lets the lock go.
  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// Removes what the job has written, and the folder where the job has made it.
  func discard() {
    for name in (try? folderEntries(path)) ?? [] { removeFolderTree("\(path)/\(name)") }
    if isNew { rmdir(path) }
  }

  /// Attempts, parts and rows set aside, no `_SUCCESS`, and nothing that a job does not make.
  static func isOfDeadJob(_ entries: [String]) -> Bool {
    entries.contains(".attempts")
      && entries.allSatisfy { name in
        let digits = name.dropFirst("part-".count).utf8
        let isPart =
          name.hasPrefix("part-") && !digits.isEmpty
          && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return name == ".attempts" || name == ".records" || name.hasPrefix("_rejects-") || isPart
      }
  }
}

/// The output folder of a `job`, for who cleans up.
public enum JobOutput {
  /// Removes what a job left in its output folder that was killed, and the folder where nothing else is in it.
  ///
  /// - Returns: What was removed; nothing where the folder holds an output, or anything that a job does not make.
  /// - Throws: ``StorageError``, where there is no such folder, it cannot be read, or a live job is writing to it.
  public static func clean(_ path: String) throws -> [String] {
    let descriptor = mb_open(path, Int32(MB_OPEN_DIRECTORY), 0)
    guard descriptor >= 0 else { throw StorageError.system("open", path, -descriptor) }
    defer { Glibc.close(descriptor) }
    guard mb_lock_file(descriptor, 0) == 0 else {
      throw StorageError(.exists, "clean \(path): a job is writing to it (wait for it)")
    }
    let entries = try folderEntries(path)
    guard OutputFolder.isOfDeadJob(entries) else { return [] }
    for name in entries { removeFolderTree("\(path)/\(name)") }
    return entries.sorted().map { "\(path)/\($0)" } + (rmdir(path) == 0 ? [path] : [])
  }
}
