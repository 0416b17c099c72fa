import Functions
import Metrics
import Storage

/// The tiers and the workers under a job; stands before the clock starts and outlives several jobs.
public final class JobPlatform {
  /// nil: maps read the user's own files where they lie.
  public let input: TierHost?
  public let shuffle: TierHost
  public let output: TierHost
  public let workers: WorkerPool
  private let attempts: Int
  private var nextOwner: UInt32 = 1

  /// - Parameter options: Of the worker pool; what a worker must know of the tiers is added here.
  public init(input: TierHost?, shuffle: TierHost, output: TierHost, options: PoolOptions) throws {
    self.input = input
    self.shuffle = shuffle
    self.output = output
    var hosts: [TierHost] = []
    var places: [WorkerSetup.Place] = []
    var descriptors: [Int32] = []
    func index(of host: TierHost) -> Int {
      if let known = hosts.firstIndex(where: { $0 === host }) { return known }
      hosts.append(host)
      places.append(
        WorkerSetup.Place(
          descriptor: host.descriptor, firstDescriptor: descriptors.count,
          descriptorCount: host.fileDescriptors.count))
      descriptors += host.fileDescriptors
      return hosts.count - 1
    }
    let roles = (input.map(index), index(of: shuffle), index(of: output))
    var options = options
    options.initPayload =
      WorkerSetup(places: places, input: roles.0, shuffle: roles.1, output: roles.2).wire
    options.initDescriptors = descriptors
    attempts = options.attempts
    workers = try WorkerPool(options: options)
  }

  /// Owner tokens of one stage's attempts, never used again on this platform.
  struct Owners {
    let first: UInt32
    let attempts: Int
    func token(_ task: Int, attempt: Int) -> UInt32 { first + UInt32(task * attempts + attempt) }
  }

  func reserveOwners(_ tasks: Int) -> Owners {
    let owners = Owners(first: nextOwner, attempts: attempts)
    nextOwner += UInt32(max(1, tasks) * attempts)
    return owners
  }

  /// Frees what a dead attempt left; space that cannot be freed is lost until the run's end, which no job notices.
  func reclaim(_ owner: UInt32) {
    for host in output === shuffle ? [shuffle] : [shuffle, output] { try? host.tier.reclaim(owner: owner) }
  }

  /// Populates the memory tiers in each worker, which keeps its mapping: outside the clock (rule 8).
  ///
  /// - Parameter bytes: How much of each tier.
  public func prefault(_ bytes: Int, workerCount: Int) throws {
    var writer = WireWriter()
    writer.put(bytes)
    let payload = writer.bytes
    // As many as there are idle workers: all are dispatched before the first is done, so each takes one.
    let tasks = (0..<workerCount).map { index in
      TaskRequest(name: "prefault-\(index)", action: PrefaultAction.name) { _ in payload }
    }
    try workers.run(tasks: tasks, onCompletion: { _, _, _ in }, onAttemptFailed: { _, _, _ in })
  }
}

enum PrefaultAction {
  static let name = "prefault"

  static func run(_ context: inout ActivationContext, _ payload: [UInt8]) throws -> [UInt8] {
    var reader = WireReader(payload)
    let bytes = try reader.int()
    try reader.end()
    for tier in try WorkerTiers.of(context).all {
      try (tier as? any PooledTier)?.prefault(bytes)
    }
    return []
  }
}

/// The actions of MapReduce, by the names under which a worker knows them.
public enum JobActions {
  public static var all: [String: Action] {
    [
      Stage.Kind.map.rawValue: StageAction.run, Stage.Kind.reduce.rawValue: StageAction.run,
      PrefaultAction.name: PrefaultAction.run, VerifyAction.name: VerifyAction.run,
    ]
  }
}
