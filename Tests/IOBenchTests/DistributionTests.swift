import Glibc
import Testing

@testable import IOBench

/// Random orders and skewed distributions against what they must be, by chi-square with fixed seeds.
struct DistributionTests {
  private let draws = 40_000

  private func blocks(_ distribution: AccessDistribution, count: Int, seed: UInt64) -> [Int] {
    let skewed = SkewedBlocks(distribution, count: count, key: 1)!
    var random = RandomWords(seed: seed)
    return (0..<draws).map { _ in Int(skewed.next(&random)) }
  }

  @Test func `a test that sees nothing would be no test`() {
    let even = [Double](repeating: 100, count: 10)
    #expect(!isUnlikely([97, 103, 110, 88, 100, 101, 95, 106, 104, 96], even))
    #expect(isUnlikely([150, 50, 110, 88, 100, 101, 95, 106, 104, 96], even))
  }

  @Test(arguments: [0.3, 0.99, 1.001, 1.2, 3], [2, 10, 1000])
  func `zipf draws each rank as often as its law says`(theta: Double, count: Int) {
    let weights = (1...count).map { pow(Double($0), -theta) }
    let sum = weights.reduce(0, +)
    let expected = weights.map { $0 / sum * Double(draws) }
    let found = blocks(.zipf(theta: theta, center: 0), count: count, seed: UInt64(count))
    #expect(!isUnlikely(counts(found, below: count), expected))
    #expect(isUnlikely(counts(found, below: count), expected.reversed()))
  }

  @Test(arguments: [0.1, 0.2, 0.5, 0.9], [10, 997])
  func `pareto draws each block as often as its law says`(h: Double, count: Int) {
    let power = log(1 - h) / log(h)
    let below = (0...count).map { pow(Double($0) / Double(count), power) * Double(draws) }
    let expected = zip(below.dropFirst(), below).map { $0 - $1 }
    #expect(
      !isUnlikely(counts(blocks(.pareto(h: h, center: 0), count: count, seed: 3), below: count), expected))
  }

  /// The mean of 12 uniform numbers plus a uniform one of `deviation` percent (Irwin and Hall), integrated.
  @Test(arguments: [0.0, 3, 20], [100, 1009])
  func `normal draws each block as often as its law says`(deviation: Double, count: Int) {
    let binomials = [1.0, 12, 66, 220, 495, 792, 924, 792, 495, 220, 66, 12, 1]
    func sumBelow(_ x: Double) -> Double {
      if x >= 12 { return 1 }
      return binomials.enumerated().reduce(0) { total, term in
        let rest = x - Double(term.offset)
        return rest <= 0 ? total : total + (term.offset % 2 == 0 ? 1 : -1) * term.element * pow(rest, 12)
      } / 479_001_600
    }
    func below(_ x: Double) -> Double {
      guard deviation > 0 else { return sumBelow(12 * x) }
      let width = deviation / 100
      let steps = 64
      return (0..<steps).reduce(0) {
        $0 + sumBelow(12 * (x - width * ((Double($1) + 0.5) / Double(steps) - 0.5)))
      } / Double(steps)
    }
    let edges = (0...count).map { below(Double($0) / Double(count)) * Double(draws) }
    let expected = zip(edges.dropFirst(), edges).map { $0 - $1 }
    let found = counts(
      blocks(.normal(deviation: deviation, center: 0.5), count: count, seed: 5), below: count)
    #expect(!isUnlikely(found, expected))
  }

  @Test(arguments: [AccessDistribution.zipf(theta: 1.2, center: 0.25), .pareto(h: 0.2, center: 0.25)])
  func `the most frequent block lies at the center`(distribution: AccessDistribution) {
    let found = counts(blocks(distribution, count: 1000, seed: 9), below: 1000)
    #expect(found.firstIndex(of: found.max()!) == 250)
    #expect(found[250] > found[252] && found[252] > found[600])
  }

  @Test func `a normal distribution goes round its center`() {
    let found = counts(blocks(.normal(deviation: 0, center: 0), count: 1000, seed: 9), below: 1000)
    #expect(found[..<100].reduce(0, +) + found[900...].reduce(0, +) > draws * 3 / 4)
  }

  @Test func `without a center frequent blocks lie anywhere, and none is left out`() {
    let skewed = SkewedBlocks(.zipf(theta: 0.5, center: nil), count: 100, key: 4)!
    var random = RandomWords(seed: 1)
    let found = counts((0..<draws).map { _ in Int(skewed.next(&random)) }, below: 100)
    #expect(!found.contains(0))
    let weights = (1...100).map { pow(Double($0), -0.5) }
    let expected = weights.map { $0 / weights.reduce(0, +) * Double(draws) }
    #expect(isUnlikely(found, expected))
    let hottest = found.indices.sorted { found[$0] > found[$1] }.prefix(5)
    #expect(hottest.max()! - hottest.min()! > 20)
  }

  @Test func `extreme parameters draw blocks of the file`() {
    for distribution: AccessDistribution in [
      .zipf(theta: 1e-300, center: nil), .zipf(theta: 1e300, center: nil), .zipf(theta: 50, center: 1),
      .zipf(theta: 1.000_000_000_001, center: 0.999), .pareto(h: 1e-300, center: nil),
      .pareto(h: 0.999_999_999, center: 1), .normal(deviation: 99.9, center: nil),
      .normal(deviation: 50, center: 1),
    ] {
      for count in [1, 2, 3, 1 << 40] {
        let skewed = SkewedBlocks(distribution, count: count, key: 1)!
        var random = RandomWords(seed: 2)
        let isInside = (0..<300).allSatisfy { _ in skewed.next(&random) < count }
        #expect(isInside, "\(distribution) \(count)")
      }
    }
  }

  @Test(arguments: [1, 2, 3, 5, 8, 9, 10, 101, 1024, 5000])
  func `a permutation takes each number to one place`(count: Int) {
    let permutation = BlockPermutation(count: count, key: UInt64(count) &* 77)
    let images = (0..<count).map { Int(permutation.image(of: UInt64($0))) }
    #expect(images.sorted() == Array(0..<count))
  }

  @Test func `each block comes as likely at each place of the order`() {
    let count = 37
    var places = [[Int]](repeating: [], count: count)
    for key in 0..<4000 as Range<UInt64> {
      var order = BlockPermutation(count: count, key: RandomWords.mixed(key))
      for place in 0..<count { places[place].append(Int(order.next()!)) }
    }
    for found in places {
      #expect(!isUnlikely(counts(found, below: count), Array(repeating: 4000 / Double(count), count: count)))
    }
  }

  @Test func `neighbours of the order are unrelated`() {
    var order = BlockPermutation(count: 1 << 16, key: 99)
    var last = order.next()! >> 12
    var pairs = [Int](repeating: 0, count: 256)
    var distances = [Int](repeating: 0, count: 64)
    var previous: UInt64 = 0
    while let block = order.next() {
      pairs[Int(last << 4 | block >> 12)] += 1
      distances[Int((block &- previous) & 0xffff) >> 10] += 1
      last = block >> 12
      previous = block
    }
    #expect(!isUnlikely(pairs, Array(repeating: 65535 / 256, count: 256)))
    #expect(!isUnlikely(distances, Array(repeating: 65535 / 64, count: 64)))
  }

  @Test func `with replacement each block is as likely`() throws {
    let found = try requests("rw=randread\nnorandommap\nbs=512\nsize=51200\nio_size=20m")
    #expect(found.count == 40960)
    #expect(
      !isUnlikely(counts(found.map { $0.offset / 512 }, below: 100), Array(repeating: 409.6, count: 100)))
  }
}
