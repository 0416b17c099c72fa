import Metrics

/// What the machine adds to a figure, or may stand in for a device with.
public struct MeasuringMachine: Sendable {
  /// Bytes of the largest cache of the first processor; nil where the kernel does not tell.
  public var lastLevelCache: Int?
  /// Nanoseconds of one look at the clock.
  public var clockTime: Double

  public init(lastLevelCache: Int?, clockTime: Double) {
    self.lastLevelCache = lastLevelCache
    self.clockTime = clockTime
  }

  /// This machine; the clock is measured now, in a millisecond or less.
  public static var here: MeasuringMachine {
    MeasuringMachine(lastLevelCache: cacheSize(), clockTime: measuredClock())
  }

  private static func cacheSize() -> Int? {
    (0..<8).compactMap { index -> Int? in
      guard let text = TextFile.read("/sys/devices/system/cpu/cpu0/cache/index\(index)/size") else {
        return nil
      }
      // `32768K`.
      return ByteSize.parse(text.filter { !$0.isWhitespace })
    }.max()
  }

  /// The best of several rounds: what a look costs, not what else the processor did.
  private static func measuredClock() -> Double {
    let looks = 2000
    return (0..<8).map { _ in
      let start = monotonicNanoseconds()
      for _ in 1..<looks { _ = monotonicNanoseconds() }
      return Double(monotonicNanoseconds() - start) / Double(looks)
    }.min() ?? 0
  }
}
