import CSystemIO
import Glibc
import Metrics
import Testing

@testable import Storage

/// A file read where it lies in the page cache. One after the other, since one test takes all places for mappings.
@Suite(.serialized) struct FileMappingTests {
  /// All bytes of a range, and that pieces are as promised.
  private func read(_ input: FileInput, _ range: Range<Int>, pieceSize: Int) throws -> [UInt8] {
    let cursor = try input.cachedCursor(range, pieceSize: pieceSize)
    var all: [UInt8] = []
    var behind: UnsafeRawPointer?
    while let piece = try cursor.next() {
      let base = try #require(piece.baseAddress)
      #expect(!piece.isEmpty && piece.count <= pieceSize)
      if cursor.headroom == 0 { #expect(behind == nil || behind == base) }
      behind = base + piece.count
      all.append(contentsOf: piece)
      // Wide loads at the end of a piece, the file's last among them.
      _ = UnsafeRawBufferPointer(start: behind, count: readableSlack).reduce(0) { $0 &+ $1 }
    }
    try input.check()
    return all
  }

  private var kernelSaysWhatIsCached: Bool {
    get throws {
      let folder = try ScratchFolder()
      return (try? PageCache.residency(try folder.file("f", [1]))) != nil
    }
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `any range in any pieces is the file's, copied or not`(seed: UInt64) throws {
    let folder = try ScratchFolder()
    var random = SeededGenerator(seed)
    // Every third ends with its page: nothing of the file stands behind its last byte.
    let count = Int.random(in: 1...500_000, using: &random)
    let content = random.bytes(seed % 3 == 0 ? count.aligned(to: 65536) : count)
    let path = try folder.file("f", content)
    if seed % 5 == 0 { try PageCache.drop(path) }
    let input = try FileInput(path)
    let from = Int.random(in: 0...content.count, using: &random)
    let to = Int.random(in: from...content.count, using: &random)
    let pieceSize = Int.random(in: 500...300_000, using: &random)
    #expect(try read(input, from..<to, pieceSize: pieceSize) == Array(content[from..<to]))
    #expect(input.counters.readBytes == to - from)
    #expect(try read(input, 0..<content.count, pieceSize: pieceSize) == content)
  }

  /// Only from there can the kernel map large folios by one entry; a smaller file takes no more room than it has.
  @Test(arguments: [2 << 20, (2 << 20) + 1, 7_000_000])
  func `a file of 2 MiB is mapped where a huge page may begin, and leaves nothing mapped`(size: Int) throws {
    let folder = try ScratchFolder()
    let file = FileHandle(open(try folder.file("f", [UInt8](repeating: 7, count: size)), O_RDONLY))
    for _ in 0..<100 {
      let mapping = try #require(FileMapping(file, size: size))
      #expect(UInt(bitPattern: mapping.bytes.baseAddress) % (2 << 20) == 0)
      #expect(mapping.bytes.count == size && mapping.bytes[size - 1] == 7)
    }
    let maps = try #require(TextFile.read("/proc/self/maps"))
    #expect(!maps.contains(folder.path))
  }

  @Test func `what the page cache holds is not copied, what it does not is`() throws {
    let folder = try ScratchFolder()
    let path = try folder.file("f", [UInt8](repeating: 7, count: 1 << 20))
    let input = try FileInput(path)
    #expect(try (input.cachedCursor(0..<1 << 20, pieceSize: 4096).headroom == 0) == kernelSaysWhatIsCached)
    #expect(try input.cachedCursor(5..<5, pieceSize: 4096).next() == nil)
    try PageCache.drop(path)
    // A file in memory cannot be dropped.
    if let left = try? PageCache.residency(path).cached, left == 0 {
      #expect(try FileInput(path).cachedCursor(0..<1 << 20, pieceSize: 4096).headroom > 0)
    }
  }

  @Test(arguments: [0, 4096, 300_000, 599_999])
  func `a file that shrinks before or while it is looked at is named with both sizes`(left: Int) throws {
    for looksFirst in [false, true] {
      let folder = try ScratchFolder()
      let path = try folder.file("f", [UInt8](repeating: 1, count: 600_000))
      let input = try FileInput(path)
      let cursor = try input.cachedCursor(0..<input.size, pieceSize: 100_000)
      let first = try #require(try cursor.next())
      var sum = 0
      if looksFirst { sum = first.reduce(0) { $0 + Int($1) } }
      try #require(truncate(path, left) == 0)
      let error = try storageError {
        while let piece = try cursor.next() { sum += piece.reduce(0) { $0 + Int($1) } }
        try input.check()
      }
      #expect(error.kind == .corrupt)
      #expect(
        error.description.contains(
          "\(path): it shrank while it was read: 600000 bytes expected, \(left) found"))
      #expect(sum <= 600_000)
    }
  }

  @Test func `a file that was short for a while is an error, too`() throws {
    let folder = try ScratchFolder()
    let path = try folder.file("f", [UInt8](repeating: 1, count: 600_000))
    let input = try FileInput(path)
    let cursor = try input.cachedCursor(0..<input.size, pieceSize: 600_000)
    try #require(cursor.headroom == 0 || !(try kernelSaysWhatIsCached))
    guard cursor.headroom == 0 else { return }
    let piece = try #require(try cursor.next())
    try #require(truncate(path, 0) == 0)
    #expect(piece.allSatisfy { $0 == 0 })
    try #require(truncate(path, 600_000) == 0)
    let error = try storageError { try input.check() }
    #expect(error.kind == .io && error.description.contains(path))
  }

  @Test func `more files than there are places for are copied`() throws {
    let folder = try ScratchFolder()
    let inputs = try (0..<80).map {
      try FileInput(try folder.file("f\($0)", [UInt8](repeating: UInt8($0), count: 5000)))
    }
    for _ in 0..<2 {
      for (index, input) in inputs.enumerated() {
        #expect(try read(input, 0..<5000, pieceSize: 4096) == [UInt8](repeating: UInt8(index), count: 5000))
      }
    }
  }

  @Test func `a bus error of anything else ends the process as before`() async {
    await #expect(processExitsWith: .signal(SIGBUS)) {
      try Self.loadBehindTheEnd(ofAnotherMapping: true)
    }
    await #expect(processExitsWith: .signal(SIGBUS)) {
      try Self.loadBehindTheEnd(ofAnotherMapping: false)
      raise(SIGBUS)
    }
  }

  private static func loadBehindTheEnd(ofAnotherMapping: Bool) throws {
    let folder = try ScratchFolder()
    let path = try folder.file("f", [UInt8](repeating: 1, count: 4096))
    let file = FileHandle(open(path, O_RDONLY))
    let guarded = try #require(FileMapping(file, size: 4096))
    try #require(truncate(path, 0) == 0)
    try #require(guarded.bytes[100] == 0 && guarded.hasLostBytes)
    guard ofAnotherMapping else { return }
    let other = try #require(mmap(nil, 4096, PROT_READ, MAP_SHARED, file.descriptor, 0))
    // Not reached: the load raises the signal.
    exit(Int32(other.load(fromByteOffset: 100, as: UInt8.self)))
  }
}
