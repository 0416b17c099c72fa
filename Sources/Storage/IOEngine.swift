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

/// Moves requests between memory and files. One thread at a time uses an engine.
final class IOEngine {
  private let depth: Int
  private let wanted: AsynchronousEngine
  /// Made when it is first needed: whoever only opens a tier pays nothing for it.
  private lazy var queue: RequestQueue? = openQueue()
  private var isOpened = false
  /// Requests in flight; a request's tag is its place.
  private var slots: [IORequest?] = []
  private var freeSlots: [Int] = []

  var isAsynchronous: Bool { queue != nil }
  /// As in the column `io_engine`.
  var name: String { queue?.engine.rawValue ?? "psync" }

  /// `engine` with `depth` requests in flight. Where io_uring is refused libaio is taken, where io_setup refuses (a
  /// container, aio-max-nr), or with a depth of 0, blocking calls.
  init(depth: Int, _ engine: AsynchronousEngine = .libaio) {
    self.depth = depth
    wanted = engine
  }

  private func openQueue() -> RequestQueue? {
    isOpened = true
    guard depth > 0 else { return nil }
    return RequestQueue(wanted, depth: depth)
      ?? (wanted == .libaio ? nil : RequestQueue(.libaio, depth: depth))
  }

  /// Waits for what the kernel still has in hand, so that no memory is given back under it.
  deinit {
    guard isOpened, let queue else { return }
    while slots.count > freeSlots.count { reap(atLeast: 1) }
    queue.close()
  }

  func submit(_ request: IORequest) {
    guard let queue, request.length > 0 else { return request.complete(after: 0) }
    while slots.count - freeSlots.count >= depth { reap(atLeast: 1) }
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      slots[slot] = request
    } else {
      slot = slots.count
      slots.append(request)
    }
    while true {
      let result = queue.submit(request, tag: slot)
      if result == 0 { return }
      // The kernel takes no more for now: some must end first. Else it cannot take this one asynchronously.
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

  private func reap(atLeast minimum: Int) {
    queue?.reap(atLeast: minimum) { slot, result in
      guard let request = slots[slot] else { return }
      slots[slot] = nil
      freeSlots.append(slot)
      if result < 0 || result == request.length {
        request.result = result
      } else {
        request.complete(after: result)
      }
    }
  }

  /// Whether a block that was written is read back with `engine`: that a ring can be made does not say so yet (a queue
  /// may refuse each request).
  ///
  /// - Throws: ``StorageError`` where no file can be made in `folder`.
  static func reads(with engine: AsynchronousEngine, in folder: String, _ alignment: Int) throws -> Bool {
    guard let queue = RequestQueue(engine, depth: 1) else { return false }
    defer { queue.close() }
    let path = "\(folder)/.engine-probe-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    let descriptor = mb_open(
      path, Int32(MB_OPEN_WRITE | MB_OPEN_CREATE | MB_OPEN_EXCLUSIVE | MB_OPEN_DIRECT), 0)
    guard descriptor >= 0 else { throw StorageError.system("create", path, -descriptor) }
    defer { unlink(path) }
    let file = FileHandle(descriptor)
    let length = max(4096, alignment)
    let buffer = try BufferCache().take(length)
    buffer.base.initializeMemory(as: UInt8.self, repeating: 0x5a, count: length)
    guard pwrite(file.descriptor, buffer.base, length, 0) == length else { return false }
    buffer.base.initializeMemory(as: UInt8.self, repeating: 0, count: length)
    let request = IORequest(file, isWrite: false, buffer, start: 0, length: length, offset: 0)
    guard queue.submit(request, tag: 0) == 0 else { return false }
    var read = 0
    queue.reap(atLeast: 1) { _, result in read = result }
    return read == length && buffer.base.load(fromByteOffset: length - 1, as: UInt8.self) == 0x5a
  }
}
