import CSystemIO
import Glibc

/// Memory that the controller and its workers share: a memfd (`dram`) or a pool file (`pmem`).
///
/// Layout: a header, one state word for each object, the objects' entries, a table with one `UInt32` for each
/// granule of 64 KiB, and the granules; docs/format-pool.md has the offsets. Space belongs to an object from
/// the moment in which one compare-and-swap writes the object's number into a granule's place in the table, and
/// an object to its owner from the compare-and-swap of its state word: whoever dies between two steps leaves
/// nothing that ``reclaim(owner:)`` does not find, and no lock.
///
/// A process may be killed at any instruction; a machine that loses power keeps what was published where the
/// medium persists. Values and logs are guarded by a record lock of the kernel, which dies with its process.
final class SharedPool {
  static let granule = 64 << 10
  static let entryCount = 16384
  static let entrySize = 320
  static let magic: UInt64 = 0x314c_4f4f_5042_4d21
  static let version: UInt64 = 1

  enum HeaderOffset {
    static let magic = 0
    static let version = 8
    static let size = 16
    static let granuleCount = 24
    static let dataOffset = 32
    /// 1 where granules need blocks of the file system before they are touched, else 0.
    static let sparse = 40
    /// The lowest granule that may be free: where a search begins. A line of its own, since all write it.
    static let hint = 128
    /// How many entries were ever in use: where a search of the directory ends.
    static let usedEntries = 192
    /// Two token buckets of a pacing model, a line each.
    static let pace = 256
  }
  static let wordsOffset = 4096
  static let entriesOffset = wordsOffset + entryCount * 8
  static let tableOffset = entriesOffset + entryCount * entrySize

  /// How errors call it: `dram` or `pmem:/dev/shm/…/pool`.
  let name: String
  let base: UnsafeMutableRawPointer
  let size: Int
  let granuleCount: Int
  let dataOffset: Int
  let medium: PoolMedium
  private let file: FileHandle
  /// Whether a granule needs blocks of the file system before it is touched, or a full one is a SIGBUS.
  let needsBacking: Bool
  let mappedAsPmem: Bool
  private let unmap: (UnsafeMutableRawPointer, Int) -> Void
  /// Offset up to which this process has memory and page tables.
  private var prefaulted = 0

  var descriptor: Int32 { file.descriptor }

  /// The size of a pool with room for `capacity` bytes of objects.
  static func size(capacity: Int) -> Int {
    dataOffset(capacity: capacity) + granules(capacity) * granule + 4096
  }

  private static func granules(_ capacity: Int) -> Int { max(1, (capacity + granule - 1) / granule) }

  /// Where the granules of a pool of this capacity begin.
  static func dataOffset(capacity: Int) -> Int { dataOffset(granules: granules(capacity)) }

  private static func dataOffset(granules: Int) -> Int {
    (tableOffset + granules * 4).aligned(to: 2 << 20)
  }

  /// Takes a mapping of `size` bytes; `format` writes the header of an empty pool of that capacity into zeroed
  /// memory, with `needsBacking`; without it both are the header's.
  init(
    name: String, mapping base: UnsafeMutableRawPointer, size: Int, file: FileHandle, medium: PoolMedium,
    needsBacking: Bool, format capacity: Int?, mappedAsPmem: Bool = false,
    unmap: @escaping (UnsafeMutableRawPointer, Int) -> Void
  ) throws {
    self.name = name
    self.base = base
    self.size = size
    self.file = file
    self.medium = medium
    self.mappedAsPmem = mappedAsPmem
    self.unmap = unmap
    if let capacity {
      let granules = Self.granules(capacity)
      base.storeBytes(of: Self.version, toByteOffset: HeaderOffset.version, as: UInt64.self)
      base.storeBytes(of: UInt64(size), toByteOffset: HeaderOffset.size, as: UInt64.self)
      base.storeBytes(of: UInt64(granules), toByteOffset: HeaderOffset.granuleCount, as: UInt64.self)
      base.storeBytes(
        of: UInt64(Self.dataOffset(granules: granules)), toByteOffset: HeaderOffset.dataOffset,
        as: UInt64.self)
      base.storeBytes(of: needsBacking ? 1 : 0, toByteOffset: HeaderOffset.sparse, as: UInt64.self)
      mb_store_u64(base + HeaderOffset.magic, Self.magic)
      medium.persist(base, 4096)
    }
    // The header may be anything: no count of it is used before it is known to lie inside the mapping.
    func field(_ offset: Int) -> Int {
      Int(truncatingIfNeeded: base.load(fromByteOffset: offset, as: UInt64.self))
    }
    let granules = size >= Self.tableOffset + 4096 ? field(HeaderOffset.granuleCount) : 0
    guard granules > 0, granules <= size / Self.granule, mb_load_u64(base + HeaderOffset.magic) == Self.magic,
      field(HeaderOffset.version) == Int(Self.version), field(HeaderOffset.size) == size,
      field(HeaderOffset.dataOffset) == Self.dataOffset(granules: granules),
      Self.dataOffset(granules: granules) + granules * Self.granule + 4096 <= size
    else {
      unmap(base, size)
      throw StorageError(.corrupt, "open pool \(name): no pool of version \(Self.version), or a damaged one")
    }
    self.needsBacking = field(HeaderOffset.sparse) == 1
    granuleCount = granules
    dataOffset = Self.dataOffset(granules: granules)
  }

  deinit { unmap(base, size) }

  /// An empty pool in anonymous memory, for ``descriptor`` to be passed to workers; memory is used when touched.
  static func anonymous(
    name: String, capacity: Int, node: Int?, medium: PoolMedium = .memory
  ) throws -> SharedPool {
    let descriptor = mb_memfd("marvel-bench-\(name)")
    guard descriptor >= 0 else { throw StorageError.system("create memory of", name, -descriptor) }
    let file = FileHandle(descriptor)
    let size = size(capacity: capacity)
    guard ftruncate(descriptor, size) == 0 else {
      throw StorageError.system("size memory of", "\(name) (\(size) bytes)", errno)
    }
    return try mapped(name: name, file: file, size: size, format: capacity, node: node, medium: medium)
  }

  /// The pool behind a passed descriptor, which the pool owns from now on.
  static func passed(
    name: String, descriptor: Int32, node: Int?, medium: PoolMedium = .memory
  ) throws -> SharedPool {
    let file = FileHandle(descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StorageError.system("open pool", name, errno) }
    return try mapped(
      name: name, file: file, size: Int(status.st_size), format: nil, node: node, medium: medium)
  }

  private static func mapped(
    name: String, file: FileHandle, size: Int, format capacity: Int?, node: Int?, medium: PoolMedium
  ) throws -> SharedPool {
    guard size > 0, let base = mb_map_shared(file.descriptor, size) else {
      throw StorageError.system("map pool", "\(name) (\(size) bytes)", size > 0 ? errno : EINVAL)
    }
    if let node, mb_numa_nodes() > 1 {
      let result = mb_numa_bind_memory(base, size, Int32(node))
      guard result == 0 else {
        mb_unmap(base, size)
        throw StorageError.system(
          "bind \(name) to", "NUMA node \(node)", -result, advice: "check tiers.dram.node")
      }
    }
    return try SharedPool(
      name: name, mapping: base, size: size, file: file, medium: medium, needsBacking: false,
      format: capacity,
      unmap: { mb_unmap($0, $1) })
  }

  /// Gives the first `bytes` of the granules memory, and this process page tables for them.
  ///
  /// Every process does so for itself: page tables are not shared. Space is handed out from the start, so that
  /// objects lie in what was prefaulted as long as it suffices.
  func prefault(_ bytes: Int) throws {
    let wanted = min(bytes, granuleCount * Self.granule)
    let granules = (wanted + Self.granule - 1) / Self.granule
    if needsBacking { try back(0..<granules) }
    var result = mb_populate_write(base, dataOffset)
    if result == 0 { result = mb_populate_write(base + dataOffset, granules * Self.granule) }
    guard result == 0 else {
      throw StorageError.system(
        "prefault \(wanted) bytes of", name, result == -EFAULT ? ENOSPC : -result,
        advice: "free memory or lower tiers.\(name.prefix { $0 != ":" }).capacity")
    }
    prefaulted = max(prefaulted, dataOffset + granules * Self.granule)
  }

  /// Copies bytes into granules that the caller owns; durable only after ``settle(_:)``.
  ///
  /// DRAM that this process has not prefaulted is written to by the kernel: that takes half as long as a page fault, and a
  /// page of zeros to be written over, for each 4 KiB.
  func copy(_ bytes: UnsafeRawBufferPointer, to offset: Int) throws {
    guard case .memory = medium, offset + bytes.count > prefaulted, bytes.count >= Self.leastWritten else {
      return medium.copy(base + offset, bytes)
    }
    var written = 0
    while written < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset + written))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw StorageError.system("write \(bytes.count) bytes to", name, count < 0 ? errno : ENOSPC)
      }
      written += count
    }
  }

  /// Less is copied by this process: a system call takes as long as a page fault or two.
  private static let leastWritten = 16 << 10

  /// Holds a record lock on one byte of the pool's file while `body` runs; it dies with the process.
  func locked<R>(_ byte: Int64, _ body: () throws -> R) throws -> R {
    let result = mb_lock_byte(descriptor, byte)
    guard result == 0 else { throw StorageError.system("lock", name, -result) }
    defer { mb_unlock_byte(descriptor, byte) }
    return try body()
  }
}
