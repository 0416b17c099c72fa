import IOBench

/// The columns of `io.csv`, in their order: the one list from which header, rows and documentation come.
///
/// Names and order are fixed; later work appends columns and renames none.
public enum IOColumns {
  /// Counted up when a column's meaning changes.
  static let format = 1

  public static let all: [Column<IORow>] = identity + choices + rates + latencies + costs + origin

  private static let identity: [Column<IORow>] = [
    Column("format", "version of this table's columns") { _ in String(format) },
    Column("experiment", "name of the experiment; io of a run by hand") { $0.experiment },
    Column("job", "name of the job, with what was varied behind it") { $0.job },
    .count("repeat", "number of the measurement, from 1; 0: it could not run") { $0.repeatNumber },
    Column("status", "ok, failed, wrong (verify), interrupted (figures until then) or skipped") {
      $0.status.rawValue
    },
    Column("reason", "why, where it is not ok") { $0.reason },
    Column("tier", "pmem, ssd or dram: what the files lie on; none: the engine moves nothing") {
      $0.origin.tier
    },
    Column("provenance", "measured: the real thing; emulated; modelled; joined by +") {
      $0.origin.provenance
    },
    Column("device", "block device under the files") { $0.origin.device },
    Column("filesystem", "file system of the files") { $0.origin.filesystem },
  ]

  private static let choices: [Column<IORow>] = [
    Column("engine", "fio's ioengine") { $0.asked.engine.rawValue },
    Column("rw", "fio's rw: what the job does") { $0.asked.pattern.rawValue },
    Column("direction", "read or write: what this row is of") { $0.isWrite ? "write" : "read" },
    .bytes("block_bytes", better: .none, "of a request") { $0.blockSize },
    .count("iodepth", "requests that a copy may have in flight") { $0.asked.depth },
    .count("numjobs", "copies of the job at once") { $0.asked.numjobs },
    Column("direct", "1: past the page cache (O_DIRECT, non-temporal stores); 0: through it") {
      $0.asked.direct ? "1" : "0"
    },
    .count("submit_batch", "requests handed over at once, at most") { $0.asked.submitBatch },
    .count("complete_min", "completions waited for at once, at least") { $0.asked.completeMinimum },
    Column(
      "rate_asked", unit: "1/s",
      "requests a second of all copies that rate_iops asks for; empty: as fast as it can"
    ) { row in
      let rate = row.isWrite ? row.asked.rateIOPS.write : row.asked.rateIOPS.read
      return rate == 0 ? "" : String(rate * row.asked.numjobs)
    },
    .bytes("working_set_bytes", better: .none, "that the copies work on; what they share counts once") {
      $0.total.map(SanityNotes.workingSet)
    },
    Column("ranges", "shared or separate: the copies' ranges; empty where there is one") { row in
      guard let total = row.total, total.copyCount > 1, total.job.engine != .null else { return "" }
      return SanityNotes.isShared(total) ? "shared" : "separate"
    },
  ]

  private static let rates: [Column<IORow>] = [
    .nanoseconds("elapsed_ns", better: .none, "from the end of the ramp to the last completion") {
      $0.figures?.elapsed
    },
    .count("requests", "completed") { $0.figures?.requests },
    .bytes("bytes", better: .none, "moved") { $0.figures?.bytes },
    Column("iops", unit: "1/s", better: .higher, "requests a second") { optional(measured($0)?.rate) },
    Column("bandwidth_mib_s", unit: "MiB/s", better: .higher, "bytes a second") {
      optional(measured($0).map { $0.bandwidth / 1_048_576 })
    },
    Column("in_flight", "requests in flight on average, both directions, by Little's law (rate × latency)") {
      optional($0.total.flatMap(SanityNotes.inFlight))
    },
  ]

  private static let latencies: [Column<IORow>] = means + percentiles + slowest

  private static let means: [Column<IORow>] = [
    latency("slat_mean_ns", "mean of submission: to the return of the system call", \.submissionLatency) {
      $0.mean
    },
    latency("clat_mean_ns", "mean of completion: from there on", \.completionLatency) { $0.mean },
    latency("lat_mean_ns", "mean of the whole request", \.latency) { $0.mean },
    latency("lat_stddev_ns", "its standard deviation", \.latency) { $0.deviation },
  ]

  private static let percentiles: [Column<IORow>] = [50, 90, 99, 99.9, 99.99].map { (percent: Double) in
    let name = "\(percent)".replacing(".0", with: "").replacing(".", with: "_")
    return latency("lat_p\(name)_ns", "\(percent) % of all requests took no longer", \.latency) {
      Double($0.percentile(percent))
    }
  }

  private static let slowest: [Column<IORow>] = [
    latency("lat_max_ns", "the longest", \.latency) { Double($0.maximum) },
    Column("latency_from", "submission, or intended: from when the request was due (rate)") { row in
      guard let total = row.total else { return "" }
      return total.copies.contains(where: \.isFromIntendedTime) ? "intended" : "submission"
    },
  ]

  private static let costs: [Column<IORow>] = [
    .nanoseconds("cpu_ns", "user and system time of all copies, both directions") {
      $0.total.map { $0.userTime + $0.systemTime }
    },
    Column("cpu_ns_per_io", unit: "ns", better: .lower, "the same a request") { row in
      guard let total = row.total, total.requests > 0 else { return "" }
      return optional(Double(total.userTime + total.systemTime) / Double(total.requests))
    },
    .count("context_switches", better: .lower, "of all copies") { $0.total?.contextSwitches },
    .count("major_faults", better: .lower, "of all copies") { $0.total?.majorFaults },
    .count("minor_faults", better: .lower, "of all copies") { $0.total?.minorFaults },
  ]

  private static let origin: [Column<IORow>] = [
    Column("notes", "what the figures say about themselves, joined by ; (see docs/io.md)") {
      $0.notes.joined(separator: "; ")
    },
    Column("machine_class", "CPU model, cores, memory, kernel") { $0.environment.machineClass },
    Column("commit", "of the program") { $0.environment.commit },
    Column("build_mode", "release or debug") { $0.environment.buildMode },
  ]

  /// The direction's figures where anything was measured.
  private static func measured(_ row: IORow) -> ReportedDirection? {
    row.figures.flatMap { $0.requests > 0 ? $0 : nil }
  }

  private static func latency(
    _ name: String, _ meaning: String, _ record: KeyPath<ReportedDirection, LatencyRecord> & Sendable,
    _ figure: @escaping @Sendable (LatencyRecord) -> Double
  ) -> Column<IORow> {
    Column(name, unit: "ns", better: .lower, meaning) { row in
      guard let taken = row.figures?[keyPath: record], taken.count > 0 else { return "" }
      return optional(Int(figure(taken).rounded()))
    }
  }
}

/// One bin of one histogram.
public struct LatencyBinRow: Sendable {
  public enum Kind: String, CaseIterable, Sendable { case slat, clat, lat, sync }

  var job: String
  var repeatNumber: Int
  var direction: String
  var kind: Kind
  var value: Int
  var count: Int

  /// The bins of a row's histograms; fsyncs go with its writes.
  public static func rows(of row: IORow) -> [LatencyBinRow] {
    guard let total = row.total, let figures = row.figures else { return [] }
    let records: [(Kind, LatencyRecord)] = [
      (.slat, figures.submissionLatency), (.clat, figures.completionLatency), (.lat, figures.latency),
      (.sync, row.isWrite ? total.syncs : LatencyRecord()),
    ]
    return records.flatMap { kind, record in
      record.upperBins.map {
        LatencyBinRow(
          job: row.job, repeatNumber: row.repeatNumber, direction: row.isWrite ? "write" : "read", kind: kind,
          value: $0.value, count: $0.count)
      }
    }
  }
}

/// The columns of `latency.csv`.
public enum LatencyBinColumns {
  public static let all: [Column<LatencyBinRow>] = [
    Column("job", "as in io.csv") { $0.job },
    .count("repeat", "as in io.csv") { $0.repeatNumber },
    Column("direction", "as in io.csv") { $0.direction },
    Column("kind", "slat, clat, lat (the whole request), or sync (fsync and fdatasync)") { $0.kind.rawValue },
    .nanoseconds("value_ns", better: .none, "the greatest latency of the bin; bins are 0.1 % wide") {
      $0.value
    },
    .count("count", "requests in it") { $0.count },
  ]
}
