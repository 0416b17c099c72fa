/// fio's distributions: latencies by its 32 classes, depths and batches by its seven, in percent.
struct LatencyClasses {
  /// Upper ends in nanoseconds, exclusive, of all classes but the last, which has none.
  private static let bounds: [Int] =
    [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000]
    + [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000].map { $0 * 1000 }
    + [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000].map { $0 * 1_000_000 }

  static let labels = ["2", "4", "10", "20", "50", "100", "250", "500", "750", "1000"]
  static let millisecondLabels = labels + ["2000", ">=2000"]

  let nanoseconds: [Double]
  let microseconds: [Double]
  let milliseconds: [Double]

  /// Of completion latencies, as fio.
  init(_ entry: ReportedJob) {
    var counts = [Int](repeating: 0, count: Self.bounds.count + 1)
    for direction in [entry.reads, entry.writes] {
      for bin in direction.completionLatency.bins {
        counts[Self.bounds.firstIndex { bin.value < $0 } ?? Self.bounds.count] += bin.count
      }
    }
    let shares = Self.shares(counts, of: entry.requests, least: 0.01)
    nanoseconds = Array(shares[..<10])
    microseconds = Array(shares[10..<20])
    milliseconds = Array(shares[20...])
  }

  static let depthLabels = ["1", "2", "4", "8", "16", "32", ">=64"]
  static let batchLabels = ["0", "4", "8", "16", "32", "64", ">=64"]

  /// Depths at submission; of all requests, so that syncs make it more than 100, as fio's.
  static func depths(_ entry: ReportedJob) -> [Double] {
    shares(Array(entry.depths[1...]), of: entry.requests, least: 0.1)
  }

  /// Sizes of batches.
  static func batches(_ counts: [Int]) -> [Double] {
    shares(Array(counts[..<7]), of: counts.reduce(0, +), least: 0.1)
  }

  /// Percent of `total`; what is there at all shows as `least` at least.
  private static func shares(_ counts: [Int], of total: Int, least: Double) -> [Double] {
    counts.map { $0 == 0 || total == 0 ? 0 : max(Double($0) * 100 / Double(total), least) }
  }
}

/// fio's histogram: 64 bins an octave, exact below 128 ns (`plat_val_to_idx` and `plat_idx_to_val` of its stat.c).
enum FioBins {
  /// The value by which fio calls the bin of `nanoseconds`: the middle of its range.
  static func name(_ nanoseconds: Int) -> Int {
    guard nanoseconds >= 128 else { return max(nanoseconds, 0) }
    let error = Int.bitWidth - 1 - nanoseconds.leadingZeroBitCount - 6
    return (nanoseconds >> error) << error + 1 << (error - 1)
  }

  /// A record's counts by fio's bins, ascending. Exact: each bin of the record lies within one of fio's.
  static func counts(_ record: LatencyRecord) -> [(value: Int, count: Int)] {
    var result: [(value: Int, count: Int)] = []
    for bin in record.bins {
      let value = name(bin.value)
      if result.last?.value == value {
        result[result.count - 1].count += bin.count
      } else {
        result.append((value, bin.count))
      }
    }
    return result
  }
}
