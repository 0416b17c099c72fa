import CSystemIO
import Testing

@testable import IOBench

/// What blocks hold, and that everything that is wrong with one is found.
struct BlockContentTests {
  private func content(_ options: String, copy: Int = 0) throws -> BlockContent {
    let job = try job(options)
    return BlockContent(job, seed: job.seed(ofCopy: copy, entropy: 0))
  }

  private func written(
    _ content: BlockContent, size: Int, offset: Int = 8192, file: Int = 1, generation: UInt64 = 3,
    number: Int = 0
  ) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: size)
    block.withUnsafeMutableBytes {
      content.prepare($0, number: number)
      content.write($0, offset: offset, file: file, generation: generation)
    }
    return block
  }

  private func difference(
    _ block: [UInt8], _ content: BlockContent, offset: Int = 8192, file: Int = 1, generation: UInt64? = 3
  ) -> BlockDifference? {
    block.withUnsafeBytes { content.check($0, offset: offset, file: file, generation: generation) }
  }

  @Test(
    arguments: [
      "verify=crc32c", "verify=pattern\nverify_pattern=0xdeadbeef01", "verify=pattern\nverify_pattern=\"a\"",
    ], [48, 49, 63, 512, 600, 4096])
  func `one flipped bit is found`(verify: String, size: Int) throws {
    let content = try content("rw=randwrite\nbs=\(size)\n\(verify)")
    var block = written(content, size: size)
    #expect(difference(block, content) == nil)
    for bit in stride(from: 0, to: size * 8, by: size > 600 ? 7 : 1) {
      block[bit / 8] ^= 1 << (bit % 8)
      let found = difference(block, content)
      #expect(found != nil, "bit \(bit)")
      // In the content the very byte is named.
      if bit / 8 >= 48, size >= 96 || verify != "verify=crc32c" {
        #expect(found?.part == .content && found?.position == bit / 8, "bit \(bit)")
        #expect(found?.actual == UInt64(block[bit / 8]))
        #expect(found?.expected == UInt64(block[bit / 8] ^ 1 << (bit % 8)))
      }
      block[bit / 8] ^= 1 << (bit % 8)
    }
  }

  @Test func `each kind of wrong block is named`() throws {
    let content = try content("rw=write\nverify=crc32c")
    let right = written(content, size: 4096)
    #expect(difference([UInt8](repeating: 0, count: 4096), content)?.part == .magic)
    #expect(difference(written(content, size: 4096, offset: 4096), content)?.part == .offset)
    #expect(difference(written(content, size: 4096, generation: 2), content)?.part == .generation)
    #expect(difference(written(content, size: 4096, file: 0), content)?.part == .file)
    #expect(difference(Array(written(content, size: 8192)[..<4096]), content)?.part == .length)
    let other = try self.content("rw=write\nverify=crc32c", copy: 1)
    #expect(difference(written(other, size: 4096), content)?.part == .seed)
    #expect(difference(written(content, size: 4096, generation: 2), content, generation: nil) == nil)
    // The last quarter is of an earlier write.
    let torn = Array(right[..<3072] + written(content, size: 4096, generation: 2)[3072...])
    #expect(difference(torn, content)?.part == .content && difference(torn, content)?.position == 3072)
    var damaged = right
    damaged[17] ^= 4
    // A job that only reads does not know the seed; the checksum does.
    let reader = try self.content("rw=read\nverify=crc32c")
    #expect(difference(right, reader, generation: nil) == nil)
    #expect(difference(damaged, reader, generation: nil)?.part == .checksum)
    damaged = right
    damaged[4] = 2
    #expect(
      difference(damaged, content)?.description
        == "block at offset 8192: version (byte 4) is 0x2, must be 0x1")
    damaged = right
    damaged[100] = right[100] ^ 0x10
    #expect(
      difference(damaged, content)?.description.hasPrefix("block at offset 8192: byte 100 is 0x") == true)
  }

  @Test func `a stamp lies as it is documented`() throws {
    let job = try job("rw=write\nverify=crc32c")
    let seed = job.seed(ofCopy: 0, entropy: 0)
    let block = written(
      BlockContent(job, seed: seed), size: 1000, offset: 0x0102_0304_0506, file: 0x0a0b, generation: 0x77)
    func little(_ value: UInt64, _ bytes: Int = 8) -> [UInt8] {
      (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
    let front =
      Array("MBVB".utf8) + little(1, 4) + little(0x0102_0304_0506) + little(seed) + little(0x77)
      + little(1000)
      + little(0x0a0b, 4)
    #expect(Array(block[..<44]) == front)
    let covered = front + block[48...]
    #expect(Array(block[44..<48]) == little(UInt64(mb_crc32c_table(0, covered, covered.count)), 4))
  }

  @Test func `the same seed gives the same bytes on any machine`() {
    var long = [UInt8](repeating: 0, count: 4099)
    long.withUnsafeMutableBytes { BlockContent.fill($0, seed: 42) }
    for count in [0, 1, 7, 8, 9, 100] {
      var short = [UInt8](repeating: 0, count: count)
      short.withUnsafeMutableBytes { BlockContent.fill($0, seed: 42) }
      #expect(short == Array(long[..<count]))
    }
    var other = long
    other.withUnsafeMutableBytes { BlockContent.fill($0, seed: 43) }
    #expect(other != long)
    // Computed by another program.
    #expect(mb_crc32c(0, long, long.count) == 0xa7df_5075)
  }

  @Test(arguments: [
    ("rw=write", false), ("rw=write\nrefill_buffers", true), ("rw=write\nverify=crc32c", true),
  ])
  func `content does not compress`(options: String, isWhollyRandom: Bool) throws {
    let block = written(try content(options + "\nbs=256k"), size: 1 << 18)
    if isWhollyRandom {
      let bytes = block.dropFirst(4096).map { Int($0) }
      #expect(!isUnlikely(counts(bytes, below: 256), [Double](repeating: 1008, count: 256)))
    }
    // Hardly any 16 bytes stand twice.
    let words = Set(stride(from: 0, to: block.count, by: 16).map { Array(block[$0..<($0 + 16)]) })
    #expect(words.count > block.count / 16 * 99 / 100)
  }

  @Test func `no two writes are of the same block`() throws {
    for options in ["rw=write", "rw=write\nrefill_buffers", "rw=write\nverify=crc32c"] {
      let content = try content(options)
      var seen = Set<[UInt8]>()
      for offset in 0..<20 {
        for generation in 0..<5 as Range<UInt64> {
          let block = written(content, size: 4096, offset: offset * 4096, generation: generation)
          // Nor do their parts of 512 bytes repeat.
          for part in 0..<8 { seen.insert(Array(block[(part * 512)..<(part * 512 + 512)])) }
        }
      }
      #expect(seen.count == 20 * 5 * 8)
    }
    let content = try content("rw=write")
    #expect(written(content, size: 4096, number: 0) != written(content, size: 4096, number: 1))
  }

  @Test func `a pattern is repeated from the block's start`() throws {
    let content = try content("rw=write\nverify=pattern\nverify_pattern=\"abc\"")
    #expect(written(content, size: 8) == Array("abcabcab".utf8))
    #expect(written(content, size: 2) == Array("ab".utf8))
    #expect(difference(Array("abcabcab".utf8), content) == nil)
    let found = difference(Array("abcabdab".utf8), content)
    #expect(found?.description == "block at offset 8192: byte 5 is 0x64, must be 0x63")
  }

  @Test func `a block too small for its stamp is refused`() {
    #expect(
      complaint { _ = try job("rw=write\nverify=crc32c\nbs=47") }
        == "t.fio:4: job 'j': verify=crc32c stamps each block with 48 bytes, and bs is 47")
  }
}
