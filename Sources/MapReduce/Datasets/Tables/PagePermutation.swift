/// A bijection on the numbers under `count` that looks random: four Feistel rounds on two digits of mixed base.
///
/// The number is `left * right base + right`; each round adds a hash of one digit to the other, modulo that
/// digit's base. The bases are about the count's square root, so their product is under a square root over the
/// count: a number that falls behind the count is permuted again until it does not, hardly ever.
///
/// Source: Black, Rogaway 2002, "Ciphers with arbitrary finite domains" (generalized Feistel, cycle walking).
struct PagePermutation: Sendable {
  /// Bases stay under 2^20, so that a hash's upper 32 bits choose evenly.
  static let largestCount = 1 << 36

  private let count: UInt64
  private let leftBase: UInt64
  private let rightBase: UInt64
  private let keys: SIMD4<UInt64>

  /// - Parameters:
  ///   - count: 1…``largestCount``.
  ///   - key: Another key is another permutation.
  init(count: Int, key: UInt64) {
    precondition(count >= 1)
    precondition(count <= Self.largestCount)
    self.count = UInt64(count)
    let root = TextLaw.squareRoot(UInt64(count))
    leftBase = root * root == UInt64(count) ? root : root + 1
    rightBase = (UInt64(count) + leftBase - 1) / leftBase
    var random = TextRandom(state: key)
    keys = SIMD4(random.next(), random.next(), random.next(), random.next())
  }

  /// The number in `number`'s place, both under the count.
  @inline(__always)
  func callAsFunction(_ number: UInt64) -> UInt64 {
    var permuted = once(number)
    while permuted >= count { permuted = once(permuted) }
    return permuted
  }

  @inline(__always)
  private func once(_ number: UInt64) -> UInt64 {
    var left = number / rightBase
    var right = number &- left &* rightBase
    right = Self.sum(right, Self.hash(left, keys.x, below: rightBase), below: rightBase)
    left = Self.sum(left, Self.hash(right, keys.y, below: leftBase), below: leftBase)
    right = Self.sum(right, Self.hash(left, keys.z, below: rightBase), below: rightBase)
    left = Self.sum(left, Self.hash(right, keys.w, below: leftBase), below: leftBase)
    return left &* rightBase &+ right
  }

  /// A number under `bound`, which is under 2^32.
  @inline(__always)
  static func hash(_ value: UInt64, _ key: UInt64, below bound: UInt64) -> UInt64 {
    var bits = (value ^ key) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 32)) &* 0x94D0_49BB_1331_11EB
    return ((bits &>> 32) &* bound) &>> 32
  }

  /// The sum modulo `bound` of two numbers under it.
  @inline(__always)
  static func sum(_ first: UInt64, _ second: UInt64, below bound: UInt64) -> UInt64 {
    let sum = first &+ second
    return sum >= bound ? sum &- bound : sum
  }
}
