import Testing

@testable import IOBench

/// fio's units: every spelling, both bases, and what is no number. The expected values are those of fio 3.33.
struct OptionUnitTests {
  @Test(arguments: [1024, 1000])
  func `each unit of data is the power that fio says`(kbBase: Int) throws {
    var state = SplitMix(seed: UInt64(kbBase))
    let swapped = kbBase == 1024 ? 1000 : 1024
    for (power, letter) in ["", "k", "m", "g", "t", "p"].enumerated() {
      func times(_ base: Int) -> Int { (0..<power).reduce(1) { product, _ in product * base } }
      var units = [(letter, times(kbBase)), (letter + "b", times(kbBase))]
      if power > 0 { units += [(letter + "i", times(kbBase)), (letter + "ib", times(swapped))] }
      for (unit, factor) in units {
        for _ in 0..<50 {
          let number = state.below(4000)
          for spelling in [unit, unit.uppercased()] {
            #expect(try OptionUnits.number("\(number)\(spelling)", kbBase: kbBase) == number * factor)
          }
        }
      }
    }
    #expect(try OptionUnits.number("0x1F4", kbBase: kbBase) == 500)
  }

  @Test(arguments: [
    "", "k", "-", "4x", "4.5k", "4kk", "4kbi", "0x", "0xg", "0x10k", "1e3", "4 k k", "(4*2)", "2z", "١", "４",
    "9223372036854775808", "8192p", "9007199254740993k", "0x8000000000000000",
  ])
  func `what fio would guess is an error`(text: String) {
    #expect(throws: OptionError.self) { try OptionUnits.number(text, kbBase: 1024) }
  }

  @Test func `times are read and shown exactly`() throws {
    let units = [
      ("us", 1000), ("usec", 1000), ("ms", 1_000_000), ("msec", 1_000_000), ("s", 1_000_000_000),
      ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("D", 86_400_000_000_000), ("", 1000),
    ]
    var state = SplitMix(seed: 3)
    for (unit, nanoseconds) in units {
      for _ in 0..<100 {
        let number = state.below(10_000)
        let time = try OptionUnits.time("\(number)\(unit)", unit: 1000)
        #expect(time == number * nanoseconds)
        #expect(try OptionUnits.time(OptionUnits.timeText(time), unit: 1) == time)
      }
    }
    for wrong in ["", "s", "1sec", "1min", "1.5s", "-1", "1w", "9223372036854775807d"] {
      #expect(throws: OptionError.self, "\(wrong)") { try OptionUnits.time(wrong, unit: 1000) }
    }
  }

  @Test func `the base of k is known before the sizes, wherever it stands`() throws {
    let found = try jobs("[a]\nbs=4k\nkb_base=1000\n[b]\nkb_base=1000\nbs=4kib\n[c]\nbs=4kib\n[d]\nbs=4ki\n")
    #expect(found.map(\.blockSize.read) == [4000, 4096, 4000, 4096])
  }

  @Test(arguments: [
    ("bs=16k", [16384, 16384, 16384]), ("bs=4k,8k", [4096, 8192, 8192]), ("bs=1k,2k,3k", [1024, 2048, 3072]),
    ("bs=,8k", [4096, 8192, 8192]), ("bs=8k,", [8192, 4096, 4096]), ("bs=,8k,", [4096, 8192, 4096]),
    ("bs=,,8k", [4096, 4096, 8192]), ("bs=8k\nbs=,1k", [8192, 1024, 1024]),
  ])
  func `lists hold for reads, writes and trims`(option: String, sizes: [Int]) throws {
    let found = try job(option).blockSize
    #expect([found.read, found.write, found.trim] == sizes)
  }
}
