import CSystemIO
import Glibc
import Metrics

/// How a worker's process ended.
enum WorkerExit: Equatable {
  case exited(Int32)
  case signalled(Int32)
  /// Somebody else reaped it.
  case unknown

  var text: String {
    switch self {
    case .exited(let code): "left with exit code \(code)"
    case .signalled(let signal): "died of \(signalName(signal))"
    case .unknown: "disappeared"
    }
  }
}

/// What a worker was given to do.
struct Assignment {
  var request: PendingRequest
  var activationID: UInt64
  var isCold: Bool
  var start: Int
  /// Not sent before; ``isSent`` is false until then.
  var sendAt: Int
  var isSent = false
  /// Set when its outcome has come: a second one breaks the protocol.
  var hasOutcome = false
  /// Killed when not done by then.
  var deadline = Int.max
}

/// One attempt that waits for a worker.
struct PendingRequest {
  var task: Int
  var attempt: Int
  var requestedAt: Int
}

/// The controller's view of one worker: its process, its channel and what it says on stderr.
final class WorkerProcess {
  let index: Int
  let processID: pid_t
  let channel: FrameChannel
  let node: Int?
  let spawnedAt: Int
  /// When it said that it takes activations, by its own clock, which is the same.
  var readyAt: Int?
  var assignment: Assignment?
  var idleSince: Int
  /// The read end of the pipe behind its stdout and stderr; -1 once that has ended.
  private(set) var output: Int32
  private var said: [UInt8] = []
  private var exit: WorkerExit?

  /// How much of what a worker says is kept.
  static let lastWordsLimit = 4096

  init(index: Int, node: Int?, arguments: SpawnArguments) throws {
    var ends: [Int32] = [-1, -1]
    var result = mb_stream_pair(&ends)
    guard result == 0 else {
      throw FunctionError.workerStart("socketpair: \(systemErrorText(-result))")
    }
    channel = FrameChannel(descriptor: ends[0], isBlocking: false, acceptsDescriptors: false)
    let inherited = ends[1]
    defer { close(inherited) }
    result = mb_output_pipe(&ends)
    guard result == 0 else { throw FunctionError.workerStart("pipe: \(systemErrorText(-result))") }
    output = ends[0]
    let theirs = ends[1]
    defer { close(theirs) }
    self.index = index
    self.node = node
    spawnedAt = monotonicNanoseconds()
    idleSince = spawnedAt
    var process: pid_t = -1
    result = arguments.withPointers { mb_spawn($0, $1, $2, inherited, theirs, &process) }
    processID = process
    guard result == 0 else {
      exit = .unknown
      throw FunctionError.workerStart("\(arguments.executable): \(systemErrorText(-result))")
    }
  }

  deinit {
    if exit == nil { end() }
    if output >= 0 { close(output) }
  }

  /// Kills the process if it still runs, reaps it, and reads what it has said.
  ///
  /// A process that is exiting keeps its own exit code or signal.
  @discardableResult
  func end() -> WorkerExit {
    if let exit { return exit }
    kill(processID, SIGKILL)
    return reap(nonblocking: false) ?? .unknown
  }

  /// Begins the end, without waiting for it.
  func beginEnd() {
    if exit == nil { kill(processID, SIGKILL) }
  }

  /// Tells a worker that has nothing to do that it may leave.
  func hangUp() {
    if exit == nil { Glibc.shutdown(channel.descriptor, Int32(SHUT_WR)) }
  }

  /// Waits until it has left by itself, or until the time is over.
  func waitForEnd(until deadline: Int) {
    // Its end of the pipe is closed on the way out.
    while exit == nil, output >= 0 {
      let left = deadline - monotonicNanoseconds()
      guard left > 0 else { return }
      var waited = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      if Glibc.poll(&waited, 1, Int32(clamping: left / 1_000_000 + 1)) > 0, !readOutput() {
        reap(nonblocking: false)
      }
    }
  }

  /// How it ended; nil while it runs (only if `nonblocking`).
  @discardableResult
  func reap(nonblocking: Bool) -> WorkerExit? {
    if let exit { return exit }
    var code: Int32 = -1
    var signal: Int32 = -1
    let result = mb_reap(processID, nonblocking ? 1 : 0, &code, &signal)
    if result == 0 { return nil }
    let exit = result < 0 ? WorkerExit.unknown : signal >= 0 ? .signalled(signal) : .exited(code)
    self.exit = exit
    // Not to its end: a process that the worker left behind may hold the pipe open.
    readOutput()
    return exit
  }

  /// Takes what the pipe holds and keeps the last of it. Returns false once the pipe has ended.
  @discardableResult
  func readOutput() -> Bool {
    guard output >= 0 else { return false }
    return withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { chunk in
      // Bounded, so that a worker that never stops talking does not keep the controller listening.
      for _ in 0..<8 {
        let count = read(output, chunk.baseAddress, chunk.count)
        if count > 0 {
          said.append(contentsOf: chunk[..<count])
          if said.count > 4 * WorkerProcess.lastWordsLimit {
            said.removeFirst(said.count - WorkerProcess.lastWordsLimit)
          }
          continue
        }
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN { return true }
        close(output)
        output = -1
        return false
      }
      return true
    }
  }

  /// The end of what it wrote to stdout and stderr, at most ``lastWordsLimit`` bytes, without white space around.
  var lastWords: String {
    let isSpace = { (byte: UInt8) in byte == 0x20 || (9...13).contains(byte) }
    var words = said.suffix(WorkerProcess.lastWordsLimit)
    while let last = words.last, isSpace(last) { words.removeLast() }
    while let first = words.first, isSpace(first) { words.removeFirst() }
    return String(decoding: words, as: UTF8.self)
  }
}

/// What a process is started with, as C wants it.
final class SpawnArguments {
  let executable: String
  private var arguments: [UnsafeMutablePointer<CChar>?]
  private var environment: [UnsafeMutablePointer<CChar>?] = []

  /// - Parameters:
  ///   - words: `argv`, from the program's name on.
  ///   - variables: Take the place of this process's own of the same name.
  init(executable: String, words: [String], variables: [String: String]) {
    self.executable = executable
    arguments = words.map { strdup($0) }
    arguments.append(nil)
    var entry = environ
    while let text = entry.pointee {
      let name = String(cString: text).prefix { $0 != "=" }
      if variables[String(name)] == nil { environment.append(strdup(text)) }
      entry += 1
    }
    for (name, value) in variables { environment.append(strdup("\(name)=\(value)")) }
    environment.append(nil)
  }

  deinit {
    for text in arguments + environment { free(text) }
  }

  func withPointers<R>(
    _ body: (
      UnsafePointer<CChar>, UnsafePointer<UnsafeMutablePointer<CChar>?>,
      UnsafePointer<UnsafeMutablePointer<CChar>?>
    ) -> R
  ) -> R {
    executable.withCString { path in
      arguments.withUnsafeBufferPointer { arguments in
        environment.withUnsafeBufferPointer { environment in
          body(path, arguments.baseAddress!, environment.baseAddress!)
        }
      }
    }
  }
}
