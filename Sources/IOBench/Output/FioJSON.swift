import Metrics

/// A run in fio 3.33's JSON: its structure and its field names, so that what reads fio's reads ours.
///
/// Beside fio's keys the root has `notes`. Figures are fio's with these differences, each to the better: rates are of
/// nanoseconds, not of whole milliseconds; percentiles are within 0.1 %, not 1.6 %; `job options` are a job's effective
/// ones, so that `global options` is empty.
public enum FioJSON {
  /// The version whose format is written.
  public static let version = "fio-3.33"

  /// - Parameter bins: With the histograms, as fio's `json+`.
  public static func text(_ result: RunResult, bins: Bool = false) -> String {
    value(result, bins: bins).text
  }

  static func value(_ result: RunResult, bins: Bool) -> JSONValue {
    let end = result.startedAt + result.elapsed / 1_000_000
    let run = RunFigures(result)
    return .object([
      ("fio version", .text(version)), ("timestamp", .integer(end / 1000)), ("timestamp_ms", .integer(end)),
      ("time", .text(FioText.time(end / 1000))), ("global options", .object([])),
      ("jobs", .array(run.entries.map { entry(EntryJSON(entry: $0, run: run, bins: bins)) })),
      ("disk_util", .array(result.disks.map(disk))), ("notes", .texts(result.notes)),
    ])
  }

  private static func entry(_ each: EntryJSON) -> JSONValue {
    let entry = each.entry
    let classes = LatencyClasses(entry)
    func shares(_ labels: [String], _ values: [Double]) -> JSONValue {
      .object(zip(labels, values).map { ($0, .number($1)) })
    }
    func percent(_ time: Int) -> JSONValue {
      .number(entry.runTime == 0 ? 0 : Double(time) * 100 / Double(entry.runTime))
    }
    var members: [(String, JSONValue)] = [
      ("jobname", .text(entry.job.name)), ("groupid", .integer(entry.group)),
      ("error", .integer(entry.errorNumber)), ("eta", .integer(each.run.secondsLeft)),
      ("elapsed", .integer((each.run.elapsed + 999_999_999) / 1_000_000_000)),
      ("job options", .object(entry.job.givenOptions.map { ($0.name, .text($0.value)) })),
      ("read", each.direction(entry.reads, each.run.groups[entry.group]?.reads)),
      ("write", each.direction(entry.writes, each.run.groups[entry.group]?.writes)),
      ("trim", each.direction(ReportedDirection([DirectionResult()]), nil)), ("sync", each.syncs),
      ("job_runtime", .integer(entry.runTime / 1_000_000)), ("usr_cpu", percent(entry.userTime)),
      ("sys_cpu", percent(entry.systemTime)), ("ctx", .integer(entry.contextSwitches)),
      ("majf", .integer(entry.majorFaults)), ("minf", .integer(entry.minorFaults)),
      ("iodepth_level", shares(LatencyClasses.depthLabels, LatencyClasses.depths(entry))),
      ("iodepth_submit", shares(LatencyClasses.batchLabels, LatencyClasses.batches(entry.submissions))),
      ("iodepth_complete", shares(LatencyClasses.batchLabels, LatencyClasses.batches(entry.completions))),
      ("latency_ns", shares(LatencyClasses.labels, classes.nanoseconds)),
      ("latency_us", shares(LatencyClasses.labels, classes.microseconds)),
      ("latency_ms", shares(LatencyClasses.millisecondLabels, classes.milliseconds)),
      ("latency_depth", .integer(entry.job.depth)), ("latency_target", .integer(0)),
      ("latency_percentile", .number(100)), ("latency_window", .integer(0)),
    ]
    if let description = entry.job.description, !description.isEmpty {
      members.append(("desc", .text(description)))
    }
    if let steady = SteadyWindow(entry) { members.append(("steadystate", Self.steady(steady))) }
    return .object(members)
  }

  private static func steady(_ window: SteadyWindow) -> JSONValue {
    let sign = window.state.isPercent ? "%" : ""
    let limit = FixedPoint.text(window.state.limit, 6)
    func whole(_ values: [Double]) -> JSONValue { .array(values.map { .integer(Int($0.rounded())) }) }
    func mean(_ values: [Double]) -> JSONValue { .integer(Int(window.mean(values).rounded())) }
    return .object([
      ("ss", .text("\(window.state.metric.rawValue):\(limit)\(sign)")),
      ("duration", .integer(window.seconds)), ("attained", .integer(window.isAttained ? 1 : 0)),
      ("criterion", .text(FixedPoint.text(window.criterion, 6) + sign)),
      ("max_deviation", .number(window.isSlope ? 0 : window.deviation)),
      ("slope", .number(window.isSlope ? window.slope : 0)),
      (
        "data",
        .object([
          ("bw_mean", mean(window.bandwidth)), ("iops_mean", mean(window.rates)),
          ("iops", whole(window.rates)), ("bw", whole(window.bandwidth)),
        ])
      ),
    ])
  }

  private static func disk(_ disk: DiskUse) -> JSONValue {
    .object([
      ("name", .text(disk.name)), ("read_ios", .integer(disk.reads)), ("write_ios", .integer(disk.writes)),
      ("read_merges", .integer(disk.readMerges)), ("write_merges", .integer(disk.writeMerges)),
      ("read_ticks", .integer(disk.readTicks)), ("write_ticks", .integer(disk.writeTicks)),
      ("in_queue", .integer(disk.queueTime)), ("util", .number(disk.utilization)),
    ])
  }
}

/// One entry's parts that depend on the whole run.
private struct EntryJSON {
  let entry: ReportedJob
  let run: RunFigures
  let bins: Bool

  func direction(_ direction: ReportedDirection, _ group: GroupFigures?) -> JSONValue {
    let bandwidth = direction.bandwidthSamples
    let rates = direction.rateSamples
    return .object([
      ("io_bytes", .integer(direction.bytes)), ("io_kbytes", .integer(direction.bytes >> 10)),
      ("bw_bytes", .integer(Int(direction.bandwidth))), ("bw", .integer(Int(direction.bandwidth / 1024))),
      ("iops", .number(direction.rate)), ("runtime", .integer(direction.milliseconds)),
      ("total_ios", .integer(direction.requests)), ("short_ios", .integer(direction.shortRequests)),
      ("drop_ios", .integer(0)), ("slat_ns", latency(direction.submissionLatency)),
      ("clat_ns", latency(direction.completionLatency, percentiles: entry.job.completionPercentiles)),
      ("lat_ns", latency(direction.latency)), ("bw_min", .integer(Int(bandwidth.minimum))),
      ("bw_max", .integer(Int(bandwidth.maximum))),
      ("bw_agg", .number(group?.share(of: bandwidth) ?? 0)), ("bw_mean", .number(bandwidth.mean)),
      ("bw_dev", .number(bandwidth.deviation)), ("bw_samples", .integer(bandwidth.count)),
      ("iops_min", .integer(Int(rates.minimum))), ("iops_max", .integer(Int(rates.maximum))),
      ("iops_mean", .number(rates.mean)), ("iops_stddev", .number(rates.deviation)),
      ("iops_samples", .integer(rates.count)),
    ])
  }

  var syncs: JSONValue {
    .object([
      ("total_ios", .integer(entry.syncs.count)),
      ("lat_ns", latency(entry.syncs, percentiles: entry.job.completionPercentiles)),
    ])
  }

  private func latency(_ record: LatencyRecord, percentiles: Bool = false) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("min", .integer(record.minimum)), ("max", .integer(record.maximum)), ("mean", .number(record.mean)),
      ("stddev", .number(record.deviation)), ("N", .integer(record.count)),
    ]
    if percentiles, record.count > 0 {
      let values = entry.job.percentiles.map {
        (FixedPoint.text($0, 6), JSONValue.integer(record.percentile($0)))
      }
      members.append(("percentile", .object(values)))
      if bins {
        members.append(("bins", .object(FioBins.counts(record).map { ("\($0.value)", .integer($0.count)) })))
      }
    }
    return .object(members)
  }
}
