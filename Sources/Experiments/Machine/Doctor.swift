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

  /// - Parameter probeSeconds: How long the ssd tier's disk is read, to see whether it keeps its rate.
  public init(probeSeconds: Double = 3) {
    lines = [
      Self.pmem, Self.ssd, Self.ssdDevice, Self.readRate(probeSeconds), Self.directIO, Self.asynchronousIO,
      Self.uring, Self.sharedMemory,
      Self.memory,
      Self.sharedHugePages, Self.numa, Self.processors, Self.governor, Self.load, Self.swap, Self.counters,
      Self.libpmem, Self.libnuma, Self.gnuplot, Self.build,
    ]
  }

  /// What to do stands under what was found, so that a line fits a terminal.
  public var text: String {
    let verdicts = lines.map(\.verdict.rawValue.count).max() ?? 0
    let subjects = lines.map(\.subject.count).max() ?? 0
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count) + 2)
    }
    return lines.map { line in
      let head = padded(line.verdict.rawValue, verdicts) + padded(line.subject, subjects)
      let advice = line.advice.isEmpty ? "" : String(repeating: " ", count: head.count) + "→ \(line.advice)\n"
      return head + line.found + "\n" + advice
    }.joined()
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
    let found = "\(folder) (\(device.filesystem)): emulated, no DAX mount found"
    if let pmem = (try? folderEntries("/dev"))?.sorted().first(where: { $0.hasPrefix("pmem") }) {
      return Line(
        "tier pmem", .degraded, found + ", though there is /dev/\(pmem)",
        "mount -o dax /dev/\(pmem) FOLDER (ext4 or xfs), then --tier pmem=FOLDER")
    }
    return Line(
      "tier pmem", .degraded, found,
      "nothing where there is no persistent memory; every row says emulated")
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

  /// What is known of the disk itself; a virtual one is somebody else's, with somebody else's rules.
  private static var ssdDevice: Line {
    let folder = TierPlacement.defaultFolder(.ssd)
    guard let device = try? StorageDevice(folder: folder), let name = device.device else {
      return Line("disk of ssd", .degraded, "\(folder) is on no block device", "see tier ssd")
    }
    let cache = Environment.line("/sys/block/\(name)/queue/write_cache") ?? "unknown"
    let found = "\(name), \(device.kind.rawValue), write cache: \(cache)"
    if device.kind == .virtual {
      return Line(
        "disk of ssd", .degraded, found + "; its rate may fall when its burst credit is used up",
        "take more --repeats and mind the range of min–max; rows that a fall reaches are marked invalid")
    }
    if device.rotational == true {
      return Line(
        "disk of ssd", .degraded, found + ", rotational", "name a folder on an SSD with --tier ssd=FOLDER")
    }
    return Line("disk of ssd", .ok, found)
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
    let result = mb_probe_io_uring()
    guard result != 0 else { return Line("io_uring", .ok, "allowed") }
    let reason = String(cString: strerror(-result))
    let isDisabled = (number("/proc/sys/kernel/io_uring_disabled") ?? 0) > 0
    return Line(
      "io_uring", .degraded, "\(reason): libaio is used",
      isDisabled ? "sysctl kernel.io_uring_disabled=0" : "allow it in the container's seccomp profile")
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
      "/dev/shm", .degraded,
      "\(ByteSize.text(free)) free: pools of emulated pmem go to anonymous memory, its files may be skipped",
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
    let online = Environment.line("/sys/devices/system/cpu/online") ?? "unknown"
    let found = "\(usable) usable (online: \(online))"
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

  private static var counters: Line {
    let result = mb_probe_instruction_counter()
    guard result != 0 else { return Line("instruction counter", .ok, "allowed") }
    let reason = String(cString: strerror(-result))
    let isForbidden = result == -EACCES || result == -EPERM
    return Line(
      "instruction counter", .degraded, "\(reason): the column instructions stays empty",
      isForbidden ? "sysctl kernel.perf_event_paranoid=1" : "nothing in a virtual machine without one")
  }

  private static var libnuma: Line {
    let folders = [
      "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
      "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib", "/usr/local/lib",
    ]
    if folders.contains(where: { access($0 + "/libnuma.so.1", F_OK) == 0 }) {
      return Line("libnuma", .ok, "found")
    }
    return mb_numa_nodes() == 1
      ? Line("libnuma", .ok, "not found, and not needed on one node")
      : Line("libnuma", .missing, "not found: blocks are not placed on nodes", "apt-get install libnuma1")
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
