import MapReduce
import Storage

/// The columns of `trials.csv`, in their order: the one list from which header, rows and documentation come.
///
/// Names and order are fixed; later work appends columns and renames none.
public enum TrialColumns {
  /// Counted up when a column's meaning changes.
  public static let format = 1

  public static let all: [Column<TrialRow>] =
    identity + choices + result + times + amounts + origin + appended + noise

  private static let identity: [Column<TrialRow>] = [
    Column("format", "version of this table's columns") { _ in String(format) },
    Column("experiment", "name of the experiment") { $0.experiment },
    Column("cell", "stable id of all factors: equal in any run and on any machine") { $0.cell.id },
    Column(
      "parameters",
      "the factors without a column of their own, as k=v;… sorted by key; in a value %, ;, = and control "
        + "characters are %XX"
    ) { $0.cell.parameters },
    .count("trial", "number of the cell in its experiment, from 1") { $0.trial },
    .count("repeat", "number of the measurement of the cell, from 1; 0: stands for a cell that could not run")
    {
      $0.repeatNumber
    },
    .count("order", "place in time among the run's measurements, from 1; 0: nothing ran") { $0.order },
  ]

  private static let choices: [Column<TrialRow>] = [
    Column("workload", "what the job computes") { $0.cell.job.workload.name },
    Column("system", "named choice of input, shuffle and output tier and platform") { $0.cell.system.name },
    Column("platform", "profile of the function platform") { known($0, \.platform) },
    Column("input_tier", "where the dataset's blocks live") { known($0, \.input.kind.rawValue) },
    Column("shuffle_tier", "where the maps' segments live") { known($0, \.shuffle.kind.rawValue) },
    Column("output_tier", "where the output's parts live") { known($0, \.output.kind.rawValue) },
    Column("input_provenance", "measured, emulated, modelled, joined by +") { $0.outcome.inputProvenance },
    Column("shuffle_provenance", "the same for the shuffle tier") { $0.outcome.shuffleProvenance },
    Column("output_provenance", "the same for the output tier") { $0.outcome.outputProvenance },
    Column("plan", "paper, corral or optimized: which work is done in the map") { $0.cell.job.plan.rawValue },
    Column("encoding", "shuffle records as binary or json") { $0.cell.job.encoding.rawValue },
    Column("layout", "one segment a map, or object-per-partition") { $0.cell.job.layout.rawValue },
    Column("join", "how the sides of a join met: broadcast or partitioned; empty for other workloads") {
      $0.outcome.join
    },
    Column(
      "access", "of input, shuffle and output tier, joined by /: direct, buffered, libpmem, file, memory"
    ) {
      $0.cell.system.isMissing
        ? ""
        : joinedRoles(
          $0.cell.system.tiers.map { ($0.access ?? TierAccess.choices(for: $0.kind)[0]).rawValue })
    },
    Column("io_engine", "what moved the bytes of input, shuffle and output, joined by /") {
      $0.outcome.engine
    },
    Column("cache", "page cache before the clock: bypassed, cold, warm; none for memory tiers") {
      $0.cell.job.cache.rawValue
    },
    Column("starts", "warm: workers stand ready before the clock; cold: they start within it") {
      $0.cell.job.starts.rawValue
    },
    .count("workers", "function workers at once") { $0.cell.job.workers },
    .count("maps", "map tasks") { $0.outcome.maps },
    .count("reduces", "reduce tasks") { $0.outcome.reduces },
    .bytes("size_bytes", better: .none, "size asked of the dataset (of the larger table)") {
      $0.cell.dataset.size
    },
    Column("dataset_digest", "digest of the input") { $0.outcome.datasetDigest },
  ]

  /// What a system has; nothing of one that does not exist.
  private static func known(_ row: TrialRow, _ value: (SystemSpecification) -> String) -> String {
    row.cell.system.isMissing ? "" : value(row.cell.system)
  }

  private static let result: [Column<TrialRow>] = [
    Column("output_digest", "digest of the output's lines, whatever their order") { $0.outcome.outputDigest },
    Column(
      "durability",
      "when input, shuffle and output count as written, joined by /: none, cached, fdatasync, drain, ack"
    ) {
      $0.outcome.durability
    },
    Column("status", "ok, failed, wrong, skipped, invalid or resumed; only ok rows enter statistics") {
      $0.outcome.status.rawValue
    },
    Column("reason", "why the status is not ok, in one line") {
      // A line break in quotes is right by RFC 4180, and more than some readers know (gnuplot, awk).
      $0.outcome.reason.split(whereSeparator: \.isNewline).joined(separator: " ")
    },
  ]

  private static let times: [Column<TrialRow>] = [
    .nanoseconds("wall_ns", "submission to a warm, idle controller until the last output is published") {
      $0.outcome.wall
    },
    .nanoseconds("process_wall_ns", "of the whole process; job --json only, a run's process has many repeats")
    { $0.outcome.processWall },
    .nanoseconds("stage_ns", "staging the dataset on its tier; not in wall_ns") { $0.outcome.stage },
    .nanoseconds("pool_start_ns", "starting the workers where starts is warm; not in wall_ns") {
      $0.outcome.poolStart
    },
    .nanoseconds("prefault_ns", "touching the memory arenas first; not in wall_ns") { $0.outcome.prefault },
    .nanoseconds("map_ns", "first map's request until last map's end") { $0.outcome.map },
    .nanoseconds("reduce_ns", "first reduce's request until last reduce's end") { $0.outcome.reduce },
    .nanoseconds("input_wait_ns", "blocked on the input tier, summed over workers") { $0.outcome.inputWait },
    .nanoseconds("shuffle_wait_ns", "blocked on the shuffle tier, summed over workers") {
      $0.outcome.shuffleWait
    },
    .nanoseconds("output_wait_ns", "blocked on the output tier, summed over workers") {
      $0.outcome.outputWait
    },
    .nanoseconds("modelled_wait_ns", better: .none, "the part of the waits that device models added") {
      $0.outcome.modelledWait
    },
    .nanoseconds("verify_ns", better: .none, "reading back and checking the output; not in wall_ns") {
      $0.outcome.verify
    },
    .nanoseconds("cleanup_ns", better: .none, "deleting what the repeat left; not in wall_ns") {
      $0.outcome.cleanup
    },
    .nanoseconds("cpu_ns", "user and system time of the workers") { $0.outcome.cpu },
    .count(
      "instructions", better: .lower,
      "of the workers, in user mode; empty where the machine has no counter or forbids it"
    ) {
      $0.outcome.instructions
    },
  ]

  private static let amounts: [Column<TrialRow>] = [
    .bytes("read_bytes", "asked of the input tier") { $0.outcome.readBytes },
    .bytes("device_read_bytes", better: .none, "read by devices for the workers, padding included") {
      $0.outcome.deviceReadBytes
    },
    .bytes("shuffle_bytes", "written to the shuffle tier, without padding") { $0.outcome.shuffleBytes },
    .bytes("output_bytes", better: .none, "written to the output tier, without padding") {
      $0.outcome.outputBytes
    },
    .bytes("peak_anon_bytes", "anonymous memory of the largest worker at its peak") {
      $0.outcome.peakAnonymousBytes
    },
    .bytes("spilled_bytes", "written because a table did not fit its worker's memory") {
      $0.outcome.spilledBytes
    },
    .count("retries", better: .lower, "attempts beyond each task's first") { $0.outcome.retries },
    .count("bad_rows", "input records that were no records and were left out") { $0.outcome.badRows },
    Column("billed_gb_s", unit: "GB·s", better: .lower, "configured memory × duration of the activations") {
      optional($0.outcome.billedGigabyteSeconds)
    },
    Column("cost_usd", unit: "USD", better: .lower, "at the platform's prices; empty where it has none") {
      optional($0.outcome.costDollars)
    },
  ]

  private static let origin: [Column<TrialRow>] = [
    Column("machine_class", "CPU model, cores, memory rounded, kernel") { $0.environment.machineClass },
    Column("commit", "of the program; -dirty: with changes") { $0.environment.commit },
    Column("build_mode", "release or debug") { $0.environment.buildMode },
    Column("model_digest", "of the device models used; empty: none") { $0.outcome.modelDigest },
  ]
}

extension TrialColumns {
  /// Those that came later, in the order in which they came.
  private static let appended: [Column<TrialRow>] = [
    .bytes(
      "output_bytes_all_stages", better: .none,
      "written by all reduces: the output, and what a job of several stages left to later ones on the shuffle tier"
    ) { $0.outcome.outputBytesOfAllStages },
    Column(
      "local_read_share", better: .higher,
      "of the bytes read from memory tiers, the share on the reader's NUMA node; empty on one node"
    ) { optional($0.outcome.localReadShare) },
    .nanoseconds("shuffle_write_wait_ns", "the maps' part of shuffle_wait_ns") {
      $0.outcome.shuffleWriteWait
    },
  ]
}

/// A stage and the repeat it belongs to.
public struct PlacedStage: Sendable {
  public var cell: String
  public var repeatNumber: Int
  /// From 0, in the order in which they ran.
  public var index: Int
  public var stage: StageRow
}

/// The columns of `stages.csv`: what each stage of a job read, shuffled and wrote, counted at the tiers.
public enum StageColumns {
  public static let all: [Column<PlacedStage>] = [
    Column("cell", "the trial's cell, as in trials.csv") { $0.cell },
    .count("repeat", "the trial's repeat, as in trials.csv") { $0.repeatNumber },
    .count("stage", "number of the stage in its job, from 0") { $0.index },
    Column("name", "map, reduce, or with a title where a job has several: join.map") { $0.stage.name },
    Column("kind", "the function: map or reduce") { $0.stage.isMap ? "map" : "reduce" },
    .count("tasks", "activations that won") { $0.stage.tasks },
    .count("partitions", "of the segments written; 0: parts of the output were written") {
      $0.stage.partitions
    },
    .nanoseconds("wall_ns", "first task's request until last task's end") { $0.stage.wall },
    .bytes("read_bytes", "asked of the input tier") { $0.stage.readBytes },
    .bytes("shuffle_read_bytes", "asked of the shuffle tier") { $0.stage.shuffleReadBytes },
    .bytes("shuffle_bytes", "written to the shuffle tier, without padding") { $0.stage.shuffleWrittenBytes },
    .bytes("output_bytes", better: .none, "written to the output tier, without padding") {
      $0.stage.outputBytes
    },
    .bytes("spilled_bytes", "written because a table did not fit its worker's memory") {
      $0.stage.spilledBytes
    },
    .count("bad_rows", "input records that were no records and were left out") { $0.stage.badRows },
  ]
}

/// An activation and the repeat it belongs to.
public struct PlacedActivation: Sendable {
  public var cell: String
  public var repeatNumber: Int
  public var activation: ActivationRow

  public init(cell: String, repeatNumber: Int, activation: ActivationRow) {
    self.cell = cell
    self.repeatNumber = repeatNumber
    self.activation = activation
  }
}

/// The columns of `activations.csv`: OpenWhisk's activation record, and what the activation used.
public enum ActivationColumns {
  public static let all: [Column<PlacedActivation>] = [
    Column("activation_id", "one run of an action, unique in the run") { $0.activation.activationID },
    Column("cell", "the trial's cell, as in trials.csv") { $0.cell },
    .count("repeat", "the trial's repeat, as in trials.csv") { $0.repeatNumber },
    Column("action", "map, reduce, …") { $0.activation.action },
    .count("task", "number of the task in its stage, from 0") { $0.activation.task },
    .nanoseconds(
      "start_ns", better: .none, "CLOCK_MONOTONIC when a worker took it; cold: when its process began"
    ) { $0.activation.start },
    .nanoseconds("end_ns", better: .none, "CLOCK_MONOTONIC when its record was there") { $0.activation.end },
    .nanoseconds("wait_ns", "from the request until a worker was free") { $0.activation.wait },
    .nanoseconds("init_ns", "start of the worker's process; empty for a warm start") {
      $0.activation.initialization
    },
    .nanoseconds("run_ns", "the action itself") { $0.activation.run },
    Column("status", "how it ended") { $0.activation.status },
    .count("attempt", "number of the attempt at the task, from 1") { $0.activation.attempt },
    .count("worker", "number of the worker, from 0") { $0.activation.worker },
    Column("start_kind", "cold or warm") { $0.activation.startKind.rawValue },
    .bytes("bytes_in", better: .none, "read from tiers") { $0.activation.bytesIn },
    .bytes("bytes_out", better: .none, "written to tiers") { $0.activation.bytesOut },
    .bytes("peak_anon_bytes", "anonymous memory at its peak") { $0.activation.peakAnonymousBytes },
    .nanoseconds("cpu_ns", "user and system time") { $0.activation.cpu },
    Column("billed_gb_s", unit: "GB·s", better: .lower, "configured memory × duration, rounded up to 1 ms") {
      optional($0.activation.billedGigabyteSeconds)
    },
    Column("stage", "name of the stage, as in stages.csv") { $0.activation.stage },
  ]
}
