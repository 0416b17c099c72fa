import CSystemIO
import Glibc
import Metrics

/// The files that a run made where its user wanted them, outside of its own folder; written down, so that they are
/// removed also when the run was killed (``LeftoverSweep``).
public final class CreatedFiles {
  private struct Entry {
    var path: String
    var device: UInt
    var inode: UInt
  }

  /// Its folder's list: a line `DEVICE INODE PATH` for each file, the path last because it may hold blanks.
  fileprivate static let listName = "created"

  private let folder: RunFolder
  private let list: FileHandle
  private var entries: [Entry] = []

  /// - Parameter folder: Where the list is kept, in a folder of the run's own; `clean` must look there.
  /// - Throws: ``StorageError``.
  public init(listedIn folder: String) throws {
    self.folder = try RunFolder(in: folder)
    let path = "\(self.folder.path)/\(Self.listName)"
    let descriptor = mb_open(path, Int32(MB_OPEN_WRITE | MB_OPEN_CREATE | MB_OPEN_APPEND), 0)
    guard descriptor >= 0 else { throw StorageError.system("create", path, -descriptor) }
    list = FileHandle(descriptor)
  }

  /// Writes down a file that was just made, still empty.
  ///
  /// - Parameter descriptor: Of the open file.
  /// - Throws: ``StorageError``.
  public func note(_ path: String, descriptor: Int32) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StorageError.system("stat", path, errno) }
    guard let absolute = realpath(path, nil) else { throw StorageError.system("resolve", path, errno) }
    defer { free(absolute) }
    let entry = Entry(
      path: String(cString: absolute), device: UInt(status.st_dev), inode: UInt(status.st_ino))
    guard !entry.path.utf8.contains(10) else {
      throw StorageError(.invalid, "create \(path): a line feed in a test file's path")
    }
    entries.append(entry)
    let line = Array("\(entry.device) \(entry.inode) \(entry.path)\n".utf8)
    guard write(list.descriptor, line, line.count) == line.count else {
      throw StorageError.system("write", "\(folder.path)/\(Self.listName)", errno)
    }
  }

  /// Forgets all files, and removes them first unless they are to be kept.
  public func close(keeping: Bool) {
    if !keeping { for entry in entries { Self.remove(entry) } }
    entries = []
    folder.close()
  }

  deinit { close(keeping: false) }

  /// Removes the files that a dead run's folder lists.
  ///
  /// - Returns: Their paths.
  static func sweep(_ runFolder: String) -> [String] {
    guard let text = TextFile.read("\(runFolder)/\(listName)") else { return [] }
    return text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 2)
      guard parts.count == 3, let device = UInt(parts[0]), let inode = UInt(parts[1]) else { return nil }
      let entry = Entry(path: String(parts[2]), device: device, inode: inode)
      return remove(entry) ? entry.path : nil
    }
  }

  /// Only the very file: another one may have its name by now.
  @discardableResult
  private static func remove(_ entry: Entry) -> Bool {
    var status = stat()
    guard lstat(entry.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      UInt(status.st_dev) == entry.device, UInt(status.st_ino) == entry.inode
    else { return false }
    return unlink(entry.path) == 0
  }
}
