import CSystemIO
import Glibc

/// A kernel's queue of asynchronous requests: libaio's or io_uring's.
struct RequestQueue {
  let engine: AsynchronousEngine
  private let handle: OpaquePointer

  /// Nil where the kernel or a container refuses it.
  init?(_ engine: AsynchronousEngine, depth: Int) {
    var refusal: Int32 = 0
    let depth = UInt32(clamping: depth)
    let opened =
      switch engine {
      case .libaio: mb_aio_open(depth, &refusal)
      case .io_uring: mb_ring_open(depth, 0, &refusal)
      }
    guard let opened else { return nil }
    self.engine = engine
    handle = opened
  }

  /// With nothing in flight.
  func close() {
    switch engine {
    case .libaio: mb_aio_close(handle)
    case .io_uring: mb_ring_close(handle)
    }
  }

  /// 0, -EAGAIN where it takes no more for now, or another -errno.
  func submit(_ request: IORequest, tag: Int) -> Int32 {
    let isWrite: Int32 = request.isWrite ? 1 : 0
    let start = request.buffer.base + request.start
    switch engine {
    case .libaio:
      return mb_aio_submit(
        handle, isWrite, request.file.descriptor, start, request.length, Int64(request.offset), UInt64(tag))
    case .io_uring:
      let refused = mb_ring_prepare(
        handle, isWrite, request.file.descriptor, start, request.length, Int64(request.offset), -1,
        UInt64(tag))
      guard refused == 0 else { return refused }
      while true {
        let count = mb_ring_commit(handle)
        if count > 0 { return 0 }
        if count < 0 { return count }
        // What was prepared cannot be taken back: the kernel is asked again until it has it.
        usleep(10)
      }
    }
  }

  /// Waits for `minimum` completions, and takes all that there are.
  func reap(atLeast minimum: Int, _ body: (_ tag: Int, _ result: Int) -> Void) {
    switch engine {
    case .libaio:
      withUnsafeTemporaryAllocation(of: mb_aio_event.self, capacity: 64) { events in
        let count = mb_aio_reap(handle, Int32(minimum), events.baseAddress, 64)
        precondition(count >= 0, "io_getevents failed with \(-count)")
        for event in events[..<Int(count)] { body(Int(event.tag), Int(event.result)) }
      }
    case .io_uring:
      withUnsafeTemporaryAllocation(of: mb_ring_event.self, capacity: 64) { events in
        let count = mb_ring_reap(handle, Int32(minimum), events.baseAddress, 64)
        precondition(count >= 0, "io_uring_enter failed with \(-count)")
        for event in events[..<Int(count)] { body(Int(event.tag), Int(event.result)) }
      }
    }
  }
}
