import Functions
import Glibc
import Metrics

/// The jobs between two stonewalls: their copies start together and are waited for together.
final class StageRun {
  private let jobs: [IOJob]
  private let copies: [CopyPlan]
  /// Of the whole run, for progress.
  private let all: [CopyPlan]
  private let earlier: RunResult
  private let options: IORun.Options
  private let board: LiveBoard
  private var steadiness: Steadiness
  /// The line of each copy of this stage, and the results of earlier ones, by ``key(_:_:)``.
  private let lines: [Int: Int]
  private let done: [Int: CopyResult]
  private var interruptedAt: Int?
  private var nextTold = 0

  /// A worker that has not ended so long after a signal is stuck in its device, and is killed.
  private static let patience = 10_000_000_000

  init(
    _ jobs: [IOJob], _ copies: [CopyPlan], _ all: [CopyPlan], _ earlier: RunResult, _ options: IORun.Options
  )
    throws
  {
    self.jobs = jobs
    self.copies = copies
    self.all = all
    self.earlier = earlier
    self.options = options
    board = try LiveBoard(copies: copies.count)
    steadiness = Steadiness(jobs, copies)
    lines = Dictionary(
      uniqueKeysWithValues: copies.indices.map { (Self.key(copies[$0].job, copies[$0].copy), $0) })
    done = Dictionary(uniqueKeysWithValues: earlier.copies.map { (Self.key($0.job, $0.copy), $0) })
  }

  private static func key(_ job: Int, _ copy: Int) -> Int { job * IOJobs.maximumJobs + copy }

  /// Adds the copies' results.
  ///
  /// - Throws: `FunctionError` where no worker can be started.
  func run(_ result: inout RunResult) throws {
    let began = monotonicNanoseconds()
    let results = isThreads ? runThreads() : try runProcesses()
    result.copies += results
    result.elapsed += monotonicNanoseconds() - (board.began > 0 ? board.began : began)
    if interruptedAt != nil { result.isInterrupted = true }
  }

  private var isThreads: Bool {
    options.workers == .thread || copies.allSatisfy { jobs[$0.job].thread }
  }

  private func task(_ line: Int) -> CopyTask {
    var task = CopyTask(job: jobs[copies[line].job], plan: copies[line], line: line, lines: copies.count)
    task.allowsEmulation = options.allowsEmulation
    task.isThread = isThreads
    task.runElapsed = earlier.elapsed
    return task
  }

  // MARK: Processes

  private func runProcesses() throws -> [CopyResult] {
    var pool = PoolOptions()
    pool.executable = options.executable
    pool.workers = copies.count
    // A copy whose worker died is not measured again: its second attempt says so.
    pool.attempts = 2
    pool.initDescriptors = [board.descriptor]
    let workers = try WorkerPool(options: pool)
    defer { workers.shutdown() }
    try workers.prewarm(copies.count)
    let tasks = copies.indices.map { line in
      TaskRequest(name: name(line), action: IOActions.copy) { attempt in
        var task = self.task(line)
        task.attempt = attempt
        return task.encoded()
      }
    }
    var results: [CopyResult?] = Array(repeating: nil, count: copies.count)
    var deaths: [Int: String] = [:]
    try workers.run(
      tasks: tasks,
      onCompletion: { line, bytes, record in
        var result = try CopyResult(decoding: bytes)
        if let death = deaths[line] { result.errorText = "\(name(line)): its worker \(death)" }
        results[line] = result
      },
      onAttemptFailed: { line, _, record in
        board.set(.done, of: line)
        deaths[line] = record.failure ?? record.status.text
      },
      tick: {
        self.tick()
        guard let since = self.interruptedAt, monotonicNanoseconds() - since > Self.patience else { return }
        for process in workers.workerProcesses { kill(process, SIGKILL) }
      })
    return results.compactMap { $0 }
  }

  private func name(_ line: Int) -> String {
    let job = jobs[copies[line].job]
    return job.numjobs == 1 ? "job '\(job.name)'" : "job '\(job.name)', copy \(copies[line].copy)"
  }

  // MARK: Threads

  private func runThreads() -> [CopyResult] {
    let crew = ThreadCrew(tasks: copies.indices.map(task), board: board)
    crew.start()
    while !crew.isDone {
      usleep(useconds_t(WorkerPool.tickNanoseconds / 5000))
      tick()
    }
    return crew.join()
  }

  // MARK: Meanwhile

  private func tick() {
    if interruptedAt == nil, options.interruption?.signal != nil {
      interruptedAt = monotonicNanoseconds()
      board.order = .interrupt
    }
    let now = monotonicNanoseconds()
    if board.began > 0 { steadiness.look(board, now: now) }
    guard let onProgress = options.onProgress, now >= nextTold else { return }
    nextTold = now + WorkerPool.tickNanoseconds
    let elapsed = board.began > 0 ? max(0, now - board.began) : 0
    onProgress(
      Progress(
        phase: .running, copies: all.map { self.progress(of: $0, elapsed) },
        elapsed: earlier.elapsed + elapsed))
  }

  private func progress(of plan: CopyPlan, _ elapsed: Int) -> Progress.Copy {
    let job = jobs[plan.job]
    let hasEnd = !job.timeBased && !(job.runtime > 0 && job.steadyState != nil)
    var copy = Progress.Copy(
      job: plan.job, copy: plan.copy, state: .waiting, readBytes: 0, reads: 0, writtenBytes: 0, writes: 0,
      totalBytes: hasEnd ? plan.layout.totalSize : nil, runtime: job.runtime > 0 ? job.runtime : nil,
      elapsed: 0)
    let key = Self.key(plan.job, plan.copy)
    if let done = done[key] {
      copy.state = .done
      (copy.readBytes, copy.reads) = (done.reads.bytes, done.reads.requests)
      (copy.writtenBytes, copy.writes) = (done.writes.bytes, done.writes.requests)
      copy.elapsed = done.elapsed
    } else if let line = lines[key] {
      let seen = board.read(line)
      copy.state =
        switch seen.phase {
        case .waiting, .ready: .starting
        case .ramping: .ramping
        case .measuring: .running
        case .verifying: .verifying
        case .done: .done
        }
      (copy.readBytes, copy.reads) = (seen.readBytes, seen.reads)
      (copy.writtenBytes, copy.writes) = (seen.writtenBytes, seen.writes)
      copy.elapsed = max(0, elapsed - job.startDelay)
    }
    return copy
  }
}
