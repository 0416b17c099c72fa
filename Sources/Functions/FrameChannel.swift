import CSystemIO
import Glibc

/// One end of a stream socket that carries frames, in order, in both directions.
///
/// Small frames take one system call each way. The end belongs to one thread. Nothing a peer sends traps.
final class FrameChannel {
  enum Reception {
    case frame(Frame)
    /// No whole frame has arrived yet (only when not blocking).
    case nothing
    /// The peer closed its end, between frames or in the middle of one.
    case closed
  }

  let descriptor: Int32
  private let isBlocking: Bool
  private let acceptsDescriptors: Bool

  // Bytes that were received and not yet taken: buffer[start..<end].
  private let buffer = UnsafeMutableRawPointer.allocate(byteCount: bufferSize, alignment: 64)
  private var start = 0
  private var end = 0
  /// Descriptors that arrived, for frames that were not yet taken.
  private var arrived: [Int32] = []
  /// A frame that is larger than the buffer, on its way straight into its payload.
  private var partial: (header: FrameHeader, payload: [UInt8], filled: Int)?

  /// What the socket did not take at once.
  private var unsent: [Unsent] = []

  private struct Unsent {
    var bytes: [UInt8]
    var offset: Int
    var descriptors: [Int32]
  }

  private static let bufferSize = 32 << 10

  /// - Parameters:
  ///   - descriptor: A stream socket; the channel closes it.
  ///   - isBlocking: Whether ``receive()`` and ``send(_:fields:payload:descriptors:)`` wait (worker) or return
  ///     at once (controller).
  ///   - acceptsDescriptors: Where false the kernel drops what a peer sends.
  init(descriptor: Int32, isBlocking: Bool, acceptsDescriptors: Bool) {
    self.descriptor = descriptor
    self.isBlocking = isBlocking
    self.acceptsDescriptors = acceptsDescriptors
  }

  deinit {
    for descriptor in arrived { close(descriptor) }
    close(descriptor)
    buffer.deallocate()
  }

  /// Whether bytes wait for the socket to become writable.
  var hasUnsent: Bool { !unsent.isEmpty }

  // MARK: Receiving

  /// The next frame.
  /// - Throws: ``WireError`` for bytes that are no frame (the channel is then of no more use), and where the
  ///   socket fails.
  func receive() throws -> Reception {
    while true {
      if let frame = try takeFrame() { return .frame(frame) }
      let count = fill()
      if count == 0 || count == -Int(ECONNRESET) { return .closed }
      if count == -Int(EAGAIN) { return .nothing }
      guard count > 0 else { throw WireError("frame: receive: \(systemErrorText(Int32(-count)))") }
    }
  }

  /// The next frame among what was already received; never `closed`.
  func buffered() throws -> Reception {
    if let frame = try takeFrame() { return .frame(frame) }
    return .nothing
  }

  /// Receives once, into a large payload or else behind what is in the buffer. Returns bytes, 0 or -errno.
  private func fill() -> Int {
    if partial != nil {
      let filled = partial!.filled
      let count = partial!.payload.withUnsafeMutableBytes {
        receive(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
      }
      if count > 0 { partial!.filled += count }
      return count
    }
    if start > 0 {
      (buffer + 0).copyMemory(from: buffer + start, byteCount: end - start)
      end -= start
      start = 0
    }
    let room = UnsafeMutableRawBufferPointer(start: buffer + end, count: FrameChannel.bufferSize - end)
    let count = receive(into: room)
    if count > 0 { end += count }
    return count
  }

  private func receive(into room: UnsafeMutableRawBufferPointer) -> Int {
    guard acceptsDescriptors else {
      return mb_receive(descriptor, room.baseAddress, room.count, nil, nil, isBlocking ? 0 : 1)
    }
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: FrameHeader.maximumDescriptors) { fresh in
      var count: Int32 = 0
      let received = mb_receive(
        descriptor, room.baseAddress, room.count, fresh.baseAddress, &count, isBlocking ? 0 : 1)
      if count > 0 { arrived.append(contentsOf: fresh[..<Int(count)]) }
      return received
    }
  }

  private func takeFrame() throws -> Frame? {
    if let (header, payload, filled) = partial {
      guard filled == header.payloadLength else { return nil }
      partial = nil
      return try frame(header, payload)
    }
    guard end - start >= FrameHeader.size else { return nil }
    let header = try FrameHeader(decoding: buffer + start)
    let behind = UnsafeRawBufferPointer(
      start: buffer + start + FrameHeader.size, count: end - start - FrameHeader.size)
    if behind.count >= header.payloadLength {
      let payload = [UInt8](UnsafeRawBufferPointer(rebasing: behind[..<header.payloadLength]))
      start += FrameHeader.size + header.payloadLength
      if start == end {
        start = 0
        end = 0
      }
      return try frame(header, payload)
    }
    guard header.payloadLength > FrameChannel.bufferSize - FrameHeader.size else { return nil }
    // Uninitialized bytes are no trap for UInt8, and each is overwritten before the frame is handed out.
    var payload = [UInt8](unsafeUninitializedCapacity: header.payloadLength) { $1 = header.payloadLength }
    payload.withUnsafeMutableBytes { $0.copyMemory(from: behind) }
    partial = (header, payload, behind.count)
    start = 0
    end = 0
    return nil
  }

  private func frame(_ header: FrameHeader, _ payload: [UInt8]) throws -> Frame {
    var descriptors: [Int32] = []
    if header.descriptorCount > 0 {
      // They came with the frame's first byte at the latest.
      guard arrived.count >= header.descriptorCount else {
        throw WireError("frame: \(header.descriptorCount) descriptors announced, \(arrived.count) arrived")
      }
      descriptors = Array(arrived[..<header.descriptorCount])
      arrived.removeFirst(header.descriptorCount)
    }
    return Frame(
      kind: header.kind, activationID: header.activationID, payload: payload, descriptors: descriptors)
  }

  // MARK: Sending

  /// Sends one frame whose payload is `fields` followed by `payload`.
  ///
  /// Not blocking, what the socket does not take is kept for ``flush()``, and the descriptors must stay open
  /// until ``hasUnsent`` is false.
  /// - Returns: False where the peer is gone.
  @discardableResult
  func send(
    _ kind: FrameKind, activationID: UInt64 = 0, fields: UnsafeRawBufferPointer, payload: [UInt8],
    descriptors: [Int32] = []
  ) throws -> Bool {
    let length = fields.count + payload.count
    precondition(length <= FrameHeader.maximumPayload)
    precondition(descriptors.count <= FrameHeader.maximumDescriptors)
    let header = FrameHeader(
      kind: kind, descriptorCount: descriptors.count, payloadLength: length, activationID: activationID)
    let headSize = FrameHeader.size + fields.count
    return try withUnsafeTemporaryAllocation(byteCount: headSize, alignment: 8) { head in
      header.encode(to: head.baseAddress!)
      UnsafeMutableRawBufferPointer(rebasing: head[FrameHeader.size...]).copyMemory(from: fields)
      var sent = 0
      if unsent.isEmpty {
        let count = payload.withUnsafeBytes {
          mb_send(
            descriptor, head.baseAddress, headSize, $0.baseAddress, $0.count, descriptors,
            Int32(descriptors.count), isBlocking ? 0 : 1)
        }
        if FrameChannel.isGone(count) { return false }
        guard count >= 0 || count == -Int(EAGAIN) else { throw sendError(count) }
        sent = max(count, 0)
        if sent == headSize + payload.count { return true }
      }
      var bytes = [UInt8](head)
      bytes.append(contentsOf: payload)
      unsent.append(Unsent(bytes: bytes, offset: sent, descriptors: sent > 0 ? [] : descriptors))
      return isBlocking ? try flush() : true
    }
  }

  /// Sends what was kept, as far as the socket takes it. Returns false where the peer is gone.
  func flush() throws -> Bool {
    while !unsent.isEmpty {
      let count = unsent[0].bytes.withUnsafeBytes {
        mb_send(
          descriptor, $0.baseAddress! + unsent[0].offset, $0.count - unsent[0].offset, nil, 0,
          unsent[0].descriptors, Int32(unsent[0].descriptors.count), isBlocking ? 0 : 1)
      }
      if count == -Int(EAGAIN) { return true }
      if FrameChannel.isGone(count) { return false }
      guard count > 0 else { throw sendError(count) }
      unsent[0].offset += count
      unsent[0].descriptors = []
      if unsent[0].offset == unsent[0].bytes.count { unsent.removeFirst() }
    }
    return true
  }

  private static func isGone(_ count: Int) -> Bool {
    count == -Int(EPIPE) || count == -Int(ECONNRESET)
  }

  private func sendError(_ count: Int) -> WireError {
    WireError("frame: send: \(systemErrorText(Int32(-count)))")
  }
}
