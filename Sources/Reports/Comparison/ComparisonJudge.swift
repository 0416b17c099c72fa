import Glibc
import Metrics

/// From samples to verdicts.
struct ComparisonJudge {
  var rules: ComparisonRules
  var method: ComparisonMethod
  /// One run a side: what runs differ by was not seen, and has to be assumed.
  var isSingleRun: Bool

  /// A row for each sample, in their order.
  func rows(_ samples: [ComparedSample]) -> [ComparisonRow] {
    var rows = samples.map(measured)
    let tested = rows.indices.filter { rows[$0].test != nil }
    let adjusted = Holm.adjusted(tested.map { rows[$0].test?.p ?? 1 })
    let attainable = Holm.adjusted(
      tested.map { method.smallestP(rows[$0].sample.base.count, rows[$0].sample.new.count) })
    let needed = method.needed(alpha: rules.alpha, rows: tested.count)
    for (place, index) in tested.enumerated() {
      rows[index].adjusted = adjusted[place]
      if attainable[place] > rules.alpha {
        rows[index].verdict = .insufficient
        rows[index].needed = needed
      } else {
        decide(&rows[index])
      }
    }
    return rows
  }

  private func measured(_ sample: ComparedSample) -> ComparisonRow {
    var row = ComparisonRow(sample: sample, verdict: .insufficient)
    row.gate = rules.gate(sample.metric, row.workload)
    if sample.pair.base.isSameMedium(as: sample.pair.new) {
      row.verdict = .incomparable
      return row
    }
    // Where nothing varies no test could ever find a difference: such rows (bytes, mostly) are no burden on the others.
    if Set(sample.base + sample.new).count == 1 {
      row.ratio = 1
      row.verdict = .unchanged
      return row
    }
    switch method {
    case .independent:
      row.ratio = Self.ratio(Statistics.median(sample.new), Statistics.median(sample.base))
      row.interval = Bootstrap.ratioOfMedians(sample.new, sample.base)
      row.test = RankSum.test(sample.new, sample.base)
    case .paired:
      let ratios = zip(sample.new, sample.base).filter { $0 > 0 && $1 > 0 }.map { log($0 / $1) }
      row.ratio = SignedRank.location(ratios).map { exp($0) }
      row.interval = SignedRank.interval(ratios).map { exp($0.lowerBound)...exp($0.upperBound) }
      row.test = SignedRank.test(ratios)
    }
    if isSingleRun { row.noiseLimit = noiseLimit(sample) }
    return row
  }

  /// Nothing over nothing is no change; something over nothing is infinitely more.
  private static func ratio(_ new: Double?, _ base: Double?) -> Double? {
    guard let new, let base else { return nil }
    return new == base ? 1 : new / base
  }

  private func noiseLimit(_ sample: ComparedSample) -> Double {
    let noise = [sample.pair.base, sample.pair.new].compactMap {
      rules.noise.noise($0.factors, sample.metric)
    }.max()
    return noise.map { NoiseTable.factor * $0 } ?? NoiseTable.unmeasured
  }

  private func decide(_ row: inout ComparisonRow) {
    guard let worsening = row.worsening, let adjusted = row.adjusted else { return }
    let threshold = 1 + (row.gate ?? rules.threshold)
    let size = max(worsening, 1 / worsening)
    if let limit = row.noiseLimit, size < 1 + limit {
      row.verdict = size == 1 ? .unchanged : .noise
    } else if adjusted <= rules.alpha {
      row.verdict = size < threshold ? .unchanged : worsening > 1 ? .regressed : .improved
    } else if size == 1, row.sample.base == row.sample.new {
      row.verdict = .unchanged
    } else if let interval = row.interval, interval.upperBound < threshold,
      interval.lowerBound > 1 / threshold
    {
      row.verdict = .unchanged
    } else {
      row.verdict = .inconclusive
    }
  }
}
