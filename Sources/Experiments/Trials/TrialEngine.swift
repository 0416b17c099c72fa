import Functions
import Glibc
import MapReduce
import Metrics
import Reports
import Storage

/// Runs trials: datasets made and staged, each repeat of a cell quiesced, run, checked and cleaned up.
public final class TrialEngine {
  private let bench: TierBench
  private let store: DatasetStore
  private let interruption: Interruption?
  private let threads = Processors.usable
  private var platforms: [String: JobPlatform] = [:]
  private var prepared: [String: (prefault: Int, poolStart: Int)] = [:]
  private var jobNumber = 0
  private var throttling = Throttling()
  /// Folder to which the segments of each cell's first run are copied before they are deleted (`--keep`).
  public var keep: String?
  /// Folder for the malformed rows that each cell's first run set aside.
  public var rejects: String?

  /// Nanoseconds after which an activation is killed and tried again.
  public var timeLimit = PoolOptions.usualTimeLimit

  public init(_ cells: [TrialCell], datasets: String, interruption: Interruption?) throws {
    bench = TierBench(cells)
    store = try DatasetStore(path: datasets)
    self.interruption = interruption
  }

  public func close() {
    closePlatforms()
    bench.close()
  }

  /// Ends the workers of a group of cells.
  public func closePlatforms() {
    for platform in platforms.values { platform.workers.shutdown() }
    platforms = [:]
    prepared = [:]
  }

  /// Made if it is not there yet; checked in any case.
  public func dataset(_ specification: DatasetSpecification, progress: (Double) -> Void) throws -> Dataset {
    func goesOn(_ done: Int, _ size: Int) -> Bool {
      progress(size > 0 ? Double(done) / Double(size) : 1)
      return interruption?.signal == nil
    }
    if !specification.inputs.isEmpty {
      return try store.importFiles(specification.inputs, threads: threads, progress: goesOn)
    }
    guard let kind = DatasetKind(rawValue: specification.kind) else {
      throw JobError("unknown dataset '\(specification.kind)'")
    }
    let spec = try DatasetSpec(
      kind: kind, size: specification.size, seed: specification.seed, vocabulary: specification.vocabulary)
    return try store.ensure(spec, threads: threads, progress: goesOn)
  }

  public func release(_ dataset: Dataset) throws { try bench.unstage(dataset) }

  /// One run of a cell. What goes wrong in it is its outcome; only an interruption is thrown.
  ///
  /// - Parameter expected: The digest that the output must have.
  public func run(_ cell: TrialCell, on datasets: [Dataset], expected: String) throws -> TrialOutcome {
    do {
      return try attempt(cell, datasets, expected)
    } catch let error as FunctionError {
      if case .interrupted = error { throw error }
      platforms.removeValue(forKey: cell.id)?.workers.shutdown()
      return TrialOutcome(.failed, reason: datasets.reduce(error.description) { $1.placed($0) })
    } catch is CancellationError {
      throw CancellationError()
    } catch let error as StorageError where error.kind == .unavailable {
      return TrialOutcome(.skipped, reason: error.description)
    } catch {
      platforms.removeValue(forKey: cell.id)?.workers.shutdown()
      return TrialOutcome(.failed, reason: "\(error)")
    }
  }

  private func attempt(_ cell: TrialCell, _ datasets: [Dataset], _ expected: String) throws -> TrialOutcome {
    let input = try bench.host(cell.system.input, isShuffle: false)
    let shuffle = try bench.host(cell.system.shuffle, isShuffle: true)
    let output = try bench.host(cell.system.output, isShuffle: false)
    let staged = try datasets.map { try bench.stage($0, on: input) { interruption?.signal == nil } }
    let platform = try platform(cell, input, shuffle, output)
    let times = prepared[cell.id] ?? (0, 0)

    try Quiesce.settle(folders: [input, shuffle, output].flatMap(\.configuration.folders), interruption)
    if let reason = try CacheState.prepare(cell.job.cache, input) {
      return TrialOutcome(.invalid, reason: reason)
    }
    let swapped = Quiesce.swappedPages
    jobNumber += 1
    let request = try request(cell, staged.map(\.file))
    let job = try Job(request, id: "j\(getpid())-\(jobNumber)", on: platform)
    let watch = DiskWatch(input, cache: cell.job.cache)
    let noise = NoiseMeter()
    let submitted = monotonicNanoseconds()
    let cpuBefore = Processes.ownCPUNanoseconds
    let result: JobResult
    do {
      result = try job.run()
    } catch {
      try? job.cleanUp(keepingOutput: false)
      throw error
    }
    let controllerCPU = Processes.ownCPUNanoseconds - cpuBefore

    var outcome = TrialOutcome(.ok)
    outcome.take(result)
    outcome.cpu = (outcome.cpu ?? 0) + controllerCPU
    outcome.noise = noise.stop(own: outcome.cpu ?? 0)
    outcome.take(input: input, shuffle: shuffle, output: output)
    outcome.stage = staged.reduce(0) { $0 + $1.nanoseconds }
    outcome.prefault = times.prefault
    outcome.poolStart = times.poolStart
    outcome.datasetDigest = datasets.map(\.manifest.digest).joined(separator: "+")
    let diskRates = watch?.stop(by: submitted + result.mapNanoseconds) ?? []
    let throttled = throttling.take(cell, outcome, busyRates: diskRates)
    if Quiesce.swappedPages != swapped {
      outcome.status = .invalid
      outcome.reason = "swapping: the machine moved pages to or from swap"
    } else if let reason = CacheState.violation(cell, outcome, input, shuffle) ?? throttled {
      outcome.status = .invalid
      outcome.reason = reason
    }
    if let keep { try result.keepSegments(from: shuffle, as: "\(keep)/\(cell.id)") }
    if let rejects, !result.rejects.isEmpty {
      try result.keepRejects(from: output, of: datasets, in: rejects, as: "\(cell.id).tsv")
    }

    let checking = monotonicNanoseconds()
    var options = PoolOptions()
    options.interruption = interruption
    // One activation reads the whole output: a limit for a split's work is not for it.
    options.timeLimitNanoseconds = max(timeLimit, PoolOptions.usualTimeLimit)
    let verdict = try OutputVerifier.verify(
      result.parts, of: request.workload, expected: expected, on: output, options: options)
    outcome.verify = monotonicNanoseconds() - checking
    outcome.outputDigest = verdict.digest
    if let failure = verdict.failure {
      outcome.status = .wrong
      outcome.reason = failure
    }
    let cleaning = monotonicNanoseconds()
    try job.cleanUp(keepingOutput: false)
    outcome.cleanup = monotonicNanoseconds() - cleaning
    return outcome
  }

  /// - Parameter files: Of ``TrialCell/datasets``.
  private func request(_ cell: TrialCell, _ files: [InputFile]) throws -> JobRequest {
    let workload = try Workload(name: cell.job.workload.name, parameters: cell.job.workload.parameters)
    // The larger table comes first in a cell, and last among a workload's roles.
    var request = JobRequest(workload, input: zip(workload.roles.reversed(), files).map { JobInput($0, $1) })
    request.plan = cell.job.plan
    request.encoding = cell.job.encoding
    request.layout = cell.job.layout
    request.combiner = cell.job.combiner
    request.join = cell.job.join ?? .auto
    request.splitSize = cell.job.splitSize
    request.reduces = cell.job.reducers
    if let limit = cell.job.memoryLimit {
      request.tableBudget = JobRequest.tableBudget(memoryLimit: limit)
    }
    return request
  }

  /// The cell's workers and their mappings, which stay for all its repeats.
  private func platform(
    _ cell: TrialCell, _ input: TierHost, _ shuffle: TierHost, _ output: TierHost
  ) throws -> JobPlatform {
    if let platform = platforms[cell.id] { return platform }
    var options = PoolOptions()
    options.workers = cell.job.workers
    options.starts = cell.job.starts == .cold ? .cold : .warm
    options.memoryLimit = cell.job.memoryLimit
    options.timeLimitNanoseconds = timeLimit
    // A cgroup would charge a worker for the pages of the shared tiers that it touches first.
    options.memoryMechanism = .dataLimit
    options.interruption = interruption
    options.countsInstructions = true
    options.binding =
      switch cell.job.numa {
      case .spread: WorkerBinding.acrossNodes()
      case .off: nil
      case .node(let node): WorkerBinding.on(node: node)
      }
    let platform = try JobPlatform(input: input, shuffle: shuffle, output: output, options: options)
    platforms[cell.id] = platform
    var times = (prefault: 0, poolStart: 0)
    if options.starts == .warm {
      let start = monotonicNanoseconds()
      try platform.workers.prewarm(cell.job.workers)
      times.poolStart = monotonicNanoseconds() - start
      if cell.job.prefault {
        let start = monotonicNanoseconds()
        try platform.prefault(SpacePlan.expectedBytes(cell), workerCount: cell.job.workers)
        times.prefault = monotonicNanoseconds() - start
      }
    }
    prepared[cell.id] = times
    return platform
  }
}
