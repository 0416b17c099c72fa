import Glibc
import Testing

@testable import Storage

@Suite struct FileInputTests {
  private func read(_ input: FileInput, _ range: Range<Int>, pieceSize: Int = 256 << 10) throws -> [UInt8] {
    let cursor = try input.cursor(range, pieceSize: pieceSize)
    var all: [UInt8] = []
    while let piece = try cursor.next() {
      #expect(!piece.isEmpty && piece.count <= pieceSize)
      all.append(contentsOf: piece)
      // The caller's own from here on.
      memset(UnsafeMutableRawPointer(mutating: piece.baseAddress! - cursor.headroom), 0x55, cursor.headroom)
    }
    return all
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `any range in any pieces is the file's`(seed: UInt64) throws {
    let folder = try ScratchFolder()
    var random = SeededGenerator(seed)
    let content = random.bytes(Int.random(in: 0...700_000, using: &random))
    let input = try FileInput(try folder.file("f", content))
    #expect(input.size == content.count)
    let from = Int.random(in: 0...content.count, using: &random)
    let to = Int.random(in: from...content.count, using: &random)
    let pieceSize = Int.random(in: 1...300_000, using: &random) + (seed % 2 == 0 ? 10_000 : 0)
    #expect(try read(input, from..<to, pieceSize: max(pieceSize, 500)) == Array(content[from..<to]))
    #expect(input.counters.readBytes == to - from)
    #expect(try read(input, 0..<content.count) == content)
  }

  @Test func `what is no regular file is refused at once`() throws {
    let folder = try ScratchFolder()
    try #require(mkfifo(folder.path + "/fifo", 0o644) == 0)
    for (name, kind, word) in [
      ("none", StorageError.Kind.missing, "No such file"), ("fifo", .invalid, "a FIFO"),
      (".", .invalid, "a folder"),
    ] {
      let error = try storageError { _ = try FileInput("\(folder.path)/\(name)") }
      #expect(error.kind == kind && error.description.contains("\(folder.path)/\(name)"))
      #expect(error.description.contains(word))
    }
    let device = try storageError { _ = try FileInput("/dev/null") }
    #expect(device.kind == .invalid && device.description.contains("a device"))
  }

  @Test(.enabled(if: getuid() != 0, "root may read everything"))
  func `a file without permission is refused`() throws {
    let folder = try ScratchFolder()
    let path = try folder.file("f", [1])
    try #require(chmod(path, 0) == 0)
    #expect(try storageError { _ = try FileInput(path) }.kind == .denied)
  }

  @Test func `a file that shrinks while it is read is named with both sizes`() throws {
    let folder = try ScratchFolder()
    let path = try folder.file("f", [UInt8](repeating: 1, count: 600_000))
    let input = try FileInput(path)
    let cursor = try input.cursor(0..<input.size)
    _ = try cursor.next()
    try #require(truncate(path, 300_000) == 0)
    let error = try storageError { while try cursor.next() != nil {} }
    #expect(error.kind == .corrupt)
    #expect(
      error.description.contains("\(path): it shrank while it was read: 600000 bytes expected, 300000 found"))
  }

  @Test func `a byte changed in place is seen by the next reader`() throws {
    let folder = try ScratchFolder()
    let path = try folder.file("f", [1, 2, 3])
    let input = try FileInput(path)
    #expect(try read(input, 0..<3) == [1, 2, 3])
    try write([1, 9, 3], to: path)
    #expect(try read(input, 0..<3) == [1, 9, 3])
  }
}
