import CSystemIO
import Glibc
import Metrics
import Reports
import Storage

/// What this machine has, line by line, and what to do about what it lacks.
public struct Doctor: Sendable {
  public enum Verdict: String, Sendable {
    case ok
    case degraded
    case missing
  }

  public struct Line: Sendable {
    public var subject: String
    public var verdict: Verdict
    public var found: String
    /// What to do; empty where it is ok.
    public var advice: String

    init(_ subject: String, _ verdict: Verdict, _ found: String, _ advice: String = "") {
      self.subject = subject
      self.verdict = verdict
      self.found = found
      self.advice = advice
    }
  }

  public let lines: [Line]

  public init() {
    lines = [
      Self.pmem, Self.ssd, Self.directIO, Self.asynchronousIO, Self.uring, Self.sharedMemory, Self.memory,
      Self.sharedHugePages, Self.numa, Self.processors, Self.governor, Self.load, Self.swap, Self.libpmem,
      Self.gnuplot,
      Self.build,
    ]
  }

  public var text: String {
    var table = TextTable([.left(""), .left("what"), .left("found"), .left("what to do")])
    for line in lines { table.add([line.verdict.rawValue, line.subject, line.found, line.advice]) }
    return table.text()
  }

  public var json: String {
    JSONValue.object([
      (
        "lines",
        .array(
          lines.map { line in
            .object([
              ("what", .text(line.subject)), ("verdict", .text(line.verdict.rawValue)),
              ("found", .text(line.found)),
              ("advice", .text(line.advice)),
            ])
          })
      )
    ]).text
  }

  // MARK: - Tiers

  private static var pmem: Line {
    let folder = TierPlacement.defaultFolder(.pmem)
    guard let device = try? StorageDevice(folder: folder) else {
      return Line("tier pmem", .missing, "\(folder) cannot be read", "name a folder with --tier pmem=FOLDER")
    }
    if device.dax { return Line("tier pmem", .ok, "\(folder), \(device.filesystem) on DAX") }
    return Line(
      "tier pmem", .degraded, "\(folder) (\(device.filesystem)): emulated, no DAX mount found",
      "mount a pmem device with -o dax and name it with --tier pmem=FOLDER")
  }

  private static var ssd: Line {
    let folder = TierPlacement.defaultFolder(.ssd)
    guard let device = try? StorageDevice(folder: folder) else {
      return Line("tier ssd", .missing, "\(folder) cannot be read", "name a folder with --tier ssd=FOLDER")
    }
    let found = "\(folder), \(device.filesystem) on \(device.device ?? "no device") (\(device.kind.rawValue))"
    if device.provenance == .measured { return Line("tier ssd", .ok, found) }
    return Line(
      "tier ssd", .degraded, found + ": emulated", "name a folder on a disk with --tier ssd=FOLDER")
  }

  private static var directIO: Line {
    let folder = TierPlacement.defaultFolder(.ssd)
    if let alignment = try? StorageDevice.directAlignment(folder: folder) {
      return Line("O_DIRECT", .ok, "aligned to \(alignment) bytes in \(folder)")
    }
    return Line(
      "O_DIRECT", .degraded, "not in \(folder): ssd is read through the page cache",
      "name a folder on ext4 or xfs with --tier ssd=FOLDER")
  }

  private static var asynchronousIO: Line {
    let limit = number("/proc/sys/fs/aio-max-nr")
    let used = number("/proc/sys/fs/aio-nr")
    guard let limit, let used else {
      return Line("libaio", .degraded, "the kernel does not tell its limit", "psync is used")
    }
    if limit - used >= 1024 { return Line("libaio", .ok, "\(limit - used) of \(limit) requests free") }
    return Line(
      "libaio", .degraded, "\(limit - used) of \(limit) requests free: psync is used",
      "sysctl fs.aio-max-nr=1048576")
  }

  private static var uring: Line {
    switch number("/proc/sys/kernel/io_uring_disabled") {
    case 0: Line("io_uring", .ok, "allowed")
    case nil: Line("io_uring", .degraded, "this kernel does not tell whether it is allowed", "libaio is used")
    default: Line("io_uring", .degraded, "disabled: libaio is used", "sysctl kernel.io_uring_disabled=0")
    }
  }

  private static var sharedMemory: Line {
    var status = statvfs()
    guard statvfs("/dev/shm", &status) == 0 else {
      return Line(
        "/dev/shm", .missing, "not there",
        "mount a tmpfs on /dev/shm, or name a folder with --tier pmem=FOLDER")
    }
    let free = Int(status.f_bavail) * Int(status.f_frsize)
    if free >= 1 << 30 { return Line("/dev/shm", .ok, "\(ByteSize.text(free)) free") }
    return Line(
      "/dev/shm", .degraded, "\(ByteSize.text(free)) free",
      "give the container more (docker run --shm-size 8g), or name a folder with --tier pmem=FOLDER")
  }

  // MARK: - Machine

  private static var memory: Line {
    let available = SpacePlan.availableMemory
    let limit = MemoryInfo.cgroupLimit.map { ", cgroup leaves \(ByteSize.text($0))" } ?? ""
    let found =
      "\(ByteSize.text(available)) available of \(ByteSize.text(MemoryInfo.bytes("MemTotal") ?? 0))\(limit)"
    return available >= 2 << 30
      ? Line("memory", .ok, found) : Line("memory", .degraded, found, "run with a smaller --size")
  }

  private static var sharedHugePages: Line {
    let setting = Environment.line("/sys/kernel/mm/transparent_hugepage/shmem_enabled") ?? "unknown"
    let active =
      setting.split(separator: " ").first { $0.hasPrefix("[") }.map { $0.dropFirst().dropLast() } ?? "unknown"
    if active == "never" || active == "deny" || active == "unknown" {
      return Line(
        "huge pages for shared memory", .degraded, "\(active): dram and emulated pmem use 4 KiB pages",
        "echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled")
    }
    return Line("huge pages for shared memory", .ok, String(active))
  }

  private static var numa: Line {
    let nodes = Environment.line("/sys/devices/system/node/online") ?? "0"
    return Line("NUMA", .ok, nodes == "0" ? "one node" : "nodes \(nodes): workers are bound")
  }

  private static var processors: Line {
    let usable = Processors.usable
    let found = "\(usable) usable"
    return usable >= 2
      ? Line("processors", .ok, found)
      : Line("processors", .degraded, found, "two workers will share one processor")
  }

  private static var governor: Line {
    guard let governor = Environment.line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") else {
      return Line("CPU governor", .ok, "none (a virtual machine's host decides)")
    }
    return governor == "performance"
      ? Line("CPU governor", .ok, governor)
      : Line("CPU governor", .degraded, governor, "cpupower frequency-set -g performance")
  }

  private static var load: Line {
    let text = Environment.line("/proc/loadavg") ?? ""
    let one = text.split(separator: " ").first.flatMap { Double($0) } ?? 0
    return one < 0.5 * Double(Processors.usable)
      ? Line("load", .ok, "\(one)")
      : Line("load", .degraded, "\(one): others use this machine", "wait until it is idle")
  }

  private static var swap: Line {
    let used = (MemoryInfo.bytes("SwapTotal") ?? 0) - (MemoryInfo.bytes("SwapFree") ?? 0)
    return used == 0
      ? Line("swap", .ok, "none in use")
      : Line(
        "swap", .degraded, "\(ByteSize.text(used)) in use", "trials in which pages move are marked invalid")
  }

  private static var libpmem: Line {
    mb_pmem_load() == 0
      ? Line("libpmem", .ok, "found")
      : Line(
        "libpmem", .missing, "libpmem.so.1 cannot be opened: pmem by libpmem is skipped",
        "apt-get install libpmem1")
  }

  private static var gnuplot: Line {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    let found = path.split(separator: ":").map { String($0) + "/gnuplot" }.first { access($0, X_OK) == 0 }
    return found.map { Line("gnuplot", .ok, $0) }
      ?? Line(
        "gnuplot", .missing, "not in PATH: plots are written as scripts only", "apt-get install gnuplot-nox")
  }

  private static var build: Line {
    Environment.buildMode == "release"
      ? Line("build", .ok, "release")
      : Line("build", .degraded, "debug: its times mean nothing", "make build")
  }

  private static func number(_ path: String) -> Int? { Environment.line(path).flatMap { Int($0) } }
}
