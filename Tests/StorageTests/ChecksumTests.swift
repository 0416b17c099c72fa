import CSystemIO
import Testing

@testable import Storage

@Suite struct ChecksumTests {
  private func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { crc32c($0) } }

  /// Bit by bit, as the definition says.
  private func reference(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc: UInt32 = .max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
    }
    return ~crc
  }

  @Test func `known vectors of RFC 3720 and the check value hold`() {
    #expect(checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(checksum([]) == 0)
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(checksum(Array(0..<32)) == 0x46dd_794e)
    #expect(checksum(Array((0..<32).reversed())) == 0x113f_db5c)
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `every path equals the definition at any length and start`(seed: UInt64) {
    var random = SeededGenerator(seed)
    let count = Int.random(in: 0...40_000, using: &random)
    let start = Int.random(in: 0...min(count, 17), using: &random)
    let bytes = random.bytes(count)
    let expected = reference(bytes[start...])
    bytes.withUnsafeBytes { all in
      let part = UnsafeRawBufferPointer(rebasing: all[start...])
      #expect(crc32c(part) == expected)
      #expect(mb_crc32c_table(0, part.baseAddress, part.count) == expected)
      #expect(mb_crc32c_chain(0, part.baseAddress, part.count) == expected)
      let cut = Int.random(in: 0...part.count, using: &random)
      let first = crc32c(UnsafeRawBufferPointer(rebasing: part[..<cut]))
      #expect(crc32c(UnsafeRawBufferPointer(rebasing: part[cut...]), continuing: first) == expected)
    }
  }

  @Test func `lengths around the lanes equal the definition`() {
    var random = SeededGenerator(1)
    let bytes = random.bytes(3 * 4096 * 2 + 3 * 512 + 9)
    for length in [1535, 1536, 1537, 12287, 12288, 12289, 13823, 13824, 13825, bytes.count] {
      #expect(checksum(Array(bytes[..<length])) == reference(bytes[..<length]))
    }
  }
}
