import Glibc

/// The world said no to an I/O job: what was tried, on what, why, and what to do.
public struct IOFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// An errno.
  public var number: Int32
  public var description: String

  public init(_ number: Int32, _ description: String) {
    self.number = number
    self.description = description
  }

  /// A system call that failed: `open /mnt/x: Permission denied (…)`.
  static func call(_ action: String, _ object: String, _ number: Int32, advice: String? = nil) -> IOFailure {
    IOFailure(
      number,
      "\(action) \(object): \(String(cString: strerror(number)))" + (advice.map { " (\($0))" } ?? ""))
  }
}
