import Glibc
import Metrics

/// What is mounted where, as this process sees it.
struct MountTable: Sendable {
  struct Mount: Equatable, Sendable {
    var point: String
    var fileSystem: String
    var source: String
    /// Of the mount and of its file system.
    var options: [String]

    /// Whether all files are mapped without a page cache; `dax=inode` leaves that to each file.
    var isDAX: Bool { options.contains("dax") || options.contains("dax=always") }
  }

  let mounts: [Mount]

  /// - Parameter text: As /proc/self/mountinfo has it (proc(5)); lines that are not understood are left out.
  init(_ text: String = TextFile.read("/proc/self/mountinfo") ?? "") {
    mounts = text.split(separator: "\n").compactMap { line in
      // `22 27 0:21 / /proc rw,relatime shared:1 - proc proc rw`: optional fields end with the dash.
      let fields = line.split(separator: " ")
      guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else {
        return nil
      }
      let options = (fields[5].split(separator: ",") + fields[dash + 3].split(separator: ",")).map(
        String.init)
      return Mount(
        point: Self.unescaped(fields[4]), fileSystem: String(fields[dash + 1]),
        source: Self.unescaped(fields[dash + 2]),
        options: options.enumerated().filter { !options[..<$0.offset].contains($0.element) }.map(\.element))
    }
  }

  /// The mount that a path lies on: the last of those with the longest point, since mounts hide each other.
  func mount(of path: String) -> Mount? {
    var real = path
    if let resolved = realpath(path, nil) {
      real = String(cString: resolved)
      free(resolved)
    }
    var best: Mount?
    for mount in mounts where Self.contains(mount.point, real) {
      if mount.point.utf8.count >= (best?.point.utf8.count ?? 0) { best = mount }
    }
    return best
  }

  private static func contains(_ point: String, _ path: String) -> Bool {
    point == "/" || path == point || path.hasPrefix(point + "/")
  }

  /// Blanks and the like are `\040`.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
