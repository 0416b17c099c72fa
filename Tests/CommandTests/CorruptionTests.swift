import Foundation
import Functions
import MapReduce
import Storage
import Testing

/// A segment that changes between the map and the reduce phase is never read as data.
struct CorruptionTests {
  static let tiers: [(TierKind, TierAccess)] = [
    (.dram, .memory), (.pmem, .libpmem), (.pmem, .file), (.ssd, .direct), (.ssd, .buffered),
  ]
  static let word = Array("unmistakable-word".utf8)

  @Test(arguments: tiers.indices, RecordEncoding.allCases)
  func `one flipped byte of a stored segment fails the job by name`(index: Int, encoding: RecordEncoding)
    throws
  {
    let (kind, access) = Self.tiers[index]
    let scratch = try Scratch(kind == .ssd ? "/var/tmp" : "/dev/shm")
    let text = Array("some words and one ".utf8) + Self.word + [10]
    let input = try scratch.file("input", text)
    var configuration = TierConfiguration(kind, access: access, folders: kind == .dram ? [] : [scratch.path])
    configuration.capacity = 64 << 20
    let shuffle = try TierHost.open(configuration)
    defer { shuffle.close() }
    let out = scratch.path + "/out"
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    let output = try TierHost.open(TierConfiguration(.file, folders: [out], plain: true))
    defer { output.close() }
    var options = PoolOptions()
    options.executable = program
    let platform = try JobPlatform(input: nil, shuffle: shuffle, output: output, options: options)
    defer { platform.workers.shutdown() }
    var request = JobRequest(.wordcount, input: try InputPaths.files([input]))
    request.encoding = encoding
    var flipped = 0
    let job = try Job(request, id: "job", outputPrefix: "", on: platform) { progress in
      guard progress.stage == "map", progress.done == progress.tasks else { return }
      flipped = (try? Self.flip(in: shuffle)) ?? 0
    }
    let error = #expect(throws: FunctionError.self) { try job.run() }
    #expect(flipped == 1)
    let said = error?.description ?? ""
    #expect(
      said.contains("reduce-00000") && said.contains("map-00000") && said.contains("checksum"), "\(said)")
    #expect(!FileManager.default.fileExists(atPath: out + "/_SUCCESS"))
  }

  /// Changes one letter of the word wherever the tier has stored it; returns how many files had it.
  static func flip(in host: TierHost, _ word: [UInt8] = word) throws -> Int {
    var paths = host.fileDescriptors.map { "/proc/self/fd/\($0)" }
    for path in host.descriptor.paths {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
      if isFolder.boolValue {
        let names = try FileManager.default.contentsOfDirectory(atPath: path + "/objects")
        paths += names.map { "\(path)/objects/\($0)" }
      } else {
        paths.append(path)
      }
    }
    var flipped = 0
    for path in paths {
      let file = open(path, O_RDWR)
      defer { close(file) }
      let size = Int(lseek(file, 0, SEEK_END))
      guard let map = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), map != MAP_FAILED else {
        continue
      }
      defer { munmap(map, size) }
      var isHere = false
      while let found = memmem(map, size, word, word.count) {
        found.storeBytes(of: UInt8(ascii: "U"), as: UInt8.self)
        isHere = true
      }
      if isHere { flipped += 1 }
    }
    return flipped
  }

  /// As memmem(3), which _GNU_SOURCE hides.
  private static func memmem(
    _ bytes: UnsafeMutableRawPointer, _ count: Int, _ word: [UInt8], _ length: Int
  ) -> UnsafeMutableRawPointer? {
    var at = 0
    while at + length <= count, let hit = memchr(bytes + at, Int32(word[0]), count - at - length + 1) {
      if memcmp(hit, word, length) == 0 { return hit }
      at = hit - bytes + 1
    }
    return nil
  }
}
