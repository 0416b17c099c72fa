import CSystemIO
import Glibc

/// `mmap`: requests are memcpy from and to the mapped file; sync is msync.
///
/// A device that fails, or a file that somebody cuts short, raises SIGBUS, as with fio: a process of its own dies of it
/// and is reported.
struct MmapEngine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { true }
  private let mappings: MappingTable

  init(_ setup: EngineSetup) throws {
    mappings = try MappingTable(setup.files) { file in
      let protection = setup.writes ? PROT_READ | PROT_WRITE : PROT_READ
      let start = mmap(nil, file.size, protection, MAP_SHARED, file.descriptor, 0)
      guard let start, start != MAP_FAILED else { throw IOFailure.call("mmap", file.path, errno) }
      return start
    }
  }

  deinit { for index in 0..<mappings.count { munmap(mappings[index], mappings.size(index)) } }

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int {
    let address = mappings[request.file] + request.offset
    if request.isWrite {
      memcpy(address, request.buffer, request.length)
    } else {
      memcpy(request.buffer, address, request.length)
    }
    return request.length
  }

  mutating func sync(file: Int, dataOnly: Bool) -> Int {
    msync(mappings[file], mappings.size(file), MS_SYNC) == 0 ? 0 : -Int(errno)
  }
}

/// Where files are mapped, by index; its owner unmaps them.
struct MappingTable: ~Copyable {
  let count: Int
  private let starts: UnsafeMutablePointer<UnsafeMutableRawPointer>
  private let sizes: [Int]

  init(_ files: [EngineFile], map: (EngineFile) throws -> UnsafeMutableRawPointer) throws {
    sizes = files.map(\.size)
    let mapped = try files.map(map)
    count = mapped.count
    starts = .allocate(capacity: max(1, count))
    for (index, start) in mapped.enumerated() { (starts + index).initialize(to: start) }
  }

  deinit { starts.deallocate() }

  @inline(__always)
  subscript(index: Int) -> UnsafeMutableRawPointer { starts[index] }

  func size(_ index: Int) -> Int { sizes[index] }
}
