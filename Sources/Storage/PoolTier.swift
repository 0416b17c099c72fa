import CSystemIO
import Glibc
import Metrics

/// A tier of objects in memory that processes share.
public protocol PooledTier: Tier {
  /// Gives `bytes` of each pool, from its start, memory and this process page tables; each process does so itself.
  func prefault(_ bytes: Int) throws

  /// Lets go of the pools of other writers, when nothing is read or written here any more.
  func leaveOthers()
}

/// Objects in shared memory: `dram`, and `pmem` with access `libpmem`. Readers get the pool's own memory.
final class PoolTier: PooledTier {
  let kind: TierKind
  let provenance: Provenance
  let capabilities: TierCapabilities
  let durability: Durability
  let engine: String
  var alignment: Int { 64 }
  var counters = TierCounters()

  /// One a folder, or one a writer; an offset of an extent has the pool's number in its upper 16 bits.
  private(set) var pools: [SharedPool]
  /// The pool of what this process writes; nil: objects are spread by their names.
  private let home: Int?
  let gate: PacingGate?
  let buffers = BufferCache()
  /// The NUMA node to which this process is bound, if it is.
  private let node: Int?

  init(
    kind: TierKind, pools: [SharedPool], home: Int? = nil, provenance: Provenance, persistent: Bool,
    model: PacingModel?,
    node: Int? = nil
  ) {
    precondition(!pools.isEmpty)
    self.kind = kind
    self.pools = pools
    self.home = home
    self.node = node
    self.provenance = model == nil ? provenance : provenance.union(.modelled)
    capabilities = persistent ? [.zeroCopy, .persistent] : .zeroCopy
    durability = kind == .pmem ? .drain : .none
    engine = kind == .pmem ? "libpmem" : "memcpy"
    gate = model.map { PacingGate(model: $0, buckets: pools[0].base + SharedPool.HeaderOffset.pace) }
  }

  static let poolShift = 48

  func create(_ name: String, owner: UInt32, expecting: Int?) throws -> any ObjectWriter {
    try ObjectName.validate(name)
    // The next pool is tried where one is full.
    let first = pools.count == 1 ? 0 : home ?? Int(ObjectName.hash(name) % UInt64(pools.count))
    var refusal: StorageError?
    for k in 0..<pools.count {
      let index = (first + k) % pools.count
      do {
        return try PoolWriter(
          self, pool: pools[index], index: index, name: name, owner: owner, expecting: expecting)
      } catch let error as StorageError where error.kind == .noSpace {
        refusal = refusal ?? error
      }
    }
    throw refusal ?? StorageError(.noSpace, "create \(kind.rawValue):\(name)")
  }

  func publish(_ attempt: String, as name: String) throws {
    try ObjectName.validate(name)
    if pools.count > 1, pools.contains(where: { $0.find(name, [.published]) != nil }) {
      throw StorageError(.exists, "publish \(kind.rawValue):\(attempt) as \(name): the name is taken")
    }
    try pool(holding: attempt, [.finished]).publish(attempt, as: name)
  }

  private func pool(holding name: String, _ states: Set<PoolState>) -> SharedPool {
    pools.count == 1 ? pools[0] : pools.first { $0.find(name, states) != nil } ?? pools[0]
  }

  func delete(_ name: String) throws { try pool(holding: name, [.finished, .published]).delete(name) }

  func list(prefix: String) throws -> [String] {
    pools.count == 1
      ? pools[0].list(prefix: prefix)
      : pools.flatMap { $0.list(prefix: prefix) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  func reclaim(owner: UInt32) throws {
    for pool in pools { pool.reclaim(owner: owner) }
  }

  func prefault(_ bytes: Int) throws {
    for pool in pools { try pool.prefault(bytes) }
  }

  /// The last process that has a pool gives back its memory, which takes as long as taking it: so each does it for its own,
  /// side by side.
  func leaveOthers() {
    guard let home, pools.count > 1 else { return }
    pools = [pools[home]]
  }

  func cursor(over extents: [Extent], readAhead: Int) throws -> any ExtentCursor {
    PoolCursor(self, extents)
  }

  func withBytes<R>(of extent: Extent, _ body: (RawSpan) throws -> R) throws -> R {
    let bytes = try borrow(extent)
    return try withExtendedLifetime(self) { try body(bytes.bytes) }
  }

  /// The extent's bytes in the pool, after their checksum was verified and the model's time has passed.
  func borrow(_ extent: Extent) throws -> UnsafeRawBufferPointer {
    let bytes = try locate(extent)
    counters.readBytes += extent.length
    counters.deviceReadBytes += extent.length.aligned(to: alignment)
    // The checksum's pass over the bytes is the read that the model paces: its own time is part of the modelled one.
    let modelledEnd = gate?.read(extent.length)
    let checksum = crc32c(bytes)
    if let gate, let modelledEnd {
      let waited = gate.wait(until: modelledEnd)
      counters.readWaitNanoseconds += waited
      counters.modelledWaitNanoseconds += waited
    }
    if let node { notePlace(of: bytes, node) }
    guard checksum == extent.checksum else {
      throw StorageError(
        .corrupt,
        "read \(kind.rawValue):\(extent.object): the \(extent.length) bytes at \(extent.offset) do not have the "
          + "checksum \(String(extent.checksum, radix: 16)) they were written with")
    }
    return bytes
  }

  /// Counts an extent by the node of its first page; extents are small, and lie where one process touched them first.
  private func notePlace(of bytes: UnsafeRawBufferPointer, _ node: Int) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    let place = Int(mb_numa_node_of(start))
    guard place >= 0 else { return }
    counters.placedReadBytes += bytes.count
    if place == node { counters.localReadBytes += bytes.count }
  }

  /// Where an extent lies. Nothing outside of the granules of the object that it names is ever handed out.
  private func locate(_ extent: Extent) throws -> UnsafeRawBufferPointer {
    let index = extent.offset >> Self.poolShift
    let offset = extent.offset & (1 << Self.poolShift - 1)
    guard extent.offset >= 0, index < pools.count, extent.length >= 0, offset >= pools[index].dataOffset,
      offset <= pools[index].dataOffset + pools[index].granuleCount * SharedPool.granule,
      extent.length
        <= pools[index].dataOffset + pools[index].granuleCount * SharedPool.granule - offset
    else {
      throw StorageError(
        .invalid,
        "read \(kind.rawValue):\(extent.object): no extent of \(extent.length) bytes at \(extent.offset)")
    }
    let pool = pools[index]
    if extent.length == 0 { return UnsafeRawBufferPointer(start: pool.base + offset, count: 0) }
    let first = (offset - pool.dataOffset) / SharedPool.granule
    let last = (offset - pool.dataOffset + extent.length - 1) / SharedPool.granule
    guard let entry = pool.owner(ofGranule: first),
      (first...last).allSatisfy({ pool.owner(ofGranule: $0) == entry })
    else { throw missing(extent) }
    let state = pool.word(entry).state
    guard state == .finished || state == .published, pool.isNamed(entry, state, extent.object) else {
      throw missing(extent)
    }
    return UnsafeRawBufferPointer(start: pool.base + offset, count: extent.length)
  }

  private func missing(_ extent: Extent) -> StorageError {
    StorageError(
      .missing,
      "read \(kind.rawValue):\(extent.object): no such object holds the \(extent.length) bytes at \(extent.offset)"
    )
  }
}

/// Hands out extents in place.
final class PoolCursor: ExtentCursor {
  private let tier: PoolTier
  private let extents: [Extent]
  private var index = 0

  init(_ tier: PoolTier, _ extents: [Extent]) {
    self.tier = tier
    self.extents = extents
  }

  var headroom: Int { 0 }

  func next() throws -> UnsafeRawBufferPointer? {
    guard index < extents.count else { return nil }
    index += 1
    return try tier.borrow(extents[index - 1])
  }
}
