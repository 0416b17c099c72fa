import Glibc
import Metrics

/// Actions that belong to the platform itself.
public enum BuiltinActions {
  /// Returns nothing at once: what round trips and cold starts are measured with.
  public static let noop = "noop"
  /// Returns its argument: what payloads cost on the way to a worker and back.
  public static let echo = "echo"
  /// Takes memory, writes to each of its pages, and gives it back; its argument is the bytes, as
  /// ``touchArgument(bytes:)`` writes them.
  public static let touch = "touch"

  /// The argument of ``touch``.
  public static func touchArgument(bytes: Int) -> [UInt8] {
    var writer = WireWriter()
    writer.put(bytes)
    return writer.bytes
  }

  /// Registers the actions that misbehave on purpose, and ``TestController``; for the project's tests.
  public static let testVariable = "MARVEL_BENCH_TEST_ACTIONS"

  static var isTesting: Bool { getenv(testVariable) != nil }

  /// What every worker knows besides the actions of its program.
  static var all: [String: Action] {
    var actions: [String: Action] = [
      noop: { _, _ in [] },
      echo: { context, argument in
        context.bytesIn = argument.count
        context.bytesOut = argument.count
        return argument
      },
      touch: { _, argument in
        var reader = WireReader(argument)
        try fill(try reader.int())
        return []
      },
    ]
    if isTesting { actions.merge(TestActions.all) { $1 } }
    return actions
  }

  /// Not retried: the memory that is not there now will not be there at the next attempt.
  struct OutOfMemory: RetryableError, CustomStringConvertible {
    var bytes: Int
    var isRetryable: Bool { false }
    var description: String {
      "touch: \(bytes) bytes of memory cannot be had (a larger memory limit, or less to touch)"
    }
  }

  private static func fill(_ count: Int) throws {
    // Mapped anew, so that each activation pays for its pages as a function's first use does.
    let memory = mmap(nil, max(1, count), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { throw OutOfMemory(bytes: count) }
    memset(memory, 1, count)
    munmap(memory, max(1, count))
  }
}

/// Actions that crash, hang, talk and take memory, so that tests can see the controller cope.
///
/// Where an argument starts with a number of attempts, the action misbehaves in so many and then succeeds.
enum TestActions {
  struct Failure: RetryableError, CustomStringConvertible {
    var isRetryable: Bool
    var description: String
  }

  /// Counts the activations of a worker.
  private final class Counter {
    var count = 0
  }

  static var all: [String: Action] {
    [
      "init": { context, _ in context.initPayload },
      "where": { context, _ in
        var writer = WireWriter()
        writer.put(Int(getpid()))
        writer.put(context.attempt)
        writer.put(context.workerIndex)
        return writer.bytes
      },
      "count": { context, _ in
        let counter = context.state.object { Counter() }
        counter.count += 1
        return [UInt8(truncatingIfNeeded: counter.count)]
      },
      // Appends the argument to the descriptor that came with the activation, or else with the worker.
      "append": { context, argument in
        let file = context.descriptors.first ?? context.initDescriptors.first ?? -1
        let written = argument.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        guard written == argument.count else {
          throw Failure(isRetryable: false, description: "write: \(systemErrorText(errno))")
        }
        return []
      },
      "fail": { _, _ in throw Failure(isRetryable: false, description: "bad input on purpose") },
      "flaky": { context, argument in
        if try misbehaves(context, argument) {
          throw Failure(isRetryable: true, description: "flaky on purpose")
        }
        return []
      },
      "crash": { context, argument in
        if try misbehaves(context, argument) { fatalError("crash on purpose") }
        return []
      },
      "segfault": { context, argument in
        if try misbehaves(context, argument) { raise(SIGSEGV) }
        return []
      },
      "exit": { context, argument in
        if try misbehaves(context, argument) { _exit(3) }
        return []
      },
      "kill": { context, argument in
        if try misbehaves(context, argument) { kill(getpid(), SIGKILL) }
        return []
      },
      "hang": { context, argument in
        if try misbehaves(context, argument) { while true { sleep(1000) } }
        return []
      },
      // Writes to the channel, past the worker: the attempts in which to do it, then the bytes.
      "babble": { context, argument in
        var reader = WireReader(argument)
        if context.attempt < (try reader.int()) {
          var bytes = try reader.bytesArray()
          // Where it asks for it, the bytes name this activation.
          if try reader.bool() {
            for index in 0..<8 {
              bytes[16 + index] = UInt8(truncatingIfNeeded: context.activationID >> (8 * index))
            }
          }
          _ = write(3, bytes, bytes.count)
          if try reader.bool() { sleep(1000) }
        }
        return []
      },
      "sleep": { _, argument in
        var reader = WireReader(argument)
        usleep(UInt32(clamping: try reader.int() / 1000))
        return []
      },
      "spin": { _, argument in
        var reader = WireReader(argument)
        let end = monotonicNanoseconds() + (try reader.int())
        while monotonicNanoseconds() < end {}
        return []
      },
      // Touches so many bytes of memory, and gives them back.
      "allocate": { _, argument in
        var reader = WireReader(argument)
        let count = try reader.int()
        guard let bytes = malloc(count) else {
          throw Failure(isRetryable: false, description: "out of memory on purpose")
        }
        memset(bytes, 1, count)
        free(bytes)
        return []
      },
      // Takes Swift arrays, whose failed allocation ends the process.
      "hoard": { _, argument in
        var reader = WireReader(argument)
        let bytes = [UInt8](repeating: 1, count: try reader.int())
        return [bytes[bytes.count / 2]]
      },
      "talk": { _, argument in
        var reader = WireReader(argument)
        var left = try reader.int()
        let line = Array("a line that nobody waits for\n".utf8)
        while left > 0 {
          _ = write(2, line, line.count)
          left -= line.count
        }
        fatalError("talked enough")
      },
    ]
  }

  private static func misbehaves(_ context: ActivationContext, _ argument: [UInt8]) throws -> Bool {
    if argument.isEmpty { return true }
    var reader = WireReader(argument)
    return context.attempt < (try reader.int())
  }
}
