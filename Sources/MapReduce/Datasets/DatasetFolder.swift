import Glibc
import Storage

/// Plain files and folders, blocking; every failure is a ``StorageError`` that says what was tried on what.
final class DatasetFile {
  let path: String
  let descriptor: Int32

  enum Access {
    case read, createNew, folder, device

    fileprivate var flags: Int32 {
      switch self {
      // A FIFO that somebody gave as input is opened at once, and refused by its type.
      case .read: O_RDONLY | O_CLOEXEC | O_NONBLOCK
      case .createNew: O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL
      case .folder: O_RDONLY | O_CLOEXEC | O_DIRECTORY
      case .device: O_WRONLY | O_CLOEXEC | O_NOCTTY
      }
    }
  }

  init(_ path: String, _ access: Access) throws {
    self.path = path
    descriptor = open(path, access.flags, 0o644)
    guard descriptor >= 0 else { throw DatasetFolder.failure(access == .createNew ? "create" : "open", path) }
  }

  deinit { close(descriptor) }

  func status() throws -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw DatasetFolder.failure("examine", path) }
    return status
  }

  /// Fills `target` from `offset` on; returns fewer bytes only at the end of the file.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < target.count {
      let count = pread(descriptor, target.baseAddress! + done, target.count - done, off_t(offset + done))
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw DatasetFolder.failure("read", path)
      }
    }
    return done
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        throw DatasetFolder.failure("write", path)
      }
    }
  }

  func synchronize() throws {
    guard fdatasync(descriptor) == 0 else { throw DatasetFolder.failure("fdatasync", path) }
  }

  /// Locks the open file until it is closed; false where another open file's lock is in the way.
  func tryLock(shared: Bool) throws -> Bool {
    while flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      guard errno == EINTR else { throw DatasetFolder.failure("lock", path) }
    }
    return true
  }
}

enum DatasetFolder {
  /// The error of the call that has just failed, by `errno`.
  static func failure(_ action: String, _ path: String) -> StorageError {
    let code = errno
    let kind: StorageError.Kind
    var advice = ""
    switch code {
    case ENOSPC, EDQUOT, EFBIG:
      kind = .noSpace
      advice = " (free space there, ask for a smaller dataset, or name another folder)"
    case ENOENT, ENOTDIR: kind = .missing
    case EEXIST, ENOTEMPTY: kind = .exists
    case EACCES, EPERM, EROFS: kind = .denied
    case EISDIR, ENAMETOOLONG, ELOOP, EINVAL: kind = .invalid
    default: kind = .io
    }
    return StorageError(kind, "\(action) \(path): \(String(cString: strerror(code)))\(advice)")
  }

  /// Creates the folder and those above it.
  static func create(_ path: String) throws {
    if mkdir(path, 0o755) == 0 { return }
    if errno == ENOENT, let slash = path.utf8.dropLast().lastIndex(of: UInt8(ascii: "/")),
      slash > path.startIndex
    {
      try create(String(path[..<slash]))
      if mkdir(path, 0o755) == 0 { return }
    }
    guard errno == EEXIST else { throw failure("create folder", path) }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw StorageError(.invalid, "create folder \(path): something else has this name")
    }
  }

  /// Names in a folder but `.` and `..`, sorted bytewise.
  static func names(_ path: String) throws -> [String] {
    guard let folder = opendir(path) else { throw failure("list", path) }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(folder) else {
        guard errno == 0 else { throw failure("list", path) }
        break
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Removes a dataset's folder: files without folders among them.
  static func remove(_ path: String) throws {
    for name in try names(path) {
      guard unlink("\(path)/\(name)") == 0 || errno == ENOENT else {
        throw failure("remove", "\(path)/\(name)")
      }
    }
    guard rmdir(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
  }

  static func rename(_ from: String, _ to: String) throws {
    guard Glibc.rename(from, to) == 0 else { throw failure("rename \(from) to", to) }
  }

  static func synchronize(_ path: String) throws {
    let folder = try DatasetFile(path, .folder)
    guard fsync(folder.descriptor) == 0 else { throw failure("fsync", path) }
  }

  /// Throws `.noSpace` where the file system of `path` has no room for `size` more bytes.
  static func requireSpace(_ size: Int, at path: String) throws {
    var space = statvfs()
    guard statvfs(path, &space) == 0 else { throw failure("examine", path) }
    let free = Int(space.f_bavail) * Int(space.f_frsize)
    guard free >= size else {
      throw StorageError(
        .noSpace,
        "write \(path): \(size) bytes are needed and \(free) are free (free space there, ask for a smaller "
          + "dataset, or name another folder)")
    }
  }
}

/// A buffer for each thread of a parallel section.
final class ThreadBuffers: @unchecked Sendable {
  let size: Int
  private let bytes: UnsafeMutableRawPointer

  init(threads: Int, size: Int) {
    self.size = size
    bytes = .allocate(byteCount: threads * size, alignment: 4096)
  }

  deinit { bytes.deallocate() }

  subscript(thread: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: bytes + thread * size, count: size)
  }
}

/// Checksums that threads fill in, each granule's by one of them.
final class ChecksumTable: @unchecked Sendable {
  private let table: UnsafeMutableBufferPointer<UInt32>

  init(count: Int) {
    table = .allocate(capacity: count)
    table.initialize(repeating: 0)
  }

  deinit { table.deallocate() }

  var all: [UInt32] { Array(table) }

  subscript(granule: Int) -> UInt32 {
    get { table[granule] }
    set { table[granule] = newValue }
  }
}
