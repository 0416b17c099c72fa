import Functions
import Glibc
import Metrics
import Testing

struct FaultTests {
  @Test(arguments: ["crash", "segfault", "exit", "kill", "flaky"])
  func `an attempt that dies is made again`(action: String) throws {
    let pool = try WorkerPool(options: testOptions(workers: 2))
    let outcome = pool.outcome(action, encoded(2), count: 3)
    #expect(outcome.error == nil)
    #expect(outcome.results.count == 3)
    #expect(outcome.records.allSatisfy { $0.attempt == 2 })
    #expect(outcome.failed.count == 6)
    #expect(outcome.failed.allSatisfy { $0.failure != nil && $0.status != .success })
    let expected: ActivationStatus =
      switch action {
      case "kill": .killed
      case "flaky": .applicationError
      default: .developerError
      }
    #expect(Set(outcome.failed.map(\.status)) == [expected])
  }

  @Test func `an attempt that hangs is killed at its time limit and made again`() throws {
    let pool = try WorkerPool(options: testOptions { $0.timeLimitNanoseconds = 150_000_000 })
    let outcome = pool.outcome("hang", encoded(1))
    #expect(outcome.error == nil)
    #expect(outcome.failed.map(\.status) == [.timeout])
    #expect(outcome.failed[0].failure!.contains("time limit of 0.15 s"))
    #expect((150_000_000...2_000_000_000).contains(outcome.failed[0].end - outcome.failed[0].start))
  }

  @Test func `a worker killed from outside is replaced`() throws {
    let pool = try WorkerPool(options: testOptions(workers: 2))
    try pool.prewarm(2)
    let victim = pool.workerProcesses[0]
    var isFirst = true
    let tasks = (0..<6).map { TaskRequest(name: "s\($0)", action: "sleep") { _ in encoded(60_000_000) } }
    let outcome = pool.outcome(tasks) {
      if isFirst { kill(victim, SIGKILL) }
      isFirst = false
    }
    #expect(outcome.error == nil)
    #expect(outcome.results.count == 6)
    #expect(outcome.failed.map(\.status) == [.killed])
    #expect(outcome.failed.map(\.workerProcess) == [victim])
    #expect(!exists(victim))
  }

  @Test func `a worker that died while idle costs no attempt`() throws {
    let pool = try WorkerPool(options: testOptions { $0.attempts = 1 })
    try pool.prewarm(1)
    let victim = pool.workerProcesses[0]
    kill(victim, SIGKILL)
    // Its end of the channel closes a moment after the signal.
    usleep(50_000)
    let outcome = pool.outcome("noop")
    #expect(outcome.error == nil)
    #expect(outcome.failed.isEmpty)
    #expect(!exists(victim))
  }

  @Test func `after the last attempt the error names task, signal and last words`() throws {
    let pool = try WorkerPool(options: testOptions())
    let outcome = pool.outcome("crash")
    let failure = try #require(outcome.failure)
    #expect(failure.task == "crash-0")
    #expect(failure.attempts == 3)
    #expect(outcome.failed.map(\.attempt) == [0, 1, 2])
    let text = "\(try #require(outcome.error))"
    #expect(text.hasPrefix("crash-0: failed after 3 attempts: died of SIG"))
    #expect(text.contains("its last words: "))
    #expect(text.contains("crash on purpose"))
  }

  @Test(arguments: [("exit", "left with exit code 3"), ("kill", "SIGKILL (9)"), ("segfault", "SIGSEGV (11)")])
  func `an error says how the worker ended`(action: String, words: String) throws {
    let pool = try WorkerPool(options: testOptions { $0.attempts = 1 })
    let text = "\(try #require(pool.outcome(action).error))"
    #expect(text.contains("\(action)-0: failed after 1 attempt: "))
    #expect(text.contains(words))
  }

  @Test func `of a worker that talks without end the last 4 KiB are kept`() throws {
    let pool = try WorkerPool(options: testOptions { $0.attempts = 1 })
    let failure = try #require(pool.outcome("talk", encoded(3 << 20)).failure)
    let text = try #require(failure.record.failure)
    #expect(text.contains("talked enough"))
    #expect((3000...4300).contains(text.utf8.count))
  }

  @Test func `bad input is not tried again`() throws {
    let pool = try WorkerPool(options: testOptions())
    let outcome = pool.outcome("fail")
    #expect(outcome.failure?.attempts == 1)
    #expect(outcome.failed.map(\.status) == [.applicationError])
    #expect("\(outcome.error!)" == "fail-0: failed after 1 attempt: bad input on purpose")
    let unknown = pool.outcome("no such action")
    #expect("\(unknown.error!)".contains("no action 'no such action' in this worker"))
    // The worker has survived both.
    #expect(pool.outcome("noop").records.map(\.isCold) == [false])
  }

  @Test func `one failed task stops the others`() throws {
    let pool = try WorkerPool(options: testOptions(workers: 3))
    try pool.prewarm(3)
    let processes = pool.workerProcesses
    let began = monotonicNanoseconds()
    let outcome = pool.outcome([
      TaskRequest(name: "h0", action: "hang") { _ in [] },
      TaskRequest(name: "h1", action: "hang") { _ in [] },
      TaskRequest(name: "bad", action: "fail") { _ in [] },
      TaskRequest(name: "never", action: "noop") { _ in [] },
    ])
    #expect(monotonicNanoseconds() - began < 5_000_000_000)
    #expect(outcome.failure?.task == "bad")
    #expect(outcome.results.isEmpty)
    #expect(Set(outcome.failed.map(\.task)) == ["bad", "h0", "h1"])
    #expect(outcome.failed.filter { $0.status == .cancelled }.count == 2)
    #expect(processes.filter(exists).count == 1)
    #expect(pool.outcome("noop", count: 4).error == nil)
  }

  @Test func `an error of the caller stops the run`() throws {
    struct Refused: Error {}
    let pool = try WorkerPool(options: testOptions(workers: 2))
    let tasks = (0..<10).map { TaskRequest(name: "\($0)", action: "sleep") { _ in encoded(20_000_000) } }
    #expect(throws: Refused.self) {
      try pool.run(tasks: tasks, onCompletion: { _, _, _ in throw Refused() })
    }
    #expect(pool.workerProcesses.count <= 1)
  }

  @Test(arguments: ["/bin/false", "/no/such/program"])
  func `a program that is no worker is an error`(path: String) throws {
    let pool = try WorkerPool(options: testOptions { $0.executable = path })
    #expect(throws: FunctionError.self) { try pool.prewarm(1) }
    #expect(pool.workerProcesses.isEmpty)
    let text = "\(try #require(pool.outcome("noop").error))"
    #expect(text.contains(path == "/bin/false" ? "exit code 1" : "/no/such/program: No such file"))
  }

  @Test func `a worker that never becomes ready is an error`() throws {
    let pool = try WorkerPool(
      options: testOptions {
        // It runs, talks, and knows nothing of the channel.
        $0.executable = "/usr/bin/yes"
        $0.startLimitNanoseconds = 100_000_000
        $0.attempts = 2
      })
    let error = #expect(throws: FunctionError.self) { try pool.prewarm(1) }
    #expect(
      "\(String(describing: error))".contains("2 times a worker died of SIGKILL (9) before it was ready"))
  }
}
