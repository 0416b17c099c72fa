import CSystemIO
import Glibc

/// A copy's files, open as its job asks for them; closed with their owner.
final class OpenFiles {
  private(set) var engineFiles: [EngineFile] = []

  /// - Throws: ``IOFailure``.
  init(_ job: IOJob, _ plan: CopyPlan) throws {
    for (path, region) in zip(plan.paths, plan.layout.regions) {
      // The last block of a sequential pass may end behind its region, where the file goes on.
      let size = region.fileSize
      guard job.engine != .null else {
        engineFiles.append(EngineFile(path: path, descriptor: -1, size: size))
        continue
      }
      var flags = MB_OPEN_NOATIME
      if job.pattern.writes { flags |= MB_OPEN_WRITE }
      if job.direct, job.engine.opensDirectly { flags |= MB_OPEN_DIRECT }
      if job.sync == .sync { flags |= MB_OPEN_SYNC }
      if job.sync == .dsync { flags |= MB_OPEN_DSYNC }
      let descriptor = mb_open(path, Int32(flags), 0)
      guard descriptor >= 0 else {
        let advice: String? =
          switch -descriptor {
          case EINVAL where job.direct: "the file system takes no O_DIRECT: direct=0, or another directory="
          case ENOENT: "it vanished after it was laid out"
          case EROFS: "its mount is read-only: choose another directory="
          case EMFILE: "raise the limit of open files (ulimit -n), or lower nrfiles"
          default: nil
          }
        throw IOFailure.call("open", path, -descriptor, advice: advice)
      }
      engineFiles.append(EngineFile(path: path, descriptor: descriptor, size: size))
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw IOFailure.call("stat", path, errno) }
      if status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) < size {
        throw IOFailure(
          EIO, "open \(path): it has \(status.st_size) bytes, and the job's region ends at \(size)")
      }
    }
    if job.invalidate, let failure = dropCaches(job) { throw failure }
  }

  /// Drops what the page cache holds of them; dirty pages stay, unless they are written first.
  ///
  /// A device that this user may not flush keeps its cache, as in fio.
  func dropCaches(_ job: IOJob) -> IOFailure? {
    for file in engineFiles where file.descriptor >= 0 && job.engine != .libpmem {
      if job.pattern.writes, fdatasync(file.descriptor) != 0, errno != EINVAL {
        return IOFailure.call("fdatasync", file.path, errno)
      }
      if mb_flush_device(file.descriptor) == 0 { continue }
      posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }
    return nil
  }

  deinit { for file in engineFiles where file.descriptor >= 0 { close(file.descriptor) } }
}
