import Glibc
import Storage

/// The user's own files as a job's input.
public enum InputPaths {
  /// Files for themselves, folders for the files in and below them, sorted by path; as in Hadoop, names that
  /// begin with `.` or `_` are left out of folders.
  ///
  /// - Throws: ``StorageError`` naming what is missing or may not be read.
  public static func expand(_ paths: [String]) throws -> [String] { try paths.flatMap(expand) }

  /// Opens each file once, so that what cannot be read is said before a job starts.
  ///
  /// - Returns: One ``InputFile`` each, read in pieces that fit a core's second-level cache.
  public static func files(_ paths: [String]) throws -> [InputFile] {
    try expand(paths).map { path in
      let size = try FileInput(path).size
      let blocks = size > 0 ? [InputFile.Block(object: path, offset: 0, length: size)] : []
      return InputFile(name: path, size: size, blocks: blocks, granule: 256 << 10, checksums: [])
    }
  }

  private static func expand(_ path: String) throws -> [String] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw DatasetFolder.failure("read", path) }
    guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
    let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
    return try DatasetFolder.names(path).filter { !$0.hasPrefix(".") && !$0.hasPrefix("_") }.flatMap {
      try expand("\(folder)/\($0)")
    }
  }
}
