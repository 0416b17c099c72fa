import CSystemIO
import Glibc
import Metrics

/// One read or write of a file, asynchronous where the engine is.
final class IORequest {
  let file: FileHandle
  let isWrite: Bool
  /// Kept while the kernel may touch it.
  let buffer: IOBuffer
  let start: Int
  let length: Int
  let offset: Int
  /// Bytes moved, or -errno; nil while in flight. A read is short only at the end of its file.
  fileprivate(set) var result: Int?

  init(
    _ file: FileHandle, isWrite: Bool, _ buffer: IOBuffer, start: Int, length: Int, offset: Int
  ) {
    precondition(start >= 0)
    precondition(length <= buffer.capacity - start)
    self.file = file
    self.isWrite = isWrite
    self.buffer = buffer
    self.start = start
    self.length = length
    self.offset = offset
  }

  /// Moves by blocking calls what is left after `done` bytes.
  fileprivate func complete(after done: Int) {
    var done = done
    while done < length {
      let address = buffer.base + start + done
      let count =
        isWrite
        ? pwrite(file.descriptor, address, length - done, offset + done)
        : pread(file.descriptor, address, length - done, offset + done)
      if count < 0, errno == EINTR { continue }
      if count < 0 { result = -Int(errno); return }
      if count == 0 { break }
      done += count
    }
    result = isWrite && done < length ? -Int(ENOSPC) : done
  }
}

/// Moves requests between memory and files. One thread owns an engine.
final class IOEngine {
  private let depth: Int
  /// Made when it is first needed: whoever only opens a tier pays nothing for it.
  private lazy var queue: OpaquePointer? = openQueue()
  private var isOpened = false
  /// Requests in flight; a request's tag is its place.
  private var slots: [IORequest?] = []
  private var freeSlots: [Int] = []

  var isAsynchronous: Bool { queue != nil }
  /// As in the column `io_engine`.
  var name: String { isAsynchronous ? "libaio" : "psync" }

  /// libaio with `depth` requests in flight; where io_setup refuses (a container, aio-max-nr), or with a depth of 0,
  /// blocking calls.
  init(depth: Int) { self.depth = depth }

  private func openQueue() -> OpaquePointer? {
    isOpened = true
    var refusal: Int32 = 0
    return depth > 0 ? mb_aio_open(UInt32(clamping: depth), &refusal) : nil
  }

  /// Waits for what the kernel still has in hand, so that no memory is given back under it.
  deinit { if isOpened, let queue { mb_aio_close(queue) } }

  func submit(_ request: IORequest) {
    guard let queue, request.length > 0 else { return request.complete(after: 0) }
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      slots[slot] = request
    } else {
      slot = slots.count
      slots.append(request)
    }
    while true {
      let result = mb_aio_submit(
        queue, request.isWrite ? 1 : 0, request.file.descriptor, request.buffer.base + request.start,
        request.length, Int64(request.offset), UInt64(slot))
      if result == 0 { return }
      // The queue is full: some of it must end first. Else the kernel cannot take this one asynchronously.
      if result == -EAGAIN, slots.count - freeSlots.count > 1 {
        reap(atLeast: 1)
        continue
      }
      slots[slot] = nil
      freeSlots.append(slot)
      return request.complete(after: 0)
    }
  }

  /// Returns once `request` has ended.
  func wait(for request: IORequest) {
    while request.result == nil { reap(atLeast: 1) }
  }

  private func reap(atLeast minimum: Int32) {
    guard let queue else { return }
    withUnsafeTemporaryAllocation(of: mb_aio_event.self, capacity: 64) { events in
      let count = mb_aio_reap(queue, minimum, events.baseAddress, 64)
      precondition(count >= 0, "io_getevents failed with \(-count)")
      for event in events[..<Int(count)] {
        let slot = Int(event.tag)
        guard let request = slots[slot] else { continue }
        slots[slot] = nil
        freeSlots.append(slot)
        if event.result < 0 || event.result == request.length {
          request.result = Int(event.result)
        } else {
          request.complete(after: Int(event.result))
        }
      }
    }
  }
}
