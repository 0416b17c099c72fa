import CSystemIO
import Glibc
import Metrics

/// One copy of a job, in a function worker or a thread: files opened, buffers and queue made ready, the common start,
/// requests, the verifying pass.
struct CopyRun {
  let task: CopyTask
  let board: LiveBoard
  private var result: CopyResult

  /// Runs it to its end. What goes wrong is in the result: a copy's error leaves the others running.
  static func run(_ task: CopyTask, _ board: LiveBoard) -> CopyResult {
    var run = CopyRun(task, board)
    do { try run.run() } catch { run.note(error) }
    board.set(.done, of: task.line)
    return run.result
  }

  private init(_ task: CopyTask, _ board: LiveBoard) {
    self.task = task
    self.board = board
    result = CopyResult(job: task.plan.job, copy: task.plan.copy)
    result.process = Int(getpid())
    result.files = task.job.engine == .null ? [] : task.plan.paths
    result.regionSize = task.plan.layout.regions.reduce(0) { $0 + $1.size }
  }

  private mutating func note(_ error: any Error) {
    let failure = error as? IOFailure ?? IOFailure(EIO, "\(error)")
    result.errorNumber = Int(failure.number)
    result.errorText = failure.description
  }

  private var job: IOJob { task.job }

  private mutating func run() throws {
    guard task.attempt == 0 else {
      throw IOFailure(EIO, "its worker died; what it had measured is lost")
    }
    try Placement.apply(job, copy: task.plan.copy)
    let files = try OpenFiles(job, task.plan)
    let rules = LoopRules(job)
    let buffers = try RequestBuffers(count: rules.depth, size: job.largestBlock)
    let content = BlockContent(job, seed: task.plan.seed)
    for tag in 0..<buffers.count { content.prepare(buffers.buffer(tag), number: tag) }
    let setup = EngineSetup(
      files: files.engineFiles, depth: rules.depth, buffers: buffers.start, bufferSize: buffers.size,
      bufferPitch: buffers.pitch, writes: job.pattern.writes, direct: job.direct, isSynced: job.sync != .none,
      fixedBuffers: job.fixedBuffers, registeredFiles: job.registeredFiles,
      allowsEmulation: task.allowsEmulation)
    let measured = Measured(files: files, rules: rules, buffers: buffers, content: content)
    switch job.engine {
    case .psync: run(PsyncEngine(setup), measured)
    case .sync: run(SyncEngine(setup), measured)
    case .pvsync2: run(Pvsync2Engine(setup), measured)
    case .mmap: try run(MmapEngine(setup), measured)
    case .libaio: try run(LibaioEngine(setup), measured)
    case .io_uring: try run(UringEngine(setup), measured)
    case .libpmem: try run(LibpmemEngine(setup), measured)
    case .null:
      if job.depth == 1 { run(NullEngine(setup), measured) } else { run(NullQueueEngine(setup), measured) }
    }
  }

  /// What every engine works with.
  private struct Measured {
    var files: OpenFiles
    var rules: LoopRules
    var buffers: RequestBuffers
    var content: BlockContent
  }

  private mutating func run<Engine: RequestEngine & ~Copyable>(
    _ engine: consuming Engine, _ measured: Measured
  ) {
    guard let began = waitForStart() else {
      result.isInterrupted = board.order == .interrupt
      return
    }
    let isFromIntendedTime = measured.rules.hasPace
    result.isFromIntendedTime = isFromIntendedTime
    if isFromIntendedTime { mb_precise_sleep() }
    let meter = CopyMeter(
      job, board: board, line: task.line, began: began, isThread: task.isThread,
      isImmediate: Engine.isImmediate, before: result)
    let checks = job.verify != .none && !job.pattern.writes
    var loop = RequestLoop(
      engine: engine, source: JobRequests(job, task.plan), meter: meter, job: job, rules: measured.rules,
      buffers: measured.buffers, content: measured.content,
      checksReads: checks)
    loop.run()
    loop.meter.end()
    let (requests, directions) = (loop.issued, loop.directions)
    let order = loop.meter.order
    conclude(loop.outcome)
    result.isInterrupted = order == .interrupt
    if job.steadyState != nil { result.reachedSteadyState = order == .enough }
    engine = loop.finish(into: &result)
    if job.verify != .none, job.pattern.writes, result.errorNumber == 0, order != .interrupt {
      let written = WrittenRequests(job, task.plan, requests: requests, directions: directions)
      verify(engine, written, measured)
    }
  }

  /// Waits for the others and for `startdelay`, which counts from the run's start.
  private func waitForStart() -> Int? {
    guard var began = board.waitForAll(as: task.line, now: monotonicNanoseconds) else { return nil }
    if job.startDelay > 0 {
      began += max(0, job.startDelay - task.runElapsed)
    }
    while true {
      let left = began - monotonicNanoseconds()
      guard left > 0 else {
        board.set(job.rampTime > 0 ? .ramping : .measuring, of: task.line)
        return began
      }
      if board.order(of: task.line) != .goOn { return nil }
      guard left > 100_000 else { continue }
      var time = timespec(tv_sec: 0, tv_nsec: min(left - 50_000, 20_000_000))
      nanosleep(&time, nil)
    }
  }

  /// Reads back what was written, as fio does: its requests count as reads of the job, beside those of a mix.
  private mutating func verify<Engine: RequestEngine & ~Copyable>(
    _ engine: consuming Engine, _ written: consuming WrittenRequests, _ measured: Measured
  ) {
    if let failure = measured.files.dropCaches(job) {
      note(failure)
      return
    }
    var reading = job
    (reading.runtime, reading.rampTime) = (0, 0)
    (reading.bandwidthLog, reading.latencyLog, reading.iopsLog) = (nil, nil, nil)
    var rules = measured.rules
    (rules.hasPace, rules.syncEvery, rules.thinkTime) = (false, 0, 0)
    var meter = CopyMeter(
      reading, board: board, line: task.line, began: monotonicNanoseconds(), isThread: task.isThread,
      isImmediate: Engine.isImmediate, before: result)
    meter.setPhase(.verifying)
    var loop = RequestLoop(
      engine: engine, source: written, meter: meter, job: reading, rules: rules, buffers: measured.buffers,
      content: measured.content, checksReads: true)
    loop.run()
    loop.meter.end()
    conclude(loop.outcome)
    var checked = CopyResult(job: 0, copy: 0)
    if loop.meter.order == .interrupt { result.isInterrupted = true }
    _ = loop.finish(into: &checked)
    result.add(verifying: checked)
  }

  /// Takes over what went wrong in a loop.
  private mutating func conclude(_ outcome: LoopOutcome) {
    result.wrongBlocks += outcome.wrongBlocks
    if let (file, difference) = outcome.difference, result.errorNumber == 0 {
      result.errorNumber = Int(EILSEQ)
      result.errorText = "verify \(task.plan.paths[file]): \(difference)"
    }
    guard let failure = outcome.failure, result.errorNumber == 0 else { return }
    result.errorNumber = failure.number == 0 ? Int(EIO) : failure.number
    result.errorText = text(of: failure)
  }

  private func text(of failure: RequestFailure) -> String {
    guard let request = failure.request else {
      let object =
        failure.syncedFile.map { task.plan.paths[$0] } ?? "completions of ioengine=\(job.engine.rawValue)"
      let action = failure.syncedFile == nil ? "wait for" : job.fdatasyncEvery > 0 ? "fdatasync" : "fsync"
      return IOFailure.call(action, object, Int32(failure.number)).description
    }
    let action = request.isWrite ? "write" : "read"
    let object = "\(task.plan.paths[request.file]), \(request.length) bytes at offset \(request.offset)"
    guard failure.number != 0 else {
      return "\(action) \(object): the file ends there (somebody cut it short meanwhile?)"
    }
    let advice: String? =
      switch Int32(failure.number) {
      case EINVAL where job.direct:
        "with direct=1 bs and offsets must be multiples of the device's sector, and the file system must take O_DIRECT"
      case ENOSPC, EDQUOT: "the device is full"
      case EIO where job.engine == .mmap || job.engine == .libpmem:
        "the device failed (see dmesg) or is full, or somebody cut the file short meanwhile"
      case EIO: "the device failed: see dmesg"
      default: nil
      }
    return IOFailure.call(action, object, Int32(failure.number), advice: advice).description
  }
}
