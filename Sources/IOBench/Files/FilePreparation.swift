import CSystemIO
import Glibc
import Metrics
import Storage

/// Makes the test files: checks first, then incompressible data, fsynced, before any clock runs.
struct FilePreparation {
  static let piece = 1 << 20

  let created: CreatedFiles
  /// Told how much of all is written; false ends the work.
  var goesOn: (_ written: Int, _ of: Int) -> Bool

  /// - Throws: ``IOFailure`` or `StorageError`; files made until then are in ``created``.
  func make(_ files: [FilePlan.NeededFile]) throws {
    let missing = files.map { max(0, $0.size - $0.survey.size) }
    let total = missing.reduce(0, +)
    var written = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.piece, alignment: 4096)
    defer { buffer.deallocate() }
    for (file, length) in zip(files, missing) where length > 0 || file.survey.kind == .missing {
      try make(file, buffer, &written, total)
    }
  }

  private func make(
    _ file: FilePlan.NeededFile, _ buffer: UnsafeMutableRawBufferPointer, _ written: inout Int, _ total: Int
  ) throws {
    let isNew = file.survey.kind == .missing
    let flags = MB_OPEN_WRITE | (isNew ? MB_OPEN_CREATE | MB_OPEN_EXCLUSIVE : 0)
    let descriptor = mb_open(file.path, Int32(flags), 0o644)
    guard descriptor >= 0 else {
      throw IOFailure.call(
        isNew ? "create" : "extend", file.path, -descriptor, advice: Self.advice(-descriptor, file))
    }
    defer { close(descriptor) }
    if isNew {
      do { try created.note(file.path, descriptor: descriptor) } catch {
        unlink(file.path)
        throw error
      }
      // A file system may have no such attributes: then the file is nobody's in a later run.
      mb_set_mark(descriptor, FileSurvey.mark, "test file")
    }
    try allocate(file, descriptor)
    let seed = file.path.hashOfBytes
    var offset = file.survey.size
    while offset < file.size {
      guard goesOn(written, total) else { throw CancellationError() }
      let length = min(Self.piece, file.size - offset)
      BlockContent.fill(
        UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]), seed: seed &+ UInt64(offset))
      var done = 0
      while done < length {
        let count = pwrite(descriptor, buffer.baseAddress! + done, length - done, offset + done)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          let number = count < 0 ? errno : ENOSPC
          throw IOFailure.call(
            "lay out", "\(file.path) at \(offset + done) of \(file.size) bytes", number,
            advice: Self.advice(number, file))
        }
        done += count
      }
      offset += length
      written += length
    }
    guard fsync(descriptor) == 0 else { throw IOFailure.call("fsync", file.path, errno) }
  }

  private func allocate(_ file: FilePlan.NeededFile, _ descriptor: Int32) throws {
    let length = Int64(file.size - file.survey.size)
    guard length > 0 else { return }
    let start = Int64(file.survey.size)
    var result: Int32 = 0
    switch file.allocation {
    case .none: return
    case .truncate: result = ftruncate(descriptor, file.size) == 0 ? 0 : -errno
    case .keep: result = mb_allocate_behind(descriptor, start, length)
    case .native: result = mb_allocate(descriptor, start, length)
    case .posix: result = -posix_fallocate(descriptor, Int(start), Int(length))
    }
    // As in fio `native` is a wish: what the file system cannot do is left out.
    if result == -EOPNOTSUPP || result == -ENOSYS { return }
    guard result == 0 else {
      throw IOFailure.call(
        "allocate", "\(file.size) bytes for \(file.path)", -result, advice: Self.advice(-result, file))
    }
  }

  private static func advice(_ number: Int32, _ file: FilePlan.NeededFile) -> String? {
    switch number {
    case ENOSPC, EDQUOT: "lower size=, or choose another directory="
    case EROFS, EACCES, EPERM: "choose another directory= or filename="
    case ENOENT: "the folder is not there: make it, or choose another directory="
    default: nil
    }
  }
}

extension String {
  /// FNV-1a: the same in every process.
  var hashOfBytes: UInt64 { utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } }
}
