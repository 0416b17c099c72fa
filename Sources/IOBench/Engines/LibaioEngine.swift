import CSystemIO
import Glibc

/// `libaio`: io_submit and io_getevents; what has ended already is taken from the shared ring.
struct LibaioEngine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { false }
  /// Completions that one call takes.
  private static let most = 64

  private let files: FileTable
  private let ring: OpaquePointer
  private let events: UnsafeMutablePointer<mb_aio_event>

  init(_ setup: EngineSetup) throws {
    var error: Int32 = 0
    guard let opened = mb_aio_open(UInt32(setup.depth), &error) else {
      let advice =
        error == EAGAIN
        ? "iodepth times numjobs is over what fs.aio-max-nr leaves: lower them, or raise it (sysctl)"
        : "a container may forbid it: use ioengine=psync"
      throw IOFailure.call("io_setup", "for \(setup.depth) requests (libaio)", error, advice: advice)
    }
    ring = opened
    files = FileTable(setup.files)
    events = .allocate(capacity: Self.most)
  }

  deinit {
    mb_aio_close(ring)
    events.deallocate()
  }

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int {
    Int(
      mb_aio_prepare(
        ring, request.isWrite ? 1 : 0, files[request.file], request.buffer, request.length,
        Int64(request.offset), UInt64(truncatingIfNeeded: tag)))
  }

  @inline(__always)
  mutating func commit() -> Int { Int(mb_aio_commit(ring)) }

  @inline(__always)
  mutating func reap(minimum: Int, maximum: Int) -> Int {
    let maximum = min(maximum, Self.most)
    return Int(mb_aio_reap(ring, Int32(min(minimum, maximum)), events, Int32(maximum)))
  }

  mutating func reap(minimum: Int, maximum: Int, timeout: Int) -> Int {
    let maximum = min(maximum, Self.most)
    return Int(
      mb_aio_reap_for(ring, Int32(min(minimum, maximum)), events, Int32(maximum), Int64(timeout)))
  }

  @inline(__always)
  func completion(_ index: Int) -> (tag: Int, result: Int) {
    (Int(truncatingIfNeeded: events[index].tag), Int(events[index].result))
  }

  mutating func sync(file: Int, dataOnly: Bool) -> Int { files.sync(file, dataOnly: dataOnly) }
}
