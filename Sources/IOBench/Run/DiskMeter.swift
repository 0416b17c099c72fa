import CSystemIO
import Glibc
import Metrics
import Storage

/// The block devices under a run's files, and what the kernel counts of them.
struct DiskMeter {
  private let before: [DiskUse]
  private let beganAt: Int

  /// - Parameter paths: Files or block devices that are there.
  init(_ paths: [String]) {
    var names: [String] = []
    for path in paths {
      guard let name = Self.device(of: path), !names.contains(name) else { continue }
      names.append(name)
    }
    before = names.compactMap(Self.counters)
    beganAt = monotonicNanoseconds()
  }

  /// What they did until now; one that is gone is left out.
  func use() -> [DiskUse] {
    let elapsed = (monotonicNanoseconds() - beganAt) / 1_000_000
    return before.compactMap { first in
      guard let last = Self.counters(first.name) else { return nil }
      var use = DiskUse(name: first.name)
      use.reads = last.reads - first.reads
      use.writes = last.writes - first.writes
      use.readMerges = last.readMerges - first.readMerges
      use.writeMerges = last.writeMerges - first.writeMerges
      use.readBytes = last.readBytes - first.readBytes
      use.writtenBytes = last.writtenBytes - first.writtenBytes
      use.readTicks = last.readTicks - first.readTicks
      use.writeTicks = last.writeTicks - first.writeTicks
      use.queueTime = last.queueTime - first.queueTime
      use.busyTime = last.busyTime - first.busyTime
      use.elapsed = elapsed
      return use
    }
  }

  /// The disk's name in /sys/block, of a file's file system or of a block device itself.
  private static func device(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    if status.st_mode & S_IFMT == S_IFBLK {
      guard let resolved = realpath(path, nil) else { return nil }
      defer { free(resolved) }
      return String(cString: resolved).split(separator: "/").last.map(String.init)
    }
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    return (try? StorageDevice(folder: folder))?.device
  }

  /// Documentation/block/stat.rst; sectors of 512 bytes.
  private static func counters(_ name: String) -> DiskUse? {
    let fields = (TextFile.read("/sys/class/block/\(name)/stat") ?? "")
      .split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard fields.count > 10 else { return nil }
    var use = DiskUse(name: name)
    (use.reads, use.readMerges, use.readBytes, use.readTicks) = (
      fields[0], fields[1], fields[2] * 512, fields[3]
    )
    (use.writes, use.writeMerges, use.writtenBytes, use.writeTicks) = (
      fields[4], fields[5], fields[6] * 512, fields[7]
    )
    (use.busyTime, use.queueTime) = (fields[9], fields[10])
    return use
  }
}
