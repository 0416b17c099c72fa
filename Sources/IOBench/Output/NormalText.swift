import Glibc
import Metrics

/// A run as fio's text for people.
public enum NormalText {
  /// Before the run: a line a job, as fio's, `...` below one of several copies.
  public static func opening(_ jobs: [IOJob]) -> String {
    let groups = RunResult(jobs: jobs).groups
    var text = ""
    for (job, group) in zip(jobs, groups) {
      func block(_ size: Int) -> String {
        let written = FioText.number(size, binary: true, .bytes)
        return "\(written)-\(written)"
      }
      text +=
        "\(job.name): (g=\(group)): rw=\(job.pattern.rawValue), bs=(R) \(block(job.blockSize.read)), "
        + "(W) \(block(job.blockSize.write)), (T) \(block(job.blockSize.trim)), "
        + "ioengine=\(job.engine.rawValue), iodepth=\(job.depth)\n"
      if job.numjobs > 1 { text += "...\n" }
    }
    func count(_ areThreads: Bool, _ one: String, _ many: String) -> String? {
      let copies = jobs.reduce(0) { $0 + ($1.thread == areThreads ? $1.numjobs : 0) }
      return copies == 0 ? nil : "\(copies) \(copies == 1 ? one : many)"
    }
    let kinds = [count(true, "thread", "threads"), count(false, "process", "processes")].compactMap { $0 }
    return text + "Starting \(kinds.joined(separator: " and "))\n"
  }

  /// After it.
  public static func text(_ result: RunResult) -> String {
    let run = RunFigures(result)
    let end = FioText.time(result.startedAt / 1000 + result.elapsed / 1_000_000_000)
    var text = run.entries.map { "\n" + EntryText(entry: $0, run: run, end: end).text }.joined()
    for (group, figures) in run.groups.sorted(by: { $0.key < $1.key }) {
      guard figures.reads != nil || figures.writes != nil else { continue }
      text += "\nRun status group \(group) (all jobs):\n"
      if let reads = figures.reads { text += "   READ: \(status(reads))\n" }
      if let writes = figures.writes { text += "  WRITE: \(status(writes))\n" }
    }
    if !result.disks.isEmpty { text += "\nDisk stats (read/write):\n" + result.disks.map(disk).joined() }
    if result.isInterrupted { text += "\nInterrupted: the figures are of what ran until then.\n" }
    if !result.notes.isEmpty { text += "\nNotes:\n" + result.notes.map { "  \($0)\n" }.joined() }
    return text
  }

  private static func status(_ group: GroupFigures) -> String {
    let slowest = FioText.number(Int(group.slowest), binary: true, .bytesPerSecond)
    let fastest = FioText.number(Int(group.fastest), binary: true, .bytesPerSecond)
    let slowestDecimal = FioText.number(Int(group.slowest), .bytesPerSecond)
    let fastestDecimal = FioText.number(Int(group.fastest), .bytesPerSecond)
    return
      "bw=\(FioText.bandwidth(group.bandwidth)), \(slowest)-\(fastest) (\(slowestDecimal)-\(fastestDecimal)), "
      + "io=\(FioText.number(group.bytes, binary: true, .bytes)) (\(FioText.number(group.bytes, .bytes))), "
      + "run=\(group.shortest)-\(group.longest)msec"
  }

  private static func disk(_ disk: DiskUse) -> String {
    "  \(disk.name): ios=\(disk.reads)/\(disk.writes), merge=\(disk.readMerges)/\(disk.writeMerges), "
      + "ticks=\(disk.readTicks)/\(disk.writeTicks), in_queue=\(disk.queueTime), "
      + "util=\(FioText.fixed(disk.utilization, 2))%\n"
  }
}

/// One entry of the text.
private struct EntryText {
  let entry: ReportedJob
  let run: RunFigures
  let end: String

  var text: String {
    let number = entry.errorNumber
    let error =
      FioText.padded("\(number)", 2) + (number == 0 ? "" : " (\(String(cString: strerror(Int32(number)))))")
    var text =
      "\(entry.job.name): (groupid=\(entry.group), jobs=\(entry.copyCount)): err=\(error): "
      + "pid=\(entry.copies[0].process): \(end)\n"
    if let description = entry.job.description, !description.isEmpty {
      text += "  Description  : [\(description)]\n"
    }
    text += direction("read", entry.reads, run.groups[entry.group]?.reads)
    text += direction("write", entry.writes, run.groups[entry.group]?.writes)
    text += classes + syncs + machine
    if let steady = SteadyWindow(entry) { text += Self.steady(steady) }
    return text
  }

  private func direction(_ name: String, _ figures: ReportedDirection, _ group: GroupFigures?) -> String {
    guard figures.requests > 0 else { return "" }
    var text =
      "  \(name): IOPS=\(FioText.number(Int(figures.rate))), BW=\(FioText.bandwidth(figures.bandwidth))"
      + "(\(FioText.number(figures.bytes, binary: true, .bytes))/\(figures.milliseconds)msec)\n"
    text += latency("slat", figures.submissionLatency)
    text += latency("clat", figures.completionLatency)
    text += latency(" lat", figures.latency)
    if entry.job.completionPercentiles { text += percentiles("clat", figures.completionLatency) }
    let bandwidth = figures.bandwidthSamples
    if bandwidth.count > 0 {
      let isLarge = bandwidth.mean > 1_048_576
      let scale = isLarge ? 1024.0 : 1
      text +=
        "   bw (  \(isLarge ? "MiB" : "KiB")/s): \(samples(bandwidth, scale: scale, share: group?.share(of: bandwidth)))\n"
    }
    if figures.rateSamples.count > 0 { text += "   iops        : \(samples(figures.rateSamples))\n" }
    return text
  }

  private func samples(_ samples: SampleFigures, scale: Double = 1, share: Double? = nil) -> String {
    "min=\(FioText.padded("\(Int(samples.minimum / scale))", 5)), "
      + "max=\(FioText.padded("\(Int(samples.maximum / scale))", 5)), "
      + (share.map { "per=\(FioText.fixed($0, 2))%, " } ?? "")
      + "avg=\(FioText.fixed(samples.mean / scale, 2, width: 5)), "
      + "stdev=\(FioText.fixed(samples.deviation / scale, 2, width: 5)), samples=\(samples.count)"
  }

  private func latency(_ name: String, _ record: LatencyRecord) -> String {
    guard record.count > 0 else { return "" }
    var (unit, scale) = ("nsec", 1.0)
    // fio's rule, so that no figure of the line is lost (nsec_to_msec and nsec_to_usec of its stat.c).
    if record.minimum > 2_000_000, record.maximum > 99_999_999, record.deviation > 1e6 {
      (unit, scale) = ("msec", 1e6)
    } else if record.minimum > 2000, record.maximum > 99_999, record.deviation > 1000 {
      (unit, scale) = ("usec", 1e3)
    }
    func whole(_ value: Int) -> String { FioText.number(Int(Double(value) / scale), digits: 6) }
    return "    \(name) (\(unit)): min=\(whole(record.minimum)), max=\(whole(record.maximum)), "
      + "avg=\(FioText.fixed(record.mean / scale, 2, width: 5)), "
      + "stdev=\(FioText.fixed(record.deviation / scale, 2, width: 5))\n"
  }

  private func percentiles(_ name: String, _ record: LatencyRecord) -> String {
    let list = entry.job.percentiles
    guard record.count > 0, !list.isEmpty else { return "" }
    let values = list.map(record.percentile)
    let least = values.min() ?? 0
    let most = values.max() ?? 0
    var (unit, scale) = ("nsec", 1)
    if least > 2_000_000, most > 99_999_999 {
      (unit, scale) = ("msec", 1_000_000)
    } else if least > 2000, most > 99_999 {
      (unit, scale) = ("usec", 1000)
    }
    let digits = list.map { "\($0)".split(separator: ".")[1] }.map { $0 == "0" ? 0 : $0.count }.max() ?? 0
    let width = max(5, "\(most / scale)".count)
    let perLine = max(1, 73 / (digits + 10 + width))
    var text = "    \(name) percentiles (\(unit)):\n"
    for start in stride(from: 0, to: list.count, by: perLine) {
      let line = (start..<min(start + perLine, list.count)).map { index in
        " \(FioText.fixed(list[index], digits, width: digits + 3))th=["
          + FioText.padded("\((values[index] + scale - 1) / scale)", width) + "]"
      }
      text += "     |" + line.joined(separator: ",") + (start + perLine < list.count ? ",\n" : "\n")
    }
    return text
  }

  private var classes: String {
    let classes = LatencyClasses(entry)
    func lines(_ unit: String, _ labels: [String], _ values: [Double]) -> String {
      let shown = zip(labels, values).filter { $0.1 > 0 }.map { "\($0)=\(FioText.fixed($1, 2))%" }
      return stride(from: 0, to: shown.count, by: 5).map { start in
        "  lat (\(unit))   : \(shown[start..<min(start + 5, shown.count)].joined(separator: ", "))\n"
      }.joined()
    }
    return lines("nsec", LatencyClasses.labels, classes.nanoseconds)
      + lines("usec", LatencyClasses.labels, classes.microseconds)
      + lines("msec", LatencyClasses.millisecondLabels, classes.milliseconds)
  }

  private var syncs: String {
    guard entry.syncs.count > 0 else { return "" }
    return "  fsync/fdatasync/sync_file_range:\n" + latency("sync", entry.syncs)
      + (entry.job.completionPercentiles ? percentiles("sync", entry.syncs) : "")
  }

  private var machine: String {
    func percent(_ time: Int) -> String {
      FioText.fixed(entry.runTime == 0 ? 0 : Double(time) * 100 / Double(entry.runTime), 2)
    }
    func shares(_ labels: [String], _ values: [Double]) -> String {
      zip(labels, values).map { "\($0)=\(FioText.fixed($1, 1))%" }.joined(separator: ", ")
    }
    let depths = shares(LatencyClasses.depthLabels, LatencyClasses.depths(entry))
    let submit = shares(LatencyClasses.batchLabels, LatencyClasses.batches(entry.submissions))
    let complete = shares(LatencyClasses.batchLabels, LatencyClasses.batches(entry.completions))
    return """
        cpu          : usr=\(percent(entry.userTime))%, sys=\(percent(entry.systemTime))%, \
      ctx=\(entry.contextSwitches), majf=\(entry.majorFaults), minf=\(entry.minorFaults)
        IO depths    : \(depths)
           submit    : \(submit)
           complete  : \(complete)
           issued rwts: total=\(entry.reads.requests),\(entry.writes.requests),0,\(entry.syncs.count) \
      short=\(entry.reads.shortRequests),\(entry.writes.shortRequests),0,0 dropped=0,0,0,0
           latency   : target=0, window=0, percentile=100.00%, depth=\(entry.job.depth)

      """
  }

  private static func steady(_ window: SteadyWindow) -> String {
    let metric = window.state.metric == .iops || window.state.metric == .iops_slope ? "iops" : "bw"
    return "  steadystate  : attained=\(window.isAttained ? "yes" : "no"), "
      + "bw=\(FioText.bandwidth(window.mean(window.bandwidth))), "
      + "iops=\(FioText.number(Int(window.mean(window.rates)))), "
      + "\(metric)\(window.isSlope ? " slope" : " mean dev")=\(FioText.fixed(window.criterion, 3))"
      + "\(window.state.isPercent ? "%" : "")\n"
  }
}
