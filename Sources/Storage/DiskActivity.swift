import Metrics

/// What a disk has done since the machine started, by the kernel's count (`/sys/block/NAME/stat`).
public struct DiskActivity: Sendable, Equatable {
  /// Read and written, by anybody.
  public var bytes = 0
  /// Time in which at least one request was in flight, to a clock tick (1 to 10 ms).
  public var busyNanoseconds = 0

  public init(bytes: Int = 0, busyNanoseconds: Int = 0) {
    self.bytes = bytes
    self.busyNanoseconds = busyNanoseconds
  }

  /// The sum over disks; nil where one of them has no count.
  ///
  /// - Parameter root: Put before the path; for tests.
  public static func now(of disks: [String], root: String = "") -> DiskActivity? {
    var sum = DiskActivity()
    for disk in disks {
      let fields = (TextFile.read("\(root)/sys/block/\(disk)/stat") ?? "").split(
        whereSeparator: \.isWhitespace)
      // Documentation/block/stat.rst: sectors of 512 bytes read and written, milliseconds busy.
      guard fields.count > 9, let read = Int(fields[2]), let written = Int(fields[6]),
        let busy = Int(fields[9])
      else { return nil }
      sum.bytes += (read + written) * 512
      sum.busyNanoseconds += busy * 1_000_000
    }
    return sum
  }

  /// How fast a disk was while it had something to do: bytes a second over stretches of at least
  /// ``stretchNanoseconds`` busy time. What the disk's users computed meanwhile does not count.
  ///
  /// - Parameter samples: In order of time.
  public static func busyRates(_ samples: [DiskActivity]) -> [Double] {
    guard var start = samples.first else { return [] }
    var rates: [Double] = []
    for sample in samples.dropFirst() {
      let busy = sample.busyNanoseconds - start.busyNanoseconds
      guard busy >= stretchNanoseconds else { continue }
      rates.append(Double(sample.bytes - start.bytes) * 1e9 / Double(busy))
      start = sample
    }
    return rates
  }

  /// Several clock ticks, so that one more or less does not matter.
  static let stretchNanoseconds = 20_000_000
}
