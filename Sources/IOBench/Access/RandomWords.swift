/// Random 64-bit words from a seed: wyrand, one multiplication a word. Passes BigCrush and PractRand; no secrets.
///
/// Source: Wang Yi, wyhash (public domain), `wyrand`.
struct RandomWords: Sendable {
  private var state: UInt64

  /// Seeds that differ in any bit give unrelated words.
  @inline(__always)
  init(seed: UInt64) { state = Self.mixed(seed) }

  @inline(__always)
  mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.folded(state, state ^ Self.odd)
  }

  /// A number in `0..<bound`; the bias is under `bound` / 2^64 (Lemire 2019, without its rejection).
  @inline(__always)
  mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

  /// In 0 ..< 1, in steps of 2^-53.
  @inline(__always)
  mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// In 0 < … <= 1, so that its logarithm is finite.
  @inline(__always)
  mutating func positiveFraction() -> Double { Double((next() >> 11) + 1) * 0x1p-53 }

  static let step: UInt64 = 0xa076_1d64_78bd_642f
  static let odd: UInt64 = 0xe703_7ed1_a0b4_28db

  /// Both halves of the product, one upon the other.
  @inline(__always)
  static func folded(_ first: UInt64, _ second: UInt64) -> UInt64 {
    let product = first.multipliedFullWidth(by: second)
    return product.high ^ product.low
  }

  /// A bijection in which each bit of the word moves each bit of the result (SplitMix64's finish).
  @inline(__always)
  static func mixed(_ word: UInt64) -> UInt64 {
    var mixed = word &+ 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

extension IOJob {
  /// The seed of everything that is random in one copy: the same in each run, different for each copy.
  ///
  /// - Parameters:
  ///   - number: Which of all copies of the run, over all its jobs, from 0 (fio's thread number).
  ///   - entropy: Takes the place of `randseed` where `randrepeat=0`.
  public func seed(ofCopy number: Int, entropy: UInt64) -> UInt64 {
    let base = randRepeat ? UInt64(bitPattern: Int64(randSeed)) : entropy
    return RandomWords.mixed(RandomWords.mixed(base) ^ UInt64(bitPattern: Int64(number)))
  }
}
