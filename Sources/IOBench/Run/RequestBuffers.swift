import CSystemIO
import Glibc
import Metrics

/// The requests of a copy's queue, and a buffer of its largest block for each; touched before the clock.
final class RequestBuffers {
  let requests: UnsafeMutablePointer<Request>
  let start: UnsafeMutableRawPointer
  /// Bytes of a buffer, and from one to the next.
  let size: Int
  let pitch: Int
  let count: Int
  private let length: Int

  /// - Throws: ``IOFailure`` where there is no memory.
  init(count: Int, size: Int) throws {
    self.count = count
    self.size = size
    let page = 4096
    pitch = (size + page - 1) / page * page
    let (length, overflow) = pitch.multipliedReportingOverflow(by: count)
    // Freed memory never comes back to a mapping of its own, and large pages cost a copy fewer misses.
    let huge = 2 << 20
    self.length = overflow ? Int.max : (length + huge - 1) / huge * huge
    guard !overflow, let start = mb_map_huge(self.length) else {
      throw IOFailure(
        ENOMEM, "allocate \(count) buffers of \(ByteSize.text(size)): out of memory (lower iodepth or bs)")
    }
    let result = mb_populate_write(start, self.length)
    guard result == 0 else {
      mb_unmap(start, self.length)
      throw IOFailure.call("fill", "\(count) buffers of \(ByteSize.text(size))", -result)
    }
    self.start = start
    requests = .allocate(capacity: count)
    for tag in 0..<count { (requests + tag).initialize(to: Request(buffer: start + tag * pitch)) }
  }

  deinit {
    requests.deallocate()
    mb_unmap(start, length)
  }

  func buffer(_ tag: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: start + tag * pitch, count: size)
  }
}
