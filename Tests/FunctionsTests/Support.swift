import CSystemIO
import Functions
import Glibc
import Metrics
import Testing

/// The program beside the test bundle.
let program: String = {
  var path = [CChar](repeating: 0, count: 4096)
  let count = readlink("/proc/self/exe", &path, path.count)
  let runner = String(decoding: path[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  // `swift test` may run the bundle by a helper of the toolchain; the bundle is then an argument.
  let candidates = [runner] + CommandLine.arguments
  for candidate in candidates {
    guard let slash = candidate.lastIndex(of: "/") else { continue }
    var folder = candidate[..<slash]
    for _ in 0..<4 {
      let program = "\(folder)/marvel-bench"
      if access(program, X_OK) == 0 { return program }
      guard let up = folder.lastIndex(of: "/") else { break }
      folder = folder[..<up]
    }
  }
  return "marvel-bench"
}()

func testOptions(workers: Int = 1, _ change: (inout PoolOptions) -> Void = { _ in }) -> PoolOptions {
  var options = PoolOptions()
  options.executable = program
  options.environment = [BuiltinActions.testVariable: "1"]
  options.workers = workers
  change(&options)
  return options
}

func encoded(_ number: Int) -> [UInt8] {
  var writer = WireWriter()
  writer.put(number)
  return writer.bytes
}

/// What a run delivered.
struct Outcome {
  var results: [Int: [UInt8]] = [:]
  var records: [ActivationRecord] = []
  var failed: [ActivationRecord] = []
  var error: (any Error)?

  /// The task that failed, where one did.
  var failure: TaskFailure? {
    if case .taskFailed(let failure)? = error as? FunctionError { return failure }
    return nil
  }
}

extension WorkerPool {
  func outcome(_ tasks: [TaskRequest], tick: (() -> Void)? = nil) -> Outcome {
    var outcome = Outcome()
    do {
      try run(
        tasks: tasks,
        onCompletion: { task, result, record in
          #expect(outcome.results[task] == nil)
          outcome.results[task] = result
          outcome.records.append(record)
        },
        onAttemptFailed: { _, _, record in outcome.failed.append(record) }, tick: tick)
    } catch {
      outcome.error = error
    }
    return outcome
  }

  func outcome(_ action: String, _ argument: [UInt8] = [], count: Int = 1) -> Outcome {
    outcome((0..<count).map { TaskRequest(name: "\(action)-\($0)", action: action) { _ in argument } })
  }
}

/// Whether a process exists, as a zombie too.
func exists(_ process: Int32) -> Bool { kill(process, 0) == 0 }

/// Waits until none of the processes exists; false after `seconds`.
func areGone(_ processes: [Int32], within seconds: Double = 5) -> Bool {
  let end = monotonicNanoseconds() + Int(seconds * 1e9)
  while processes.contains(where: exists) {
    if monotonicNanoseconds() > end { return false }
    usleep(2000)
  }
  return true
}
