import Glibc

/// Zeroed anonymous memory that grows in place, in huge pages where the system has them.
///
/// Addresses are reserved without access, which costs nothing and counts towards no limit but RLIMIT_AS; only
/// ``commit(_:)`` makes them usable. What was committed stays until the end: returned memory is dear to get
/// again (`MADV_HUGEPAGE`, first touch).
struct GrowingMemory: ~Copyable {
  /// Valid until the next ``commit(_:)``.
  private(set) var base: UnsafeMutableRawPointer
  /// Bytes from `base` on that can be used.
  private(set) var committed = 0
  private var mapping: UnsafeMutableRawPointer
  private var mappedBytes: Int
  private var reserved: Int

  private static let hugePage = 2 << 20

  /// - Parameter reserving: Bytes up to which `base` never moves.
  init(reserving bytes: Int) throws(CountingError) {
    guard let map = Self.map(bytes) else { throw .outOfMemory(bytes: bytes) }
    (mapping, mappedBytes, base, reserved) = map
  }

  deinit { munmap(mapping, mappedBytes) }

  private static func map(_ bytes: Int) -> (UnsafeMutableRawPointer, Int, UnsafeMutableRawPointer, Int)? {
    let reserved = (bytes + hugePage - 1) / hugePage * hugePage
    let mapped = reserved + hugePage
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let mapping = mmap(nil, mapped, PROT_NONE, flags, -1, 0), mapping != MAP_FAILED else { return nil }
    let base = mapping.alignedUp(toMultipleOf: hugePage)
    // Without huge pages (a kernel that lacks them) it is only slower.
    madvise(base, reserved, MADV_HUGEPAGE)
    return (mapping, mapped, base, reserved)
  }

  /// Makes at least the first `bytes` usable; new bytes are zero. False, and nothing changed, where the system
  /// refuses.
  mutating func commit(_ bytes: Int) -> Bool {
    if bytes <= committed { return true }
    if bytes > reserved {
      guard let larger = Self.map(max(bytes, 2 * reserved)) else { return false }
      // Whole pages: the next step begins where this one ends.
      let target = (bytes + Self.hugePage - 1) / Self.hugePage * Self.hugePage
      guard mprotect(larger.2, target, PROT_READ | PROT_WRITE) == 0 else {
        munmap(larger.0, larger.1)
        return false
      }
      larger.2.copyMemory(from: base, byteCount: committed)
      munmap(mapping, mappedBytes)
      (mapping, mappedBytes, base, reserved) = larger
      committed = target
      return true
    }
    let target = min((bytes + Self.hugePage - 1) / Self.hugePage * Self.hugePage, reserved)
    guard mprotect(base + committed, target - committed, PROT_READ | PROT_WRITE) == 0 else { return false }
    committed = target
    return true
  }
}
