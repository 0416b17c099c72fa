import Glibc
import Metrics

/// By what a worker's memory limit is to be held.
public enum MemoryMechanism: String, Sendable, CaseIterable {
  /// A cgroup where this process may make one, else RLIMIT_DATA.
  case automatic
  case cgroup
  case dataLimit
}

/// By what it is held.
public enum MemoryEnforcement: String, Sendable {
  case none
  case cgroup1 = "cgroup v1"
  case cgroup2 = "cgroup v2"
  case dataLimit = "RLIMIT_DATA"
}

/// Holds the memory limit of a pool's workers.
///
/// A cgroup counts all that a worker touches first, shared memory and tmpfs files included, and the kernel
/// kills what goes over. RLIMIT_DATA counts a process's private writable mappings, resident or not; an
/// allocation that goes over fails, which ends a Swift process with a crash.
///
/// One group a worker index, made at first use under this process's own group and removed with the pool; what
/// a killed controller left is removed by the next.
final class MemoryLimiter {
  let limit: Int?
  private(set) var enforcement = MemoryEnforcement.none
  private let folder: String
  private let groupPrefix: String
  private var groups: [Int: (path: String, kills: Int)] = [:]

  private static let namePrefix = "marvel-bench."

  init(limit: Int?, mechanism: MemoryMechanism) throws {
    self.limit = limit
    let own = limit == nil || mechanism == .dataLimit ? nil : MemoryLimiter.ownGroup()
    folder = own?.folder ?? ""
    groupPrefix = "\(MemoryLimiter.namePrefix)\(getpid()).\(UInt32.random(in: 0 ... .max))."
    guard limit != nil else { return }
    if let own {
      enforcement = own.version
      removeLeftGroups()
      do {
        _ = try group(ofWorker: 0)
        return
      } catch {
        removeGroups()
        if mechanism == .cgroup { throw error }
      }
    } else if mechanism == .cgroup {
      throw FunctionError.workerStart("no cgroup with a memory controller is mounted (use RLIMIT_DATA)")
    }
    enforcement = .dataLimit
  }

  deinit { removeGroups() }

  /// What the worker itself has to set.
  var dataLimit: Int? { enforcement == .dataLimit ? limit : nil }

  var isCgroup: Bool { enforcement == .cgroup1 || enforcement == .cgroup2 }

  /// Puts a process that has not begun its work under the limit. One that is dead already is no error.
  func attach(_ process: pid_t, worker index: Int) throws {
    guard isCgroup else { return }
    let path = try group(ofWorker: index)
    let error = writeText("\(process)", toFile: "\(path)/cgroup.procs")
    guard error == 0 || error == ESRCH else {
      throw FunctionError.workerStart("put process \(process) into \(path): \(systemErrorText(error))")
    }
  }

  /// Whether the kernel has killed in this worker's group since this was last asked.
  func hasKilled(worker index: Int) -> Bool {
    guard let group = groups[index] else { return false }
    let kills = kills(in: group.path)
    groups[index]?.kills = kills
    return kills > group.kills
  }

  func removeGroups() {
    for group in groups.values { rmdir(group.path) }
    groups = [:]
  }

  private func group(ofWorker index: Int) throws -> String {
    if let group = groups[index] { return group.path }
    let path = "\(folder)/\(groupPrefix)\(index)"
    guard mkdir(path, 0o755) == 0 else {
      throw FunctionError.workerStart("make cgroup \(path): \(systemErrorText(errno))")
    }
    groups[index] = (path, 0)
    let isFirst = enforcement == .cgroup1
    let file = isFirst ? "memory.limit_in_bytes" : "memory.max"
    let error = writeText("\(limit ?? 0)", toFile: "\(path)/\(file)")
    guard error == 0 else {
      throw FunctionError.workerStart("write \(path)/\(file): \(systemErrorText(error))")
    }
    // A worker that swaps would be slow instead of over its limit; not every kernel counts swap.
    _ =
      isFirst
      ? writeText("\(limit ?? 0)", toFile: "\(path)/memory.memsw.limit_in_bytes")
      : writeText("0", toFile: "\(path)/memory.swap.max")
    groups[index] = (path, kills(in: path))
    return path
  }

  private func kills(in path: String) -> Int {
    let file = enforcement == .cgroup1 ? "memory.oom_control" : "memory.events"
    for line in (TextFile.read("\(path)/\(file)") ?? "").split(separator: "\n")
    where line.hasPrefix("oom_kill ") {
      return Int(line.dropFirst("oom_kill ".count)) ?? 0
    }
    return 0
  }

  /// Removes the empty groups of controllers that are no more.
  private func removeLeftGroups() {
    guard let listing = opendir(folder) else { return }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasPrefix(MemoryLimiter.namePrefix),
        let process = pid_t(name.dropFirst(MemoryLimiter.namePrefix.count).prefix { $0 != "." }),
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      rmdir("\(folder)/\(name)")
    }
  }

  /// The group of this process in the hierarchy that holds the memory controller.
  private static func ownGroup() -> (folder: String, version: MemoryEnforcement)? {
    let memberships = (TextFile.read("/proc/self/cgroup") ?? "").split(separator: "\n").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    }
    for mount in (TextFile.read("/proc/self/mountinfo") ?? "").split(separator: "\n") {
      // id parent device root point options [tags] - type source super-options; see proc(5).
      let fields = mount.split(separator: " ").map(String.init)
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { continue }
      let version: MemoryEnforcement
      let membership: [String]?
      switch fields[dash + 1] {
      case "cgroup" where fields[dash + 3].split(separator: ",").contains("memory"):
        version = .cgroup1
        membership = memberships.first { $0.count == 3 && $0[1].split(separator: ",").contains("memory") }
      case "cgroup2":
        version = .cgroup2
        membership = memberships.first { $0.count == 3 && $0[0] == "0" && $0[1].isEmpty }
      default: continue
      }
      guard let path = membership?[2] else { continue }
      let root = fields[3] == "/" ? "" : fields[3]
      let inside = path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
      let folder = fields[4] + (inside == "/" ? "" : inside)
      if version == .cgroup2 {
        // Children get a memory controller only where this group hands it down.
        let handed = TextFile.read("\(folder)/cgroup.subtree_control") ?? ""
        guard handed.split(whereSeparator: \.isWhitespace).contains("memory") else { continue }
      }
      return (folder, version)
    }
    return nil
  }
}
