/// How often a byte is expected in a text nobody has looked at, so that the rarest part of a pattern is searched first.
///
/// Only speed depends on it. Letters follow the usual counts of English prose, digits and marks what stands between
/// them in prose, logs and tables; upper case counts a tenth of lower case.
enum ByteFrequency {
  /// Occurrences in 100,000 bytes; the rest of the table is 20.
  private static let perHundredThousand: [UInt8: Int] = {
    var table: [UInt8: Int] = [0x20: 16_000, 0x0A: 1_500, 0x0D: 100, 0x09: 500]
    let letters = [
      6_300, 1_100, 2_100, 3_200, 9_600, 1_700, 1_500, 4_600, 5_400, 120, 600, 3_100, 1_900,
      5_300, 5_800, 1_400, 80, 4_600, 4_900, 7_000, 2_200, 800, 1_700, 140, 1_500, 60,
    ]
    for (index, frequency) in letters.enumerated() {
      table[UInt8(ascii: "a") + UInt8(index)] = frequency
      table[UInt8(ascii: "A") + UInt8(index)] = max(10, frequency / 10)
    }
    for digit in UInt8(ascii: "0")...UInt8(ascii: "9") { table[digit] = 500 }
    for mark in ",.".utf8 { table[mark] = 900 }
    for mark in "-:;/_=\"'()".utf8 { table[mark] = 300 }
    return table
  }()

  /// The share of bytes, over 0 and under 1.
  static func share(of byte: UInt8) -> Double { Double(perHundredThousand[byte] ?? 20) / 100_000 }

  static func share(of set: ByteSet) -> Double { min(1, set.bytes.reduce(0) { $0 + share(of: $1) }) }

  /// The two rarest places of a literal, in ascending order (the same place twice where there is but one byte),
  /// and the expected share of positions at which both fit.
  static func rarestPair(of literal: [UInt8]) -> (first: Int, second: Int, share: Double) {
    let places = literal.indices.sorted { (share(of: literal[$0]), $0) < (share(of: literal[$1]), $1) }
    let pair = [places[0], places[min(1, places.count - 1)]].sorted()
    let rarity = Set(pair).reduce(1.0) { $0 * share(of: literal[$1]) }
    return (pair[0], pair[1], rarity)
  }
}
