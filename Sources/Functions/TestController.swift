import Glibc

/// A controller for tests that kill or interrupt one: starts two workers that hang, prints their process ids,
/// waits for them. Only with ``BuiltinActions/testVariable`` set.
public enum TestController {
  public static let argument = "__test-controller"

  public static var isRequested: Bool {
    guard BuiltinActions.isTesting, CommandLine.argc > 1, let first = CommandLine.unsafeArgv[1] else {
      return false
    }
    return strcmp(first, argument) == 0
  }

  /// Exits with 130 when interrupted and 2 for any other error.
  public static func run() -> Never {
    // It ends even if its test does not get to end it.
    alarm(60)
    do {
      var options = PoolOptions()
      options.workers = 2
      options.interruption = try Interruption.install()
      let pool = try WorkerPool(options: options)
      let tasks = (0..<2).map { TaskRequest(name: "hang-\($0)", action: "hang") { _ in [] } }
      var isFirst = true
      try pool.run(
        tasks: tasks, onCompletion: { _, _, _ in },
        tick: {
          guard isFirst else { return }
          isFirst = false
          say("workers " + pool.workerProcesses.map(String.init).joined(separator: " "))
        })
    } catch FunctionError.interrupted(let signal) {
      say("interrupted \(signal)")
      exit(130)
    } catch {
      say("error \(error)")
      exit(2)
    }
    exit(0)
  }

  private static func say(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
  }
}
