import CSystemIO
import Functions
import Glibc
import Metrics
import Storage

/// The machine brought to rest between repeats (rule 4).
enum Quiesce {
  /// Dirty pages up to this are no disturbance; below it the kernel may never go.
  private static let settledBytes = 8 << 20
  private static let longestWait = 10_000_000_000

  /// Writes the folders' file systems out and waits until the machine's dirty pages are drained, at most 10 s.
  static func settle(folders: [String], _ interruption: Interruption?) throws {
    for folder in Set(folders) {
      let result = mb_sync_filesystem(folder)
      guard result == 0 else { throw StorageError.system("syncfs", folder, -result) }
    }
    let end = monotonicNanoseconds() + longestWait
    while dirtyBytes > settledBytes, monotonicNanoseconds() < end {
      try interruption?.check()
      usleep(20_000)
    }
  }

  private static var dirtyBytes: Int {
    (MemoryInfo.bytes("Dirty") ?? 0) + (MemoryInfo.bytes("Writeback") ?? 0)
  }

  /// Pages moved to and from swap since the machine started.
  static var swappedPages: Int {
    guard let text = TextFile.read("/proc/vmstat") else { return 0 }
    return text.split(separator: "\n").reduce(0) { sum, line in
      let words = line.split(separator: " ")
      guard words.count == 2, words[0] == "pswpin" || words[0] == "pswpout" else { return sum }
      return sum + (Int(words[1]) ?? 0)
    }
  }
}

enum Processes {
  /// User and system time of this process, all threads.
  static var ownCPUNanoseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
