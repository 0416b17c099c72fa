import CSystemIO
import Glibc

/// `mmap`: requests are memcpy from and to the mapped file; sync is msync.
///
/// With `direct=1`, as in fio, each request's pages are written to the device (msync) and unmapped (MADV_DONTNEED) behind
/// it: the next one faults again, but from the page cache. The request's latency holds that.
///
/// A device that fails, or a file that somebody cuts short, raises SIGBUS, of which fio's job dies: here the request ends
/// with EIO.
struct MmapEngine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { true }
  private let mappings: MappingTable
  private let isDirect: Bool

  init(_ setup: EngineSetup) throws {
    isDirect = setup.direct
    mappings = try MappingTable(setup.files) { file in
      let protection = setup.writes ? PROT_READ | PROT_WRITE : PROT_READ
      let start = mmap(nil, file.size, protection, MAP_SHARED, file.descriptor, 0)
      guard let start, start != MAP_FAILED else { throw IOFailure.call("mmap", file.path, errno) }
      return start
    }
  }

  deinit {
    mappings.forget()
    for index in 0..<mappings.count { munmap(mappings[index], mappings.size(index)) }
  }

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int {
    let address = mappings[request.file] + request.offset
    if request.isWrite {
      memcpy(address, request.buffer, request.length)
    } else {
      memcpy(request.buffer, address, request.length)
    }
    if mappings.isLost(request.file) { return -Int(EIO) }
    return isDirect ? drop(address, request.length) : request.length
  }

  /// Writes the pages of some bytes to the device, and unmaps them. `length`, or -errno.
  @inline(never)
  private func drop(_ address: UnsafeMutableRawPointer, _ length: Int) -> Int {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let before = Int(bitPattern: address) & (page - 1)
    let start = address - before
    guard msync(start, length + before, MS_SYNC) == 0, madvise(start, length + before, MADV_DONTNEED) == 0
    else { return -Int(errno) }
    return length
  }

  mutating func sync(file: Int, dataOnly: Bool) -> Int {
    msync(mappings[file], mappings.size(file), MS_SYNC) == 0 ? 0 : -Int(errno)
  }
}

/// Where files are mapped, by index; its owner unmaps them. What cannot be reached any more (SIGBUS) is marked.
struct MappingTable: ~Copyable {
  private struct Mapping {
    var start: UnsafeMutableRawPointer
    var slot: Int32
    /// Not 0 once the mapping is lost.
    var loss: UnsafePointer<UInt32>
  }

  let count: Int
  private let mappings: UnsafeMutablePointer<Mapping>
  private let sizes: [Int]

  init(_ files: [EngineFile], map: (EngineFile) throws -> UnsafeMutableRawPointer) throws {
    sizes = files.map(\.size)
    let mapped = try files.map(map)
    count = mapped.count
    mappings = .allocate(capacity: max(1, count))
    for (index, start) in mapped.enumerated() {
      let slot = mb_watch_mapping(start, sizes[index])
      (mappings + index).initialize(to: Mapping(start: start, slot: slot, loss: mb_watched_loss(slot)))
    }
  }

  deinit { mappings.deallocate() }

  /// Before they are unmapped.
  func forget() { for index in 0..<count { mb_unwatch_mapping(mappings[index].slot) } }

  @inline(__always)
  subscript(index: Int) -> UnsafeMutableRawPointer { mappings[index].start }

  /// Whether bytes of it could not be reached: others stood there instead.
  @inline(__always)
  func isLost(_ index: Int) -> Bool { mappings[index].loss.pointee != 0 }

  func size(_ index: Int) -> Int { sizes[index] }
}
