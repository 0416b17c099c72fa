import CSystemIO
import Foundation
import Metrics
import Reports
import Storage

/// The machine and the build, as a results folder keeps them.
public struct Environment: Sendable {
  public var cpuModel: String
  public var processors = Processors.usable
  public var memoryBytes = MemoryInfo.bytes("MemTotal") ?? 0
  public var kernel: String
  public var commit: String
  public var version: String

  public init(version: String) {
    self.version = version
    var model = "unknown"
    for line in (TextFile.read("/proc/cpuinfo") ?? "").split(separator: "\n")
    where line.hasPrefix("model name") {
      model =
        line.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) } ?? model
      break
    }
    cpuModel = model
    kernel = Self.line("/proc/sys/kernel/osrelease") ?? "unknown"
    let binary = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    commit =
      Self.commit(
        binary: binary ?? "", embedded: String(cString: mb_build_commit()),
        isRelease: Self.buildMode == "release", checkedOut: Self.checkedOutCommit) ?? "unknown"
  }

  #if DEBUG
    public static let buildMode = "debug"
  #else
    public static let buildMode = "release"
  #endif

  /// CPU model, processors, memory rounded to GiB, kernel major.minor: what two results must share to be compared.
  public var machineClass: String {
    let release = kernel.split(separator: ".").prefix(2).joined(separator: ".")
    let gibibytes = Int((Double(memoryBytes) / 1_073_741_824).rounded())
    return "\(cpuModel), \(processors) cores, \(gibibytes) GiB, Linux \(release)"
  }

  public var row: RowEnvironment {
    RowEnvironment(machineClass: machineClass, commit: commit, buildMode: Self.buildMode)
  }

  /// The whole, with the folders that the run's tiers are in.
  public func json(folders: [String]) -> JSONValue {
    let table = MountTable()
    let places = Set(folders).union(["/dev/shm"]).sorted()
    let mounts = places.map { folder -> JSONValue in
      let mount = table.mount(of: folder)
      guard let device = try? StorageDevice(folder: folder) else {
        return .object([("folder", .text(folder)), ("file_system", .null)])
      }
      return .object([
        ("folder", .text(folder)), ("file_system", .text(device.filesystem)),
        ("device", .optional(device.device)), ("device_kind", .text(device.kind.rawValue)),
        ("rotational", device.rotational.map(JSONValue.bool) ?? .null),
        ("dax", .bool(device.dax || mount?.isDAX == true)), ("mount", .optional(mount?.point)),
        ("mount_source", .optional(mount?.source)),
        ("mount_options", .optional(mount?.options.joined(separator: ","))),
      ])
    }
    return .object([
      ("version", .text(version)), ("commit", .text(commit)), ("build_mode", .text(Self.buildMode)),
      ("machine_class", .text(machineClass)), ("cpu_model", .text(cpuModel)),
      ("processors", .integer(processors)), ("memory_bytes", .integer(memoryBytes)),
      ("kernel", .text(kernel)),
      ("governor", .optional(Self.line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"))),
      ("numa_nodes", .optional(Self.line("/sys/devices/system/node/online"))),
      ("thp", .optional(Self.line("/sys/kernel/mm/transparent_hugepage/enabled"))),
      ("thp_shmem", .optional(Self.line("/sys/kernel/mm/transparent_hugepage/shmem_enabled"))),
      ("load", .optional(Self.line("/proc/loadavg"))),
      ("memory_available_bytes", .integer(SpacePlan.availableMemory)),
      ("cgroup_memory_bytes", .optional(MemoryInfo.cgroupLimit)),
      ("cgroup_processors", .optional(ControlGroups.processorQuota())),
      ("swap_total_bytes", .optional(MemoryInfo.bytes("SwapTotal"))), ("folders", .array(mounts)),
      ("dax_mounts", .array(table.mounts.filter(\.isDAX).map { .text($0.point) })),
    ])
  }

  /// The first line of a small file, trimmed.
  static func line(_ path: String) -> String? {
    TextFile.read(path).map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
  }

  /// The commit of a program: what scripts/build.sh put into it, or, where that did not build it, what is checked
  /// out beside it; nil where neither says.
  static func commit(
    binary: String, embedded: String, isRelease: Bool, checkedOut: (_ checkout: String) -> String?
  ) -> String? {
    // What lies in `.build` was built without the script: a commit in it is an earlier build's.
    if isRelease, !embedded.isEmpty, !binary.contains("/.build/") { return embedded }
    return binary.range(of: "/.build").flatMap { checkedOut(String(binary[..<$0.lowerBound])) }
  }

  /// HEAD of a checkout; `-dirty` where files differ from it.
  private static func checkedOutCommit(_ checkout: String) -> String? {
    // A tarball in somebody else's checkout is not of its commit.
    guard git(["rev-parse", "--show-toplevel"], in: checkout) == checkout,
      let head = git(["rev-parse", "--short=12", "HEAD"], in: checkout)
    else { return nil }
    let changes = git(["status", "--porcelain", "--untracked-files=no"], in: checkout) ?? ""
    return changes.isEmpty ? head : head + "-dirty"
  }

  private static func git(_ arguments: [String], in folder: String) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["git", "-C", folder] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
