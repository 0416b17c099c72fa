import CSystemIO
import Glibc

/// `io_uring`: one ring, with fixed buffers and registered files on request.
struct UringEngine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { false }
  private static let most = 64

  private let files: FileTable
  private let ring: OpaquePointer
  private let events: UnsafeMutablePointer<mb_ring_event>
  private let fixedBuffers: Bool
  private let registeredFiles: Bool

  init(_ setup: EngineSetup) throws {
    var error: Int32 = 0
    guard let opened = mb_ring_open(UInt32(setup.depth), 1, &error) else {
      throw IOFailure.call(
        "io_uring_setup", "for \(setup.depth) requests", error,
        advice: error == ENOMEM
          ? "raise RLIMIT_MEMLOCK (ulimit -l)"
          : "the kernel or a container forbids it (kernel.io_uring_disabled): use ioengine=libaio")
    }
    var refused: Int32 = 0
    if setup.fixedBuffers {
      refused = mb_ring_register_buffers(
        opened, setup.buffers, setup.bufferSize, setup.bufferPitch, UInt32(setup.depth))
      if refused < 0 {
        mb_ring_close(opened)
        throw IOFailure.call(
          "register", "\(setup.depth) buffers with io_uring (fixedbufs)", -refused,
          advice: "raise RLIMIT_MEMLOCK (ulimit -l), or leave fixedbufs out")
      }
    }
    if setup.registeredFiles {
      refused = mb_ring_register_files(opened, setup.files.map(\.descriptor), UInt32(setup.files.count))
      if refused < 0 {
        mb_ring_close(opened)
        throw IOFailure.call("register", "the files with io_uring (registerfiles)", -refused)
      }
    }
    ring = opened
    files = FileTable(setup.files)
    events = .allocate(capacity: Self.most)
    fixedBuffers = setup.fixedBuffers
    registeredFiles = setup.registeredFiles
  }

  deinit {
    mb_ring_close(ring)
    events.deallocate()
  }

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int {
    Int(
      mb_ring_prepare(
        ring, request.isWrite ? 1 : 0,
        registeredFiles ? Int32(truncatingIfNeeded: request.file) : files[request.file],
        request.buffer, request.length, Int64(request.offset),
        fixedBuffers ? Int32(truncatingIfNeeded: tag) : -1, UInt64(truncatingIfNeeded: tag)))
  }

  @inline(__always)
  mutating func commit() -> Int { Int(mb_ring_commit(ring)) }

  @inline(__always)
  mutating func reap(minimum: Int, maximum: Int) -> Int {
    let maximum = min(maximum, Self.most)
    return Int(mb_ring_reap(ring, Int32(min(minimum, maximum)), events, Int32(maximum)))
  }

  mutating func reap(minimum: Int, maximum: Int, timeout: Int) -> Int {
    let maximum = min(maximum, Self.most)
    return Int(
      mb_ring_reap_for(ring, Int32(min(minimum, maximum)), events, Int32(maximum), Int64(timeout)))
  }

  @inline(__always)
  func completion(_ index: Int) -> (tag: Int, result: Int) {
    (Int(truncatingIfNeeded: events[index].tag), Int(events[index].result))
  }

  mutating func sync(file: Int, dataOnly: Bool) -> Int { files.sync(file, dataOnly: dataOnly) }
}
