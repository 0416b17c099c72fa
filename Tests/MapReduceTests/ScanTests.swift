import CSystemIO
import Testing

/// The block scans of the shim against one byte after the other.
@Suite struct ScanTests {
  /// As many words as `count` bytes have, and one behind them that no scan may touch.
  private func masks(_ count: Int, _ scan: (UnsafeMutablePointer<UInt64>) -> UInt64) -> [UInt64] {
    var words = [UInt64](repeating: 0xDEAD_BEEF, count: (count + 63) / 64 + 1)
    let any = scan(&words)
    #expect(words.last == 0xDEAD_BEEF)
    #expect(any == words.dropLast().reduce(0, |))
    return words.dropLast()
  }

  private func plain(_ count: Int, _ holds: (Int) -> Bool) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: (count + 63) / 64)
    for index in 0..<count where holds(index) { words[index / 64] |= 1 << UInt64(index % 64) }
    return words
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `every instruction set finds what a plain loop finds`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = [0, 1, 63, 64, 65, 4095, 4096, Int.random(in: 0...4096, using: &random)][Int(seed % 8)]
    let distance = Int.random(in: 0...200, using: &random)
    // Few values make hits dense; the bytes behind the end are as likely to fit.
    let values = seed % 3 == 0 ? 256 : 3
    let low = UInt8.random(in: 0...255, using: &random)
    let text = (0..<count + distance + 128).map { _ in
      low &+ UInt8(truncatingIfNeeded: Int.random(in: 0..<values, using: &random))
    }
    let (first, second) = (text[0], text[1])
    var ranges = mb_byte_ranges()
    var members: Set<UInt8> = []
    ranges.count = UInt32.random(in: 0...6, using: &random)
    withUnsafeMutableBytes(of: &ranges) { raw in
      for index in 0..<Int(raw.load(as: UInt32.self)) {
        let from = text[Int.random(in: 0..<text.count, using: &random)]
        let width = UInt8.random(in: 0...min(40, 255 - from), using: &random)
        raw[4 + index] = from
        raw[4 + 128 + index] = width
        for byte in from...(from + width) { members.insert(byte) }
      }
    }
    let pairs = plain(count) { text[$0] == first && text[$0 + distance] == second }
    let insides = plain(count) { members.contains(text[$0]) }
    for level in 0...mb_scan_level() {
      #expect(
        masks(count) { mb_scan_pair(level, text, count, first, second, distance, $0) } == pairs,
        "level \(level)")
      #expect(masks(count) { mb_scan_ranges(level, text, count, &ranges, $0) } == insides, "level \(level)")
    }
    let byte = text[text.count - 1]
    #expect(mb_last_byte(text, count, byte) == text[..<count].lastIndex(of: byte) ?? -1)
  }
}
