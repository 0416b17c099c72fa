import CSystemIO
import Glibc
import Storage

/// Whether a file takes `direct=1` with the job's blocks.
enum DirectAccess {
  /// - Throws: ``IOFailure`` where it does not.
  static func check(_ job: IOJob, _ path: String, offset: Int, _ survey: FileSurvey) throws {
    guard job.direct, job.engine.opensDirectly else { return }
    func wrong(_ message: String) -> IOFailure {
      IOFailure(EINVAL, "job '\(job.name)', direct=1 on \(path): \(message)")
    }
    guard let alignment = try alignment(path, survey) else {
      throw wrong("the file system takes no direct I/O (choose a disk's directory=, or direct=0)")
    }
    let sizes =
      (job.pattern.reads ? [("bs", job.blockSize.read)] : [])
      + (job.pattern.writes ? [("bs for writes", job.blockSize.write)] : [])
    for (name, size) in sizes + [("its first offset", offset)] where size % alignment != 0 {
      throw wrong("\(name) is \(size), which is no multiple of the sector of \(alignment) bytes")
    }
  }

  /// Bytes to which offsets and lengths must be aligned; nil where O_DIRECT is refused, or means nothing (tmpfs).
  private static func alignment(_ path: String, _ survey: FileSurvey) throws -> Int? {
    guard survey.kind != .missing else {
      let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
      return try StorageDevice.directAlignment(folder: folder)
    }
    let descriptor = mb_open(path, Int32(MB_OPEN_DIRECT | MB_OPEN_NONBLOCK), 0)
    if descriptor == -EINVAL { return nil }
    guard descriptor >= 0 else { throw IOFailure.call("open", path, -descriptor) }
    defer { close(descriptor) }
    // A device's own node lies on a tmpfs, and says nothing about the device.
    if survey.kind != .blockDevice, mb_filesystem_type(descriptor) == 0x0102_1994 { return nil }
    var memory: UInt32 = 0
    var offset: UInt32 = 0
    // Before Linux 6.1, and where the file system does not say: a page is enough for every device.
    guard mb_direct_alignment(descriptor, &memory, &offset) == 0 else { return 4096 }
    return offset == 0 || memory > 4096 ? nil : max(512, Int(offset))
  }
}

extension IOEngineKind {
  /// Whether `direct=1` means O_DIRECT: libpmem takes it for stores past the cache, as in fio.
  var opensDirectly: Bool { self != .mmap && self != .libpmem && self != .null }
}
