import CSystemIO
import Glibc
import Metrics

/// The controller: starts workers, gives them activations, replaces those that die.
///
/// One thread and one blocking `poll` loop. The pool belongs to the thread that made it: a worker dies with
/// the thread that started it (PR_SET_PDEATHSIG). No worker outlives the pool.
public final class WorkerPool {
  public let options: PoolOptions
  /// The most activations at a time.
  public let concurrency: Int

  /// The worker of each index; nil where none runs.
  var slots: [WorkerProcess?]
  /// Killed and not yet reaped.
  var leaving: [WorkerProcess] = []
  var isRunning = false
  /// Workers in a row that died before they were ready, with no activation to blame.
  var failedStarts = 0

  let memory: MemoryLimiter
  private let arguments: SpawnArguments
  private let idBase: UInt64
  private var activations: UInt64 = 0

  // The poll loop's state (PoolEvents.swift).
  var pollSet: [pollfd] = []
  var watched: [Watched] = []
  var isPollSetStale = true
  var events: [PoolEvent] = []
  var takenEvents: [PoolEvent] = []

  /// Starts no worker yet; see ``prewarm(_:)``.
  /// - Throws: ``FunctionError/workerStart(_:)`` where a memory limit by cgroup was demanded and cannot be had.
  public init(options: PoolOptions) throws {
    precondition(options.workers > 0)
    precondition(options.attempts > 0)
    precondition(options.initDescriptors.count <= FrameHeader.maximumDescriptors)
    self.options = options
    concurrency = max(1, min(options.workers, options.platform.concurrencyQuota ?? .max))
    slots = Array(repeating: nil, count: concurrency)
    memory = try MemoryLimiter(limit: options.memoryLimit, mechanism: options.memoryMechanism)
    // A backtrace of a crashed worker would take longer than all its attempts; a path keeps the runtime from
    // looking for its backtracer at each start.
    arguments = SpawnArguments(
      executable: options.executable, words: ["marvel-bench", FunctionWorker.argument, String(getpid())],
      variables: options.environment.merging(["SWIFT_BACKTRACE": "enable=no,swift-backtrace=/"]) { $1 })
    // Ids are unique among the pools of a run: random above, counted below.
    idBase = UInt64.random(in: 1...UInt64(UInt32.max)) << 32
    mb_ignore_sigpipe()
  }

  deinit { shutdown() }

  /// By what the workers' memory limit is held.
  public var memoryEnforcement: MemoryEnforcement { memory.enforcement }

  /// Process ids of the workers that run now, by index.
  public var workerProcesses: [Int32] { slots.compactMap { $0?.processID } }

  /// Starts workers until `count` run (or the concurrency limit is reached) and waits until all are ready.
  /// - Throws: ``FunctionError``; no worker runs then.
  public func prewarm(_ count: Int) throws {
    precondition(!isRunning)
    isRunning = true
    defer { isRunning = false }
    do {
      for index in 0..<min(count, concurrency) where slots[index] == nil { try startWorker(index) }
      while slots.contains(where: { $0 != nil && $0!.readyAt == nil }) {
        try poll(timeoutNanoseconds: nextTimeout(tick: nil))
        let now = monotonicNanoseconds()
        for event in takeEvents() {
          guard case .lost(let worker, let loss) = event, worker.readyAt == nil else { continue }
          try noteFailedStart(of: worker, loss)
          try startWorker(worker.index)
        }
        endUnreadyWorkers(now)
        // Time spent waiting for the others is no idleness.
        for case let worker? in slots { worker.idleSince = now }
      }
    } catch {
      shutdown()
      throw error
    }
  }

  /// Lets workers go that have been idle for longer than the limit; `run` does the same by itself.
  public func removeIdleWorkers() {
    guard let limit = options.idleLimitNanoseconds else { return }
    let now = monotonicNanoseconds()
    for case let worker? in slots
    where worker.assignment == nil && worker.readyAt != nil && now - worker.idleSince > limit {
      retire(worker)
    }
  }

  /// Lets workers that have nothing to do leave by themselves, and ends what is not gone then. The pool can be used again.
  ///
  /// Workers that leave give back their memory side by side; those that are killed have to wait for each other where they
  /// share it.
  public func dismiss() {
    let idle = slots.compactMap { $0 }.filter { $0.assignment == nil && $0.readyAt != nil }
    for worker in idle { worker.hangUp() }
    let deadline = monotonicNanoseconds() + Self.farewell
    for worker in idle { worker.waitForEnd(until: deadline) }
    shutdown()
  }

  /// Nanoseconds that workers have to leave: giving back a hundred gigabytes takes some.
  private static let farewell = 30_000_000_000

  /// Ends all workers and waits for their end. The pool can be used again.
  public func shutdown() {
    for case let worker? in slots { worker.beginEnd() }
    for case let worker? in slots { worker.end() }
    for worker in leaving { worker.end() }
    leaving = []
    events = []
    slots = Array(repeating: nil, count: concurrency)
    isPollSetStale = true
    memory.removeGroups()
  }

  // MARK: Workers

  /// Starts the worker of a free index and sends it its settings.
  @discardableResult
  func startWorker(_ index: Int) throws -> WorkerProcess {
    precondition(slots[index] == nil)
    let binding = options.binding?(index)
    let worker = try WorkerProcess(index: index, node: binding?.node, arguments: arguments)
    try memory.attach(worker.processID, worker: index)
    let settings = InitializeMessage(
      workerIndex: index, node: binding?.node, cpus: binding?.cpus ?? [], dataLimit: memory.dataLimit,
      memoryLimit: options.memoryLimit, countsInstructions: options.countsInstructions,
      payload: options.initPayload)
    let payload = settings.encoded()
    guard payload.count <= FrameHeader.maximumPayload else {
      throw FunctionError.request("init payload of \(payload.count) bytes: the frame's limit is 64 MiB")
    }
    // Where the worker is dead already, the poll loop finds out and has its last words.
    try worker.channel.send(
      .initialize, fields: UnsafeRawBufferPointer(start: nil, count: 0), payload: payload,
      descriptors: options.initDescriptors)
    slots[index] = worker
    isPollSetStale = true
    return worker
  }

  /// Ends a worker that has nothing to do.
  ///
  /// It is reaped later, since giving back its memory takes time; but at once where the next worker of its
  /// index would share its cgroup.
  func retire(_ worker: WorkerProcess) {
    slots[worker.index] = nil
    isPollSetStale = true
    worker.beginEnd()
    if memory.isCgroup {
      worker.end()
    } else {
      leaving.append(worker)
    }
    leaving.removeAll { $0.reap(nonblocking: true) != nil }
  }

  /// Ends a worker now, and says how it ended.
  func remove(_ worker: WorkerProcess) -> WorkerExit {
    slots[worker.index] = nil
    isPollSetStale = true
    return worker.end()
  }

  /// Kills workers that did not become ready; the poll loop reports them lost.
  func endUnreadyWorkers(_ now: Int) {
    for case let worker? in slots
    where worker.readyAt == nil && now - worker.spawnedAt > options.startLimitNanoseconds {
      worker.beginEnd()
    }
  }

  func noteFailedStart(of worker: WorkerProcess, _ loss: Loss) throws {
    guard worker.readyAt == nil else { return }
    failedStarts += 1
    guard failedStarts >= options.attempts else { return }
    failedStarts = 0
    throw FunctionError.workerStart(
      "\(options.executable): \(options.attempts) times a worker \(describe(loss, worker))")
  }

  func nextActivationID() -> UInt64 {
    activations &+= 1
    return idBase | activations & 0xFFFF_FFFF
  }

  /// `died of SIGSEGV (11); its last words: …`.
  func describe(_ loss: Loss, _ worker: WorkerProcess) -> String {
    let words = worker.lastWords
    return words.isEmpty ? loss.text : "\(loss.text); its last words: \(words)"
  }
}
