import Metrics
import Storage
import Testing

@testable import MapReduce

@Suite struct DatasetTextTests {
  /// Changed bytes need a new ``TextGenerator/version``: datasets are reused by it.
  @Test(arguments: [
    (1 as UInt64, 4 << 20, nil as Int?, "2996f147ad66d94960a10a0fe6b5db46"),
    (2, 4 << 20, nil, "da29ab2778389e465f9194d3b380e229"),
    (1, 4 << 20, 5000, "d3d48f8339e39b6ec1650ba090c22ef2"),
    (1, 1_000_001, nil, "6238357cefb3cbcdbaaee4f4821e20fc"),
    (7, 300, 16, "61092741e81ef89cd2c6ac8846947e20"),
  ])
  func `the bytes are the same on every machine`(
    seed: UInt64, size: Int, vocabulary: Int?, digest: String
  ) {
    let bytes = wholeText(TextGenerator(seed: seed, size: size, vocabulary: vocabulary))
    let checksums = stride(from: 0, to: size, by: DatasetManifest.granuleSize).map { start in
      bytes[start..<min(size, start + DatasetManifest.granuleSize)].withUnsafeBytes { crc32c($0) }
    }
    #expect(DatasetManifest.digest(size: size, checksums: checksums) == digest)
  }

  @Test func `a large text's last piece is the same on every machine`() {
    let generator = TextGenerator(seed: 1, size: 10 << 30, vocabulary: nil)
    var piece = [UInt8](repeating: 0, count: TextGenerator.pieceSize)
    piece.withUnsafeMutableBytes { _ = generator.writePiece(generator.pieceCount - 1, into: $0.baseAddress!) }
    #expect(piece.withUnsafeBytes { crc32c($0) } == 0x7da6366f)
  }

  @Test(arguments: 1...8)
  func `pieces can be made in any order by any number of threads`(threads: Int) throws {
    let generator = TextGenerator(seed: 3, size: 9 * TextGenerator.pieceSize + 4711, vocabulary: nil)
    let expected = wholeText(generator)
    #expect(wholeText(generator, pieces: (0..<generator.pieceCount).reversed()) == expected)
    let buffers = ThreadBuffers(threads: generator.pieceCount, size: TextGenerator.pieceSize)
    try forEachInParallel(generator.pieceCount, threads: threads) { piece, _ in
      generator.writePiece(piece, into: buffers[piece].baseAddress!)
    }
    let made = (0..<generator.pieceCount).flatMap { Array(buffers[$0][..<generator.pieceLength($0)]) }
    #expect(made == expected)
  }

  @Test func `seeds, sizes and vocabularies make different texts`() {
    let texts = [(1, nil), (2, nil), (1, 999)].map { (seed: UInt64, words: Int?) in
      wholeText(TextGenerator(seed: seed, size: 100_000, vocabulary: words))
    }
    #expect(Set(texts).count == 3)
  }

  @Test(arguments: [1 << 20, 3_333_333, 4 << 20])
  func `the text has the statistics that the design asks for`(size: Int) {
    let bytes = wholeText(TextGenerator(seed: 1, size: size, vocabulary: nil))
    let found = TextStatistics(bytes)
    #expect(bytes.count == size)
    #expect(bytes.last == UInt8(ascii: "\n"))
    #expect(found.strays == 0)
    #expect((60...120).contains(found.shortestLine))
    #expect((60...120).contains(found.longestLine))
    #expect((3.75...3.85).contains(found.meanLetters))
    #expect((0.004...0.006).contains(found.newWords))
    #expect((5.4...5.9).contains(found.jsonExpansion))
    #expect((5...14).contains(found.longestWord))
    // English has about 3 % and 12 %.
    #expect((0.01...0.05).contains(Double(found.ing) / Double(found.tokens)))
    #expect((0.04...0.15).contains(Double(found.th) / Double(found.tokens)))
  }

  /// Pieces are alike, so some stand for all.
  @Test(arguments: [64 << 20, 1 << 30, 10 << 30])
  func `pieces of large texts have them too`(size: Int) {
    let generator = TextGenerator(seed: 5, size: size, vocabulary: nil)
    var bytes = [UInt8](repeating: 0, count: 8 * TextGenerator.pieceSize)
    let first = generator.pieceCount / 2
    bytes.withUnsafeMutableBytes { buffer in
      for piece in 0..<8 {
        generator.writePiece(first + piece, into: buffer.baseAddress! + piece * TextGenerator.pieceSize)
      }
    }
    let found = TextStatistics(bytes)
    #expect(found.strays == 0)
    #expect((3.75...3.85).contains(found.meanLetters))
    #expect((5.4...5.9).contains(found.jsonExpansion))
    #expect(generator.vocabulary == size / 960)
    #expect(abs(Double(generator.vocabulary) / (Double(size) / 4.8) - 0.005) < 0.0001)
  }

  @Test func `lines and words go on across the boundaries of pieces`() {
    let size = 40 * TextGenerator.pieceSize
    let bytes = wholeText(TextGenerator(seed: 1, size: size, vocabulary: nil))
    let boundaries = stride(from: TextGenerator.pieceSize, to: size, by: TextGenerator.pieceSize)
    let inLines = boundaries.count { bytes[$0 - 1] != UInt8(ascii: "\n") }
    let inWords = boundaries.count { bytes[$0 - 1] >= 97 && bytes[$0] >= 97 }
    #expect(inLines > 30)
    #expect(inWords > 10)
  }

  @Test(arguments: [16, 128, 1000, 10_000])
  func `a fixed vocabulary is reached and not exceeded`(vocabulary: Int) {
    let found = TextStatistics(wholeText(TextGenerator(seed: 1, size: 4 << 20, vocabulary: vocabulary)))
    #expect(found.distinct <= vocabulary)
    #expect(found.distinct >= (vocabulary <= 1000 ? vocabulary : vocabulary - vocabulary / 100))
    #expect(found.strays == 0)
  }

  @Test(arguments: [300, 5000, 100_000, 3_000_000])
  func `no two ranks spell one word`(count: Int) {
    let words = TextVocabulary(count: count)
    defer { words.deallocate() }
    let target = UnsafeMutableRawPointer.allocate(byteCount: TextSpeller.writtenBytes, alignment: 8)
    defer { target.deallocate() }
    var seen: Set<UInt64> = []
    // All of the ranks kept spelled, where clashes are mended, and a sample of the others.
    let ranks = Array(0..<min(count, 70_000)) + Array(stride(from: 70_000, to: count, by: 37))
    for rank in ranks {
      let letters = words.write(rank, at: target)
      var hash: UInt64 = 14_695_981_039_346_656_037
      for index in 0..<letters {
        hash = (hash ^ UInt64(target.load(fromByteOffset: index, as: UInt8.self))) &* 1_099_511_628_211
      }
      seen.insert(hash)
    }
    #expect(seen.count == ranks.count)
  }

  @Test(arguments: 0...700)
  func `a text of any small size is whole lines`(size: Int) {
    let bytes = wholeText(TextGenerator(seed: UInt64(size), size: size, vocabulary: nil))
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    #expect(size == 0 || bytes.last == UInt8(ascii: "\n"))
    #expect(lines.dropLast().allSatisfy { $0.count < 120 && (size < 60 || $0.count >= 59) })
  }

  @Test(arguments: -3...3, [0, 1, 59, 60, 61, 120, 121, 255, 256, 257, 400, 1000])
  func `a text may end anywhere behind a boundary`(near: Int, past: Int) {
    let size = TextGenerator.pieceSize + past + near
    guard near + past >= 0 else { return }
    let bytes = wholeText(TextGenerator(seed: 9, size: size, vocabulary: 16))
    let found = TextStatistics(bytes)
    #expect(bytes.last == UInt8(ascii: "\n"))
    #expect(found.strays == (past + near == 1 ? 1 : 0))
    #expect(found.longestLine <= 120)
  }

  @Test func `the law's integer roots are exact`() {
    for value in [0, 1, 2, 3, 4, 99, 1 << 32, (1 << 32) - 1, UInt64.max, 1 << 62] as [UInt64] {
      let root = TextLaw.squareRoot(value)
      #expect(root.multipliedReportingOverflow(by: root) == (root * root, false))
      #expect(root * root <= value)
      let next = (root + 1).multipliedFullWidth(by: root + 1)
      #expect(next.high > 0 || next.low > value)
    }
  }

  @Test(arguments: [1, 2, 127, 128, 1024, 1025, 70_000, TextLaw.largestCount])
  func `the law's slots share out all ranks once`(count: Int) {
    let law = TextLaw(count: count)
    var next = 0
    for entry in 0..<TextLaw.slots where next < count {
      #expect(Int(law.entries[2 * entry]) == next)
      next += Int(law.entries[2 * entry + 1])
    }
    #expect(next == count)
    #expect((0..<TextLaw.slots).allSatisfy { Int(law.entries[2 * Int(law.aliases[2 * $0 + 1])]) < count })
  }
}
