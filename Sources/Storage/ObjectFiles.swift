import CSystemIO
import Glibc

/// The entries of a folder, without `.` and `..`.
package func folderEntries(_ path: String) throws -> [String] {
  guard let folder = opendir(path) else { throw StorageError.system("list", path, errno) }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
        String(cString: $0)
      }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}

/// Makes a folder's entries durable.
func synchronizeFolder(_ path: String) throws {
  let descriptor = mb_open(path, Int32(MB_OPEN_DIRECTORY), 0)
  guard descriptor >= 0 else { throw StorageError.system("open", path, -descriptor) }
  let file = FileHandle(descriptor)
  // Some file systems (overlay, network) refuse fsync of a folder: they have nothing to make durable.
  guard fsync(file.descriptor) == 0 || errno == EINVAL else {
    throw StorageError.system("fsync", path, errno)
  }
}

/// Where objects of a folder tier are as files.
///
/// In each folder: `objects/` has what was published, by name; `attempts/` what was not, as `name@owner`, with a `~`
/// behind it until it is finished. `/` in names is `%2F`. A plain tier has its objects in the folder itself.
final class ObjectFiles {
  struct Place {
    let objects: String
    let attempts: String
    /// Logs and values.
    let records: String
  }

  /// A file of an object, open to read, with its size.
  final class OpenObject {
    let file: FileHandle
    let size: Int

    init(_ file: FileHandle, size: Int) {
      self.file = file
      self.size = size
    }
  }

  private struct Cached {
    weak var object: OpenObject?
  }

  let kind: TierKind
  let places: [Place]
  private let isDirect: Bool
  /// Objects that somebody reads now: a file stays open no longer, so that the space of a deleted one is free.
  private var cache: [String: Cached] = [:]
  /// Paths of finished attempts, as seen last.
  private var finished: [String: String] = [:]

  init(kind: TierKind, folders: [String], plain: Bool, isDirect: Bool) {
    self.kind = kind
    self.isDirect = isDirect
    places = folders.map { folder in
      plain
        ? Place(objects: folder, attempts: folder + "/.attempts", records: folder + "/.records")
        : Place(objects: folder + "/objects", attempts: folder + "/attempts", records: folder + "/records")
    }
  }

  /// Makes the folders of the tier.
  func makeFolders() throws {
    for path in places.flatMap({ [$0.objects, $0.attempts, $0.records] }) {
      guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
        throw StorageError.system("create", path, errno)
      }
    }
  }

  func label(_ name: String) -> String { "\(kind.rawValue):\(name)" }

  /// The path of a new attempt's file.
  func attemptPath(_ name: String, owner: UInt32) -> String {
    let place = places[places.count == 1 ? 0 : Int(ObjectName.hash(name) % UInt64(places.count))]
    return "\(place.attempts)/\(ObjectName.fileName(name))@\(String(owner, radix: 16))"
  }

  func noteFinished(_ name: String, path: String) { finished[name] = path }

  private static func attempt(_ entry: String) -> (name: String, owner: UInt32, isFinished: Bool)? {
    let isFinished = !entry.hasSuffix("~")
    let stem = isFinished ? entry[...] : entry.dropLast()
    guard let at = stem.lastIndex(of: "@"), let owner = UInt32(stem[stem.index(after: at)...], radix: 16),
      let name = ObjectName.objectName(fileName: String(stem[..<at]))
    else { return nil }
    return (name, owner, isFinished)
  }

  /// The path of a finished attempt, or nil.
  private func finishedPath(_ name: String) throws -> String? {
    if let known = finished[name], access(known, F_OK) == 0 { return known }
    finished.removeAll()
    for place in places {
      for entry in try folderEntries(place.attempts) {
        if let found = Self.attempt(entry), found.isFinished {
          finished[found.name] = "\(place.attempts)/\(entry)"
        }
      }
    }
    return finished[name]
  }

  private func publishedPaths(_ name: String) -> [String] {
    places.map { "\($0.objects)/\(ObjectName.fileName(name))" }
  }

  /// Opens an object by the name under which it can be seen.
  func open(_ name: String) throws -> OpenObject {
    if let cached = cache[name]?.object {
      var status = stat()
      // Deleted, and perhaps made anew, by another process.
      if fstat(cached.file.descriptor, &status) == 0, status.st_nlink > 0 { return cached }
    }
    try ObjectName.validate(name)
    for path in publishedPaths(name) {
      if let object = try openFile(path, name) { return object }
    }
    if let path = try finishedPath(name), let object = try openFile(path, name) { return object }
    throw StorageError(.missing, "read \(label(name)): no such object")
  }

  private func openFile(_ path: String, _ name: String) throws -> OpenObject? {
    let flags = MB_OPEN_NONBLOCK | MB_OPEN_NOFOLLOW | (isDirect ? MB_OPEN_DIRECT : 0)
    let descriptor = mb_open(path, Int32(flags), 0)
    if descriptor == -ENOENT { return nil }
    guard descriptor >= 0 else { throw StorageError.system("read", "\(label(name)) (\(path))", -descriptor) }
    let file = FileHandle(descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StorageError.system("read", label(name), errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StorageError(.invalid, "read \(label(name)): \(path) is no regular file")
    }
    if cache.count > 1024 { cache = cache.filter { $0.value.object != nil } }
    let object = OpenObject(file, size: Int(status.st_size))
    cache[name] = Cached(object: object)
    return object
  }

  func publish(_ attempt: String, as name: String, durable: Bool) throws {
    try ObjectName.validate(name)
    guard let from = try finishedPath(attempt) else {
      throw StorageError(
        .missing, "publish \(label(attempt)) as \(name): no finished object of this name")
    }
    let targets = publishedPaths(name)
    let index = places.firstIndex { from.hasPrefix($0.attempts + "/") } ?? 0
    for (k, target) in targets.enumerated() where k != index && access(target, F_OK) == 0 {
      throw StorageError(.exists, "publish \(label(attempt)) as \(name): the name is taken")
    }
    let result = mb_rename_new(from, targets[index])
    guard result == 0 else {
      throw StorageError.system("publish \(label(attempt)) as", name, -result)
    }
    finished[attempt] = nil
    if durable { try synchronizeFolder(places[index].objects) }
  }

  func delete(_ name: String) throws {
    try ObjectName.validate(name)
    cache[name] = nil
    for path in publishedPaths(name) where unlink(path) == 0 { return }
    guard let path = try finishedPath(name), unlink(path) == 0 else {
      throw StorageError(.missing, "delete \(label(name)): no such object")
    }
    finished[name] = nil
  }

  func list(prefix: String) throws -> [String] {
    var names: [String] = []
    for place in places {
      for entry in try folderEntries(place.objects) where !entry.hasPrefix(".") {
        guard let name = ObjectName.objectName(fileName: entry), name.utf8.starts(with: prefix.utf8) else {
          continue
        }
        names.append(name)
      }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  func reclaim(owner: UInt32) throws {
    for place in places {
      for entry in try folderEntries(place.attempts) {
        guard let found = Self.attempt(entry), found.owner == owner else { continue }
        let path = "\(place.attempts)/\(entry)"
        guard unlink(path) == 0 || errno == ENOENT else { throw StorageError.system("delete", path, errno) }
        finished[found.name] = nil
        cache[found.name] = nil
      }
    }
  }

  /// The paths of all published objects.
  func publishedFiles() throws -> [String] {
    try places.flatMap { place in
      try folderEntries(place.objects).filter { !$0.hasPrefix(".") }.map { "\(place.objects)/\($0)" }
    }
  }
}
