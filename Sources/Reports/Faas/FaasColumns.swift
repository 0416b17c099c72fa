/// The columns of `faas.csv`: one row a repeat of a faas experiment's cell; each call is a row of `activations.csv`.
public enum FaasColumns {
  /// Counted up when a column's meaning changes.
  public static let format = 1

  public static let all: [Column<FaasRow>] =
    factors + result + allCalls + coldCalls + warmCalls + parts + origin

  private static let factors: [Column<FaasRow>] = [
    Column("format", "version of this table's columns") { _ in String(format) },
    Column("experiment", "name of the experiment") { $0.experiment },
    Column("cell", "stable id of all factors, as in activations.csv") { $0.cell.id },
    .count("trial", "number of the cell in its experiment, from 1") { $0.trial },
    .count("repeat", "number of the measurement of the cell, from 1; 0: stands for a cell that was not run") {
      $0.repeatNumber
    },
    .count("order", "place in time among the run's measurements, from 1; 0: nothing ran") { $0.order },
    Column("scenario", "as the experiment calls it") { $0.cell.scenario },
    Column("platform", "profile of the function platform") { $0.cell.platform },
    Column("platform_provenance", "measured; with +modelled where the profile adds delays") { $0.provenance },
    Column("action", "noop, echo or touch") { $0.cell.action },
    Column("arrival", "closed: the next call when a worker is free; burst: all calls at once") {
      $0.cell.arrival.rawValue
    },
    Column("starts", "warm: workers stand ready before the clock; cold: each call starts a process") {
      $0.cell.starts.rawValue
    },
    .count("concurrency", "workers at most") { $0.cell.concurrency },
    .count("invocations", "calls") { $0.cell.invocations },
    .bytes("payload_bytes", better: .none, "of the argument; echo returns them") { $0.cell.payload },
    .bytes("memory_bytes", better: .none, "that a worker may have; empty: no limit") { $0.cell.memory },
    .bytes("touched_bytes", better: .none, "of memory that the action writes to") { $0.cell.touched },
  ]

  private static let result: [Column<FaasRow>] = [
    Column("status", "ok, failed or skipped; only ok rows enter statistics") { $0.status.rawValue },
    Column("reason", "why the status is not ok") { $0.reason },
    .nanoseconds("wall_ns", "first request until last result") { $0.wall },
    Column("throughput_per_s", unit: "1/s", better: .higher, "calls that succeeded a second") {
      optional($0.throughput)
    },
    .count("cold_starts", "calls that started a process") { row in
      row.wall.map { _ in row.succeeded.count { $0.startKind == .cold } }
    },
    .count("warm_starts", "calls to a process that was there") { row in
      row.wall.map { _ in row.succeeded.count { $0.startKind == .warm } }
    },
  ]

  private static let allCalls = latency(
    "latency", "of all calls, until the result was there: from the request (burst) or the dispatch (closed)"
  ) { $0.latencies() }
  private static let coldCalls = latency("cold_latency", "of cold calls") { $0.latencies(.cold) }
  private static let warmCalls = latency("warm_latency", "of warm calls") { $0.latencies(.warm) }

  private static let parts: [Column<FaasRow>] = [
    .nanoseconds("wait_p50_ns", "from the request until a worker was free") { row in
      middle(row.succeeded.map(\.wait))
    },
    .nanoseconds("init_p50_ns", "start of the process, of cold calls") { row in
      middle(row.succeeded.compactMap(\.initialization))
    },
    .nanoseconds("run_p50_ns", "the action itself") { row in middle(row.succeeded.map(\.run)) },
    .nanoseconds("overhead_p50_ns", "dispatch until result, without init and run: the platform's own") {
      row in
      middle(row.succeeded.map { $0.end - $0.start - ($0.initialization ?? 0) - $0.run })
    },
  ]

  private static func latency(
    _ name: String, _ meaning: String, _ values: @escaping @Sendable (FaasRow) -> [Int]
  ) -> [Column<FaasRow>] {
    [
      .nanoseconds("\(name)_p50_ns", meaning) { middle(values($0)) },
      .nanoseconds("\(name)_p95_ns", "its 95th percentile; empty under 20 calls") {
        LatencySample(values($0)).percentile(0.95)
      },
      .nanoseconds("\(name)_p99_ns", "its 99th percentile; empty under 100 calls") {
        LatencySample(values($0)).percentile(0.99)
      },
      .nanoseconds("\(name)_max_ns", "its maximum") { LatencySample(values($0)).maximum },
    ]
  }

  private static func middle(_ values: [Int]) -> Int? { LatencySample(values).percentile(0.5) }

  private static let origin: [Column<FaasRow>] = [
    .nanoseconds("cpu_ns", "user and system time of the workers") { row in
      row.wall.map { _ in row.activations.reduce(0) { $0 + $1.cpu } }
    },
    Column(
      "billed_gb_s", unit: "GB·s", better: .lower, "configured memory × duration, rounded up to 1 ms a call"
    ) {
      row in optional(row.wall.map { _ in row.activations.reduce(0) { $0 + $1.billedGigabyteSeconds } })
    },
    Column("load_before", "one-minute load average before the clock") { optional($0.noise.loadBefore) },
    Column("steal_share", better: .lower, "of the processors' time, what the hypervisor gave to other guests")
    {
      optional($0.noise.stealShare)
    },
    Column("other_cpu_share", better: .lower, "share of the processors' time that was used by others") {
      optional($0.noise.otherCPUShare)
    },
    Column("machine_class", "CPU model, cores, memory rounded, kernel") { $0.environment.machineClass },
    Column("commit", "of the program; -dirty: with changes") { $0.environment.commit },
    Column("build_mode", "release or debug") { $0.environment.buildMode },
  ]
}
