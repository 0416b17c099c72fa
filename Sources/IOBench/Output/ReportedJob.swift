/// One entry of a report: a copy of a job, or the copies of a reporting group taken together.
public struct ReportedJob: Sendable {
  /// The job of the first copy.
  public let job: IOJob
  /// fio's groupid: counted up by each job that waits for those before it (`stonewall`) or says `new_group`.
  public let group: Int
  /// Never empty.
  public let copies: [CopyResult]

  public let reads: ReportedDirection
  public let writes: ReportedDirection
  public let syncs: LatencyRecord
  public let depths: [Int]
  public let submissions: [Int]
  public let completions: [Int]

  init(job: IOJob, group: Int, copies: [CopyResult]) {
    self.job = job
    self.group = group
    self.copies = copies
    reads = ReportedDirection(copies.map(\.reads))
    writes = ReportedDirection(copies.map(\.writes))
    syncs = copies.dropFirst().reduce(into: copies[0].syncs) { $0.merge($1.syncs) }
    func sums(_ counts: KeyPath<CopyResult, LevelCounts>) -> [Int] {
      copies.map { $0[keyPath: counts].counts }
        .reduce([Int](repeating: 0, count: 8)) { zip($0, $1).map(+) }
    }
    depths = sums(\.depths)
    submissions = sums(\.submissions)
    completions = sums(\.completions)
  }

  /// Copies that ran.
  public var copyCount: Int { sum(\.copies) }
  /// Nanoseconds of the longest copy.
  public var elapsed: Int { copies.map(\.elapsed).max() ?? 0 }
  /// Nanoseconds of all copies, added up: what shares of CPU time are taken of.
  public var runTime: Int { sum(\.elapsed) }
  public var userTime: Int { sum(\.userTime) }
  public var systemTime: Int { sum(\.systemTime) }
  public var contextSwitches: Int { sum(\.voluntarySwitches) + sum(\.involuntarySwitches) }
  public var majorFaults: Int { sum(\.majorFaults) }
  public var minorFaults: Int { sum(\.minorFaults) }
  public var requests: Int { reads.requests + writes.requests }
  public var bytes: Int { reads.bytes + writes.bytes }
  /// The first copy's that had one.
  public var errorNumber: Int { copies.map(\.errorNumber).first { $0 != 0 } ?? 0 }

  func sum(_ figure: KeyPath<CopyResult, Int>) -> Int { copies.reduce(0) { $0 + $1[keyPath: figure] } }
}

extension RunResult {
  /// fio's groupid of each job.
  var groups: [Int] {
    var group = 0
    return jobs.indices.map { index in
      if index > 0, jobs[index].stonewall || jobs[index].newGroup { group += 1 }
      return group
    }
  }

  /// The entries of a report, in order: one a copy, but one for all neighbours of a group that say `group_reporting`.
  public var reportedJobs: [ReportedJob] {
    let groups = groups
    var entries: [(job: Int, group: Int?, copies: [CopyResult])] = []
    for copy in copies {
      let group = jobs[copy.job].groupReporting ? groups[copy.job] : nil
      if let group, entries.last?.group == group {
        entries[entries.count - 1].copies.append(copy)
      } else {
        entries.append((copy.job, group, [copy]))
      }
    }
    return entries.map { ReportedJob(job: jobs[$0.job], group: groups[$0.job], copies: $0.copies) }
  }

  /// One entry a job, its copies together: what tables and notes are made of. A job of which nothing ran has none.
  public var jobTotals: [ReportedJob] {
    let groups = groups
    return jobs.indices.compactMap { index in
      let mine = copies.filter { $0.job == index }
      return mine.isEmpty ? nil : ReportedJob(job: jobs[index], group: groups[index], copies: mine)
    }
  }
}

/// The requests of one direction of an entry.
public struct ReportedDirection: Sendable {
  public let bytes: Int
  public let requests: Int
  public let shortRequests: Int
  /// Nanoseconds, of the longest copy.
  public let elapsed: Int
  public let submissionLatency: LatencyRecord
  public let completionLatency: LatencyRecord
  public let latency: LatencyRecord
  /// KiB/s.
  public let bandwidthSamples: SampleFigures
  /// Requests a second.
  public let rateSamples: SampleFigures

  init(_ copies: [DirectionResult]) {
    func merged(_ record: KeyPath<DirectionResult, LatencyRecord>) -> LatencyRecord {
      copies.dropFirst().reduce(into: copies[0][keyPath: record]) { $0.merge($1[keyPath: record]) }
    }
    bytes = copies.reduce(0) { $0 + $1.bytes }
    requests = copies.reduce(0) { $0 + $1.requests }
    shortRequests = copies.reduce(0) { $0 + $1.shortRequests }
    elapsed = copies.map(\.elapsed).max() ?? 0
    submissionLatency = merged(\.submissionLatency)
    completionLatency = merged(\.completionLatency)
    latency = merged(\.latency)
    bandwidthSamples = SampleFigures(copies.map { SampleFigures($0.bandwidthSamples) })
    rateSamples = SampleFigures(copies.map { SampleFigures($0.rateSamples) })
  }

  private var seconds: Double { Double(elapsed) / 1e9 }
  /// Bytes a second; 0 where nothing ran.
  public var bandwidth: Double { elapsed == 0 ? 0 : Double(bytes) / seconds }
  /// Requests a second; 0 where nothing ran.
  public var rate: Double { elapsed == 0 ? 0 : Double(requests) / seconds }
  public var milliseconds: Int { (elapsed + 500_000) / 1_000_000 }
}

/// Of samples of a rate over time.
public struct SampleFigures: Sendable {
  public private(set) var minimum = 0.0
  public private(set) var maximum = 0.0
  public private(set) var mean = 0.0
  public private(set) var deviation = 0.0
  public private(set) var count = 0

  init(_ samples: [Double]) {
    guard let first = samples.first else { return }
    count = samples.count
    minimum = samples.reduce(first, min)
    maximum = samples.reduce(first, max)
    mean = samples.reduce(0, +) / Double(count)
    guard count > 1 else { return }
    let center = mean
    deviation = (samples.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(count - 1)).squareRoot()
  }

  /// Of copies that ran together: rates add up, and so do fio's figures of their samples (`sum_stat` of its stat.c;
  /// the deviation is that of independent samples).
  init(_ copies: [SampleFigures]) {
    var squares = 0.0
    for copy in copies where copy.count > 0 {
      minimum += copy.minimum
      maximum += copy.maximum
      mean += copy.mean
      squares += copy.deviation * copy.deviation * Double(copy.count - 1)
      count += copy.count
    }
    deviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : 0
  }
}
