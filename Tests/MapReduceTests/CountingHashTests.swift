import CSystemIO
import MapReduce
import Testing

@Suite struct `Key hashes and digests` {
  @Test func `are the documented ones`() {
    // Computed by the Python of docs/format-records.md.
    let golden: [([UInt8], UInt64, Int)] = [
      ([], 0x8dd9_092e_2a44_8508, 3),
      (Array("a".utf8), 0xeff0_d826_5303_73e3, 6),
      (Array("the".utf8), 0x88e2_cb86_14ed_2b76, 3),
      ([97, 0], 0x8139_5e6d_d3b6_fe5e, 3),
      (Array("0123456789abcdef".utf8), 0xa820_f3b8_e557_24c2, 4),
      (Array("0123456789abcdefg".utf8), 0xab6e_55f5_7426_c2d8, 4),
      ([UInt8](repeating: 255, count: 33), 0xc97f_bf06_265b_dcfe, 5),
      (Array(0..<100), 0x54f4_6801_e077_8a5b, 2),
    ]
    for (key, hash, partition) in golden {
      #expect(KeyHash.of(key) == hash)
      #expect(KeyHash.partition(of: hash, among: 7) == partition)
    }
  }

  @Test(arguments: [1, 2, 3, 16, 255, 512])
  func `spread keys over all partitions evenly`(partitions: Int) {
    var sizes = [Int](repeating: 0, count: partitions)
    let keys = 200 * partitions
    for key in 0..<keys {
      sizes[KeyHash.partition(of: KeyHash.of("word\(key)".utf8), among: partitions)] += 1
    }
    #expect(sizes.min()! > 100)
    #expect(sizes.max()! < 300 || partitions == 1)
  }

  @Test func `differ in both halves for keys that are alike`() {
    var upper = Set<UInt64>()
    var lower = Set<UInt64>()
    var keys = 0
    for length in 1...40 {
      for nuls in 0..<4 {
        for letter: UInt8 in [97, 98, 0] {
          let key = [UInt8](repeating: letter, count: length) + [UInt8](repeating: 0, count: nuls)
          if letter == 0 && nuls > 0 { continue }
          let hash = KeyHash.of(key)
          upper.insert(hash >> 32)
          lower.insert(hash & 0xffff_ffff)
          keys += 1
        }
      }
    }
    #expect(upper.count == keys)
    #expect(lower.count == keys)
  }

  @Test func `of a digest are the documented ones, in any order`() {
    var digest = OutputDigest()
    #expect(digest.text == String(repeating: "0", count: 48))
    let lines = [
      Array("the\t3".utf8), Array("a\t1".utf8),
      [UInt8](repeating: 120, count: 40) + Array("\t18446744073709551615".utf8),
    ]
    for line in lines.reversed() { digest.add(line: line) }
    #expect(digest.text == "c40e833201a30c37231d1ca2157c9a910000000000000003")
    var parts = OutputDigest()
    for line in lines {
      var one = OutputDigest()
      one.add(line: line)
      parts.add(one)
    }
    #expect(parts == digest)
    var block = OutputDigest()
    let bytes: [UInt8] = Array(lines.map { $0 + [10] }.joined())
    #expect(withGuardedBytes(bytes + [65, 66]) { block.add(block: $0) } == bytes.count)
    #expect(block == digest)
    block.add(line: [])
    #expect(block != digest)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `of a job's output equal those of the plain reference`(seed: UInt64) throws {
    let text = hostileText(seed: seed, words: 400)
    var reference = ReferenceCount()
    withGuardedBytes(text) { bytes in
      let cut = Int(seed) * bytes.count / 20
      reference.consume(UnsafeRawBufferPointer(rebasing: bytes[..<cut]))
      reference.consume(UnsafeRawBufferPointer(rebasing: bytes[cut...]))
    }
    var digest = OutputDigest()
    for part in try countWords(text).parts { withGuardedBytes(part) { _ = digest.add(block: $0) } }
    let expected = reference.digest()
    #expect(digest == expected)
    #expect(digest.rows > 0)
  }

  @Test(arguments: 0...2 as ClosedRange<Int32>)
  func `and white space is found alike by every instruction set`(width: Int32) {
    // Every byte value at every place of a block, and at every alignment.
    var bytes = [UInt8](repeating: 0, count: 256 * 65 + 64)
    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index % 256 &* 7 &+ index / 256) }
    for offset in 0..<64 {
      let blocks = 256
      var masks = [UInt64](repeating: 0, count: blocks)
      let supported = bytes.withUnsafeBytes {
        mb_whitespace_masks_by(width, $0.baseAddress! + offset, blocks, &masks) == 0
      }
      if !supported { return }
      for block in 0..<blocks {
        var expected: UInt64 = 0
        for bit in 0..<64 where isSpace(bytes[offset + 64 * block + bit]) { expected |= 1 << UInt64(bit) }
        #expect(masks[block] == expected)
      }
    }
  }

  private func isSpace(_ byte: UInt8) -> Bool { [9, 10, 11, 12, 13, 32].contains(byte) }
}
