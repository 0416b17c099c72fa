import CSystemIO
import Glibc
import Metrics

/// The worker's side: read an activation, run it, write its outcome, until the controller hangs up.
public enum FunctionWorker {
  /// A process whose first argument is this is a worker; the second is the controller's process id.
  public static let argument = "__worker"

  /// Whether this process was started as a worker. Asked before anything else, since it is part of a cold start.
  public static var isRequested: Bool {
    guard CommandLine.argc > 1, let first = CommandLine.unsafeArgv[1] else { return false }
    return strcmp(first, argument) == 0
  }

  /// Serves activations of `actions` and ``BuiltinActions`` on the inherited channel, and leaves the process.
  ///
  /// The process dies with its controller; SIGINT and SIGTERM are the controller's to judge.
  public static func run(actions: [String: Action]) -> Never {
    guard CommandLine.argc > 2, let text = CommandLine.unsafeArgv[2],
      let controller = pid_t(String(cString: text))
    else { leave("\(argument) is how the controller starts its workers, and not a command", code: 64) }
    guard mb_enter_worker(controller) == 0 else { _exit(0) }
    let channel = FrameChannel(
      descriptor: MB_CHANNEL_DESCRIPTOR, isBlocking: true, acceptsDescriptors: true)
    do {
      var worker = try Worker(channel: channel, actions: BuiltinActions.all.merging(actions) { $1 })
      while try worker.serveOne() {}
      worker.leave()
      _exit(0)
    } catch {
      leave("function worker: \(error)", code: 70)
    }
  }

  private static func leave(_ text: String, code: Int32) -> Never {
    var line = text + "\n"
    line.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
    _exit(code)
  }
}

private struct Worker {
  private let channel: FrameChannel
  private let actions: [String: Action]
  private let settings: InitializeMessage
  private let initDescriptors: [Int32]
  private let state = WorkerState()
  private var meters: WorkerMeters

  /// Reading /proc takes tens of microseconds, and the CPU clock is a system call: activations that ran longer
  /// than these do not notice. What is not read goes to the next activation that is.
  private static let meteredNanoseconds = 1_000_000
  private static let timedNanoseconds = 50_000

  init(channel: FrameChannel, actions: [String: Action]) throws {
    guard case .frame(let frame) = try channel.receive() else { _exit(0) }
    guard frame.kind == .initialize else { throw WireError("\(frame.kind) before initialize") }
    settings = try InitializeMessage(decoding: frame.payload)
    initDescriptors = frame.descriptors
    self.channel = channel
    self.actions = actions
    meters = WorkerMeters(countsInstructions: settings.countsInstructions)
    if let limit = settings.dataLimit {
      let result = mb_limit_data(Int64(limit))
      guard result == 0 else { throw WireError("set RLIMIT_DATA to \(limit): \(systemErrorText(-result))") }
    }
    if settings.node != nil || !settings.cpus.isEmpty {
      let cpus = settings.cpus.map { Int32(clamping: $0) }
      let result = mb_bind(cpus, Int32(cpus.count), Int32(clamping: settings.node ?? -1))
      guard result == 0 else { throw WireError("bind to CPUs \(settings.cpus): \(systemErrorText(-result))") }
    }
    try withUnsafeBytes(of: Int64(monotonicNanoseconds()).littleEndian) {
      guard try channel.send(.ready, fields: $0, payload: []) else { _exit(0) }
    }
  }

  /// Returns false once the controller has hung up.
  mutating func serveOne() throws -> Bool {
    guard case .frame(let frame) = try channel.receive() else { return false }
    guard frame.kind == .activate else { throw WireError("\(frame.kind) where an activation was due") }
    let (message, argument) = try ActivateMessage.decode(frame.payload)
    var context = ActivationContext(
      activationID: frame.activationID, attempt: message.attempt, isCold: message.isCold,
      workerIndex: settings.workerIndex, node: settings.node, memoryLimit: settings.memoryLimit, state: state,
      initPayload: settings.payload, initDescriptors: initDescriptors, descriptors: frame.descriptors)
    if !message.isCold, !hasServed { meters.skipStart() }
    hasServed = true

    var outcome = OutcomeMessage()
    var kind = FrameKind.result
    var rest: [UInt8]
    outcome.start = monotonicNanoseconds()
    do {
      guard let action = actions[message.action] else {
        throw WireError("no action '\(message.action)' in this worker")
      }
      rest = try action(&context, argument)
      let limit = FrameHeader.maximumPayload - OutcomeMessage.size
      guard rest.count <= limit else { throw WireError("a result of \(rest.count) bytes, \(limit) allowed") }
    } catch {
      kind = .failure
      let isRetryable = (error as? any RetryableError)?.isRetryable ?? false
      rest = FailureMessage(isRetryable: isRetryable, text: "\(error)").encoded()
    }
    outcome.end = monotonicNanoseconds()
    for descriptor in frame.descriptors { close(descriptor) }
    outcome.bytesIn = context.bytesIn
    outcome.bytesOut = context.bytesOut
    if outcome.end - outcome.start > Worker.meteredNanoseconds {
      outcome.anonymousBytes = meters.anonymousBytes()
      outcome.deviceReadBytes = meters.deviceReadBytes()
      outcome.instructions = meters.instructions()
    }
    if message.isCold || outcome.end - outcome.start > Worker.timedNanoseconds {
      outcome.cpuNanoseconds = meters.cpuNanoseconds()
    }
    return try outcome.withFields {
      try channel.send(kind, activationID: frame.activationID, fields: $0, payload: rest)
    }
  }

  private var hasServed = false

  func leave() {
    for descriptor in initDescriptors { close(descriptor) }
    state.leave()
  }
}
