import CSystemIO
import Glibc

/// Reads what an activation cost this process.
struct WorkerMeters {
  // Opened at first use: a cold start that answers at once needs neither.
  private lazy var statusFile = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
  private lazy var ioFile = open("/proc/self/io", O_RDONLY | O_CLOEXEC)
  private var cpuBefore = 0
  private var deviceReadBefore = 0
  /// Its descriptor; nil where nobody asked for it or the system forbids it.
  private let instructionCounter: Int32?
  private var instructionsBefore = 0

  /// - Parameter countsInstructions: From now on, where the system lets this process do so.
  init(countsInstructions: Bool) {
    let counter = countsInstructions ? mb_open_instruction_counter() : -1
    instructionCounter = counter >= 0 ? counter : nil
  }

  /// Sums start over: what was spent before the worker's first warm activation belongs to none.
  mutating func skipStart() {
    cpuBefore = Int(mb_process_cpu_ns())
    _ = instructions()
  }

  /// Instructions in user mode since they were last read; nil without a counter.
  mutating func instructions() -> Int? {
    guard let counter = instructionCounter else { return nil }
    let total = Int(mb_read_instruction_counter(counter))
    guard total >= 0 else { return nil }
    defer { instructionsBefore = total }
    return total - instructionsBefore
  }

  /// CPU time since it was last read.
  mutating func cpuNanoseconds() -> Int {
    let now = Int(mb_process_cpu_ns())
    defer { cpuBefore = now }
    return now - cpuBefore
  }

  /// Bytes fetched from block devices since they were last read; nil where the kernel does not say.
  mutating func deviceReadBytes() -> Int? {
    guard let total = WorkerMeters.number(behind: "read_bytes: ", in: ioFile) else { return nil }
    defer { deviceReadBefore = total }
    return total - deviceReadBefore
  }

  /// Resident anonymous memory; nil where the kernel does not say.
  mutating func anonymousBytes() -> Int? {
    WorkerMeters.number(behind: "RssAnon:", in: statusFile).map { $0 << 10 }
  }

  /// The number behind `label` at the start of a line, in a file of /proc, which is made anew at each read.
  private static func number(behind label: StaticString, in file: Int32) -> Int? {
    guard file >= 0 else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { bytes in
      let count = pread(file, bytes.baseAddress, bytes.count, 0)
      guard count > 0 else { return nil }
      var line = 0
      while line + label.utf8CodeUnitCount < count {
        if memcmp(bytes.baseAddress! + line, label.utf8Start, label.utf8CodeUnitCount) == 0 {
          var at = line + label.utf8CodeUnitCount
          while at < count, bytes[at] == 0x20 || bytes[at] == 0x09 { at += 1 }
          var value = 0
          while at < count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
            value = value * 10 + Int(bytes[at] - 0x30)
            at += 1
          }
          return value
        }
        while line < count, bytes[line] != 0x0A { line += 1 }
        line += 1
      }
      return nil
    }
  }
}
