import Metrics

/// fio's live line: copies that run, how far they are, rates since the last line, and the time left.
///
/// `Jobs: 2 (f=2): [m(2)][40.0%][r=18.9MiB/s,w=19.5MiB/s][r=4838,w=4990 IOPS][eta 00m:03s]`
public struct ProgressMeter: Sendable {
  private let jobs: [IOJob]
  private let interval: Int
  private var last: (time: Int, read: Moved, written: Moved)?

  private struct Moved {
    var bytes = 0
    var requests = 0
  }

  /// - Parameter interval: Nanoseconds from one line to the next, at least.
  public init(_ jobs: [IOJob], interval: Int = 1_000_000_000) {
    self.jobs = jobs
    self.interval = interval
  }

  /// The line for now; nil where the last one is not old enough.
  ///
  /// - Parameter now: Nanoseconds of any clock that only rises.
  public mutating func line(_ progress: Progress, now: Int) -> String? {
    let (read, written) = Self.moved(progress.copies)
    guard let last else {
      self.last = (now, read, written)
      return nil
    }
    guard now - last.time >= interval else { return nil }
    self.last = (now, read, written)
    if case .layout(let done, let total) = progress.phase {
      return "Laying out files: \(ByteSize.text(done)) of \(ByteSize.text(total))"
    }
    let running = progress.copies.filter {
      $0.state == .running || $0.state == .verifying || $0.state == .ramping
    }
    let files = running.reduce(0) { $0 + jobs[$1.job].fileCount }
    return "Jobs: \(running.count) (f=\(files)): [\(letters(progress.copies))][\(percent(progress))]"
      + rates(now - last.time, read, last.read, written, last.written)
      + "[eta \(Self.text(timeLeft(progress)))]"
  }

  private static func moved(_ copies: [Progress.Copy]) -> (Moved, Moved) {
    copies.reduce(into: (Moved(), Moved())) { sums, copy in
      sums.0.bytes += copy.readBytes
      sums.0.requests += copy.reads
      sums.1.bytes += copy.writtenBytes
      sums.1.requests += copy.writes
    }
  }

  private func rates(_ time: Int, _ read: Moved, _ lastRead: Moved, _ written: Moved, _ lastWritten: Moved)
    -> String
  {
    let seconds = Double(time) / 1e9
    // A ramp's end sets the counts back.
    func rate(_ now: Int, _ then: Int) -> Int { Int(Double(max(0, now - then)) / seconds) }
    let directions = [("r", read, lastRead), ("w", written, lastWritten)].filter {
      $0.1.requests > $0.2.requests
    }
    guard !directions.isEmpty else { return "" }
    let bytes = directions.map {
      "\($0.0)=\(FioText.number(rate($0.1.bytes, $0.2.bytes), binary: true, .bytesPerSecond))"
    }
    let requests = directions.map { "\($0.0)=\(FioText.number(rate($0.1.requests, $0.2.requests)))" }
    return "[\(bytes.joined(separator: ","))][\(requests.joined(separator: ",")) IOPS]"
  }

  /// fio's letter of each copy, runs of one counted: `m(2),_(1)`.
  private func letters(_ copies: [Progress.Copy]) -> String {
    var runs: [(letter: String, count: Int)] = []
    for copy in copies {
      let letter = letter(copy)
      if runs.last?.letter == letter { runs[runs.count - 1].count += 1 } else { runs.append((letter, 1)) }
    }
    return runs.map { "\($0.letter)(\($0.count))" }.joined(separator: ",")
  }

  private func letter(_ copy: Progress.Copy) -> String {
    switch copy.state {
    case .waiting: return "P"
    case .starting: return "I"
    case .ramping: return "/"
    case .verifying: return "V"
    case .done: return "_"
    case .running:
      switch jobs[copy.job].pattern {
      case .read: return "R"
      case .write: return "W"
      case .rw: return "M"
      case .randread: return "r"
      case .randwrite: return "w"
      case .randrw: return "m"
      }
    }
  }

  private func percent(_ progress: Progress) -> String {
    guard let left = timeLeft(progress), progress.elapsed > 0 else { return "-.-%" }
    return "\(FioText.fixed(Double(progress.elapsed) * 100 / Double(progress.elapsed + left), 1))%"
  }

  /// Nanoseconds until all are done; nil where it cannot be known.
  func timeLeft(_ progress: Progress) -> Int? {
    var stages: [Int?] = [0]
    var job = 0
    for copy in progress.copies {
      if copy.job != job {
        if jobs[copy.job].stonewall { stages.append(0) }
        job = copy.job
      }
      let mine = timeLeft(copy)
      let stage = stages[stages.count - 1]
      stages[stages.count - 1] = mine.flatMap { mine in stage.map { max($0, mine) } }
    }
    return stages.reduce(Optional(0)) { sum, stage in sum.flatMap { sum in stage.map { sum + $0 } } }
  }

  private func timeLeft(_ copy: Progress.Copy) -> Int? {
    let job = jobs[copy.job]
    guard copy.state != .done else { return 0 }
    let byTime = copy.runtime.map { max(0, job.startDelay + job.rampTime + $0 - copy.elapsed) }
    guard let total = copy.totalBytes, total > 0, copy.state == .running || copy.state == .verifying else {
      return byTime
    }
    let moved = copy.readBytes + copy.writtenBytes
    let measured = copy.elapsed - job.rampTime
    guard moved > 0, measured > 0 else { return byTime }
    let byBytes = Int(Double(measured) * Double(max(0, total - moved)) / Double(moved))
    return min(byBytes, byTime ?? byBytes)
  }

  /// fio's way: `01h:02m:03s`, hours and days only where there are any; `--` for nil.
  static func text(_ nanoseconds: Int?) -> String {
    guard let nanoseconds else { return "--" }
    let seconds = (nanoseconds + 999_999_999) / 1_000_000_000
    func two(_ value: Int, _ unit: String) -> String { (value < 10 ? "0" : "") + "\(value)\(unit)" }
    var parts = [two(seconds / 60 % 60, "m"), two(seconds % 60, "s")]
    if seconds >= 3600 { parts.insert(two(seconds / 3600 % 24, "h"), at: 0) }
    if seconds >= 86400 { parts.insert(two(seconds / 86400, "d"), at: 0) }
    return parts.joined(separator: ":")
  }
}
