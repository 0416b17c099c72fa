/// Judges each second whether the copies of a job, or of a reporting group, are steady together, and ends those that are.
struct Steadiness {
  private struct Group {
    var lines: [Int]
    var judge: SteadyStateJudge
    var requests = 0
    var bytes = 0
    var isRunning = false
  }

  private var groups: [Group] = []
  private var nextLook = 0
  private var lastLook = 0

  init(_ jobs: [IOJob], _ copies: [CopyPlan]) {
    var number: [String: Int] = [:]
    for (line, copy) in copies.enumerated() {
      let job = jobs[copy.job]
      guard let judge = SteadyStateJudge(job) else { continue }
      // Without group_reporting fio judges each copy by itself.
      let key = job.groupReporting ? "group" : "\(copy.job).\(copy.copy)"
      if let known = number[key] {
        groups[known].lines.append(line)
      } else {
        number[key] = groups.count
        groups.append(Group(lines: [line], judge: judge, isRunning: job.rampTime == 0 && job.startDelay == 0))
      }
    }
  }

  mutating func look(_ board: LiveBoard, now: Int) {
    guard !groups.isEmpty, now >= board.began else { return }
    if nextLook == 0 { (lastLook, nextLook) = (board.began, board.began + 1_000_000_000) }
    guard now >= nextLook else { return }
    let seconds = Double(now - lastLook) / 1e9
    for index in groups.indices {
      let seen = groups[index].lines.map(board.read)
      let requests = seen.reduce(0) { $0 + $1.reads + $1.writes }
      let bytes = seen.reduce(0) { $0 + $1.readBytes + $1.writtenBytes }
      // What was counted in the ramp is forgotten at its end: the second in which that happens says nothing.
      let isMeasuring = seen.allSatisfy { $0.phase == .measuring }
      defer {
        (groups[index].requests, groups[index].bytes) = (requests, bytes)
        groups[index].isRunning = isMeasuring
      }
      guard isMeasuring, groups[index].isRunning else { continue }
      let isSteady = groups[index].judge.add(
        elapsed: now - board.began, iops: Int(Double(requests - groups[index].requests) / seconds),
        bandwidth: Int(Double(bytes - groups[index].bytes) / seconds))
      if isSteady { for line in groups[index].lines { board.setOrder(.enough, of: line) } }
    }
    lastLook = now
    nextLook += 1_000_000_000
  }
}
