import Glibc
import Metrics
import Storage
import Testing

@testable import MapReduce

@Suite struct DatasetImportTests {
  let folder = DatasetTestFolder()

  private func store() throws -> DatasetStore { try DatasetStore(path: "\(folder.path)/store") }

  private func imported(_ files: [[UInt8]]) throws -> (Dataset, [UInt8]) {
    let paths = try files.enumerated().map { try folder.file("f\($0)", $1) }
    let dataset = try store().importFiles(paths, threads: 2)
    try dataset.verify(threads: 2)
    return (dataset, try (0..<dataset.manifest.blockCount).flatMap { try fileBytes(dataset.blockPath($0)) })
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test(arguments: [
    (["a b\n", "c\n"], "a b\nc\n"), (["a b", "c\n"], "a b\nc\n"), (["a", "b"], "a\nb"),
    (["", "a", "", "", "b", ""], "a\nb"), (["\n", "\n"], "\n\n"), ([""], ""), (["a\r\n", "\0"], "a\r\n\0"),
  ])
  func `lines of two files are never joined, and nothing else changes`(files: [String], expected: String)
    throws
  {
    let (dataset, found) = try imported(files.map(bytes))
    #expect(found == bytes(expected))
    #expect(dataset.manifest.kind == .files)
    for (file, source) in zip(dataset.manifest.files, files) {
      #expect(Array(found[file.range]) == bytes(source))
    }
    #expect(dataset.manifest.files.map(\.name) == files.indices.map { "\(folder.path)/f\($0)" })
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `files of any sizes are read whole across granules and blocks`(seed: UInt64) throws {
    var random = TextRandom(seed: seed, stream: 0)
    let files = (0..<9).map { _ in
      (0..<Int(random.next() % 400_000)).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
    }
    let (dataset, found) = try imported(files)
    var expected: [UInt8] = []
    for file in files {
      if let last = expected.last, last != 10, !file.isEmpty { expected.append(10) }
      expected += file
    }
    #expect(found == expected)
    #expect(zip(dataset.manifest.files, files).allSatisfy { Array(found[$0.range]) == $1 })
  }

  @Test func `the same files are kept once, other cuts of the same bytes are another dataset`() throws {
    let (first, _) = try imported([bytes("a\n"), bytes("b\n")])
    let (again, _) = try imported([bytes("a\n"), bytes("b\n")])
    let (other, _) = try imported([bytes("a\nb\n"), bytes("")])
    #expect(again.id == first.id)
    #expect(other.id != first.id)
    #expect(other.manifest.digest == first.manifest.digest)
    #expect(try store().list().count == 2)
  }

  @Test func `a folder's files come sorted, those in folders below among them, hidden ones not`() throws {
    let input = "\(folder.path)/in"
    try DatasetFolder.create("\(input)/b")
    _ = try folder.file("in/c", bytes("3"))
    _ = try folder.file("in/a b%", bytes("1"))
    _ = try folder.file("in/b/x", bytes("2"))
    _ = try folder.file("in/.hidden", bytes("4"))
    let dataset = try store().importFiles([input + "/"], threads: 1)
    #expect(try fileBytes(dataset.blockPath(0)) == bytes("1\n2\n3"))
    #expect(dataset.manifest.files.map(\.name) == ["\(input)/a%20b%25", "\(input)/b/x", "\(input)/c"])
  }

  @Test func `what is no file is refused by name`() throws {
    let fifo = "\(folder.path)/fifo"
    mkfifo(fifo, 0o600)
    let empty = "\(folder.path)/empty"
    try DatasetFolder.create(empty)
    let cases: [([String], StorageError.Kind)] = [
      ([fifo], .invalid), (["/dev/null"], .invalid), ([empty], .invalid), ([], .invalid),
      (["\(folder.path)/none"], .missing),
    ]
    for (paths, kind) in cases {
      let error = #expect(throws: StorageError.self) { try store().importFiles(paths, threads: 1) }
      #expect(error?.kind == kind)
      #expect(paths.allSatisfy { error?.description.contains($0) == true })
    }
    #expect(try DatasetFolder.names(store().path) == [])
  }

  @Test(arguments: [true, false])
  func `a file that changes while it is imported is an error by name`(shrinks: Bool) throws {
    let path = try folder.file("f", [UInt8](repeating: 65, count: 2_000_000))
    let error = #expect(throws: StorageError.self) {
      try store().importFiles([path], threads: 1) { done, size in
        // Between the reading for checksums and the copy.
        if done == 2_000_000 {
          if shrinks {
            truncate(path, 1000)
          } else {
            let descriptor = open(path, O_WRONLY)
            pwrite(descriptor, "b", 1, 1_500_000)
            close(descriptor)
          }
        }
        return true
      }
    }
    #expect(error?.kind == .io)
    #expect(error?.description.contains(path) == true)
    #expect(try DatasetFolder.names(store().path) == [])
  }
}
