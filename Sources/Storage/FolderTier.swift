import CSystemIO
import Glibc
import Metrics

/// Objects as files in folders: `ssd`, `pmem` with access `file`, and the outputs of `job`.
final class FolderTier: Tier {
  let kind: TierKind
  let provenance: Provenance
  let durability: Durability
  let alignment: Int
  let isDurable: Bool
  let isDirect: Bool
  var counters = TierCounters()

  let files: ObjectFiles
  let io: IOEngine
  let buffers = BufferCache()
  let gate: PacingGate?
  private let pace: SharedPage?
  /// Ends of logs up to which records are known to be whole.
  var logEnds: [String: Int] = [:]

  var engine: String { io.name }
  var capabilities: TierCapabilities { .persistent }

  init(_ descriptor: TierDescriptor) throws {
    kind = descriptor.kind
    isDirect = descriptor.alignment > 0
    alignment = max(1, descriptor.alignment)
    isDurable = descriptor.durable
    durability = descriptor.durable ? .fdatasync : .cached
    provenance = descriptor.model == nil ? descriptor.provenance : descriptor.provenance.union(.modelled)
    files = ObjectFiles(
      kind: descriptor.kind, folders: descriptor.paths, plain: descriptor.plain, isDirect: isDirect)
    io = IOEngine(depth: isDirect ? descriptor.queueDepth : 0, descriptor.engine)
    pace = try descriptor.pacePath.map { try SharedPage($0) }
    gate = pace.flatMap { page in descriptor.model.map { PacingGate(model: $0, buckets: page.base) } }
    // A merge reads from as many files as there were maps.
    mb_raise_open_files()
  }

  func create(_ name: String, owner: UInt32, expecting: Int?) throws -> any ObjectWriter {
    try ObjectName.validate(name)
    return try FolderWriter(self, name: name, owner: owner, expecting: expecting)
  }

  func publish(_ attempt: String, as name: String) throws {
    try files.publish(attempt, as: name, durable: isDurable)
  }

  func cursor(over extents: [Extent], readAhead: Int) throws -> any ExtentCursor {
    FolderCursor(self, extents, readAhead: readAhead)
  }

  func withBytes<R>(of extent: Extent, _ body: (RawSpan) throws -> R) throws -> R {
    let cursor = FolderCursor(self, [extent], readAhead: 0)
    guard let bytes = try cursor.next() else { preconditionFailure("a cursor over one extent has one") }
    return try withExtendedLifetime(cursor) { try body(bytes.bytes) }
  }

  func delete(_ name: String) throws { try files.delete(name) }
  func list(prefix: String) throws -> [String] { try files.list(prefix: prefix) }
  func reclaim(owner: UInt32) throws { try files.reclaim(owner: owner) }

  /// What to do where no space is left.
  var spaceAdvice: String {
    "free space in its folder, or choose another with "
      + (kind == .file ? "--output" : "--tier \(kind.rawValue)=FOLDER")
  }
}

/// A page of a file that several processes map.
final class SharedPage {
  let base: UnsafeMutableRawPointer

  init(_ path: String) throws {
    let descriptor = mb_open(path, Int32(MB_OPEN_WRITE | MB_OPEN_CREATE | MB_OPEN_NOFOLLOW), 0)
    guard descriptor >= 0 else { throw StorageError.system("open", path, -descriptor) }
    let file = FileHandle(descriptor)
    guard ftruncate(file.descriptor, 4096) == 0, let base = mb_map_shared(file.descriptor, 4096) else {
      throw StorageError.system("map", path, errno)
    }
    self.base = base
  }

  deinit { mb_unmap(base, 4096) }
}
