import Functions
import Glibc
import MapReduce
import Metrics
import Reports
import Storage

/// One job on the user's own files, read where they lie; its output is a folder of plain files.
public struct FileJob {
  public var workload: Workload
  /// Files and folders of each of the workload's roles.
  public var inputs: [InputRole: [String]]
  /// A folder that does not exist, is empty, or holds only what a job left that was killed.
  public var output: String
  public var system: SystemSpecification
  public var workers: Int
  public var plan = Plan.optimized
  public var encoding = RecordEncoding.binary
  public var layout = Layout.segment
  public var reduces: Int?
  /// How the sides of a join meet.
  public var join = JoinMethod.auto
  public var splitSize = Planner.defaultSplitSize
  /// Bytes that each worker may hold; nil: no limit.
  public var memoryLimit: Int?
  /// Nanoseconds after which an activation is killed and tried again.
  public var timeLimit = PoolOptions.usualTimeLimit
  /// Whether the output is on the device before the job ends; else it is in the page cache.
  public var durable = false
  public var starts = PoolOptions.Starts.warm
  /// Tiers that must be the real thing.
  public var requireReal: Set<TierKind> = []
  /// Ends the job early; see ``Interruption``.
  public var interruption: Interruption?
  /// Told what is other than a user would expect on this machine.
  public var note: ((String) -> Void)?
  public var progress: ((JobProgress) -> Void)?

  public init(
    _ workload: Workload, inputs: [InputRole: [String]], output: String, system: SystemSpecification,
    workers: Int
  ) {
    self.workload = workload
    self.inputs = inputs
    self.output = output
    self.system = system
    self.workers = workers
  }

  /// Runs the job; on any error nothing is left in the output folder.
  public func run() throws -> JobResult {
    let files = try workload.roles.flatMap { role in
      try InputPaths.files(inputs[role] ?? []).map { JobInput(role, $0) }
    }
    var request = JobRequest(workload, input: files)
    request.plan = plan
    request.encoding = encoding
    request.layout = layout
    request.reduces = reduces
    request.splitSize = splitSize
    request.join = join
    if let memoryLimit { request.tableBudget = JobRequest.tableBudget(memoryLimit: memoryLimit) }

    try TierPlacement.demandReal(requireReal, [system.shuffle])
    let folder = try OutputFolder(output)
    defer { folder.close() }
    do {
      let (result, workers) = try run(request)
      workers.dismiss()
      return result
    } catch {
      folder.discard()
      throw error
    }
  }

  /// Returns the job's workers too, which are idle: they end after this process has let go of the tiers, since the
  /// shuffle's memory is given back by whoever holds it last, and that takes longer than all else the controller does.
  private func run(_ request: JobRequest) throws -> (JobResult, WorkerPool) {
    let isJoin = workload.roles.count > 1
    var capacity = Planner.shuffleBytes(
      inputBytes: request.inputBytes, splitSize: request.splitSize, workers: workers,
      combines: request.combines, encoding: request.encoding, isJoin: isJoin)
    var tier = system.shuffle
    if tier.isPool {
      capacity += Planner.poolRoom(
        maps: request.mapCount, workers: workers, partitions: request.partitions, layout: request.layout,
        isJoin: isJoin)
    }
    if let reason = SharedMemoryFit.refusal(of: tier, bytes: capacity), tier.isPool {
      tier.folders = [TierPlacement.anonymousMemory]
      note?("\(reason): the shuffle's pool is in anonymous memory (memfd), still emulated")
    }
    var placement = try TierPlacement.configuration(tier, capacity: capacity, durable: false)
    if placement.kind == .dram { placement.pools = min(max(1, workers), TierConfiguration.mostPools) }
    // What a killed job left must not take this one's space.
    try TierPlacement.sweep(placement.folders)
    let shuffle = try TierHost.open(placement)
    defer { shuffle.close() }
    let outputHost = try TierHost.open(
      TierConfiguration(.file, folders: [output], durable: durable, plain: true))
    defer { outputHost.close() }
    var options = PoolOptions()
    options.workers = max(1, workers)
    options.starts = starts
    options.memoryLimit = memoryLimit
    options.timeLimitNanoseconds = timeLimit
    // A cgroup would charge a worker for the pages of the shared tiers that it touches first.
    options.memoryMechanism = .dataLimit
    options.interruption = interruption
    options.countsInstructions = true
    options.binding = WorkerBinding.acrossNodes()
    let platform = try JobPlatform(input: nil, shuffle: shuffle, output: outputHost, options: options)
    do {
      let job = try Job(request, id: "job", outputPrefix: "", on: platform, progress: progress)
      return (try job.run(), platform.workers)
    } catch {
      // No worker may write into a folder that is being removed.
      platform.workers.shutdown()
      throw error
    }
  }
}
