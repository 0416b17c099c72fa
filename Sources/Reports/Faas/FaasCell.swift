import Functions

/// One cell of a faas experiment: how a platform is called.
public struct FaasCell: Hashable, Sendable {
  /// When invocations are asked for.
  public enum Arrival: String, CaseIterable, Sendable {
    /// The next when a worker is free: latency is that of one call.
    case closed
    /// All at once: latency includes the wait for a worker.
    case burst
  }

  public var scenario: String
  /// A profile of the function platform.
  public var platform: String
  public var action: String
  public var arrival: Arrival
  public var starts: JobSpecification.Starts
  /// Workers at most.
  public var concurrency: Int
  public var invocations: Int
  /// Bytes of the argument; the action `echo` returns them.
  public var payload: Int
  /// Bytes that a worker may have; nil: no limit.
  public var memory: Int?
  /// Bytes that the action `touch` writes to; nil for the others.
  public var touched: Int?

  public init(
    scenario: String, platform: String, action: String, arrival: Arrival, starts: JobSpecification.Starts,
    concurrency: Int, invocations: Int, payload: Int, memory: Int?, touched: Int?
  ) {
    self.scenario = scenario
    self.platform = platform
    self.action = action
    self.arrival = arrival
    self.starts = starts
    self.concurrency = concurrency
    self.invocations = invocations
    self.payload = payload
    self.memory = memory
    self.touched = touched
  }

  /// 16 hexadecimal digits, as ``TrialCell/id``: of all factors but the scenario's name.
  public var id: String {
    TrialCell.hash([
      ("kind", "faas"), ("platform", platform), ("action", action), ("arrival", arrival.rawValue),
      ("starts", starts.rawValue), ("concurrency", String(concurrency)), ("invocations", String(invocations)),
      ("payload", String(payload)), ("memory", memory.map { String($0) } ?? ""),
      ("touched", touched.map { String($0) } ?? ""),
    ])
  }
}

/// Times of some calls, sorted; percentiles are calls themselves (nearest rank), nothing is interpolated.
public struct LatencySample: Sendable {
  private let sorted: [Int]

  public init(_ nanoseconds: [Int]) { sorted = nanoseconds.sorted() }

  public var count: Int { sorted.count }
  public var maximum: Int? { sorted.last }

  /// - Parameter share: As 0.99; nil where fewer calls than 1/(1 − share) make it the same as the maximum.
  public func percentile(_ share: Double) -> Int? {
    guard !sorted.isEmpty, Double(sorted.count) * (1 - share) >= 1 - 1e-9 || share <= 0.5 else { return nil }
    return sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
  }
}

/// One repeat of a cell: one row of `faas.csv`.
public struct FaasRow: Sendable {
  public var experiment: String
  public var cell: FaasCell
  public var trial: Int
  public var repeatNumber: Int
  public var order: Int
  public var status: TrialStatus
  public var reason = ""
  /// `measured`, with `+modelled` where the profile adds delays.
  public var provenance: String
  /// Nanoseconds from the first request to the last result.
  public var wall: Int?
  public var activations: [ActivationRow] = []
  public var noise = TrialNoise()
  public var environment: RowEnvironment

  public init(
    experiment: String, cell: FaasCell, trial: Int, repeatNumber: Int, order: Int, status: TrialStatus,
    reason: String = "", provenance: String, environment: RowEnvironment
  ) {
    self.experiment = experiment
    self.cell = cell
    self.trial = trial
    self.repeatNumber = repeatNumber
    self.order = order
    self.status = status
    self.reason = reason
    self.provenance = provenance
    self.environment = environment
  }

  var succeeded: [ActivationRow] { activations.filter { $0.status == ActivationStatus.success.text } }

  /// Of each call, from when it was asked for (burst) or given to a worker (closed) until its result was there.
  public func latencies(_ kind: ActivationRow.StartKind? = nil) -> [Int] {
    succeeded.filter { kind == nil || $0.startKind == kind }
      .map { $0.end - $0.start + (cell.arrival == .burst ? $0.wait : 0) }
  }

  /// Successful calls a second.
  public var throughput: Double? {
    guard let wall, wall > 0 else { return nil }
    return Double(succeeded.count) * 1e9 / Double(wall)
  }
}
