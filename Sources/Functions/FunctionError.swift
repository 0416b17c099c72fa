/// Why a run ended without its results.
public enum FunctionError: Error, CustomStringConvertible, Sendable {
  /// A task failed in a way that no retry mends, or in each of its attempts.
  case taskFailed(TaskFailure)
  /// SIGINT or SIGTERM came; the workers are gone.
  case interrupted(signal: Int32)
  /// No worker could be started.
  case workerStart(String)
  /// A request that the platform does not take.
  case request(String)

  public var description: String {
    switch self {
    case .taskFailed(let failure): failure.description
    case .interrupted(let signal): "interrupted by \(signalName(signal))"
    case .workerStart(let text): "start a function worker: \(text)"
    case .request(let text): text
    }
  }
}

/// A task that could not be done.
public struct TaskFailure: CustomStringConvertible, Sendable {
  public var task: String
  /// How many attempts were made.
  public var attempts: Int
  /// The last attempt's record; its `failure` says why, with the worker's last words.
  public var record: ActivationRecord

  /// `map-00003: failed after 3 attempts: crashed by SIGSEGV (11); its last words: …`.
  public var description: String {
    let tries = attempts == 1 ? "1 attempt" : "\(attempts) attempts"
    return "\(task): failed after \(tries): \(record.failure ?? record.status.text)"
  }
}

/// An error of an action that says whether another attempt may succeed.
///
/// An error of another type is taken for deterministic (bad input, corrupt data) and not retried.
public protocol RetryableError: Error {
  var isRetryable: Bool { get }
}
