import Glibc

extension StorageError {
  /// The error of a system call: `action` on `object` failed with `code` (an errno), and what to do about it.
  package static func system(
    _ action: String, _ object: String, _ code: Int32, advice: String? = nil
  ) -> StorageError {
    let kind: Kind
    switch code {
    case ENOSPC, EDQUOT, EFBIG, ENOMEM: kind = .noSpace
    case ENOENT, ENOTDIR: kind = .missing
    case EEXIST, ENOTEMPTY: kind = .exists
    case EACCES, EPERM, EROFS: kind = .denied
    case EINVAL, EISDIR, ENAMETOOLONG, ELOOP: kind = .invalid
    case ENOSYS, EOPNOTSUPP, EAGAIN: kind = .unavailable
    default: kind = .io
    }
    let reason = String(cString: strerror(code))
    // Its soft limit was raised where files are read; the hard one is the user's.
    let advice = advice ?? (code == EMFILE ? "raise the limit of open files with ulimit -n" : nil)
    return StorageError(kind, "\(action) \(object): \(reason)" + (advice.map { " (\($0))" } ?? ""))
  }
}

/// A descriptor that is closed with its last owner.
final class FileHandle {
  let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}

extension FixedWidthInteger {
  /// The next multiple of `alignment` (a power of two) that is not below `self`.
  @inline(__always)
  func aligned(to alignment: Self) -> Self { (self &+ alignment &- 1) & ~(alignment &- 1) }
}
