import Glibc
import Testing

@testable import Storage

/// SplitMix64: the same numbers from the same seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count.aligned(to: 8))
    bytes.withUnsafeMutableBytes { target in
      var k = 0
      while k < count {
        target.storeBytes(of: next(), toByteOffset: k, as: UInt64.self)
        k += 8
      }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}

/// A folder of the test's own that goes with it.
final class ScratchFolder {
  let path: String

  /// - Parameter parent: `/tmp` where nil.
  init(in parent: String? = nil) throws {
    var template = Array("\(parent ?? "/tmp")/marvel-storage-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) != nil }
    try #require(made)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { removeTree(path) }

  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    try write(bytes, to: file)
    return file
  }
}

func removeTree(_ path: String) {
  if let folder = opendir(path) {
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { removeTree("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  } else {
    unlink(path)
  }
}

func write(_ bytes: [UInt8], to path: String) throws {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  try #require(file >= 0)
  defer { close(file) }
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, bytes.count - done) }
    try #require(count > 0)
    done += count
  }
}

/// Descriptors of this process that name `part`; others are another test's.
func openDescriptors(naming part: String) -> [String] {
  var found: [String] = []
  guard let folder = opendir("/proc/self/fd") else { return found }
  defer { closedir(folder) }
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    var target = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/fd/\(name)", &target, 4095)
    guard length > 0 else { continue }
    let text = String(decoding: target.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if text.contains(part) { found.append(text) }
  }
  return found
}

/// Runs `body` and returns the ``StorageError`` that it must throw.
func storageError(_ body: () throws -> Void) throws -> StorageError {
  do {
    try body()
  } catch let error as StorageError {
    return error
  }
  throw NothingThrown()
}

struct NothingThrown: Error {}

extension ObjectWriter {
  func append(_ bytes: [UInt8]) throws -> Extent { try bytes.withUnsafeBytes { try append($0) } }
}

extension Tier {
  /// Writes a published object of one extent a chunk.
  func put(_ chunks: [[UInt8]], at name: String, owner: UInt32 = 1) throws -> [Extent] {
    let writer = try create("\(name).attempt", owner: owner, expecting: nil)
    var extents = try chunks.map { try writer.append($0) }
    try writer.finish()
    try publish("\(name).attempt", as: name)
    for index in extents.indices { extents[index].object = name }
    return extents
  }

  func read(_ extents: [Extent], readAhead: Int = 4 << 20) throws -> [[UInt8]] {
    let cursor = try cursor(over: extents, readAhead: readAhead)
    var chunks: [[UInt8]] = []
    while let bytes = try cursor.next() { chunks.append(Array(bytes)) }
    return chunks
  }
}

/// Whether the memory holds these bytes (`elementsEqual` takes seconds in a debug build).
func == (memory: UnsafeRawBufferPointer, bytes: [UInt8]) -> Bool {
  memory.count == bytes.count
    && bytes.withUnsafeBytes {
      bytes.isEmpty || memcmp($0.baseAddress!, memory.baseAddress!, bytes.count) == 0
    }
}
