import CSystemIO
import Functions
import Glibc
import Metrics
import Testing

/// A controller in a process of its own, with two workers that hang.
private struct Controller {
  let process: pid_t
  let workers: [Int32]
  private let output: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(mb_output_pipe(&ends) == 0)
    output = ends[0]
    var process: pid_t = -1
    let words = ["marvel-bench", TestController.argument]
    let variables = ["\(BuiltinActions.testVariable)=1"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) }
    environment.append(nil)
    defer { for text in arguments + environment { free(text) } }
    let result = mb_spawn(program, arguments, environment, ends[1], ends[1], &process)
    close(ends[1])
    try #require(result == 0)
    self.process = process
    let line = Controller.line(from: output)
    workers = line.split(whereSeparator: \.isWhitespace).dropFirst().compactMap { Int32($0) }
  }

  /// Its next line, or what came within some seconds.
  static func line(from output: Int32) -> String {
    var bytes: [UInt8] = []
    let end = monotonicNanoseconds() + 10_000_000_000
    while monotonicNanoseconds() < end, bytes.last != 10 {
      var byte: UInt8 = 0
      let count = read(output, &byte, 1)
      if count == 0 { break }
      if count == 1 { bytes.append(byte) } else { usleep(1000) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Sends it a signal, waits for its end, and returns its exit code or signal, and what it said.
  func end(by signal: Int32) -> (code: Int32, signal: Int32, words: String) {
    kill(process, signal)
    var code: Int32 = -1
    var ending: Int32 = -1
    _ = mb_reap(process, 0, &code, &ending)
    defer { close(output) }
    return (code, ending, Controller.line(from: output))
  }
}

struct EndOfControllerTests {
  @Test func `workers die with a controller that is killed`() throws {
    let controller = try Controller()
    #expect(controller.workers.count == 2)
    #expect(controller.workers.allSatisfy(exists))
    #expect(controller.end(by: SIGKILL).signal == SIGKILL)
    #expect(areGone(controller.workers))
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `an interrupted controller leaves with 130 and has reaped its workers`(signal: Int32) throws {
    let controller = try Controller()
    #expect(controller.workers.count == 2)
    // A terminal sends SIGINT to the workers as well; they leave it to the controller.
    for worker in controller.workers { kill(worker, signal) }
    usleep(20_000)
    #expect(controller.workers.allSatisfy(exists))
    let end = controller.end(by: signal)
    #expect(end.code == 130)
    #expect(end.words == "interrupted \(signal)\n")
    #expect(!controller.workers.contains(where: exists))
  }

  @Test func `a pool that is released leaves no process behind`() throws {
    var processes: [Int32] = []
    do {
      let pool = try WorkerPool(options: testOptions(workers: 2))
      try pool.prewarm(2)
      processes = pool.workerProcesses
      #expect(processes.allSatisfy(exists))
    }
    #expect(processes.count == 2)
    #expect(!processes.contains(where: exists))
  }

  @Test func `a worker without its controller does nothing`() throws {
    var process: pid_t = -1
    var ends: [Int32] = [-1, -1]
    try #require(mb_stream_pair(&ends) == 0)
    defer { close(ends[0]) }
    // Process 1 did not start it.
    let words = ["marvel-bench", FunctionWorker.argument, "1"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { for text in arguments { free(text) } }
    let environment: [UnsafeMutablePointer<CChar>?] = [nil]
    try #require(mb_spawn(program, arguments, environment, ends[1], 2, &process) == 0)
    close(ends[1])
    var code: Int32 = -1
    var signal: Int32 = -1
    #expect(mb_reap(process, 0, &code, &signal) == 1)
    #expect(code == 0)
  }
}
