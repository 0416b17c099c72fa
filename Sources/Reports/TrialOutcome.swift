/// How a repeat ended. Only `ok` rows enter statistics.
public enum TrialStatus: String, CaseIterable, Sendable {
  case ok
  case failed
  /// The output is not what it must be.
  case wrong
  /// It cannot run here; the reason says why.
  case skipped
  /// It ran, but was not what was to be measured (swapping, a cache in the wrong state, a throttled disk).
  case invalid
  /// It took up the work of a job that was cut off.
  case resumed
}

/// One text for input, shuffle and output each, in columns that hold one value: `libaio/memcpy/libaio`.
public func joinedRoles(_ values: [String]) -> String { values.joined(separator: "/") }

/// What the engine measured in one repeat; nil is "not measured", an empty field, never a zero.
public struct TrialOutcome: Sendable {
  public var status: TrialStatus
  /// Empty for `ok`.
  public var reason: String

  // Nanoseconds. `wall` runs from the submission to a warm, idle controller until the output is published.
  public var wall: Int?
  /// Of the whole process; `job` only.
  public var processWall: Int?
  public var stage: Int?
  public var poolStart: Int?
  public var prefault: Int?
  /// From the first map's request until the last map's end; reduces likewise.
  public var map: Int?
  public var reduce: Int?
  /// Summed over all workers: time in which an attempt was blocked on the tier.
  public var inputWait: Int?
  public var shuffleWait: Int?
  public var outputWait: Int?
  /// The maps' part of ``shuffleWait`` (the summary splits phases by it).
  public var shuffleWriteWait: Int?
  /// The part of the three waits that device models added.
  public var modelledWait: Int?
  public var verify: Int?
  public var cleanup: Int?
  /// Of the workers, user and system.
  public var cpu: Int?

  /// nil where the machine has no such counter.
  public var instructions: Int?
  /// Bytes asked of the input tier by the maps.
  public var readBytes: Int?
  /// What the devices read for the workers, as `/proc/PID/io` counts (`read_bytes`).
  public var deviceReadBytes: Int?
  /// The share of bytes read from memory tiers that lay on the reader's NUMA node; nil on one node.
  public var localReadShare: Double?
  public var shuffleBytes: Int?
  public var outputBytes: Int?
  /// The largest of any worker.
  public var peakAnonymousBytes: Int?
  public var spilledBytes: Int?
  public var retries: Int?
  public var badRows: Int?
  /// Configured memory × duration, rounded up to 1 ms, summed over activations.
  public var billedGigabyteSeconds: Double?
  public var costDollars: Double?
  public var maps: Int?
  public var reduces: Int?
  /// The output, and what reduces of a job with several stages left to later ones.
  public var outputBytesOfAllStages: Int?
  /// How the sides of a join met; empty for other workloads.
  public var join = ""
  /// In the order in which they ran.
  public var stages: [StageRow] = []

  /// One for each role, as in ``joinedRoles(_:)``.
  public var engine: String
  public var durability: String
  /// `measured`, `emulated`, `emulated+modelled`, …, as `Provenance.text` writes them.
  public var inputProvenance: String
  public var shuffleProvenance: String
  public var outputProvenance: String
  public var datasetDigest: String
  public var outputDigest: String
  /// Of the device models that paced it; empty where none did.
  public var modelDigest: String
  public var activations: [ActivationRow]
  public var noise = TrialNoise()

  public init(_ status: TrialStatus, reason: String = "") {
    self.status = status
    self.reason = reason
    engine = ""
    durability = ""
    inputProvenance = ""
    shuffleProvenance = ""
    outputProvenance = ""
    datasetDigest = ""
    outputDigest = ""
    modelDigest = ""
    activations = []
  }
}

/// What one stage of a job did and cost: one row of `stages.csv`.
public struct StageRow: Sendable {
  /// `map`, `reduce`, or with a title before it where a job has several: `join.map`.
  public var name: String
  public var isMap: Bool
  public var tasks: Int
  /// Of the segments that its tasks wrote; 0 where they wrote parts of the output.
  public var partitions: Int
  /// From the first task's request until the last task's end, in nanoseconds.
  public var wall = 0
  public var readBytes = 0
  public var shuffleReadBytes = 0
  public var shuffleWrittenBytes = 0
  public var outputBytes = 0
  public var spilledBytes = 0
  public var badRows = 0

  public init(name: String, isMap: Bool, tasks: Int, partitions: Int) {
    self.name = name
    self.isMap = isMap
    self.tasks = tasks
    self.partitions = partitions
  }
}

/// One activation, with OpenWhisk's fields and what it cost: one row of `activations.csv`.
public struct ActivationRow: Sendable {
  public enum StartKind: String, Sendable {
    case cold
    case warm
  }

  public var activationID = ""
  /// `map`, `reduce`, …
  public var action = ""
  /// The stage's name, as in `stages.csv`.
  public var stage = ""
  /// The task's number in its stage.
  public var task = 0
  /// CLOCK_MONOTONIC of the machine; comparable within a run only.
  public var start = 0
  public var end = 0
  /// From the request to a free worker.
  public var wait = 0
  /// Process start; nil for a warm start.
  public var initialization: Int?
  public var run = 0
  /// `ok`, `failed`, `lost`, `timeout`, …
  public var status = ""
  /// Counted from 1.
  public var attempt = 1
  public var worker = 0
  public var startKind = StartKind.warm
  public var bytesIn = 0
  public var bytesOut = 0
  /// What devices read for the worker since this was last counted; nil where it was not.
  public var deviceReadBytes: Int?
  public var peakAnonymousBytes = 0
  public var cpu = 0
  public var billedGigabyteSeconds = 0.0

  public init() {}
}

/// The machine and the build, as every row says them.
public struct RowEnvironment: Hashable, Sendable {
  /// CPU model, cores, memory rounded, kernel major.minor.
  public var machineClass: String
  public var commit: String
  /// `release` or `debug`.
  public var buildMode: String

  public init(machineClass: String, commit: String, buildMode: String) {
    self.machineClass = machineClass
    self.commit = commit
    self.buildMode = buildMode
  }
}

/// One repeat of one cell: one row of `trials.csv`.
public struct TrialRow: Sendable {
  public var experiment: String
  public var cell: TrialCell
  /// The cell's number in its experiment, from 1.
  public var trial: Int
  /// From 1; 0 for a row that stands for a whole cell that could not run.
  public var repeatNumber: Int
  /// The place in time among all measured repeats of the run, from 1; 0 where nothing ran.
  public var order: Int
  public var outcome: TrialOutcome
  public var environment: RowEnvironment

  public init(
    experiment: String, cell: TrialCell, trial: Int, repeatNumber: Int, order: Int, outcome: TrialOutcome,
    environment: RowEnvironment
  ) {
    self.experiment = experiment
    self.cell = cell
    self.trial = trial
    self.repeatNumber = repeatNumber
    self.order = order
    self.outcome = outcome
    self.environment = environment
  }
}
