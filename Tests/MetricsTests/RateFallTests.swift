import Metrics
import Testing

struct RateFallTests {
  /// Values around `level`, off by up to `noise` of it either way; the same for the same seed.
  private func noisy(_ count: Int, around level: Double, noise: Double, seed: UInt64) -> [Double] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return level * (1 + noise * (Double(state >> 33) / Double(1 << 30) - 1))
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>, [0.02, 0.3, 0.8])
  func `noise is no fall`(seed: UInt64, noise: Double) {
    for count in [0, 1, 23, 24, 40, 300] {
      #expect(RateFall.find(noisy(count, around: 1000, noise: noise, seed: seed)) == nil, "\(count)")
    }
  }

  @Test(arguments: 0..<30 as Range<UInt64>, [12, 13, 100, 700])
  func `burst credit that is used up is one, wherever it ends`(seed: UInt64, count: Int) throws {
    let fast = noisy(count, around: 3100, noise: 0.3, seed: seed)
    let slow = noisy(max(12, count / 3), around: 1200, noise: 0.3, seed: seed + 1)
    let fall = try #require(RateFall.find(fast + slow))
    #expect((2100...4000).contains(fall.before))
    #expect((850...1600).contains(fall.after))
    // A series and its reverse: a rate that rises is none.
    #expect(RateFall.find(slow + fast) == nil)
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `a dip that passes is none, nor a fall by less than a fifth`(seed: UInt64) {
    let level = noisy(40, around: 1000, noise: 0.05, seed: seed)
    let dip = noisy(20, around: 300, noise: 0.05, seed: seed + 1)
    #expect(RateFall.find(level + dip + level) == nil)
    #expect(RateFall.find(level + noisy(40, around: 900, noise: 0.05, seed: seed + 2)) == nil)
    #expect(RateFall.find(level + noisy(40, around: 700, noise: 0.05, seed: seed + 2)) != nil)
  }
}
