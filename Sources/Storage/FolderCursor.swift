import CSystemIO
import Glibc
import Metrics

/// Hands out extents of files, up to a budget of bytes ahead of the caller.
///
/// Extents that follow each other in a file are read by one request of up to 1 MiB; an extent over that by several
/// into one buffer.
final class FolderCursor: ExtentCursor {
  private static let largestRequest = 1 << 20
  private static let smallestRequest = 64 << 10

  /// One buffer's worth of a file: successive extents.
  private struct Span {
    let object: ObjectFiles.OpenObject
    let buffer: IOBuffer
    /// File offset of the buffer's first byte.
    let offset: Int
    let length: Int
    let extents: Range<Int>
    let requests: [IORequest]
    /// When a paced device will have read it.
    let modelledEnd: Int?
  }

  private let tier: FolderTier
  private let extents: [Extent]
  private let readAhead: Int
  private let requestSize: Int
  /// What the next request may be at most: it starts small and doubles, since a device works on all requests in flight
  /// at once, and would bring the first of several large ones when it brings the last.
  private var nextRequestSize: Int
  /// The first is the one that the caller reads.
  private var spans: [Span] = []
  private var headArrived = false
  private var planned = 0
  private var delivered = 0
  private var aheadBytes = 0
  /// An error met while reading ahead, thrown when its extent's turn comes.
  private var trouble: (index: Int, error: any Error)?

  init(_ tier: FolderTier, _ extents: [Extent], readAhead: Int) {
    self.tier = tier
    self.extents = extents
    self.readAhead = tier.io.isAsynchronous ? readAhead : 0
    // Without requests in flight a buffer is read and used at once: it should stay in the core's cache.
    let largest = tier.io.isAsynchronous || tier.isDirect ? Self.largestRequest : 256 << 10
    requestSize = min(max(readAhead / 4, Self.smallestRequest), largest)
    nextRequestSize = min(2 * Self.smallestRequest, requestSize)
  }

  var headroom: Int { IOBuffer.headroom }

  func next() throws -> UnsafeRawBufferPointer? {
    guard delivered < extents.count else {
      spans = []
      return nil
    }
    if let head = spans.first, delivered >= head.extents.upperBound {
      spans.removeFirst()
      headArrived = false
    }
    if !headArrived {
      plan()
      if let trouble, trouble.index == delivered { throw trouble.error }
      try arrive(spans[0])
      // What has arrived is no longer ahead: another request takes its place before the caller computes.
      aheadBytes -= spans[0].length
      if aheadBytes < readAhead { plan() }
    }
    let head = spans[0]
    let extent = extents[delivered]
    delivered += 1
    let bytes = UnsafeRawBufferPointer(
      start: head.buffer.base + (extent.offset - head.offset), count: extent.length)
    guard crc32c(bytes) == extent.checksum else {
      throw StorageError(
        .corrupt,
        "read \(tier.files.label(extent.object)): the \(extent.length) bytes at \(extent.offset) do not have the "
          + "checksum \(String(extent.checksum, radix: 16)) they were written with")
    }
    tier.counters.readBytes += extent.length
    return bytes
  }

  /// Starts requests until the budget is used up; at least the next span.
  private func plan() {
    while planned < extents.count, trouble == nil, spans.isEmpty || aheadBytes < readAhead {
      do {
        let span = try startSpan()
        spans.append(span)
        aheadBytes += span.length
        planned = span.extents.upperBound
      } catch {
        trouble = (planned, error)
      }
    }
  }

  /// Opens the object of the next extent and starts reading it together with those behind it.
  private func startSpan() throws -> Span {
    let first = extents[planned]
    let alignment = tier.alignment
    let object = try open(first)
    let offset = first.offset & ~(alignment - 1)
    var end = (first.offset + first.length).aligned(to: alignment)
    var index = planned + 1
    while index < extents.count {
      let extent = extents[index]
      // Only what lies behind, with no hole between: what is skipped would be read for nothing.
      guard extent.object == first.object, extent.offset >= 0, extent.offset == end, extent.length >= 0,
        extent.length <= object.size - extent.offset,
        (extent.offset + extent.length).aligned(to: alignment) - offset <= nextRequestSize
      else { break }
      end = (extent.offset + extent.length).aligned(to: alignment)
      index += 1
    }
    nextRequestSize = min(2 * nextRequestSize, requestSize)
    let length = end - offset
    let buffer = try tier.buffers.take(length)
    let start = monotonicNanoseconds()
    let modelledEnd = tier.gate?.read(length)
    var requests: [IORequest] = []
    var done = 0
    while done < length {
      let count = min(length - done, Self.largestRequest)
      let request = IORequest(
        object.file, isWrite: false, buffer, start: done, length: count, offset: offset + done)
      tier.io.submit(request)
      requests.append(request)
      done += count
    }
    tier.counters.readWaitNanoseconds += monotonicNanoseconds() - start
    tier.counters.deviceReadBytes += length
    return Span(
      object: object, buffer: buffer, offset: offset, length: length, extents: planned..<index,
      requests: requests, modelledEnd: modelledEnd)
  }

  private func open(_ extent: Extent) throws -> ObjectFiles.OpenObject {
    let object: ObjectFiles.OpenObject
    if let last = spans.last, extents[last.extents.lowerBound].object == extent.object {
      object = last.object
    } else {
      object = try tier.files.open(extent.object)
    }
    guard extent.offset >= 0, extent.length >= 0 else {
      throw StorageError(
        .invalid,
        "read \(tier.files.label(extent.object)): no extent of \(extent.length) bytes at \(extent.offset)")
    }
    guard extent.offset <= object.size, extent.length <= object.size - extent.offset else {
      throw StorageError(
        .corrupt,
        "read \(tier.files.label(extent.object)): it has \(object.size) bytes, too few for the \(extent.length) at "
          + "\(extent.offset): it is truncated, or another object")
    }
    return object
  }

  /// Waits until the span's bytes are there.
  private func arrive(_ span: Span) throws {
    let start = monotonicNanoseconds()
    defer { tier.counters.readWaitNanoseconds += monotonicNanoseconds() - start }
    for request in span.requests {
      tier.io.wait(for: request)
      let result = request.result ?? -Int(EIO)
      let last = extents[span.extents.upperBound - 1]
      guard result >= 0 else {
        throw StorageError.system("read", tier.files.label(last.object), Int32(-result))
      }
      // The padding behind the last extent may be missing at the end of a file, but no byte of the extent.
      guard request.offset + result >= min(request.offset + request.length, last.offset + last.length) else {
        throw StorageError(
          .corrupt,
          "read \(tier.files.label(last.object)): \(request.length) bytes at \(request.offset) expected, "
            + "\(result) found: it was truncated while it was read")
      }
    }
    if let gate = tier.gate, let end = span.modelledEnd {
      tier.counters.modelledWaitNanoseconds += gate.wait(until: end)
    }
    headArrived = true
  }
}
