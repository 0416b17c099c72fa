/// How a ``WorkerPool`` starts its workers and what it allows them.
public struct PoolOptions {
  public enum Starts: String, Sendable, CaseIterable {
    /// A worker takes one activation after the other.
    case warm
    /// Each activation gets a process of its own.
    case cold
  }

  /// What starts as a worker; it must call ``FunctionWorker/run(actions:)`` when its first argument is
  /// ``FunctionWorker/argument``. By default this very binary, also when its file was replaced meanwhile.
  public var executable = "/proc/self/exe"
  /// Variables for the workers besides those of this process.
  public var environment: [String: String] = [:]
  /// The concurrency limit: the most workers at a time. The platform's quota may lower it.
  public var workers = 1
  public var platform = PlatformProfile.native
  public var starts = Starts.warm
  /// A warm worker goes after so long without an activation; nil keeps it until the pool's shutdown.
  public var idleLimitNanoseconds: Int?
  /// A worker is killed when an activation runs longer, its cold start included; nil allows any time.
  public var timeLimitNanoseconds: Int?
  /// Of a job's activations unless somebody says otherwise: 10 minutes. One that hangs must not hold the job for ever.
  public static let usualTimeLimit = 600_000_000_000
  /// A worker is killed when it is not ready after so long.
  public var startLimitNanoseconds = 30_000_000_000
  /// Memory of each worker, in bytes; nil sets no limit. See ``MemoryLimiter`` for what it counts.
  public var memoryLimit: Int?
  public var memoryMechanism = MemoryMechanism.automatic
  /// Whether workers count their instructions, which costs a system call at their start and at each activation.
  public var countsInstructions = false
  /// How often a task is tried before the run fails, at least 1.
  public var attempts = 3
  /// Handed to each worker before its first activation.
  public var initPayload: [UInt8] = []
  /// Sent with it, at most ``FrameHeader/maximumDescriptors``; the pool's owner keeps them open.
  public var initDescriptors: [Int32] = []
  /// Where the worker of an index runs; nil binds none. See ``WorkerBinding/acrossNodes()``.
  public var binding: ((_ workerIndex: Int) -> WorkerBinding?)?
  /// Ends a run early; see ``Interruption``.
  public var interruption: Interruption?

  public init() {}
}

/// One activation that somebody asks for.
public struct TaskRequest {
  /// For people and records, as `map-00003`.
  public var name: String
  /// A name that the workers know.
  public var action: String
  /// The argument for an attempt (from 0): called when the attempt is dispatched.
  public var payload: (_ attempt: Int) -> [UInt8]
  /// A NUMA node whose workers should take it if one is free.
  public var preferredNode: Int?
  /// Sent with each attempt; the worker's copies are closed when the action returns.
  public var descriptors: [Int32]

  public init(
    name: String, action: String, preferredNode: Int? = nil, descriptors: [Int32] = [],
    payload: @escaping (_ attempt: Int) -> [UInt8]
  ) {
    self.name = name
    self.action = action
    self.payload = payload
    self.preferredNode = preferredNode
    self.descriptors = descriptors
  }
}
