/// Where objects live. `file` is the read-only input of `job`: the user's own files where they lie.
public enum TierKind: String, CaseIterable, Sendable {
  case pmem
  case ssd
  case dram
  case file
}

/// How true a tier's figures are; kinds are joined by `+` in the CSV (`emulated+modelled`).
public struct Provenance: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The real thing.
  public static let measured = Provenance(rawValue: 1)
  /// PMEM calls on DRAM or an ordinary file system; an SSD folder on tmpfs, overlay or a network file system.
  public static let emulated = Provenance(rawValue: 2)
  /// Delays and limits from a model.
  public static let modelled = Provenance(rawValue: 4)

  /// As in the CSV: `measured`, `emulated`, `emulated+modelled`.
  public var text: String {
    [(Provenance.measured, "measured"), (.emulated, "emulated"), (.modelled, "modelled")]
      .filter { contains($0.0) }.map(\.1).joined(separator: "+")
  }
}

/// When a tier's write counts as done (column `durability`).
public enum Durability: String, Sendable {
  case none
  case cached
  case fdatasync
  case drain
  case ack
}

/// What a tier can do beyond the contract.
public struct TierCapabilities: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A borrow or a cursor hands out the tier's own memory; nothing is copied.
  public static let zeroCopy = TierCapabilities(rawValue: 1)
  /// What was published survives the end of all processes.
  public static let persistent = TierCapabilities(rawValue: 2)
  /// Bytes cross a network.
  public static let networked = TierCapabilities(rawValue: 4)
}

/// Contiguous bytes of an object, at an address that the object's writer returned, with their CRC32C.
///
/// `offset` is opaque to everybody but the tier: a file offset on `ssd`, an offset in the pool on `dram` and
/// on `pmem` with `access: libpmem`. `length` counts the bytes appended, without alignment padding.
public struct Extent: Hashable, Sendable {
  public var object: String
  public var offset: Int
  public var length: Int
  public var checksum: UInt32

  public init(object: String, offset: Int, length: Int, checksum: UInt32) {
    self.object = object
    self.offset = offset
    self.length = length
    self.checksum = checksum
  }
}

/// What this process asked of a tier since it opened it; counted at the tier, never in a kernel.
public struct TierCounters: Sendable, Equatable {
  /// Bytes asked by readers and bytes appended by writers, without padding.
  public var readBytes = 0
  public var writtenBytes = 0
  /// The same with alignment padding: what went to the device or the pool.
  public var deviceReadBytes = 0
  public var deviceWrittenBytes = 0
  /// Time in which a caller was blocked on the tier (I/O, copy into the pool, fdatasync).
  public var readWaitNanoseconds = 0
  public var writeWaitNanoseconds = 0
  /// The part of the waits that a model added.
  public var modelledWaitNanoseconds = 0
  /// Of ``readBytes``, those in memory whose NUMA node was asked for, and those on the reader's own node; both 0
  /// where the reader is bound to none, as on every machine of one node.
  public var placedReadBytes = 0
  public var localReadBytes = 0

  public init() {}
}

/// Writes one object, extent by extent. Nothing can be seen under a final name before ``Tier/publish(_:as:)``.
public protocol ObjectWriter: AnyObject {
  /// Appends a copy of `bytes` as one extent, at the tier's alignment.
  func append(_ bytes: UnsafeRawBufferPointer) throws -> Extent

  /// Room for one extent of at most `capacity` bytes that the caller fills in place, then ``commit(length:)``s.
  ///
  /// On `dram` it is the pool itself; elsewhere a staging buffer. One at a time.
  func reserve(_ capacity: Int) throws -> UnsafeMutableRawBufferPointer
  func commit(length: Int) throws -> Extent

  /// All bytes are as durable as the tier promises when this returns; the object can be published from now on.
  func finish() throws

  /// Gives all space back. Also what happens to a writer that is released unfinished.
  func abandon()
}

/// Hands out a list of extents in order, each whole and with its checksum verified.
///
/// Up to the read-ahead budget is in flight while the caller computes; many cursors may be open at once.
public protocol ExtentCursor: AnyObject {
  /// The next extent's bytes, or nil after the last; valid until the next call.
  ///
  /// - At least ``readableSlack`` bytes behind the end can be read (they mean nothing), and where `headroom`
  ///   is over 0, that many bytes before the start may be overwritten by the caller.
  /// - Where the extent follows the one before it in memory (a block on a memory tier), the previous bytes
  ///   are still there, directly before it.
  /// - Throws: ``StorageError`` with `.corrupt`, naming object and offset, where the checksum does not fit.
  func next() throws -> UnsafeRawBufferPointer?

  /// How many bytes before each returned buffer the caller may overwrite; 0 on memory tiers.
  var headroom: Int { get }
}

/// Bytes that can be read behind the end of every buffer that a tier hands out, so that kernels may use wide loads.
public let readableSlack = 64

/// The contract of every tier. An instance belongs to one process and one thread.
///
/// Names are `/`-separated ASCII, at most 120 bytes. `owner` is the token of an attempt: what it left behind
/// unpublished can be reclaimed by the controller after the attempt's process has died.
public protocol Tier: AnyObject {
  var kind: TierKind { get }
  var provenance: Provenance { get }
  var capabilities: TierCapabilities { get }
  var durability: Durability { get }
  /// Extents start at multiples of this: the device's DIO alignment on `ssd`, 64 in memory.
  var alignment: Int { get }
  /// What moves the bytes, as in the column `io_engine`: `libaio`, `psync`, `memcpy`, `libpmem`.
  var engine: String { get }
  var counters: TierCounters { get }

  /// - Parameter expecting: Bytes that will be written, where known: the object is then one contiguous range.
  func create(_ name: String, owner: UInt32, expecting: Int?) throws -> any ObjectWriter
  /// Makes a finished object visible under `name` (atomically, durably); replaces nothing: an existing name is an error.
  func publish(_ attempt: String, as name: String) throws
  func cursor(over extents: [Extent], readAhead: Int) throws -> any ExtentCursor
  /// Borrows one extent, checksum verified.
  func withBytes<R>(of extent: Extent, _ body: (RawSpan) throws -> R) throws -> R
  func delete(_ name: String) throws
  /// Names of finished objects with this prefix, sorted bytewise.
  func list(prefix: String) throws -> [String]

  /// Appends one record to a small log, durably; a torn last record is never read.
  func append(_ record: [UInt8], toLog name: String) throws
  func records(ofLog name: String) throws -> [[UInt8]]
  /// Sets a small value (at most 4 KiB) if its version is still `version` (0: absent). Returns the new version, or nil.
  func compareAndSwap(_ key: String, version: UInt64, value: [UInt8]) throws -> UInt64?
  func value(of key: String) throws -> (version: UInt64, bytes: [UInt8])?

  /// Frees what a dead attempt left unpublished.
  func reclaim(owner: UInt32) throws
}
