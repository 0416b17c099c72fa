import CSystemIO
import Glibc
import Metrics
import Storage

/// What lies at a path before a run.
struct FileSurvey: Equatable {
  enum Kind: Equatable {
    case missing, regular, blockDevice
    /// A folder, a FIFO, a character device, a socket.
    case other
  }

  var kind: Kind
  /// Bytes; 0 where there are none.
  var size = 0
  /// Made by an earlier run of this program, and kept.
  var isOurs = false
  /// Less space on the disk than bytes: what was never written is read without the device.
  var isSparse = false
  var device: UInt = 0

  init(kind: Kind) { self.kind = kind }

  /// The mark that files get which this program makes.
  static let mark = "user.marvel-bench"

  /// - Throws: ``IOFailure`` where the path cannot be looked at.
  init(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw IOFailure.call("look at", path, errno) }
      kind = .missing
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      kind = .regular
      size = Int(status.st_size)
      isSparse = Int(status.st_blocks) * 512 < size
    case S_IFBLK:
      kind = .blockDevice
      device = UInt(status.st_rdev)
    default:
      kind = .other
      return
    }
    let descriptor = mb_open(path, Int32(MB_OPEN_NONBLOCK), 0)
    // Whoever may not read it learns so when it is opened for its job.
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    if kind == .blockDevice { size = max(0, Int(mb_device_size(descriptor))) }
    isOurs = kind == .regular && mb_has_mark(descriptor, Self.mark) == 1
  }
}

/// What a run may not do to what lies at a path.
enum FileSafety {
  /// - Parameters:
  ///   - isDestructionAllowed: `--allow-destructive`; a device in use is refused even so.
  /// - Throws: ``IOFailure`` that says what would be lost.
  static func checkWriting(
    _ path: String, _ survey: FileSurvey, isDestructionAllowed: Bool, mounts: String? = nil
  ) throws {
    switch survey.kind {
    case .missing: return
    case .other:
      throw IOFailure(EINVAL, "write \(path): it is neither a regular file nor a block device")
    case .blockDevice:
      let mounts = mounts ?? TextFile.read("/proc/self/mountinfo") ?? ""
      if let folder = mountPoint(of: survey.device, in: mounts) {
        throw IOFailure(
          EBUSY, "write \(path): it is mounted at \(folder): refused always (unmount it, or name a file)")
      }
      // Swap, a RAID's or a volume's part, a disk with mounted partitions.
      if mb_claim_device(path) == -EBUSY {
        throw IOFailure(EBUSY, "write \(path): the device is in use: refused always")
      }
      guard isDestructionAllowed else {
        throw IOFailure(
          EPERM,
          "write \(path): all \(ByteSize.text(survey.size)) on this block device may be lost"
            + " (if that is meant: --allow-destructive)")
      }
    case .regular:
      guard !survey.isOurs, !isDestructionAllowed else { return }
      throw IOFailure(
        EPERM,
        "write \(path): this run did not make the file, and its \(ByteSize.text(survey.size)) would be lost"
          + " (if that is meant: --allow-destructive)")
    }
  }

  /// Where a device is mounted, from the text of /proc/self/mountinfo (proc(5): the third field is MAJOR:MINOR).
  static func mountPoint(of device: UInt, in mounts: String) -> String? {
    let number = "\(major(device)):\(minor(device))"
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count > 4, fields[2] == number { return String(fields[4]) }
    }
    return nil
  }

  // makedev(3) as glibc and the kernel lay it out.
  private static func major(_ device: UInt) -> UInt {
    (device >> 8) & 0xfff | (device >> 32) & 0xffff_f000
  }
  private static func minor(_ device: UInt) -> UInt { device & 0xff | (device >> 12) & 0xffff_ff00 }
}
