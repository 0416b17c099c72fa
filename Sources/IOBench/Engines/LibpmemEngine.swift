import CSystemIO
import Glibc

/// `libpmem`, as fio's engine does it: a read is memcpy, a write pmem_memcpy past the cache with `direct=1` and through
/// it without, drained at once with `sync`, else by fsync.
///
/// Its pages are mapped before the clock starts: what is measured is the medium, not the kernel's page faults.
///
/// Refuses what pmem_is_pmem does not take for persistent memory; where emulation is allowed, fsync is pmem_msync there.
///
/// Source: fio 3.33, engines/libpmem.c.
struct LibpmemEngine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { true }
  private let mappings: MappingTable
  private let pastCache: Int32
  private let drains: Int32
  private let isPersistent: Bool

  init(_ setup: EngineSetup) throws {
    guard mb_pmem_load() == 0 else {
      throw IOFailure(
        ENOSYS, "open libpmem: \(String(cString: mb_pmem_error())) (install libpmem1, or use ioengine=mmap)")
    }
    var allPersistent = true
    mappings = try MappingTable(setup.files) { file in
      var mapped = 0
      var isPersistent: Int32 = 0
      guard let start = mb_pmem_map(file.path, 0, 0, &mapped, &isPersistent) else {
        throw IOFailure(EIO, "map \(file.path): \(String(cString: mb_pmem_error()))")
      }
      guard mapped >= file.size else {
        mb_pmem_unmap(start, mapped)
        throw IOFailure(EIO, "map \(file.path): \(mapped) bytes are there, \(file.size) expected")
      }
      if isPersistent == 0 {
        allPersistent = false
        guard setup.allowsEmulation else {
          mb_pmem_unmap(start, mapped)
          throw IOFailure(
            ENODEV,
            "map \(file.path): it does not lie on persistent memory (use a DAX file system, or --emulated)")
        }
      }
      mb_populate_read(start, file.size)
      return start
    }
    isPersistent = allPersistent
    pastCache = setup.direct ? 1 : 0
    drains = setup.isSynced ? 1 : 0
  }

  deinit {
    mappings.forget()
    for index in 0..<mappings.count { mb_pmem_unmap(mappings[index], mappings.size(index)) }
  }

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int {
    let address = mappings[request.file] + request.offset
    if request.isWrite {
      mb_pmem_copy_as(address, request.buffer, request.length, pastCache, drains)
    } else {
      memcpy(request.buffer, address, request.length)
    }
    return mappings.isLost(request.file) ? -Int(EIO) : request.length
  }

  mutating func sync(file: Int, dataOnly: Bool) -> Int {
    guard !isPersistent else {
      mb_pmem_drain()
      return 0
    }
    return Int(mb_pmem_msync(mappings[file], mappings.size(file)))
  }
}
