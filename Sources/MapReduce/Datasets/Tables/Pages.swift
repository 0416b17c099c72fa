/// The pages that `rankings` lists and `uservisits` visits, each computed from its row alone.
///
/// Row r of the N rows of `rankings` is page i = π(r) + 1, π a bijection that depends on seed and N; its rank is
/// `floor(20 · sqrt(N / i))`, so that every rank occurs as often as P(rank > X) = (20 / X)² asks.
///
/// Rows have ``rowSize`` bytes in the mean, exactly: rows are in groups of ``groupRows``, each row has a partner in
/// its group, and the two have 124 bytes together. One of the two URLs has 10…100 letters, evenly drawn, the
/// other what is left, 10…100 too. (The last group may be short: its rows are paired as neighbours, and an odd
/// last row has 62 bytes.)
///
/// A URL's first eight letters are a bijection of r, so no two are equal; the others are random.
struct Pages: Sendable {
  /// Of both tables; raised when a change of the program changes their bytes.
  static let version = 1
  /// How many pages there may be.
  static let counts = 1...PagePermutation.largestCount
  /// Mean bytes of a row of `rankings`.
  static let rowSize = 62
  static let groupRows = TableGroups.rows
  static let urlLengths = 10...100
  /// Bytes behind a URL's last that ``writeURL(_:at:)`` may overwrite.
  static let writtenBehind = 8

  let count: UInt64
  private let permutation: PagePermutation
  private let rowKey: UInt64
  private let groupKey: UInt64
  private let codeKeys: SIMD4<UInt64>

  /// A row's numbers, and those of its URL that another row's length depends on.
  struct Row {
    /// r, under the count.
    var row: UInt64
    /// i, from 1 on.
    var page: UInt64
    /// avgDuration, 1…99.
    var duration: UInt64
    /// Letters.
    var urlLength = 0
    /// The random numbers from which the URL's letters come.
    fileprivate var letters: TextRandom
    fileprivate var lengthBits: UInt64
    /// Digits of rank and duration.
    var digits: Int
  }

  /// - Parameter count: N, in ``counts``.
  init(count: Int, seed: UInt64) {
    precondition(Self.counts.contains(count))
    self.count = UInt64(count)
    // The last stream: text of the same seed has the small ones.
    var random = TextRandom(seed: seed, stream: .max)
    permutation = PagePermutation(count: count, key: random.next())
    rowKey = random.next()
    groupKey = random.next()
    codeKeys = SIMD4(random.next(), random.next(), random.next(), 0)
  }

  /// Row `row`, from itself and its partner.
  @inline(__always)
  subscript(row: UInt64) -> Row {
    var first = numbers(row)
    guard let partner = partner(row) else {
      first.urlLength = Self.rowSize &- Self.separators &- first.digits
      return first
    }
    var second = numbers(partner)
    if row < partner {
      Self.share(&first, &second)
    } else {
      Self.share(&second, &first)
    }
    return first
  }

  /// `floor(20 · sqrt(N / i))`, 20 or more.
  @inline(__always)
  func rank(ofPage page: UInt64) -> UInt64 { TextLaw.squareRoot(400 &* count / page) }

  /// Writes the URL and returns what is behind it.
  @inline(__always)
  func writeURL(_ row: Row, at target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    target.storeBytes(of: code(row.row), as: UInt64.self)
    let end = target + row.urlLength
    var at = target + 8
    var random = row.letters
    while at < end {
      at.storeBytes(of: Self.letters(random.next()), as: UInt64.self)
      at += 8
    }
    return end
  }

  // MARK: - Lengths

  /// Two commas and a newline.
  static let separators = 3

  /// The row whose length makes up for this row's; nil for an odd last one.
  @inline(__always)
  private func partner(_ row: UInt64) -> UInt64? {
    let groupRows = UInt64(Self.groupRows)
    let group = row / groupRows
    guard (group &+ 1) &* groupRows <= count else { return row ^ 1 < count ? row ^ 1 : nil }
    return row ^ (1 &+ PagePermutation.hash(group, groupKey, below: groupRows &- 1))
  }

  @inline(__always)
  private func numbers(_ row: UInt64) -> Row {
    var random = TextRandom(key: rowKey, stream: row)
    let bits = random.next()
    let page = permutation(row) &+ 1
    let duration = 1 &+ ((bits &>> 32) &* 99) &>> 32
    return Row(
      row: row, page: page, duration: duration, letters: random, lengthBits: bits & 0xFFFF_FFFF,
      digits: rankDigits(page) &+ (duration < 10 ? 1 : 2))
  }

  /// A rank has d + 1 digits or more from 10^d on: where i · 100^d ≤ 400 · N.
  @inline(__always)
  private func rankDigits(_ page: UInt64) -> Int {
    if page > count / 25 { return 2 }
    var digits = 3
    var bound = count / 2500
    while page <= bound {
      digits &+= 1
      bound /= 100
    }
    return digits
  }

  /// Gives both rows of a pair their URLs' lengths.
  @inline(__always)
  private static func share(_ first: inout Row, _ second: inout Row) {
    let letters = 2 &* (rowSize &- separators) &- first.digits &- second.digits
    let shortest = max(urlLengths.lowerBound, letters &- urlLengths.upperBound)
    let longest = min(urlLengths.upperBound, letters &- urlLengths.lowerBound)
    first.urlLength = shortest &+ (Int(first.lengthBits) &* (longest &- shortest &+ 1)) &>> 32
    second.urlLength = letters &- first.urlLength
  }

  // MARK: - Letters

  private static let halfCount: UInt64 = 26 * 26 * 26 * 26

  /// Eight letters that no other row has: three Feistel rounds on two halves of four letters.
  @inline(__always)
  private func code(_ row: UInt64) -> UInt64 {
    let half = Self.halfCount
    var left = row / half
    var right = row % half
    right = PagePermutation.sum(right, PagePermutation.hash(left, codeKeys.x, below: half), below: half)
    left = PagePermutation.sum(left, PagePermutation.hash(right, codeKeys.y, below: half), below: half)
    right = PagePermutation.sum(right, PagePermutation.hash(left, codeKeys.z, below: half), below: half)
    return (Self.fourLetters(left) | Self.fourLetters(right) &<< 32).littleEndian
  }

  @inline(__always)
  private static func fourLetters(_ number: UInt64) -> UInt64 {
    let upper = number / 676
    let lower = number % 676
    return 0x6161_6161 &+ upper / 26 &+ (upper % 26) &<< 8 &+ (lower / 26) &<< 16 &+ (lower % 26) &<< 24
  }

  /// Eight letters from eight random bytes, b · 26 / 256 each.
  @inline(__always)
  private static func letters(_ bits: UInt64) -> UInt64 {
    let even: UInt64 = 0x00FF_00FF_00FF_00FF
    let low = (((bits & even) &* 26) &>> 8) & even
    let high = (((bits &>> 8) & even) &* 26) & ~even
    return (0x6161_6161_6161_6161 &+ (low | high)).littleEndian
  }
}
