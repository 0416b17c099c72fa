import Glibc
import Testing

@testable import Storage

/// Every tier and access that the contract holds for.
enum TierCase: String, CaseIterable, CustomTestStringConvertible {
  case dram
  /// A pool for each of three writers.
  case dramOfThree
  case pmemLibpmem
  /// The pool file on an ordinary file system, where libpmem must msync.
  case pmemOnDisk
  /// libpmem's calls on anonymous memory.
  case pmemAnonymous
  case pmemFile
  case ssdDirect
  case ssdRing
  /// io_setup is refused.
  case ssdPsync
  case ssdBuffered
  case plain

  var testDescription: String { rawValue }

  func configuration(disk: String, memory: String) -> TierConfiguration {
    switch self {
    case .dram: TierConfiguration(.dram, capacity: 64 << 20)
    case .dramOfThree:
      {
        var configuration = TierConfiguration(.dram, capacity: 64 << 20)
        configuration.pools = 3
        return configuration
      }()
    case .pmemLibpmem: TierConfiguration(.pmem, folders: [memory], capacity: 64 << 20)
    case .pmemOnDisk: TierConfiguration(.pmem, folders: [disk], capacity: 64 << 20)
    case .pmemAnonymous: TierConfiguration(.pmem, capacity: 64 << 20)
    case .pmemFile: TierConfiguration(.pmem, access: .file, folders: [memory])
    case .ssdDirect: TierConfiguration(.ssd, folders: [disk])
    case .ssdRing:
      {
        var configuration = TierConfiguration(.ssd, folders: [disk])
        configuration.engine = .io_uring
        return configuration
      }()
    // More requests than any aio-max-nr allows: the kernel says EAGAIN.
    case .ssdPsync: TierConfiguration(.ssd, folders: [disk], queueDepth: Int(Int32.max))
    case .ssdBuffered: TierConfiguration(.ssd, access: .buffered, folders: [disk], durable: false)
    case .plain: TierConfiguration(.file, folders: [disk], plain: true)
    }
  }
}

/// A tier opened as a controller does, and as a worker does, in folders of its own.
final class TierFixture {
  let disk: ScratchFolder
  let memory: ScratchFolder
  let host: TierHost
  var tier: any Tier { host.tier }

  init(_ tierCase: TierCase, _ change: (inout TierConfiguration) -> Void = { _ in }) throws {
    disk = try ScratchFolder()
    memory = try ScratchFolder(in: "/dev/shm")
    var configuration = tierCase.configuration(disk: disk.path, memory: memory.path)
    change(&configuration)
    host = try TierHost.open(configuration)
  }

  func worker(_ index: Int = 1) throws -> any Tier {
    try openTier(host.descriptor, fileDescriptors: host.fileDescriptors, worker: index)
  }

  /// Flips one bit of a stored byte behind the tier's back.
  func flip(_ extent: Extent, byte: Int) throws {
    let place = extent.offset & (1 << PoolTier.poolShift - 1) + byte
    let path: String
    switch host.descriptor.access {
    case .memory: path = "/proc/self/fd/\(host.fileDescriptors[extent.offset >> PoolTier.poolShift])"
    case .libpmem: path = host.descriptor.paths.first ?? "/proc/self/fd/\(host.fileDescriptors[0])"
    case .file, .direct, .buffered:
      let folder = host.descriptor.plain ? host.descriptor.paths[0] : host.descriptor.paths[0] + "/objects"
      path = "\(folder)/\(ObjectName.fileName(extent.object))"
    }
    let file = open(path, O_RDWR)
    try #require(file >= 0)
    defer { close(file) }
    var value: UInt8 = 0
    try #require(pread(file, &value, 1, place) == 1)
    value ^= 0x10
    try #require(pwrite(file, &value, 1, place) == 1)
    try #require(fsync(file) == 0)
  }
}
