import Storage
import Testing

@testable import MapReduce

@Suite struct DatasetManifestTests {
  /// Over two blocks; checksums that are no checksums of anything.
  static func example(_ spec: DatasetSpec) -> DatasetManifest {
    let count = DatasetManifest.granuleCount(spec.size)
    return DatasetManifest(
      spec: spec, checksums: (0..<count).map { UInt32(truncatingIfNeeded: $0 &* 0x9E37_79B1) })
  }

  static func generated(_ size: Int, vocabulary: Int? = nil) throws -> DatasetManifest {
    example(try DatasetSpec(kind: .text, size: size, seed: .max, vocabulary: vocabulary))
  }

  @Test(arguments: [0, 1, 262_144, 262_145, 64 << 20, (64 << 20) + 1, 200_000_000], [nil, 2_000_000])
  func `reads back what was written`(size: Int, vocabulary: Int?) throws {
    let manifest = try Self.generated(size, vocabulary: vocabulary)
    #expect(try DatasetManifest(decoding: manifest.encoded(), path: "m") == manifest)
  }

  @Test func `reads back the ranges of files`() throws {
    let files = [
      DatasetManifest.File(name: "a%20b", range: 0..<7), DatasetManifest.File(name: "c", range: 8..<8),
      DatasetManifest.File(name: "d/e", range: 8..<300_000),
    ]
    let manifest = DatasetManifest(
      kind: .files, size: 300_000, origin: nil, files: files, checksums: [1, 0xFFFF_FFFF])
    #expect(try DatasetManifest(decoding: manifest.encoded(), path: "m") == manifest)
  }

  /// The text itself: other programs read it.
  @Test func `is the text that the format page shows`() throws {
    let manifest = DatasetManifest(
      spec: try DatasetSpec(kind: .text, size: 300_000, seed: 7), checksums: [0x0123_4567, 0x89AB_CDEF])
    let expected = """
      marvel-bench-dataset 1
      kind text
      size 300000
      seed 7
      vocabulary grows
      generator 1
      block_size 67108864
      granule_size 262144
      digest 02f15fca779f22868ad28d7740cee965
      block 0 0123456789abcdef
      end 0e64e591

      """
    #expect(String(decoding: manifest.encoded(), as: UTF8.self) == expected)
  }

  @Test func `every flipped bit is noticed and the manifest named`() throws {
    let bytes = try Self.generated(1_000_000).encoded()
    for index in bytes.indices {
      var broken = bytes
      broken[index] ^= 1 << UInt8(index % 8)
      expectNamed(broken)
    }
  }

  @Test func `every truncation is noticed and the manifest named`() throws {
    let bytes = try Self.generated(1_000_000).encoded()
    for count in bytes.indices { expectNamed(Array(bytes[..<count])) }
    expectNamed(bytes + [10])
  }

  private func expectNamed(_ bytes: [UInt8]) {
    let error = #expect(throws: StorageError.self) {
      try DatasetManifest(decoding: bytes, path: "store/text-1/manifest")
    }
    #expect(error?.description.hasPrefix("read store/text-1/manifest: ") == true)
    #expect(error?.kind == .corrupt)
  }

  @Test func `another version's manifest is not called broken`() throws {
    var text = String(decoding: try Self.generated(1000).encoded(), as: UTF8.self)
    text.replace("granule_size 262144", with: "granule_size 131072")
    let body = Array(text.utf8.dropLast(13))
    let end = "end \(hexadecimal(body.withUnsafeBytes { crc32c($0) }, digits: 8))\n"
    let error = #expect(throws: StorageError.self) {
      try DatasetManifest(decoding: body + Array(end.utf8), path: "m")
    }
    #expect(error?.kind == .invalid)
  }

  @Test func `the digest depends on size, checksums and their order`() {
    let digests = [
      (512 << 10, [1, 2]), (512 << 10, [2, 1]), ((512 << 10) - 1, [1, 2]), (512 << 10, [1, 3]),
    ]
    .map { DatasetManifest.digest(size: $0.0, checksums: $0.1) }
    #expect(Set(digests).count == 4)
  }

  @Test(arguments: [1, 262_144, (64 << 20) - 1, 64 << 20, (64 << 20) + 1, 200_000_000])
  func `extents cover each block in order`(size: Int) throws {
    let manifest = try Self.generated(size)
    var total = 0
    for block in 0..<manifest.blockCount {
      var next = 4096
      for extent in manifest.extents(ofBlock: block, object: "b", offset: 4096) {
        #expect(extent.offset == next)
        #expect(extent.checksum == manifest.checksums[total / DatasetManifest.granuleSize])
        next += extent.length
        total += extent.length
      }
      #expect(next - 4096 == manifest.blockLength(block))
    }
    #expect(total == size)
  }

  @Test func `a spec that cannot be generated is refused`() throws {
    for (kind, size, words) in [
      (DatasetKind.files, 1, nil), (.text, -1, nil), (.text, 1, 15), (.text, 1, 1 << 29),
    ] {
      let error = #expect(throws: StorageError.self) {
        try DatasetSpec(kind: kind, size: size, vocabulary: words)
      }
      #expect(error?.kind == .invalid)
    }
    #expect(try DatasetSpec(kind: .text, size: 5, seed: 2, vocabulary: 16).id == "text-5-seed2-words16-g1")
  }
}
