import Metrics

/// The limits that control groups set this process, v2 or v1.
enum ControlGroup {
  /// Bytes that the tightest of this process's memory groups still allows; nil where none sets a limit.
  ///
  /// A service's or a session's group lies below the mount's root; in a container only the root may be visible.
  /// So each folder on the way is asked that is there.
  ///
  /// - Parameter root: Put before every path; for tests.
  static func memoryLeft(root: String = "") -> Int? {
    let unified = folders("", root: root).map { ($0 + "/memory.max", $0 + "/memory.current") }
    let legacy = folders("memory", root: root).map {
      ($0 + "/memory.limit_in_bytes", $0 + "/memory.usage_in_bytes")
    }
    return (unified + legacy).compactMap { limit, used -> Int? in
      // v1 says "no limit" as the largest multiple of a page.
      guard let bytes = number(limit), bytes < 1 << 60 else { return nil }
      return max(0, bytes - (number(used) ?? 0))
    }.min()
  }

  private static func number(_ path: String) -> Int? {
    TextFile.read(path).flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { Int($0) }
  }

  /// From this process's group up to the root of a v1 controller's hierarchy, or of the unified one (`""`).
  private static func folders(_ controller: String, root: String) -> [String] {
    let base = "\(root)/sys/fs/cgroup" + (controller.isEmpty ? "" : "/" + controller)
    for line in (TextFile.read(root + "/proc/self/cgroup") ?? "").split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      // `0::/path` is the unified hierarchy; `7:cpu,memory:/path` one of v1.
      let controllers = fields[1].split(separator: ",")
      guard controller.isEmpty ? fields[1].isEmpty : controllers.contains(Substring(controller)) else {
        continue
      }
      var folders: [String] = []
      var path = fields[2]
      while true {
        while path.hasSuffix("/") { path = path.dropLast() }
        folders.append(base + path)
        guard let slash = path.lastIndex(of: "/") else { return folders }
        path = path[..<slash]
      }
    }
    return [base]
  }
}
