import CSystemIO
import Glibc
import Metrics

/// Writes an object as a file, a few aligned buffers behind the caller.
final class FolderWriter: ObjectWriter {
  private static let bufferSize = 1 << 20
  /// Through the page cache a buffer is copied again: it should still be in the cache of the core.
  private static let bufferedSize = 256 << 10
  private static let writesBehind = 4
  private static let firstAllocation = 16 << 20
  private static let largestAllocation = 256 << 20

  private let tier: FolderTier
  private let name: String
  private let path: String
  private var file: FileHandle?
  /// Filled up to `filled`; its first byte belongs at `bufferOffset` in the file.
  private var buffer: IOBuffer?
  private var filled = 0
  private var bufferOffset = 0
  private var reservedCapacity: Int?
  private var inFlight: [IORequest] = []
  /// Up to here the file has its blocks, so that a write of ours does not extend it: ext4 takes an extending direct
  /// write synchronously.
  private var allocated = 0
  private var canAllocate: Bool
  private let label: String

  init(_ tier: FolderTier, name: String, owner: UInt32, expecting: Int?) throws {
    self.tier = tier
    self.name = name
    label = tier.files.label(name)
    path = tier.files.attemptPath(name, owner: owner)
    canAllocate = tier.isDirect
    let flags = MB_OPEN_WRITE | MB_OPEN_CREATE | MB_OPEN_EXCLUSIVE | (tier.isDirect ? MB_OPEN_DIRECT : 0)
    let descriptor = mb_open(path + "~", Int32(flags), 0o644)
    guard descriptor >= 0 else {
      throw StorageError.system("create", "\(label) (\(path)~)", -descriptor, advice: advice(-descriptor))
    }
    file = FileHandle(descriptor)
    if let expecting, expecting > 0 {
      // A size that is known is refused up front where it does not fit, not after half of the work.
      let result = mb_allocate(descriptor, 0, Int64(min(expecting.aligned(to: tier.alignment), 1 << 50)))
      if result == -ENOSPC || result == -EFBIG || result == -EDQUOT {
        abandon()
        throw failure("allocate \(expecting) bytes for", -result)
      }
      if result == 0 { allocated = expecting.aligned(to: tier.alignment) }
    }
  }

  deinit { abandon() }

  private func advice(_ code: Int32) -> String? {
    code == ENOSPC || code == EDQUOT || code == EFBIG ? tier.spaceAdvice : nil
  }

  private func failure(_ action: String, _ code: Int32) -> StorageError {
    StorageError.system(action, label, code, advice: advice(code))
  }

  private var position: Int { bufferOffset + filled }

  func append(_ bytes: UnsafeRawBufferPointer) throws -> Extent {
    precondition(reservedCapacity == nil, "a reservation is open")
    let offset = position
    let checksum = crc32c(bytes)
    if !tier.isDirect, bytes.count >= Self.bufferedSize {
      try flush()
      try writeThrough(bytes)
    } else {
      var rest = bytes
      while !rest.isEmpty {
        let room = try room(1)
        let count = min(room.count, rest.count)
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        filled += count
      }
    }
    return pad(Extent(object: name, offset: offset, length: bytes.count, checksum: checksum))
  }

  func reserve(_ capacity: Int) throws -> UnsafeMutableRawBufferPointer {
    precondition(reservedCapacity == nil, "a reservation is open")
    precondition(capacity >= 0)
    let room = try room(max(capacity, 1))
    reservedCapacity = capacity
    return UnsafeMutableRawBufferPointer(rebasing: room[..<capacity])
  }

  func commit(length: Int) throws -> Extent {
    guard let capacity = reservedCapacity, let buffer else { preconditionFailure("nothing is reserved") }
    precondition(length >= 0)
    precondition(length <= capacity)
    reservedCapacity = nil
    let offset = position
    let bytes = UnsafeRawBufferPointer(start: buffer.base + filled, count: length)
    filled += length
    return pad(Extent(object: name, offset: offset, length: length, checksum: crc32c(bytes)))
  }

  /// Fills up to the alignment: buffers have multiples of it, so that there is room.
  private func pad(_ extent: Extent) -> Extent {
    let padding = position.aligned(to: tier.alignment) - position
    if padding > 0, let buffer {
      (buffer.base + filled).initializeMemory(as: UInt8.self, repeating: 0, count: padding)
      filled += padding
    }
    tier.counters.writtenBytes += extent.length
    tier.counters.deviceWrittenBytes += extent.length + padding
    return extent
  }

  /// At least `count` bytes of buffer at `position`.
  private func room(_ count: Int) throws -> UnsafeMutableRawBufferPointer {
    guard file != nil else { preconditionFailure("an object is written after it was finished") }
    if let buffer, buffer.capacity - filled >= count {
      return UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[filled...])
    }
    try flush()
    let fresh = try tier.buffers.take(
      max(count.aligned(to: tier.alignment), tier.isDirect ? Self.bufferSize : Self.bufferedSize))
    buffer = fresh
    return fresh.bytes
  }

  /// Sends the buffer on its way.
  private func flush(isLast: Bool = false) throws {
    guard let buffer, let file else { return }
    guard filled > 0 else { return }
    let start = monotonicNanoseconds()
    defer { tier.counters.writeWaitNanoseconds += monotonicNanoseconds() - start }
    let done = tier.gate?.write(filled)
    // The last write is waited for anyhow.
    if tier.isDirect, !isLast { allocate(upTo: position) }
    let request = IORequest(file, isWrite: true, buffer, start: 0, length: filled, offset: bufferOffset)
    tier.io.submit(request)
    inFlight.append(request)
    bufferOffset += filled
    filled = 0
    // The kernel reads the buffer until the request has ended; the next one is another.
    self.buffer = tier.io.isAsynchronous ? nil : buffer
    if let gate = tier.gate, let done { tier.counters.modelledWaitNanoseconds += gate.wait(until: done) }
    while inFlight.count > (tier.io.isAsynchronous ? Self.writesBehind : 0) { try settleOldest() }
  }

  private func settleOldest() throws {
    let request = inFlight.removeFirst()
    tier.io.wait(for: request)
    guard let result = request.result, result >= 0 else {
      throw failure("write", Int32(-(request.result ?? -Int(EIO))))
    }
  }

  /// Large appends go to the page cache without a copy of ours.
  private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws {
    guard let file, let address = bytes.baseAddress else { return }
    let start = monotonicNanoseconds()
    let modelled = tier.gate?.write(bytes.count)
    var done = 0
    while done < bytes.count {
      let count = pwrite(file.descriptor, address + done, bytes.count - done, bufferOffset + done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("write", count == 0 ? ENOSPC : errno) }
      done += count
    }
    bufferOffset += done
    if let gate = tier.gate, let modelled {
      tier.counters.modelledWaitNanoseconds += gate.wait(until: modelled)
    }
    tier.counters.writeWaitNanoseconds += monotonicNanoseconds() - start
  }

  private func allocate(upTo end: Int) {
    guard end > allocated, canAllocate, let file else { return }
    let step = min(max(Self.firstAllocation, allocated), Self.largestAllocation)
    // Where this fails the write itself will say what is wrong, if anything is.
    if mb_allocate(file.descriptor, Int64(allocated), Int64(max(step, end - allocated))) == 0 {
      allocated += max(step, end - allocated)
    } else {
      canAllocate = false
    }
  }

  func finish() throws {
    precondition(reservedCapacity == nil, "a reservation is open")
    guard let file else { preconditionFailure("an object is finished twice") }
    do {
      try flush(isLast: true)
      let start = monotonicNanoseconds()
      defer { tier.counters.writeWaitNanoseconds += monotonicNanoseconds() - start }
      while !inFlight.isEmpty { try settleOldest() }
      if allocated > position, ftruncate(file.descriptor, position) != 0 { throw failure("truncate", errno) }
      if tier.isDurable, fdatasync(file.descriptor) != 0 { throw failure("fdatasync", errno) }
      let result = mb_rename_new(path + "~", path)
      guard result == 0 else { throw failure("finish", -result) }
    } catch {
      abandon()
      throw error
    }
    tier.files.noteFinished(name, path: path)
    self.file = nil
    buffer = nil
  }

  func abandon() {
    guard file != nil else { return }
    for request in inFlight { tier.io.wait(for: request) }
    inFlight = []
    unlink(path + "~")
    file = nil
    buffer = nil
    reservedCapacity = nil
  }
}
