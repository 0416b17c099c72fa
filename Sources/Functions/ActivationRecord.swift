/// How an activation ended. ``text`` is OpenWhisk's word where it has one.
public enum ActivationStatus: String, Sendable, CaseIterable {
  case success
  /// The action threw.
  case applicationError
  /// The worker crashed, left, or broke the protocol.
  case developerError
  /// It ran over its time limit and was killed.
  case timeout
  /// The kernel killed the worker over its memory limit (told apart under a cgroup only; under RLIMIT_DATA an
  /// allocation fails, which ends as ``developerError``).
  case memoryExceeded
  /// Somebody else killed the worker (SIGKILL, SIGTERM, …).
  case killed
  /// The controller stopped it because another task had failed or the run was interrupted.
  case cancelled

  public var text: String {
    switch self {
    case .success: "success"
    case .applicationError: "application error"
    case .developerError: "action developer error"
    case .timeout: "timed out"
    case .memoryExceeded: "memory limit exceeded"
    case .killed: "killed"
    case .cancelled: "cancelled"
    }
  }
}

/// What one attempt at an activation was and cost; OpenWhisk's fields and those of the benchmark.
///
/// Times are nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share.
public struct ActivationRecord: Sendable {
  public var activationID: UInt64
  public var action: String
  /// The request's name, as `map-00003`.
  public var task: String
  /// From 0.
  public var attempt: Int
  public var workerProcess: Int32
  /// From 0 to the concurrency limit, exclusive; a worker that replaces another takes its index.
  public var workerIndex: Int
  /// Given to a worker (or, when cold, its process begun), and the outcome's arrival at the controller.
  public var start: Int
  public var end: Int
  /// From the request to ``start``. A retry is a request of its own.
  public var waitNanoseconds: Int
  /// From the process's start until it could take the activation; nil when warm.
  public var initNanoseconds: Int?
  /// The action alone, by the worker's clock; where there was no outcome, what remains of start to end.
  public var runNanoseconds: Int
  /// For how long the platform profile held the activation back.
  public var modelledNanoseconds: Int
  public var status: ActivationStatus
  /// Why it did not succeed, with the worker's last words; nil on success.
  public var failure: String?
  /// As the action counted them.
  public var bytesIn: Int
  public var bytesOut: Int
  /// The worker's resident anonymous memory at the action's end. Arenas never shrink, so this is the peak of
  /// what stays; nil for an activation that ran under 1 ms, where reading it would cost more than the action.
  public var peakAnonymousBytes: Int?
  /// CPU time of the worker since this was last read; with the process's start when cold. 0 for a warm
  /// activation that ran under 50 µs, whose CPU time goes to the worker's next longer one.
  public var cpuNanoseconds: Int
  /// Bytes that the worker had fetched from block devices since this was last read; nil as above, and where
  /// /proc/self/io cannot be read.
  public var deviceReadBytes: Int?
  /// Instructions of the worker in user mode since this was last read; nil where ``deviceReadBytes`` is not read,
  /// and without a counter.
  public var instructions: Int?
  /// Configured memory in GB (2^30 bytes, as Lambda bills) times init and run, rounded up to 1 ms.
  public var billedGBSeconds: Double

  public var isCold: Bool { initNanoseconds != nil }

  /// ``activationID`` as it is printed: 16 hexadecimal digits.
  public var activationIDText: String {
    let digits = String(activationID, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
