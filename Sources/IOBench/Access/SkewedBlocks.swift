import Glibc

/// Blocks of a file drawn so that some are met more often: zipf, pareto or normal.
///
/// Without a center the blocks of neighbouring ranks lie anywhere in the file, as with fio, which multiplies ranks by a
/// hash; here a permutation scatters them, so that no two ranks fall on the same block and none is left out. With a
/// center the most frequent block lies there, and ranks go on from it, wrapping at the end, as fio's manual says.
struct SkewedBlocks: Sendable {
  private let law: Law
  private let count: UInt64
  private let scatter: BlockPermutation?
  /// Added to ranks where nothing is scattered.
  private let origin: UInt64

  private enum Law {
    case zipf(ZipfRanks)
    /// `rank = count × u^power`: fio's `pareto_next`, where `power` is log h / log (1 − h).
    case pareto(power: Double)
    /// The mean of 12 uniform numbers, plus one of `width`: fio's `gauss_next`. Without `width` the standard deviation is
    /// a twelfth of the file.
    case normal(width: Double)
  }

  /// Nil for the distribution that is not skewed.
  ///
  /// - Parameters:
  ///   - count: Blocks, at least 1.
  ///   - key: Chooses how ranks are scattered.
  init?(_ distribution: AccessDistribution, count: Int, key: UInt64) {
    precondition(count > 0)
    let size = Double(count)
    let center: Double?
    // Where the most frequent block would lie without a center.
    var middle = 0.0
    switch distribution {
    case .random: return nil
    case .zipf(let theta, let at):
      law = .zipf(ZipfRanks(count: count, theta: theta))
      center = at
    case .pareto(let h, let at):
      law = .pareto(power: log(h) / log1p(-h))
      center = at
    case .normal(let deviation, let at):
      law = .normal(width: min(deviation / 100, 0.5))
      center = at
      middle = 0.5
    }
    self.count = UInt64(count)
    scatter = center == nil ? BlockPermutation(count: count, key: key) : nil
    let shift = center.map { $0 - middle } ?? 0
    let start = Int((size * (shift < 0 ? shift + 1 : shift)).rounded(.down))
    origin = UInt64(min(start, count)) % UInt64(count)
  }

  @inline(__always)
  func next(_ random: inout RandomWords) -> UInt64 {
    let rank =
      switch law {
      case .zipf(let ranks): ranks.next(&random)
      case .pareto(let power): rank(pow(random.fraction(), power))
      case .normal(let width): rank(Self.normal(&random, width: width))
      }
    if let scatter { return scatter.image(of: rank) }
    let block = rank &+ origin
    return block >= count ? block &- count : block
  }

  @inline(__always)
  private func rank(_ fraction: Double) -> UInt64 {
    min(UInt64(fraction * Double(count)), count &- 1)
  }

  /// In 0 ..< 1, around one half.
  @inline(__always)
  private static func normal(_ random: inout RandomWords, width: Double) -> Double {
    let lanes: UInt64 = 0x0000_ffff_0000_ffff
    var sums: UInt64 = 0
    for _ in 0..<3 {
      let word = random.next()
      sums &+= (word & lanes) &+ ((word >> 16) & lanes)
    }
    let sum = (sums >> 32) &+ (sums & 0xffff_ffff)
    // 12 numbers of 16 bits; the fraction fills the gaps between their sums.
    let mean = (Double(sum) + 6 + (random.fraction() - 0.5)) * (1 / (12 * 65536.0))
    guard width > 0 else { return mean }
    var shift = (random.fraction() - 0.5) * width
    // As fio: what would leave the file is brought nearer.
    while mean + shift < 0 || mean + shift >= 1 { shift /= 2 }
    return mean + shift
  }
}

/// Ranks from 0 with probability proportional to 1 / (rank + 1)^theta, exactly, for any count without a table.
///
/// fio inverts an approximation of the sum (Gray et al. 1994) after up to ten million additions at the start.
///
/// Source: Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions" (ACM
/// TOMACS 6, 1996).
struct ZipfRanks: Sendable {
  private let count: Double
  private let theta: Double
  /// Integrals of the hat function up to its ends.
  private let first: Double
  private let last: Double
  /// Numbers so near to their rank that no further look is needed.
  private let squeeze: Double

  /// - Parameter theta: Over 0 and not 1.
  init(count: Int, theta: Double) {
    self.count = Double(count)
    self.theta = theta
    first = Self.integral(1.5, theta) - 1
    last = Self.integral(Double(count) + 0.5, theta)
    squeeze = 2 - Self.inverse(Self.integral(2.5, theta) - pow(2, -theta), theta)
  }

  @inline(__always)
  func next(_ random: inout RandomWords) -> UInt64 {
    while true {
      let area = last + random.fraction() * (first - last)
      let point = min(Self.inverse(area, theta), count)
      let rank = max(1, (point + 0.5).rounded(.down))
      if rank - point <= squeeze || area >= Self.integral(rank + 0.5, theta) - pow(rank, -theta) {
        return UInt64(min(rank, count)) &- 1
      }
    }
  }

  /// The integral of x^-theta from 1.
  @inline(__always)
  private static func integral(_ x: Double, _ theta: Double) -> Double {
    expm1((1 - theta) * log(x)) / (1 - theta)
  }

  @inline(__always)
  private static func inverse(_ area: Double, _ theta: Double) -> Double {
    exp(log1p(max(-1, area * (1 - theta))) / (1 - theta))
  }
}
