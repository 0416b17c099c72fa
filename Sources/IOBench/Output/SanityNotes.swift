import Metrics

/// What a run's own figures say about how far they can be trusted: sentences, each with the figures it is made from.
public enum SanityNotes {
  /// Of the whole run: each job's notes, each beginning with the job's name, then the machine's.
  public static func of(_ result: RunResult, on machine: MeasuringMachine) -> [String] {
    let totals = result.jobTotals
    let perJob = totals.flatMap { total in of(total, on: machine).map { "\(total.job.name): \($0)" } }
    return perJob + pageCache(result) + [clock(totals, machine)] + comparison(totals)
  }

  /// Of one job.
  public static func of(_ total: ReportedJob, on machine: MeasuringMachine) -> [String] {
    [
      failures(total), littlesLaw(total), workingSet(total, machine), ranges(total), direct(total),
      batches(total), pace(total),
    ].flatMap { $0 }
  }

  /// Of one job's row: with what its disks and the clock say, where they are its own.
  public static func ofRow(_ total: ReportedJob, in result: RunResult, on machine: MeasuringMachine)
    -> [String]
  {
    // Disks count for the whole run: of several jobs nobody knows whose bytes they were.
    of(total, on: machine) + (result.jobs.count == 1 ? pageCache(result) : []) + [clock([total], machine)]
  }

  // MARK: What went wrong

  private static func failures(_ total: ReportedJob) -> [String] {
    let errors = total.copies.filter { !$0.errorText.isEmpty }.map(\.errorText)
    let wrong = total.sum(\.wrongBlocks)
    var notes = errors.count > 1 ? [errors[0] + " (and \(errors.count - 1) more copies)"] : errors
    if wrong > 0 { notes.append("verify found \(wrong) wrong blocks") }
    if total.copies.contains(where: { $0.isInterrupted }) {
      notes.append("interrupted: the figures are of what ran until then")
    }
    if total.job.steadyState != nil, total.copies.contains(where: { $0.reachedSteadyState == false }) {
      notes.append("it did not become steady within its time")
    }
    return notes
  }

  // MARK: Little's law

  /// Requests in flight on average by Little's law: rate times latency, of both directions; nil where latencies were
  /// not taken.
  public static func inFlight(_ total: ReportedJob) -> Double? {
    let directions = [total.reads, total.writes].filter { $0.requests > 0 }
    guard !directions.isEmpty, directions.allSatisfy({ latency($0) != nil }) else { return nil }
    let elapsed = time(total)
    guard elapsed > 0 else { return nil }
    return directions.reduce(0) { $0 + Double($1.requests) * (latency($1) ?? 0) } / Double(elapsed)
  }

  /// Nanoseconds in which its requests ran. Directions run beside each other, but for reads that verify what a job of
  /// writes has written.
  private static func time(_ total: ReportedJob) -> Int {
    let isAfterwards = total.job.verify != .none && total.job.pattern.writes && !total.job.pattern.reads
    let (reads, writes) = (total.reads.elapsed, total.writes.elapsed)
    return isAfterwards ? reads + writes : max(reads, writes)
  }

  /// The mean from submission to completion.
  private static func latency(_ direction: ReportedDirection) -> Double? {
    if direction.latency.count > 0 { return direction.latency.mean }
    guard direction.completionLatency.count > 0 else { return nil }
    return direction.completionLatency.mean + direction.submissionLatency.mean
  }

  /// Requests that its copies may have in flight together.
  public static func depthLimit(_ total: ReportedJob) -> Int {
    total.copyCount * (total.job.engine.isAsynchronous ? total.job.depth : 1)
  }

  private static func littlesLaw(_ total: ReportedJob) -> [String] {
    let limit = depthLimit(total)
    var notes: [String] = []
    if !total.job.engine.isAsynchronous, total.job.depth > 1 {
      notes.append(
        "iodepth=\(total.job.depth), but ioengine=\(total.job.engine.rawValue) has one request of a job in flight"
      )
    }
    guard total.requests > 0 else { return notes }
    guard let average = inFlight(total) else {
      return notes + ["Little's law is not checked: latencies were not taken"]
    }
    let rate = FioText.number(Int(Double(total.requests) * 1e9 / Double(time(total))))
    let figures =
      "Little's law: \(rate) IOPS × mean latency = \(FixedPoint.text(average, 2)) in flight, jobs × depth = \(limit)"
    if total.copies.contains(where: \.isFromIntendedTime) {
      notes.append(
        figures + "; latencies run from the intended time, so requests that wait to be sent count too")
    } else if average > Double(limit) * 1.05 {
      notes.append(figures + ": more than can be; the latencies are wrong or hold other waits")
    } else if average < Double(limit) * 0.7 {
      let reason =
        total.job.thinkTime > 0
        ? "it pauses (thinktime)"
        : total.job.engine.isAsynchronous
          ? "the job does not keep its queue full (processor, batches or fsync)"
          : "the rest of its time it did not wait for requests (its own work, fsync)"
      notes.append(figures + ": \(reason)")
    } else {
      notes.append(figures)
    }
    return notes
  }

  // MARK: Where the bytes came from

  /// Bytes that its copies work on; ranges that copies share count once.
  public static func workingSet(_ total: ReportedJob) -> Int {
    isShared(total) ? total.copies.map(\.regionSize).max() ?? 0 : total.sum(\.regionSize)
  }

  private static func workingSet(_ total: ReportedJob, _ machine: MeasuringMachine) -> [String] {
    let bytes = workingSet(total)
    let job = total.job
    // A device behind O_DIRECT does not see the processor's cache.
    let isMemory = job.engine == .libpmem || job.engine == .mmap || !job.direct
    guard job.engine != .null, isMemory, bytes > 0, let cache = machine.lastLevelCache else { return [] }
    let sizes = "working set \(ByteSize.text(bytes)), last-level cache \(ByteSize.text(cache))"
    if bytes <= cache { return ["\(sizes): the figures may be the cache's"] }
    return bytes < 4 * cache ? ["\(sizes): up to \(cache * 100 / bytes) % may be the cache's"] : []
  }

  /// Reads against what the devices under the files delivered.
  private static func pageCache(_ result: RunResult) -> [String] {
    let onFiles = result.jobTotals.filter { $0.job.engine != .null && $0.job.engine != .libpmem }
    let read = onFiles.reduce(0) { $0 + $1.reads.bytes }
    let written = onFiles.reduce(0) { $0 + $1.writes.bytes }
    guard read + written > 0 else { return [] }
    guard !result.disks.isEmpty else {
      return [
        "the kernel counts no block device under the files: whether the page cache served them is not known"
      ]
    }
    var notes: [String] = []
    let names = result.disks.map(\.name).joined(separator: "+")
    func percent(_ part: Int, _ whole: Int) -> String {
      FixedPoint.text(Double(part) * 100 / Double(whole), 1)
    }
    let delivered = result.disks.reduce(0) { $0 + $1.readBytes }
    if read > 0, Double(delivered) < 0.95 * Double(read) {
      notes.append(
        "reads: \(ByteSize.text(read)) asked, \(ByteSize.text(delivered)) (\(percent(delivered, read)) %) came from "
          + "\(names): the rest was the page cache's (direct=1 goes past it)")
    }
    let taken = result.disks.reduce(0) { $0 + $1.writtenBytes }
    if written > 0, Double(taken) < 0.95 * Double(written) {
      notes.append(
        "writes: \(ByteSize.text(written)) written, \(ByteSize.text(taken)) (\(percent(taken, written)) %) reached "
          + "\(names) by the end: the rest was in the page cache (direct=1, or fsync)")
    }
    return notes
  }

  /// Whether its copies work on the same bytes.
  public static func isShared(_ total: ReportedJob) -> Bool {
    total.copyCount > 1 && total.job.engine != .null
      && [.bytes(0), .percent(0)].contains(total.job.offsetIncrement)
      && Set(total.copies.map(\.files)).count < total.copies.count
  }

  private static func ranges(_ total: ReportedJob) -> [String] {
    guard total.copyCount > 1, total.job.engine != .null else { return [] }
    let size = ByteSize.text(total.copies[0].regionSize)
    return isShared(total)
      ? ["its \(total.copyCount) copies share one range of \(size) (offset_increment separates them)"]
      : ["its \(total.copyCount) copies have separate ranges of \(size)"]
  }

  // MARK: How it was asked

  private static func direct(_ total: ReportedJob) -> [String] {
    guard total.job.direct, total.job.engine == .mmap else { return [] }
    return [
      "direct=1 with ioengine=mmap: each request is msynced and unmapped behind it, as in fio; the page cache still "
        + "serves it"
    ]
  }

  private static func batches(_ total: ReportedJob) -> [String] {
    let job = total.job
    let most = job.completeMaximum ?? 1
    guard job.engine.isAsynchronous, job.submitBatch > 1 || job.completeMinimum > 1 || most > 1 else {
      return []
    }
    return [
      "batched: up to \(job.submitBatch) requests a submission, "
        + "\(job.completeMinimum) to \(max(most, job.completeMinimum)) completions a wait (fio's default is 1 by 1)"
    ]
  }

  /// A rate that was asked for and not reached.
  private static func pace(_ total: ReportedJob) -> [String] {
    func short(_ name: String, _ asked: Int, _ reached: Double, _ unit: String) -> String? {
      let whole = Double(asked * total.copyCount)
      guard asked > 0, reached > 0, reached < 0.95 * whole else { return nil }
      return
        "\(name): \(FioText.number(Int(whole)))\(unit) asked for, \(FioText.number(Int(reached)))\(unit) reached"
    }
    let job = total.job
    // Reads that verify are not limited.
    let reads = job.pattern.reads ? 1 : 0
    var notes = [
      short("reads", job.rateIOPS.read * reads, total.reads.rate, " IOPS"),
      short("writes", job.rateIOPS.write, total.writes.rate, " IOPS"),
      short("reads", job.rate.read * reads, total.reads.bandwidth, "B/s"),
      short("writes", job.rate.write, total.writes.bandwidth, "B/s"),
    ].compactMap { $0 }
    if total.copies.contains(where: \.isFromIntendedTime) {
      notes.append(
        "rate-limited: its latencies run from the time at which each request was due, not from its submission "
          + "(no coordinated omission)")
    }
    return notes
  }

  /// What the clock costs, against the shortest mean latency.
  private static func clock(_ totals: [ReportedJob], _ machine: MeasuringMachine) -> String {
    let cost = "a look at the clock takes \(FixedPoint.text(machine.clockTime, 1)) ns"
    let means = totals.flatMap { total in
      [total.reads, total.writes].compactMap { direction in latency(direction).map { (total.job.name, $0) } }
    }
    guard let shortest = means.min(by: { $0.1 < $1.1 }), shortest.1 > 0 else {
      return cost + "; no latencies were taken"
    }
    // Each request's latency holds one look at least.
    let share = machine.clockTime * 100 / shortest.1
    let text = "\(cost): \(FixedPoint.text(share, 2)) % of the shortest mean latency (\(shortest.0))"
    return share < 5 ? text : text + "; gtod_reduce=1 takes fewer looks"
  }

  // MARK: Beside each other

  /// What differs between jobs of one pattern on different engines, besides the engine: their figures do not compare.
  static func comparison(_ totals: [ReportedJob]) -> [String] {
    var notes: [String] = []
    for (index, one) in totals.enumerated() {
      for other in totals[(index + 1)...]
      where one.job.pattern == other.job.pattern && one.job.engine != other.job.engine {
        var differences: [String] = []
        func compare(_ name: String, _ mine: String, _ theirs: String) {
          if mine != theirs { differences.append("\(name) \(mine) and \(theirs)") }
        }
        compare("requests in flight", "\(depthLimit(one))", "\(depthLimit(other))")
        compare("numjobs", "\(one.job.numjobs)", "\(other.job.numjobs)")
        let isRead = one.job.pattern.reads
        func block(_ job: IOJob) -> String {
          ByteSize.text(isRead ? job.blockSize.read : job.blockSize.write)
        }
        compare("bs", block(one.job), block(other.job))
        compare("direct", one.job.direct ? "1" : "0", other.job.direct ? "1" : "0")
        if !differences.isEmpty {
          notes.append(
            "\(one.job.name) and \(other.job.name) do not compare as they stand: \(differences.joined(separator: ", "))"
          )
        }
      }
    }
    return notes
  }
}
