import CSystemIO
import Glibc
import Metrics

/// Measures the function platform beside a bare C ping-pong of the same frame sizes, in turn, so that both meet
/// the same noise.
///
/// What counts as one round trip is the time from one result to the next, everything between included: the
/// controller's loop, its records, and the caller's closure.
public struct PlatformBenchmark {
  public struct Options {
    /// How often the pool and the C program take turns.
    public var rounds = 10
    /// Round trips a turn, for each of the warm measurements.
    public var calls = 5000
    /// Cold starts a turn.
    public var coldStarts = 20
    /// Bytes of the argument; the result is empty.
    public var argumentBytes = 64
    /// The worker's program.
    public var executable = "/proc/self/exe"
    /// The C program; by default `pingpong-reference` beside this one.
    public var reference: String?
    public var interruption: Interruption?

    public init() {}
  }

  /// Samples in nanoseconds; percentiles are samples (nearest rank), nothing is interpolated.
  public struct Distribution: Codable, Sendable, Equatable {
    public var count: Int
    public var minimum: Int
    public var p50: Int
    public var p90: Int
    public var p99: Int
    public var p999: Int
    public var maximum: Int

    /// - Precondition: `samples` is not empty.
    public init(_ samples: [Int]) {
      let sorted = samples.sorted()
      // The smallest sample that at least this share of all does not exceed.
      func rank(_ thousandths: Int) -> Int {
        sorted[max(0, (sorted.count * thousandths + 999) / 1000 - 1)]
      }
      count = sorted.count
      minimum = sorted[0]
      p50 = rank(500)
      p90 = rank(900)
      p99 = rank(990)
      p999 = rank(999)
      maximum = sorted[sorted.count - 1]
    }
  }

  /// The pool and the C program at the same task.
  public struct Comparison: Codable, Sendable, Equatable {
    public var pool: Distribution
    public var reference: Distribution
    /// p50 by p50; under 1 the pool is faster.
    public var ratio: Double { Double(pool.p50) / Double(reference.p50) }
  }

  public struct Throughput: Codable, Sendable, Equatable {
    public var workers: Int
    /// Calls a second, the median turn.
    public var pool: Double
    public var reference: Double
    /// Over 1 the pool does more.
    public var ratio: Double { pool / reference }
  }

  public struct Result: Codable, Sendable, Equatable {
    /// Bytes of a whole frame, header included.
    public var requestBytes: Int
    public var replyBytes: Int
    /// One worker that the scheduler places as it likes.
    public var warm: Comparison
    /// One worker on the controller's CPU.
    public var warmOnOneCPU: Comparison
    public var twoWorkers: Throughput
    /// From before the process's start to its first result.
    public var cold: Comparison
    /// The part of a cold start until the worker takes activations.
    public var coldInit: Distribution
  }

  /// - Parameter tick: Called between turns with the share that is done, from 0 to 1.
  /// - Throws: ``FunctionError``, also where the C program is missing or fails.
  public static func run(_ options: Options = Options(), tick: ((Double) -> Void)? = nil) throws -> Result {
    precondition(options.rounds > 0 && options.calls > 0 && options.coldStarts > 0)
    let reference = try PingPong(options)
    var samples = Samples()
    let oneWorker = try WorkerPool(options: poolOptions(options, workers: 1))
    let twoWorkers = try WorkerPool(options: poolOptions(options, workers: 2))
    let task = TaskRequest(name: "noop", action: BuiltinActions.noop) { _ in
      [UInt8](repeating: 0, count: options.argumentBytes)
    }
    for round in 0..<options.rounds {
      // Who goes first changes, so that neither always meets what the other left.
      let turns: [() throws -> Void] = [
        { samples.warm += try roundTrips(oneWorker, task, options.calls) },
        { samples.referenceWarm += try reference.warm(children: 1, calls: options.calls) },
        { samples.rate.append(try rate(twoWorkers, task, options.calls)) },
        {
          let whole = try reference.warm(children: 2, calls: options.calls)
          samples.referenceRate.append(Double(options.calls) * 1e9 / Double(whole[0]))
        },
        {
          for _ in 0..<options.coldStarts {
            let record = try coldStart(oneWorker, task)
            samples.cold.append(record.end - record.start)
            samples.coldInit.append(record.initNanoseconds ?? 0)
          }
        },
        { samples.referenceCold += try reference.cold(starts: options.coldStarts) },
        {
          guard mb_hold_cpu(1) == 0 else { throw FunctionError.request("sched_setaffinity is refused here") }
          defer { mb_hold_cpu(0) }
          // Started here, it stays here.
          let pool = try WorkerPool(options: poolOptions(options, workers: 1))
          samples.warmOnOneCPU += try roundTrips(pool, task, options.calls)
          samples.referenceOnOneCPU += try reference.warm(children: 1, calls: options.calls)
        },
      ]
      for turn in round % 2 == 0 ? turns : turns.reversed() {
        try options.interruption?.check()
        try turn()
      }
      tick?(Double(round + 1) / Double(options.rounds))
    }
    return Result(
      requestBytes: reference.requestBytes, replyBytes: reference.replyBytes,
      warm: Comparison(
        pool: Distribution(samples.warm), reference: Distribution(samples.referenceWarm)),
      warmOnOneCPU: Comparison(
        pool: Distribution(samples.warmOnOneCPU), reference: Distribution(samples.referenceOnOneCPU)),
      twoWorkers: Throughput(
        workers: 2, pool: Statistics.median(samples.rate) ?? 0,
        reference: Statistics.median(samples.referenceRate) ?? 0),
      cold: Comparison(
        pool: Distribution(samples.cold), reference: Distribution(samples.referenceCold)),
      coldInit: Distribution(samples.coldInit))
  }

  private struct Samples {
    var warm: [Int] = []
    var referenceWarm: [Int] = []
    var warmOnOneCPU: [Int] = []
    var referenceOnOneCPU: [Int] = []
    var rate: [Double] = []
    var referenceRate: [Double] = []
    var cold: [Int] = []
    var coldInit: [Int] = []
    var referenceCold: [Int] = []
  }

  private static func poolOptions(_ options: Options, workers: Int) -> PoolOptions {
    var pool = PoolOptions()
    pool.executable = options.executable
    pool.workers = workers
    pool.interruption = options.interruption
    return pool
  }

  /// The times from each result to the next, on a worker that has warmed up.
  private static func roundTrips(_ pool: WorkerPool, _ task: TaskRequest, _ calls: Int) throws -> [Int] {
    try warmUp(pool, task)
    var samples: [Int] = []
    samples.reserveCapacity(calls)
    var before = 0
    let tasks = Array(repeating: task, count: calls + 1)
    try pool.run(tasks: tasks) { _, _, _ in
      let now = monotonicNanoseconds()
      if before > 0 { samples.append(now - before) }
      before = now
    }
    return samples
  }

  /// Calls a second.
  private static func rate(_ pool: WorkerPool, _ task: TaskRequest, _ calls: Int) throws -> Double {
    try warmUp(pool, task)
    let tasks = Array(repeating: task, count: calls)
    let begin = monotonicNanoseconds()
    try pool.run(tasks: tasks) { _, _, _ in }
    return Double(calls) * 1e9 / Double(monotonicNanoseconds() - begin)
  }

  private static func warmUp(_ pool: WorkerPool, _ task: TaskRequest) throws {
    try pool.prewarm(pool.concurrency)
    try pool.run(tasks: Array(repeating: task, count: 100 * pool.concurrency)) { _, _, _ in }
  }

  /// One activation in a new process, with nothing of the one before still going on.
  private static func coldStart(_ pool: WorkerPool, _ task: TaskRequest) throws -> ActivationRecord {
    pool.shutdown()
    var result: ActivationRecord?
    try pool.run(tasks: [task]) { _, _, record in result = record }
    pool.shutdown()
    return result!
  }
}
