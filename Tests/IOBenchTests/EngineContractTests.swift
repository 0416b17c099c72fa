import CSystemIO
import Glibc
import Testing

@testable import IOBench

/// What every engine promises, asked of each in the same way.
struct EngineContractTests {
  static let kinds: [IOEngineKind] = [.psync, .sync, .pvsync2, .mmap, .libaio, .io_uring, .libpmem]

  /// A file of `size` bytes, and an engine over it with `depth` buffers of 4 KiB; nil where this machine has no such
  /// engine.
  private func withEngine(
    _ kind: IOEngineKind, depth: Int, size: Int, fixed: Bool = false, _ body: (inout AnyEngine) throws -> Void
  ) throws {
    let scratch = try ScratchFolder(kind == .libpmem ? "/dev/shm" : "/var/tmp")
    let path = "\(scratch.path)/file"
    let descriptor = mb_open(path, Int32(MB_OPEN_WRITE | MB_OPEN_CREATE), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(ftruncate(descriptor, size) == 0)
    let buffers = try RequestBuffers(count: depth, size: 4096)
    let setup = EngineSetup(
      files: [EngineFile(path: path, descriptor: descriptor, size: size)], depth: depth,
      buffers: buffers.start,
      bufferSize: buffers.size, bufferPitch: buffers.pitch, writes: true, fixedBuffers: fixed,
      registeredFiles: fixed, allowsEmulation: true)
    do {
      switch kind {
      case .psync: try run(PsyncEngine(setup), buffers, body)
      case .sync: try run(SyncEngine(setup), buffers, body)
      case .pvsync2: try run(Pvsync2Engine(setup), buffers, body)
      case .mmap: try run(MmapEngine(setup), buffers, body)
      case .libaio: try run(LibaioEngine(setup), buffers, body)
      case .io_uring: try run(UringEngine(setup), buffers, body)
      case .libpmem: try run(LibpmemEngine(setup), buffers, body)
      case .null: try run(NullQueueEngine(setup), buffers, body)
      }
    } catch let failure as IOFailure where kind == .io_uring || kind == .libpmem {
      // A container may forbid io_uring, and libpmem need not be installed.
      #expect(failure.number == ENOSYS || failure.number == EPERM, "\(failure)")
    }
  }

  private func run<Engine: RequestEngine & ~Copyable>(
    _ engine: consuming Engine, _ buffers: RequestBuffers, _ body: (inout AnyEngine) throws -> Void
  ) throws {
    let box = EngineBox(engine)
    var any = AnyEngine(
      isImmediate: Engine.isImmediate, buffers: buffers,
      queue: { box.engine.queue(buffers.requests[$0], tag: $0) }, commit: { box.engine.commit() },
      reap: { box.engine.reap(minimum: $0, maximum: $1) }, completion: { box.engine.completion($0) },
      sync: { box.engine.sync(file: 0, dataOnly: $0) })
    try body(&any)
  }

  @Test(arguments: kinds, [1, 8])
  func `what was written is read back`(kind: IOEngineKind, depth: Int) throws {
    try withEngine(kind, depth: depth, size: 64 << 12) { engine in
      for block in 0..<64 { try engine.move(block, isWrite: true, depth) }
      #expect(engine.sync(false) == 0)
      #expect(engine.sync(true) == 0)
      // Backwards, so that no engine profits from where it stands.
      for block in (0..<64).reversed() { try engine.move(block, isWrite: false, depth) }
    }
  }

  @Test(arguments: [IOEngineKind.libaio, .io_uring])
  func `requests that were handed over together all end`(kind: IOEngineKind) throws {
    for fixed in kind == .io_uring ? [false, true] : [false] {
      try withEngine(kind, depth: 16, size: 64 << 12, fixed: fixed) { engine in
        for round in 0..<20 {
          for tag in 0..<16 { engine.set(tag, block: (round * 16 + tag) % 64, isWrite: true) }
          for tag in 0..<16 { #expect(engine.queue(tag) == 0) }
          #expect(engine.queue(0) == -Int(EAGAIN), "a full queue takes no more")
          var handed = 0
          while handed < 16 {
            let count = engine.commit()
            try #require(count > 0)
            handed += count
          }
          var ended: Set<Int> = []
          while ended.count < 16 {
            let count = engine.reap(1, 5)
            try #require((1...5).contains(count))
            for index in 0..<count {
              let (tag, result) = engine.completion(index)
              #expect(result == 4096)
              #expect(ended.insert(tag).inserted, "each once")
            }
          }
          #expect(engine.reap(0, 5) == 0)
        }
      }
    }
  }

  @Test(arguments: [IOEngineKind.psync, .sync, .pvsync2, .libaio, .io_uring])
  func `a read behind the end of the file moves nothing`(kind: IOEngineKind) throws {
    try withEngine(kind, depth: 1, size: 3 << 12) { engine in
      engine.set(0, block: 3, isWrite: false)
      let nothing = try engine.finish(0)
      #expect(nothing == 0)
      // And half a block is a short read.
      engine.buffers.requests[0].offset = 2 << 12 | 2048
      let half = try engine.finish(0)
      #expect(half == 2048)
    }
  }

  @Test(arguments: [1, 4])
  func `null ends all requests in their order`(depth: Int) throws {
    try withEngine(.null, depth: depth, size: 4096) { engine in
      for tag in 0..<depth { #expect(engine.queue(tag) == 0) }
      #expect(engine.queue(0) == -Int(EAGAIN))
      #expect(engine.commit() == depth)
      #expect(engine.reap(1, depth) == depth)
      for tag in 0..<depth { #expect(engine.completion(tag).tag == tag) }
    }
  }
}

/// Keeps an engine that cannot be copied for closures.
private final class EngineBox<Engine: RequestEngine & ~Copyable> {
  var engine: Engine

  init(_ engine: consuming Engine) { self.engine = engine }
}

/// An engine without its type.
private struct AnyEngine {
  var isImmediate: Bool
  var buffers: RequestBuffers
  var queue: (Int) -> Int
  var commit: () -> Int
  var reap: (Int, Int) -> Int
  var completion: (Int) -> (tag: Int, result: Int)
  var sync: (Bool) -> Int

  func set(_ tag: Int, block: Int, isWrite: Bool) {
    let request = buffers.requests + tag
    request.pointee.offset = block << 12
    request.pointee.length = 4096
    request.pointee.isWrite = isWrite
  }

  /// Sends the request of one tag and waits for it: its result.
  func finish(_ tag: Int) throws -> Int {
    let result = queue(tag)
    guard !isImmediate else { return result }
    try #require(result == 0)
    try #require(commit() == 1)
    try #require(reap(1, 1) == 1)
    let completion = completion(0)
    #expect(completion.tag == tag)
    return completion.result
  }

  /// Writes a block, or reads and checks one.
  func move(_ block: Int, isWrite: Bool, _ depth: Int) throws {
    let tag = block % depth
    set(tag, block: block, isWrite: isWrite)
    let bytes = buffers.buffer(tag)
    for index in bytes.indices { bytes[index] = isWrite ? UInt8(truncatingIfNeeded: block &* 7 &+ index) : 0 }
    #expect(try finish(tag) == 4096)
    for index in bytes.indices where bytes[index] != UInt8(truncatingIfNeeded: block &* 7 &+ index) {
      Issue.record("block \(block), byte \(index)")
      return
    }
  }
}
