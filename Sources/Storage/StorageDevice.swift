import CSystemIO
import Glibc
import Metrics

/// What a folder lies on, found from the file system and from sysfs.
public struct StorageDevice: Sendable, Equatable {
  public enum Kind: String, Sendable {
    /// A disk that the kernel drives itself.
    case physical
    /// virtio, xen, loop, zram and the like: a real path to somebody's disk.
    case virtual
    /// tmpfs: memory.
    case memory
    /// A network or pass-through file system.
    case network
    /// overlay: files of a container's image.
    case overlay
    case unknown
  }

  public var kind: Kind
  /// `ext4`, `xfs`, `tmpfs`; a number in hexadecimal where the type is not known here.
  public var filesystem: String
  /// `nvme0n1`, or nil where the file system is on no block device.
  public var device: String?
  /// The kernel's guess; it decides nothing by itself.
  public var rotational: Bool?
  /// Whether files are mapped without a page cache.
  public var dax: Bool

  /// For an SSD tier: real where there is a block device.
  public var provenance: Provenance {
    switch kind {
    case .physical, .virtual: .measured
    case .memory, .network, .overlay, .unknown: .emulated
    }
  }

  static let tmpfs = 0x0102_1994

  private static let filesystems: [Int: (name: String, kind: Kind?)] = [
    0xef53: ("ext4", nil), 0x5846_5342: ("xfs", nil), 0x9123_683e: ("btrfs", nil), 0xf2f5_2010: ("f2fs", nil),
    0x2fc1_2fc1: ("zfs", nil), 0xca45_1a4e: ("bcachefs", nil), 0x4d44: ("vfat", nil),
    tmpfs: ("tmpfs", .memory), 0x8584_58f6: ("ramfs", .memory), 0x794c_7630: ("overlay", .overlay),
    0x6969: ("nfs", .network), 0xff53_4d42: ("cifs", .network), 0xfe53_4d42: ("smb2", .network),
    0x6573_5546: ("fuse", .network), 0x0102_1997: ("9p", .network), 0x00c3_6400: ("ceph", .network),
    0x6a65_6a63: ("virtiofs", .network),
  ]

  /// - Throws: ``StorageError`` where `folder` cannot be opened.
  public init(folder: String) throws {
    let descriptor = mb_open(folder, Int32(MB_OPEN_DIRECTORY), 0)
    guard descriptor >= 0 else { throw StorageError.system("open", folder, -descriptor) }
    let file = FileHandle(descriptor)
    let type = Int(mb_filesystem_type(file.descriptor))
    guard type >= 0 else { throw StorageError.system("statfs", folder, Int32(-type)) }
    let known = Self.filesystems[type]
    filesystem = known?.name ?? "0x" + String(type, radix: 16)
    dax = mb_is_dax(file.descriptor) == 1
    kind = known?.kind ?? .unknown
    guard known?.kind == nil else { return }
    var major: UInt32 = 0
    var minor: UInt32 = 0
    guard mb_device_of(file.descriptor, &major, &minor) == 0 else { return }
    guard let path = Self.realPath("/sys/dev/block/\(major):\(minor)") else {
      // btrfs and zfs give each volume a number that no device has.
      if ["btrfs", "zfs", "bcachefs"].contains(filesystem) { kind = .physical }
      return
    }
    describe(path)
  }

  private mutating func describe(_ sysPath: String) {
    var path = sysPath
    // A partition's folder lies in its disk's.
    if access(path + "/partition", F_OK) == 0 { path = String(path[..<path.lastIndex(of: "/")!]) }
    // Device mapper and RAID: what is below decides, as long as all of it agrees on being there.
    if let below = try? folderEntries(path + "/slaves").sorted().first,
      let lower = Self.realPath("/sys/class/block/\(below)")
    {
      return describe(lower)
    }
    let name = String(path[path.index(after: path.lastIndex(of: "/")!)...])
    device = name
    let isVirtual = path.contains("/virtual/") || path.contains("/virtio") || path.contains("/vbd-")
    kind = isVirtual ? .virtual : .physical
    rotational = TextFile.read(path + "/queue/rotational").map { $0.hasPrefix("1") }
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Whether files in a folder take O_DIRECT, and at which alignment; nil where they do not, or where it means
  /// nothing (tmpfs takes the flag and ignores it).
  package static func directAlignment(folder: String) throws -> Int? {
    let path = "\(folder)/.direct-probe-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    let flags = MB_OPEN_WRITE | MB_OPEN_CREATE | MB_OPEN_EXCLUSIVE | MB_OPEN_DIRECT
    let descriptor = mb_open(path, Int32(flags), 0)
    defer { unlink(path) }
    guard descriptor >= 0 else {
      if descriptor == -EINVAL { return nil }
      throw StorageError.system("create", path, -descriptor)
    }
    let file = FileHandle(descriptor)
    if mb_filesystem_type(file.descriptor) == Int64(tmpfs) { return nil }
    var memory: UInt32 = 0
    var offset: UInt32 = 0
    let result = mb_direct_alignment(file.descriptor, &memory, &offset)
    // Before Linux 6.1, and on file systems that do not say: a page is enough for every device.
    if result != 0 { return 4096 }
    guard offset > 0, memory <= 4096 else { return nil }
    return max(512, Int(offset))
  }
}
