/// Draws ranks by a Zipf–Mandelbrot law, P(rank) ∝ 1 / (rank + 2.7)^(9/8) for ranks 1…`count`, in integers only.
///
/// The exponent 9/8 needs no libm: an eighth root is three integer square roots. The first 1024 ranks have
/// their own weights; behind them the law goes in steps, each 1/64 as wide as its first rank, whose ranks are
/// equally likely (within 1 % of the law). Steps are drawn by Walker's alias method with exact 27-bit
/// thresholds, so one 64-bit random number makes one rank and no branch depends on it.
///
/// Source: Mandelbrot 1953 (the shift 2.7 fits English); Vose 1991 for the alias table.
struct TextLaw {
  /// Ranks are under this: an entry's width must stay under 2^26, the bits that choose within it.
  static let largestCount = 1 << 28

  static let slotBits = 11
  static let thresholdBits = 27
  static let slots = 1 << slotBits

  /// `(threshold, alias)` of each slot, interleaved.
  let aliases: [UInt32]
  /// `(first rank, width)` of each entry, interleaved; ranks count from 0 here.
  let entries: [UInt32]
  let count: Int

  /// - Parameter count: How many ranks, 1…``largestCount``.
  init(count: Int) {
    precondition(count >= 1)
    precondition(count <= Self.largestCount)
    self.count = count
    var entries: [UInt32] = []
    var weights: [UInt64] = []
    var first = 0
    while first < count {
      let width = first < 1024 ? 1 : min(first / 64, count - first)
      entries.append(UInt32(first))
      entries.append(UInt32(width))
      weights.append(Self.weight(first + width / 2) * UInt64(width))
      first += width
    }
    precondition(weights.count <= Self.slots)
    for _ in weights.count..<Self.slots { entries += [0, 1] }
    self.entries = entries
    aliases = Self.aliasTable(weights)
  }

  /// 2^60 / (10 · (rank + 2.7))^(9/8), rounded down step by step; `rank` counts from 0.
  static func weight(_ rank: Int) -> UInt64 {
    let shifted = UInt64(10 * (rank + 1) + 27)
    // The fixed point moves by half of the 32 bits that each root takes in: 2^16, 2^24, 2^28.
    let eighthRoot = squareRoot(squareRoot(squareRoot(shifted << 32) << 32) << 32)
    return (((1 << 60) / eighthRoot) << 28) / shifted
  }

  /// The largest integer whose square is at most `value`.
  static func squareRoot(_ value: UInt64) -> UInt64 {
    var rest = value
    var root: UInt64 = 0
    // The highest power of four that is not over the value.
    var bit: UInt64 = value == 0 ? 0 : 1 << (UInt64(63 - value.leadingZeroBitCount) & ~1)
    while bit != 0 {
      if rest >= root &+ bit {
        rest &-= root &+ bit
        root = (root >> 1) &+ bit
      } else {
        root >>= 1
      }
      bit >>= 2
    }
    return root
  }

  private static func aliasTable(_ weights: [UInt64]) -> [UInt32] {
    let capacity: UInt64 = 1 << thresholdBits
    let units = capacity << slotBits
    let sum = weights.reduce(0, +)
    var mass = weights.map { weight in
      let (high, low) = weight.multipliedFullWidth(by: units)
      return sum.dividingFullWidth((high, low)).quotient
    }
    // What rounding down left over (under one unit an entry) goes to the most frequent rank.
    mass[0] += units - mass.reduce(0, +)
    mass += [UInt64](repeating: 0, count: slots - mass.count)

    var table = [UInt32](repeating: 0, count: 2 * slots)
    var small = mass.indices.filter { mass[$0] < capacity }
    var large = mass.indices.filter { mass[$0] >= capacity }
    while let giver = large.last, let taker = small.popLast() {
      table[2 * taker] = UInt32(mass[taker])
      table[2 * taker + 1] = UInt32(giver)
      mass[giver] -= capacity - mass[taker]
      if mass[giver] < capacity {
        large.removeLast()
        small.append(giver)
      }
    }
    // Masses are integers that sum to the capacity of all slots: what is left is full.
    for slot in large {
      table[2 * slot] = UInt32(capacity)
      table[2 * slot + 1] = UInt32(slot)
    }
    precondition(small.isEmpty)
    return table
  }
}
