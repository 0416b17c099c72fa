import Metrics

/// How the systems stand over all jobs that could be compared.
struct OverallStandings {
  struct Standing: Sendable {
    var label: String
    /// Jobs in which it was measured, and in which it was clearly the fastest.
    var jobs: Int
    var wins: Int
    /// Geometric mean of its wall over that of the fastest of each job; the fastest itself is 1.
    var slowdown: Double
    var interval: Interval?
  }

  /// By slowdown, then by name.
  let standings: [Standing]
  private let compared: Int
  private let close: Int
  private let leader: (label: String, wins: Int)?

  init(_ groups: [GroupFinding]) {
    let comparable = groups.filter { $0.ranked.count > 1 }
    var wins: [String: Int] = [:]
    var undecided = 0
    var pairs: [String: [(numerator: [Double], denominator: [Double])]] = [:]
    for group in comparable {
      switch group.verdict {
      case .faster(let winner, _, _, _): wins[winner.legend, default: 0] += 1
      case .close: undecided += 1
      case .none: break
      }
      guard let best = group.ranked.first else { continue }
      for cell in group.ranked { pairs[cell.legend, default: []].append((cell.walls, best.walls)) }
    }
    standings = pairs.map { label, pairs in
      let ratios = pairs.map {
        (Statistics.median($0.numerator) ?? 1) / (Statistics.median($0.denominator) ?? 1)
      }
      return Standing(
        label: label, jobs: pairs.count, wins: wins[label] ?? 0, slowdown: Interval.geometricMean(ratios),
        interval: Interval.ofGeometricMean(pairs))
    }.sorted { ($0.slowdown, $0.label) < ($1.slowdown, $1.label) }
    compared = comparable.count
    close = undecided
    let most = wins.max { ($0.value, $1.key) < ($1.value, $0.key) }
    leader = most.map { ($0.key, $0.value) }
  }

  /// The answer first: who wins, how often, by how much.
  var sentences: [String] {
    guard compared > 0 else {
      return [
        "No job was measured on two systems or more (the floor `ideal` does not count): nothing to compare."
      ]
    }
    let jobs = "\(compared) job\(compared == 1 ? "" : "s")"
    var sentences: [String] = []
    if let leader {
      sentences.append("\(leader.label) is clearly the fastest in \(leader.wins) of \(jobs).")
    } else {
      sentences.append("No system is clearly the fastest in any of \(jobs).")
    }
    if let first = standings.first, let second = standings.dropFirst().first, standings.count > 1 {
      let range = second.interval.map { ", 95 % interval \(Figures.ratio($0))" } ?? ""
      sentences.append(
        "Over all jobs \(first.label) takes \(Figures.ratio(first.slowdown)) and \(second.label) "
          + "\(Figures.ratio(second.slowdown)) times as long as the fastest (geometric means\(range)).")
    }
    if close > 0 {
      sentences.append(
        "In \(close) it stays open which of the two fastest is faster (the interval of their ratio holds 1, or repeats are too few)."
      )
    }
    return sentences
  }

  var table: ReportTable {
    var table = ReportTable(
      caption:
        "Wall time over the fastest of each job, geometric mean over all jobs; intervals by bootstrap from a fixed seed, with 4 repeats of each or more.",
      columns: [
        .text("system"), .number("times the fastest"), .text("95 % interval"), .number("clear wins"),
        .number("jobs"),
      ])
    table.rows = standings.map {
      [
        .text($0.label), .number($0.slowdown, Figures.ratio),
        .text($0.interval.map { Figures.ratio($0) } ?? ""),
        .number(Double($0.wins), Figures.whole), .number(Double($0.jobs), Figures.whole),
      ]
    }
    return table
  }
}
