import Glibc

/// Why something is no file to be read whole, in words.
public enum PlainFile {
  /// nil for a regular file that may be read; else as in `is a FIFO, not a regular file`.
  public static func refusal(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return "cannot be read: \(String(cString: strerror(errno)))" }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else {
      let names = [S_IFDIR: "a folder", S_IFIFO: "a FIFO", S_IFCHR: "a device", S_IFBLK: "a device"]
      return "is \(names[kind] ?? "a socket"), not a regular file (name a file)"
    }
    guard access(path, R_OK) == 0 else { return "cannot be read: \(String(cString: strerror(errno)))" }
    return nil
  }
}
