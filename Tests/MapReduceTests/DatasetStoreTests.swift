import Glibc
import Metrics
import Storage
import Testing

@testable import MapReduce

@Suite struct DatasetStoreTests {
  let folder = DatasetTestFolder()
  let spec: DatasetSpec

  init() throws { spec = try DatasetSpec(kind: .text, size: 3_000_000) }

  private func store() throws -> DatasetStore { try DatasetStore(path: "\(folder.path)/a/store") }

  private func blocks(_ dataset: Dataset) throws -> [UInt8] {
    try (0..<dataset.manifest.blockCount).flatMap { try fileBytes(dataset.blockPath($0)) }
  }

  @Test func `a dataset is the generator's bytes, made once`() throws {
    let first = try store().ensure(spec, threads: 2)
    #expect(try blocks(first) == wholeText(TextGenerator(seed: 1, size: spec.size, vocabulary: nil)))
    var before = stat()
    stat(first.path, &before)
    let second = try store().ensure(spec, threads: 1)
    var after = stat()
    stat(second.path, &after)
    #expect(before.st_ino == after.st_ino)
    #expect(second.manifest == first.manifest)
    #expect(try store().list() == [spec.id])
  }

  @Test(arguments: [0, 1, 262_144, 262_145, (64 << 20) + 100])
  func `sizes at the edges of granules and blocks are exact`(size: Int) throws {
    let dataset = try store().ensure(try DatasetSpec(kind: .text, size: size, vocabulary: 100), threads: 2)
    #expect(dataset.manifest.size == size)
    try dataset.verify(threads: 2)
    var bytes = 0
    for block in 0..<dataset.manifest.blockCount {
      var status = stat()
      #expect(stat(dataset.blockPath(block), &status) == 0)
      bytes += Int(status.st_size)
    }
    #expect(bytes == size)
  }

  @Test func `threads do not change the digest`() throws {
    let digests = try (1...3).map { threads in
      let store = try DatasetStore(path: "\(folder.path)/\(threads)")
      return try store.ensure(spec, threads: threads).manifest.digest
    }
    #expect(Set(digests).count == 1)
    let file = "\(folder.path)/plain"
    #expect(try spec.writeFile(file, threads: 2) == digests[0])
  }

  @Test(arguments: [0, 262_143, 262_144, 2_999_999])
  func `a flipped byte is found and its block named`(offset: Int) throws {
    let dataset = try store().ensure(spec, threads: 2)
    let path = dataset.blockPath(0)
    let descriptor = open(path, O_RDWR)
    var byte: UInt8 = 0
    pread(descriptor, &byte, 1, off_t(offset))
    byte ^= 64
    pwrite(descriptor, &byte, 1, off_t(offset))
    close(descriptor)
    let granule = offset / DatasetManifest.granuleSize * DatasetManifest.granuleSize
    let error = #expect(throws: StorageError.self) { try store().ensure(spec, threads: 2) }
    #expect(error?.kind == .corrupt)
    #expect(error?.description.hasPrefix("read \(path): the bytes at \(granule) ") == true)
    #expect(try store().ensure(spec, threads: 2, verifying: false).manifest == dataset.manifest)
  }

  @Test func `a truncated or missing block is found and named`() throws {
    let dataset = try store().ensure(spec, threads: 2)
    let path = dataset.blockPath(0)
    truncate(path, 2_999_999)
    var error = #expect(throws: StorageError.self) { try dataset.verify(threads: 2) }
    #expect(error?.description.contains("\(path): it has 2999999 bytes instead of 3000000") == true)
    unlink(path)
    error = #expect(throws: StorageError.self) { try dataset.verify(threads: 2) }
    #expect(error?.kind == .missing)
    #expect(error?.description.contains(path) == true)
  }

  @Test func `a torn manifest is named, and can be deleted`() throws {
    let path = try store().ensure(spec, threads: 2).path
    truncate("\(path)/manifest", 50)
    let error = #expect(throws: StorageError.self) { try store().ensure(spec, threads: 2) }
    #expect(error?.kind == .corrupt)
    #expect(error?.description.contains("\(path)/manifest") == true)
    #expect(try store().delete(spec.id))
    #expect(try store().ensure(spec, threads: 2).manifest.size == spec.size)
  }

  @Test(arguments: 0..<4)
  func `processes that want the same dataset at once make it once`(seed: UInt64) throws {
    let spec = try DatasetSpec(kind: .text, size: 2_000_000, seed: seed)
    let path = "\(folder.path)/shared"
    let buffers = ThreadBuffers(threads: 6, size: 8)
    try forEachInParallel(6, threads: 6) { index, _ in
      // Stores and descriptors of their own, as in processes: flock belongs to the open file.
      let dataset = try DatasetStore(path: path).ensure(spec, threads: 1)
      try dataset.verify(threads: 1)
      var status = stat()
      stat(dataset.path, &status)
      buffers[index].storeBytes(of: UInt64(status.st_ino), as: UInt64.self)
    }
    let inodes = (0..<6).map { buffers[$0].load(as: UInt64.self) }
    #expect(Set(inodes).count == 1)
    #expect(try DatasetFolder.names(path) == [spec.id])
  }

  @Test func `a dataset in use is not deleted`() throws {
    var dataset: Dataset? = try store().ensure(spec, threads: 2)
    let other = try DatasetSpec(kind: .text, size: 1000)
    _ = try store().ensure(other, threads: 1)
    #expect(try store().deleteAll() == [spec.id])
    #expect(try store().list() == [spec.id])
    try dataset?.verify(threads: 1)
    dataset = nil
    #expect(try store().deleteAll() == [])
    #expect(try DatasetFolder.names(store().path) == [])
  }

  @Test func `what a killed process left is never seen, and removed`() throws {
    let store = try store()
    let left = "\(store.path)/.partial-\(spec.id)"
    try DatasetFolder.create(left)
    _ = try DatasetFile("\(left)/block-00000", .createNew)
    #expect(try store.list() == [])
    #expect(try store.open(spec.id) == nil)
    try store.ensure(spec, threads: 2).verify(threads: 2)
    #expect(try DatasetFolder.names(store.path) == [spec.id])
  }

  @Test func `stopping leaves nothing behind`() throws {
    let store = try store()
    #expect(throws: CancellationError.self) {
      try store.ensure(spec, threads: 2) { done, size in done < size / 2 }
    }
    #expect(try DatasetFolder.names(store.path) == [])
    let file = "\(folder.path)/plain"
    #expect(throws: CancellationError.self) { try spec.writeFile(file, threads: 2) { _, _ in false } }
    #expect(try DatasetFolder.names(folder.path) == ["a"])
  }

  @Test func `progress ends at the size`() throws {
    var seen: [Int] = []
    _ = try store().ensure(spec, threads: 3) { done, size in
      #expect(size == 3_000_000)
      seen.append(done)
      return true
    }
    #expect(seen == seen.sorted())
    #expect(seen.last == 3_000_000)
  }

  @Test func `more than the file system holds is refused before a byte is written`() throws {
    let store = try store()
    let error = #expect(throws: StorageError.self) {
      try store.ensure(try DatasetSpec(kind: .text, size: 1 << 58), threads: 1)
    }
    #expect(error?.kind == .noSpace)
    #expect(try DatasetFolder.names(store.path) == [])
  }

  @Test func `a disk that fills up is said, and nothing partial is seen`() async {
    await #expect(processExitsWith: .success) {
      let folder = DatasetTestFolder()
      let store = try DatasetStore(path: folder.path)
      let plain = "\(folder.path)/plain"
      let spec = try DatasetSpec(kind: .text, size: 5_000_000)
      // The kernel's limit of a file's size stands in for a full disk.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 3_000_000, rlim_max: 3_000_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      var errors = 0
      do {
        _ = try store.ensure(spec, threads: 2)
      } catch let error as StorageError {
        let named = error.description.hasPrefix("write \(store.path)/.partial-\(spec.id)/block-00000: ")
        if error.kind == .noSpace, named { errors += 1 }
      }
      do {
        try spec.writeFile(plain, threads: 2)
      } catch let error as StorageError {
        if error.kind == .noSpace, error.description.contains(plain) { errors += 1 }
      }
      let left = try DatasetFolder.names(folder.path)
      rmdir(folder.path)
      exit(errors == 2 && left.isEmpty ? 0 : 1)
    }
  }

  @Test func `a folder that cannot be made is named`() throws {
    let path = try folder.file("occupied", [1])
    let error = #expect(throws: StorageError.self) { try DatasetStore(path: path) }
    #expect(error?.description.contains(path) == true)
    #expect(throws: StorageError.self) { try DatasetStore(path: "\(path)/below") }
  }

  @Test func `a plain file is the dataset's bytes and replaces nothing unasked`() throws {
    let path = "\(folder.path)/text"
    try spec.writeFile(path, threads: 2)
    let expected = wholeText(TextGenerator(seed: 1, size: spec.size, vocabulary: nil))
    #expect(try fileBytes(path) == expected)
    let error = #expect(throws: StorageError.self) { try spec.writeFile(path, threads: 2) }
    #expect(error?.kind == .exists)
    let other = try DatasetSpec(kind: .text, size: 1000)
    try other.writeFile(path, threads: 2, replacing: true)
    #expect(try fileBytes(path).count == 1000)
    #expect(throws: StorageError.self) { try spec.writeFile(folder.path, threads: 1, replacing: true) }
    #expect(throws: StorageError.self) { try spec.writeFile("\(folder.path)/no/file", threads: 1) }
    #expect(try DatasetFolder.names(folder.path) == ["text"])
  }
}
