/// A function platform as data: what it adds to a start and a dispatch, what it allows, and what it costs.
///
/// ``WorkerPool`` applies the delays, the quota, the payload limit and the memory that is billed. `burst`,
/// `cpuShare` and the prices are carried for those who compute with them.
public struct PlatformProfile: Sendable, Equatable {
  public var name: String
  /// A cold start takes at least this long: a quicker real one is waited out.
  public var coldStartDelayNanoseconds = 0
  /// Added to each activation before it reaches its worker.
  public var dispatchDelayNanoseconds = 0
  /// The most activations at a time; nil leaves it to the pool's `workers`.
  public var concurrencyQuota: Int?
  /// How many workers may start at once before starts are paced.
  public var burst: Int?
  /// The longest argument or result, in bytes.
  public var payloadLimit: Int?
  /// The part of a CPU that a worker gets; 1 is one whole CPU.
  public var cpuShare: Double?
  /// Memory of a function in MiB: what is billed.
  public var memoryMiB: Int?
  public var dollarsPerGBSecond = 0.0
  public var dollarsPerRequest = 0.0

  public init(name: String) { self.name = name }

  /// This machine's processes as they are; nothing added.
  public static let native = PlatformProfile(name: "native")

  /// Those that can be named.
  public static let known = [native]

  /// `measured`, or `measured+modelled` where the profile adds delays of its own.
  public var provenance: String {
    coldStartDelayNanoseconds > 0 || dispatchDelayNanoseconds > 0 ? "measured+modelled" : "measured"
  }

  /// Configured memory in GB (2^30 bytes) times the duration, rounded up to a millisecond.
  func billedGBSeconds(durationNanoseconds: Int, memoryLimit: Int?) -> Double {
    guard let bytes = memoryMiB.map({ $0 << 20 }) ?? memoryLimit else { return 0 }
    let milliseconds = (durationNanoseconds + 999_999) / 1_000_000
    return Double(bytes) / Double(1 << 30) * Double(milliseconds) / 1000
  }
}
