/// The numbers `0..<count` in a random order, each once, without memory of which were drawn.
///
/// Four rounds of the generalized Feistel construction on `columns` × `rows` with `columns` = ⌈√count⌉: a number is a
/// place in that rectangle, and each round moves it along one axis by a keyed hash of the other. The rectangle holds
/// fewer than `columns` numbers too many, which are left out. fio keeps a map of bits instead, and when a drawn block
/// was visited takes the next free one; here each place in the order is equally likely for each block.
///
/// Source: Black and Rogaway, "Ciphers with Arbitrary Finite Domains" (CT-RSA 2002), method 3.
struct BlockPermutation: Sendable {
  let count: UInt64
  private let columns: UInt64
  private let rows: UInt64
  private let key: UInt64
  // The place in the rectangle that is drawn next.
  private var column: UInt64 = 0
  private var row: UInt64 = 0

  init(count: Int, key: UInt64) {
    precondition(count >= 0)
    self.count = UInt64(count)
    self.key = key
    var columns = UInt64(Double(count).squareRoot())
    while columns * columns < self.count { columns += 1 }
    self.columns = max(1, columns)
    rows = (self.count + self.columns - 1) / self.columns
  }

  /// The next number of the order; nil after all `count`.
  @inline(__always)
  mutating func next() -> UInt64? {
    while row < rows {
      let place = moved(column, row)
      column &+= 1
      if column == columns {
        column = 0
        row &+= 1
      }
      if place < count { return place }
    }
    return nil
  }

  /// Where the permutation takes one number of `0..<count`.
  @inline(__always)
  func image(of number: UInt64) -> UInt64 {
    var place = number
    // What falls outside walks on: a cycle that began inside comes back inside.
    repeat {
      let (row, column) = place.quotientAndRemainder(dividingBy: columns)
      place = moved(column, row)
    } while place >= count
    return place
  }

  @inline(__always)
  private func moved(_ column: UInt64, _ row: UInt64) -> UInt64 {
    var column = column
    var row = row
    var key = key
    for _ in 0..<2 {
      column = Self.sum(column, Self.hash(row, key, below: columns), modulo: columns)
      key &+= RandomWords.step
      row = Self.sum(row, Self.hash(column, key, below: rows), modulo: rows)
      key &+= RandomWords.step
    }
    return row &* columns &+ column
  }

  @inline(__always)
  private static func hash(_ word: UInt64, _ key: UInt64, below bound: UInt64) -> UInt64 {
    // One multiplication alone would make the whole permutation an affine map.
    var hash = (word ^ key) &* 0x9e37_79b9_7f4a_7c15
    hash = (hash ^ (hash >> 32)) &* 0xd6e8_feb8_6659_fd93
    return hash.multipliedFullWidth(by: bound).high
  }

  /// `first + second` where both are under `modulus`. Without a branch, which would be mispredicted half of the time.
  @inline(__always)
  private static func sum(_ first: UInt64, _ second: UInt64, modulo modulus: UInt64) -> UInt64 {
    let difference = first &+ second &- modulus
    let isNegative = UInt64(bitPattern: Int64(bitPattern: difference) &>> 63)
    return difference &+ (modulus & isNegative)
  }
}
