import Glibc

/// When the requests of a rate-limited copy are due, each in nanoseconds from the copy's start.
///
/// The times follow from the rate alone, never from when a request was really issued, so that a latency measured from
/// them holds what requests waited for (no coordinated omission). As in fio the first request is due at once, a direction's
/// next one after as many bytes as were issued in it (`linear`) or after an exponential gap of that mean (`poisson`), and
/// `rate_iops` is a rate of `bs` bytes each.
public struct RequestPace: Sendable {
  private var reads: Direction
  private var writes: Direction
  private let isPoisson: Bool

  /// Of one direction; a rate of 0 is no limit.
  private struct Direction: Sendable {
    /// Bytes a second.
    let rate: UInt64
    let blockSize: Int
    /// Nanoseconds between two requests.
    let meanGap: Double
    var random: RandomWords
    var issued: UInt64 = 0
    var due = 0

    init(rate: Int, iops: Int, blockSize: Int, seed: UInt64) {
      let (product, overflow) = UInt64(iops).multipliedReportingOverflow(by: UInt64(blockSize))
      self.rate = iops > 0 ? overflow ? UInt64.max : product : UInt64(rate)
      self.blockSize = blockSize
      meanGap = self.rate > 0 ? Double(blockSize) * 1e9 / Double(self.rate) : 0
      random = RandomWords(seed: seed)
    }
  }

  /// Nil where the job has no rate.
  ///
  /// - Parameter seed: The copy's (``IOJob/seed(ofCopy:entropy:)``).
  public init?(_ job: IOJob, seed: UInt64) {
    reads = Direction(
      rate: job.rate.read, iops: job.rateIOPS.read, blockSize: job.blockSize.read, seed: seed ^ 3)
    writes = Direction(
      rate: job.rate.write, iops: job.rateIOPS.write, blockSize: job.blockSize.write, seed: seed ^ 4)
    isPoisson = job.rateProcess == .poisson
    guard (job.pattern.reads && reads.rate > 0) || (job.pattern.writes && writes.rate > 0) else { return nil }
  }

  /// Whether a direction has a rate.
  public func limits(isWrite: Bool) -> Bool { (isWrite ? writes : reads).rate > 0 }

  /// When the next request of a direction is due; 0 where it has no rate.
  @inline(__always)
  public func due(isWrite: Bool) -> Int { isWrite ? writes.due : reads.due }

  /// Which direction of a mix comes next: the drawn one, unless it is ahead of its rate and the other is not, or is due
  /// earlier (fio's `rate_ddir`).
  @inline(__always)
  public func direction(drawn isWrite: Bool, now: Int) -> Bool {
    let own = due(isWrite: isWrite)
    if own <= now { return isWrite }
    let other = due(isWrite: !isWrite)
    return other <= now || other < own ? !isWrite : isWrite
  }

  /// Takes the next request of a direction: when it was due, and moves on to the one after it.
  @inline(__always)
  public mutating func take(isWrite: Bool) -> Int {
    isWrite ? take(&writes) : take(&reads)
  }

  @inline(__always)
  private func take(_ direction: inout Direction) -> Int {
    let due = direction.due
    guard direction.rate > 0 else { return 0 }
    if isPoisson {
      let gap = min(-log(direction.random.positiveFraction()) * direction.meanGap, 0x1p61)
      let (sum, overflow) = due.addingReportingOverflow(Int(gap.rounded()))
      direction.due = overflow ? Int.max : sum
    } else {
      direction.issued &+= UInt64(direction.blockSize)
      // Exact: rounding does not add up over requests.
      let (seconds, rest) = direction.issued.quotientAndRemainder(dividingBy: direction.rate)
      let (whole, overflow) = Int(truncatingIfNeeded: seconds).multipliedReportingOverflow(by: 1_000_000_000)
      let product = rest.multipliedFullWidth(by: 1_000_000_000)
      let part = Int(direction.rate.dividingFullWidth(product).quotient)
      let (sum, overflowing) = whole.addingReportingOverflow(part)
      direction.due = overflow || overflowing ? Int.max : sum
    }
    return due
  }
}
