/// What a report says of the run as a whole.
struct RunFigures {
  let entries: [ReportedJob]
  /// By fio's groupid.
  let groups: [Int: (reads: GroupFigures?, writes: GroupFigures?)]
  let elapsed: Int
  /// As far as it is known; 0 once the run has ended.
  let secondsLeft: Int

  init(_ result: RunResult) {
    let entries = result.reportedJobs
    self.entries = entries
    elapsed = result.elapsed
    secondsLeft = (result.timeLeft + 999_999_999) / 1_000_000_000
    groups = Dictionary(grouping: entries, by: \.group).mapValues { members in
      (GroupFigures(members.map(\.reads)), GroupFigures(members.map(\.writes)))
    }
  }
}

/// One direction of all entries of a group.
struct GroupFigures {
  var bytes = 0
  /// Milliseconds.
  var shortest = Int.max
  var longest = 0
  /// Bytes a second, of an entry.
  var slowest = Double.infinity
  var fastest = 0.0

  /// Nil where nothing ran in this direction.
  init?(_ entries: [ReportedDirection]) {
    for entry in entries where entry.requests > 0 {
      bytes += entry.bytes
      shortest = min(shortest, entry.milliseconds)
      longest = max(longest, entry.milliseconds)
      slowest = min(slowest, entry.bandwidth)
      fastest = max(fastest, entry.bandwidth)
    }
    guard let elapsed = entries.map(\.elapsed).max(), elapsed > 0, bytes > 0 else { return nil }
    bandwidth = Double(bytes) / (Double(elapsed) / 1e9)
  }

  /// Bytes a second of all together.
  let bandwidth: Double

  /// Percent of the group's bandwidth that an entry's samples are.
  func share(of samples: SampleFigures) -> Double {
    guard samples.count > 0 else { return 0 }
    return bandwidth > 1024 ? min(100, samples.mean * 100 / (bandwidth / 1024)) : 100
  }
}

extension DiskUse {
  /// Percent of the time in which any request was in flight.
  var utilization: Double { elapsed == 0 ? 0 : min(100, Double(busyTime) * 100 / Double(elapsed)) }
}

extension IOJob {
  /// The options by which it differs from an empty job, and those that readers of fio's JSON ask for in any case.
  var givenOptions: [(name: String, value: String)] {
    let plain = IOJob(name: name, place: place)
    let asked: Set<String> = ["rw", "bs", "ioengine", "iodepth", "numjobs"]
    let perDirection: Set<String> = ["bs", "rate", "rate_iops"]
    return OptionTable.supported.compactMap { option in
      guard option.name != "name", option.engine ?? engine == engine, let value = option.show(self),
        asked.contains(option.name) || value != option.show(plain)
      else { return nil }
      // One value where all directions have it, as people write it and fio's readers look for it.
      guard perDirection.contains(option.name) else { return (option.name, value) }
      let words = value.split(separator: ",")
      return (option.name, Set(words).count == 1 ? String(words[0]) : value)
    }
  }
}

/// The last seconds over which a job's steadiness is judged, by fio's two laws (its steadystate.c): each value's
/// distance from the mean, or the slope of a line through them by least squares.
struct SteadyWindow {
  let state: SteadyState
  let seconds: Int
  let isAttained: Bool
  /// Bytes a second, and requests a second, one value a second.
  let bandwidth: [Double]
  let rates: [Double]

  /// Nil where the job asks for no steadiness.
  init?(_ entry: ReportedJob) {
    guard let state = entry.job.steadyState else { return nil }
    self.state = state
    seconds = entry.job.steadyStateDuration / 1_000_000_000
    isAttained = entry.copies.contains { $0.reachedSteadyState == true }
    func lastSeconds(_ samples: KeyPath<DirectionResult, [Double]>, _ factor: Double) -> [Double] {
      // Two samples a second; those of all copies and both directions, aligned at their ends.
      let series = entry.copies.flatMap { [$0.reads[keyPath: samples], $0.writes[keyPath: samples]] }
      let length = series.map(\.count).max() ?? 0
      var sums = [Double](repeating: 0, count: length)
      for each in series {
        for (index, value) in each.enumerated() { sums[length - each.count + index] += value * factor }
      }
      let pairs = stride(from: length % 2, to: length, by: 2).map { (sums[$0] + sums[$0 + 1]) / 2 }
      return Array(pairs.suffix(max(1, entry.job.steadyStateDuration / 1_000_000_000)))
    }
    bandwidth = lastSeconds(\.bandwidthSamples, 1024)
    rates = lastSeconds(\.rateSamples, 1)
  }

  var isSlope: Bool { state.metric == .iops_slope || state.metric == .bw_slope }
  private var judged: [Double] {
    state.metric == .iops || state.metric == .iops_slope ? rates : bandwidth
  }

  func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }

  /// The largest distance from the mean.
  var deviation: Double {
    let center = mean(judged)
    return judged.map { ($0 - center).magnitude }.max() ?? 0
  }

  /// A second.
  var slope: Double {
    let count = Double(judged.count)
    guard count > 1 else { return 0 }
    let middle = (count - 1) / 2
    let center = mean(judged)
    let product = judged.enumerated().reduce(0) { $0 + (Double($1.offset) - middle) * ($1.element - center) }
    return product / (count * (count * count - 1) / 12)
  }

  /// What is held against the limit: in percent of the mean where the limit is.
  var criterion: Double {
    let value = isSlope ? slope : deviation
    let center = mean(judged)
    guard state.isPercent else { return value }
    return center == 0 ? 0 : 100 * value / center
  }
}
