/// Where the control groups of this process are in the file system, v2 or v1.
public enum ControlGroups {
  /// From this process's group up to the root of a v1 controller's hierarchy, or of the unified one (`""`).
  ///
  /// A service's or a session's group lies below the mount's root; in a container only the root may be visible.
  /// So limits are to be looked for in each of these folders that is there, and the tightest holds.
  ///
  /// - Parameter root: Put before every path; for tests.
  public static func folders(_ controller: String, root: String = "") -> [String] {
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

  /// Processors that the tightest of this process's groups lets it use at a time, as `1.5`; nil without a limit.
  public static func processorQuota(root: String = "") -> Double? {
    let unified = folders("", root: root).compactMap { folder -> Double? in
      let words = (TextFile.read(folder + "/cpu.max") ?? "").split(whereSeparator: \.isWhitespace)
      guard words.count == 2 else { return nil }
      return share(Double(words[0]), of: Double(words[1]))
    }
    let legacy = folders("cpu", root: root).compactMap { folder in
      share(number(folder + "/cpu.cfs_quota_us"), of: number(folder + "/cpu.cfs_period_us"))
    }
    return (unified + legacy).min()
  }

  private static func share(_ quota: Double?, of period: Double?) -> Double? {
    guard let quota, let period, quota > 0, period > 0 else { return nil }
    return quota / period
  }

  private static func number(_ path: String) -> Double? {
    TextFile.read(path).flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { Double($0) }
  }
}
