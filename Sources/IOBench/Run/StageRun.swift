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
  private let tasks: [CopyTask]
  private let disks: DiskMeter
  private let board: LiveBoard
  private var steadiness: Steadiness
  private var questions: StatusQuestions
  /// By line, once they are there.
  private var results: [CopyResult?]
  private let crew: ThreadCrew
  /// The lines that threads run; those of ``crew``'s tasks.
  private let threads: [Int]
  /// The line of each copy of this stage, and the results of earlier ones, by ``key(_:_:)``.
  private let lines: [Int: Int]
  private let done: [Int: CopyResult]
  private var interruptedAt: Int?
  private var nextTold = 0

  /// A worker that has not ended so long after a signal is stuck in its device, and is killed.
  private static let patience = 10_000_000_000

  init(
    _ jobs: [IOJob], _ copies: [CopyPlan], _ all: [CopyPlan], _ earlier: RunResult, _ disks: DiskMeter,
    _ options: IORun.Options
  ) throws {
    self.jobs = jobs
    self.copies = copies
    self.all = all
    self.earlier = earlier
    self.disks = disks
    self.options = options
    board = try LiveBoard(copies: copies.count, takesAnswers: options.onStatus != nil)
    steadiness = Steadiness(jobs, copies)
    questions = StatusQuestions(board, interval: options.statusInterval, after: earlier.elapsed)
    results = Array(repeating: nil, count: copies.count)
    threads = copies.indices.filter { options.workers == .thread || jobs[copies[$0].job].thread }
    let tasks = copies.indices.map { line in
      var task = CopyTask(job: jobs[copies[line].job], plan: copies[line], line: line, lines: copies.count)
      task.allowsEmulation = options.allowsEmulation
      task.runElapsed = earlier.elapsed
      return task
    }
    self.tasks = tasks
    crew = ThreadCrew(
      tasks: threads.map { line in
        var task = tasks[line]
        task.isThread = true
        return task
      }, board: board)
    lines = Dictionary(
      uniqueKeysWithValues: copies.indices.map { (Self.key(copies[$0].job, copies[$0].copy), $0) })
    done = Dictionary(uniqueKeysWithValues: earlier.copies.map { (Self.key($0.job, $0.copy), $0) })
  }

  private static func key(_ job: Int, _ copy: Int) -> Int { job * IOJobs.maximumJobs + copy }

  /// Adds the copies' results. Jobs with `thread` run as threads beside the function workers of the others.
  ///
  /// - Throws: `FunctionError` where no worker can be started.
  func run(_ result: inout RunResult) throws {
    let began = monotonicNanoseconds()
    crew.start()
    do { try runProcesses() } catch {
      board.order = .interrupt
      _ = crew.join()
      throw error
    }
    while !crew.isDone {
      usleep(useconds_t(WorkerPool.tickNanoseconds / 5000))
      tick()
    }
    for (line, ended) in zip(threads, crew.join()) { results[line] = ended }
    result.copies += results.compactMap { $0 }
    result.elapsed += monotonicNanoseconds() - (board.began > 0 ? board.began : began)
    if interruptedAt != nil { result.isInterrupted = true }
  }

  private func runProcesses() throws {
    let lines = copies.indices.filter { !threads.contains($0) }
    guard !lines.isEmpty else { return }
    var pool = PoolOptions()
    pool.executable = options.executable
    pool.workers = lines.count
    // A copy whose worker died is not measured again: its second attempt says so.
    pool.attempts = 2
    pool.initDescriptors = [board.descriptor]
    let workers = try WorkerPool(options: pool)
    defer { workers.shutdown() }
    try workers.prewarm(lines.count)
    let requests = lines.map { line in
      TaskRequest(name: name(line), action: IOActions.copy) { attempt in
        var task = self.tasks[line]
        task.attempt = attempt
        return task.encoded()
      }
    }
    var deaths: [Int: String] = [:]
    try workers.run(
      tasks: requests,
      onCompletion: { index, bytes, record in
        var result = try CopyResult(decoding: bytes)
        if let death = deaths[index] { result.errorText = "\(name(lines[index])): its worker \(death)" }
        results[lines[index]] = result
      },
      onAttemptFailed: { index, _, record in
        board.set(.done, of: lines[index])
        deaths[index] = record.failure ?? record.status.text
      },
      tick: {
        self.tick()
        guard let since = self.interruptedAt, monotonicNanoseconds() - since > Self.patience else { return }
        for process in workers.workerProcesses { kill(process, SIGKILL) }
      })
  }

  private func name(_ line: Int) -> String {
    let job = jobs[copies[line].job]
    return job.numjobs == 1 ? "job '\(job.name)'" : "job '\(job.name)', copy \(copies[line].copy)"
  }

  // MARK: Meanwhile

  private func tick() {
    if interruptedAt == nil, options.interruption?.signal != nil {
      interruptedAt = monotonicNanoseconds()
      board.order = .interrupt
    }
    let now = monotonicNanoseconds()
    if board.began > 0 { steadiness.look(board, now: now) }
    tellStatus(now)
    guard let onProgress = options.onProgress, now >= nextTold else { return }
    nextTold = now + WorkerPool.tickNanoseconds
    onProgress(progress(now))
  }

  /// Hands out what all copies have measured so far, when it is time.
  private func tellStatus(_ now: Int) {
    guard let onStatus = options.onStatus, board.began > 0, now >= board.began else { return }
    let elapsed = earlier.elapsed + now - board.began
    guard let (answers, late) = questions.look(elapsed: elapsed) else { return }
    for (index, line) in threads.enumerated() where results[line] == nil {
      results[line] = crew.result(index)
    }
    var soFar = earlier
    soFar.copies += copies.indices.compactMap { results[$0] ?? answers[$0] }
    guard !soFar.copies.isEmpty else { return }
    soFar.elapsed = elapsed
    soFar.timeLeft = ProgressMeter(jobs).timeLeft(progress(now)) ?? 0
    soFar.disks = disks.use()
    soFar.notes.append("the figures so far, \(elapsed / 1_000_000) ms after the start: the run goes on")
    if late > 0 {
      soFar.notes.append("\(late) copies wait for their devices: their figures are of the report before")
    }
    onStatus(soFar)
  }

  private func progress(_ now: Int) -> Progress {
    let elapsed = board.began > 0 ? max(0, now - board.began) : 0
    return Progress(
      phase: .running, copies: all.map { self.progress(of: $0, elapsed) }, elapsed: earlier.elapsed + elapsed)
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
