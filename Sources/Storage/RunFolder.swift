import CSystemIO
import Glibc
import Metrics

/// What one run of the program has in a tier's folder: `FOLDER/marvel-bench-UID/run-PID-STARTTIME`, held by a lock
/// on its `lease` as long as the controller lives.
///
/// The lock goes with the process however it ends. Making a run's folder and sweeping both hold the lock of the
/// parent, so that a folder without a held lease is always a dead run's.
final class RunFolder {
  let path: String
  private let lease: FileHandle
  private let parent: String
  private var isOpen = true

  /// `FOLDER/marvel-bench-UID`: this user's, and nobody else's.
  static func userFolder(_ folder: String) throws -> String {
    let path = "\(folder)/marvel-bench-\(getuid())"
    var status = stat()
    // Another run that ends may remove it in between.
    repeat {
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
        throw StorageError.system(
          "create", path, errno, advice: "choose another folder with --tier KIND=FOLDER")
      }
      errno = 0
    } while lstat(path, &status) != 0 && errno == ENOENT
    guard errno == 0 else { throw StorageError.system("open", path, errno) }
    // A world-writable parent (/dev/shm, /tmp) lets others make this name first.
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid() else {
      throw StorageError(
        .denied, "open \(path): it is not a folder of this user (remove it, or choose another folder)")
    }
    return path
  }

  /// Runs `body` with the lock on `parent/.lock` held.
  ///
  /// - Parameter makeParent: Makes the folder again where another run that ended has removed it meanwhile.
  static func withParentLocked<R>(
    _ parent: String, makeParent: () throws -> Void = {}, _ body: () throws -> R
  ) throws -> R {
    let path = "\(parent)/.lock"
    for _ in 0..<1000 {
      try makeParent()
      let descriptor = mb_open(path, Int32(MB_OPEN_WRITE | MB_OPEN_CREATE | MB_OPEN_NOFOLLOW), 0)
      if descriptor == -ENOENT { continue }
      guard descriptor >= 0 else { throw StorageError.system("open", path, -descriptor) }
      let file = FileHandle(descriptor)
      let result = mb_lock_file(file.descriptor, 1)
      guard result == 0 else { throw StorageError.system("lock", path, -result) }
      // Who held it may have removed it: a lock on a file that has no name keeps nobody out.
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw StorageError.system("lock", path, errno) }
      guard status.st_nlink > 0 else { continue }
      return try withExtendedLifetime(file) { try body() }
    }
    throw StorageError(.io, "lock \(path): it was removed again and again")
  }

  init(in folder: String) throws {
    let parent = try Self.userFolder(folder)
    self.parent = parent
    // Several tiers of a run may share a folder, and process ids repeat in containers.
    let stem = "\(parent)/run-\(getpid())-\(Self.startTime())"
    (path, lease) = try Self.withParentLocked(parent, makeParent: { _ = try Self.userFolder(folder) }) {
      var suffix = 0
      while true {
        let path = suffix == 0 ? stem : "\(stem)-\(suffix)"
        if mkdir(path, 0o700) == 0 {
          do { return (path, try Self.takeLease(path)) } catch {
            removeFolderTree(path)
            throw error
          }
        }
        guard errno == EEXIST, suffix < 100_000 else { throw StorageError.system("create", path, errno) }
        suffix += 1
      }
    }
  }

  deinit { close() }

  private static func takeLease(_ path: String) throws -> FileHandle {
    let descriptor = mb_open("\(path)/lease", Int32(MB_OPEN_WRITE | MB_OPEN_CREATE), 0)
    guard descriptor >= 0 else { throw StorageError.system("create", "\(path)/lease", -descriptor) }
    let file = FileHandle(descriptor)
    let result = mb_lock_file(file.descriptor, 0)
    guard result == 0 else { throw StorageError.system("lock", "\(path)/lease", -result) }
    return file
  }

  /// Field 22 of /proc/self/stat: the process's start in clock ticks since boot.
  private static func startTime() -> String {
    guard let text = TextFile.read("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return "0" }
    let fields = text[text.index(after: end)...].split(separator: " ")
    return fields.count > 19 ? String(fields[19]) : "0"
  }

  /// Removes all of it, and the user's folder where nothing else is in it.
  func close() {
    guard isOpen else { return }
    isOpen = false
    removeFolderTree(path)
    try? Self.withParentLocked(parent) { Self.removeIfEmpty(parent) }
  }

  /// With the lock held.
  static func removeIfEmpty(_ parent: String) {
    guard let entries = try? folderEntries(parent), entries == [".lock"] else { return }
    unlink("\(parent)/.lock")
    rmdir(parent)
  }
}

/// Removes a folder and what is in it; symbolic links are removed, not followed.
package func removeFolderTree(_ path: String) {
  var status = stat()
  guard lstat(path, &status) == 0 else { return }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    unlink(path)
    return
  }
  for entry in (try? folderEntries(path)) ?? [] { removeFolderTree("\(path)/\(entry)") }
  rmdir(path)
}

/// Removes what runs left behind whose controller was killed.
public enum LeftoverSweep {
  /// Looks in `FOLDER/marvel-bench-UID` of each folder and removes the runs of this user whose lease nobody holds.
  ///
  /// A live run is never touched, nor are datasets.
  ///
  /// - Returns: The folders, and the test files that they list, that were removed.
  @discardableResult
  public static func clean(_ folders: [String]) throws -> [String] {
    var removed: [String] = []
    for folder in folders {
      guard access("\(folder)/marvel-bench-\(getuid())", F_OK) == 0 else { continue }
      let parent = try RunFolder.userFolder(folder)
      try RunFolder.withParentLocked(parent, makeParent: { _ = try RunFolder.userFolder(folder) }) {
        for entry in try folderEntries(parent) where entry.hasPrefix("run-") {
          let path = "\(parent)/\(entry)"
          guard !isLive(path) else { continue }
          removed += CreatedFiles.sweep(path)
          removeFolderTree(path)
          removed.append(path)
        }
        RunFolder.removeIfEmpty(parent)
      }
    }
    return removed
  }

  private static func isLive(_ path: String) -> Bool {
    let descriptor = mb_open("\(path)/lease", Int32(MB_OPEN_WRITE | MB_OPEN_NOFOLLOW), 0)
    // Without a lease its maker died before it took one: making and sweeping exclude each other.
    guard descriptor >= 0 else { return descriptor != -ENOENT }
    let file = FileHandle(descriptor)
    return mb_lock_file(file.descriptor, 0) != 0
  }
}

/// `FOLDER/marvel-bench-UID`, made if it is not there: this user's datasets and runs are below it.
package func userFolder(in folder: String) throws -> String { try RunFolder.userFolder(folder) }
