import CSystemIO
import Functions
import Glibc
import Metrics
import Storage

/// Runs the jobs of job files: files laid out first, then stage by stage, then the files removed.
///
/// Jobs run together but for `stonewall`, behind which a stage waits for the one before it. All copies of a stage start
/// their clocks together, when the last of them is ready.
public struct IORun {
  public struct Options {
    public enum Workers: String, CaseIterable, Sendable {
      /// Function workers, a process each: what a function sees.
      case process
      /// Threads of this process, as with `thread` in the job file.
      case thread
    }

    public var workers = Workers.process
    /// Existing files and block devices may be overwritten.
    public var allowsDestruction = false
    /// Memory and ordinary files may stand in for persistent memory.
    public var allowsEmulation = false
    /// Leaves the test files that it made.
    public var keepsFiles = false
    /// Where the list of made files is kept as long as the run lives; `marvel-bench clean` must look there.
    public var listFolder = "/var/tmp"
    /// Starts the function workers.
    public var executable = "/proc/self/exe"
    /// SIGINT and SIGTERM end the run with what it has measured until then.
    public var interruption: Interruption?
    /// Called about every tenth of a second.
    public var onProgress: ((Progress) -> Void)?
    /// Called each ``statusInterval`` with what has been measured so far. For that each copy encodes its figures, which
    /// takes it about half a millisecond between two requests.
    public var onStatus: ((RunResult) -> Void)?
    /// Nanoseconds.
    public var statusInterval = 10_000_000_000

    public init() {}
  }

  let jobs: [IOJob]
  let options: Options

  public init(_ jobs: [IOJob], _ options: Options = Options()) {
    self.jobs = jobs
    self.options = options
  }

  /// - Returns: A result for each copy that was started; one that failed has its error there.
  /// - Throws: ``JobFileError`` or ``IOFailure`` before anything was measured: sizes that do not fit, files that may not
  ///   be written or made; `FunctionError` where no worker can be started, or a signal came before the first stage.
  public func run() throws -> RunResult {
    let plan = try FilePlan(jobs)
    for file in plan.files where file.isWritten || file.survey.size < file.size {
      try FileSafety.checkWriting(file.path, file.survey, isDestructionAllowed: options.allowsDestruction)
    }
    var result = RunResult(jobs: jobs)
    // A run that makes no files needs no list of them.
    let makesFiles = plan.files.contains { $0.survey.kind == .missing || $0.survey.size < $0.size }
    let created = makesFiles ? try CreatedFiles(listedIn: options.listFolder) : nil
    defer { created?.close(keeping: options.keepsFiles) }
    if let created { try prepare(plan, created) }
    for file in plan.files where file.survey.isSparse {
      result.notes.append(
        "\(file.path) has holes: what was never written is read without the device (write it whole first)")
    }

    let disks = DiskMeter(plan.files.map(\.path))
    var first = 0
    result.startedAt = Self.now()
    while first < jobs.count, !result.isInterrupted {
      let last = jobs[(first + 1)...].firstIndex(where: \.stonewall) ?? jobs.count
      let copies = plan.copies.filter { (first..<last).contains($0.job) }
      let stage = try StageRun(jobs, copies, plan.copies, result, disks, options)
      try stage.run(&result)
      first = last
    }
    result.disks = disks.use()
    for copy in result.copies where copy.lostLogSamples > 0 {
      result.notes.append(
        "job '\(jobs[copy.job].name)', copy \(copy.copy): \(copy.lostLogSamples) samples found no room in its logs"
          + " (set log_avg_msec)")
    }
    return result
  }

  private func prepare(_ plan: FilePlan, _ created: CreatedFiles) throws {
    var nextTold = 0
    let preparation = FilePreparation(created: created) { written, total in
      if options.interruption?.signal != nil { return false }
      let now = monotonicNanoseconds()
      if now >= nextTold {
        options.onProgress?(Progress(phase: .layout(written: written, of: total), copies: [], elapsed: 0))
        nextTold = now + WorkerPool.tickNanoseconds
      }
      return true
    }
    do { try preparation.make(plan.files) } catch is CancellationError {
      throw FunctionError.interrupted(signal: options.interruption?.signal ?? SIGINT)
    }
  }

  /// Milliseconds since 1970.
  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
