import IOBench
import Metrics

/// Rows of I/O jobs as CSV, and as a table for people.
public enum IOTable {
  /// RFC 4180: what `--output-format csv` prints, and `io.csv`.
  public static func csv(_ rows: [IORow], header: Bool = true) -> String {
    (header ? CSV.header(IOColumns.all) : "") + rows.map { CSV.line($0, IOColumns.all) }.joined()
  }

  static func table(_ rows: [IORow]) -> TextTable {
    var table = TextTable([
      .left("job"), .left("tier"), .left("engine"), .left("rw"), .right("block"), .right("depth"),
      .right("jobs"),
      .right("IOPS"), .right("MiB/s"), .right("mean"), .right("p99"), .left("provenance"),
    ])
    for row in rows {
      let figures = row.figures.flatMap { $0.requests > 0 ? $0 : nil }
      let latency = figures.flatMap { $0.latency.count > 0 ? $0.latency : nil }
      let pattern = row.asked.pattern.rawValue
      let isMixed = row.asked.pattern.reads && row.asked.pattern.writes
      table.add([
        row.job, row.origin.tier, row.asked.engine.rawValue,
        isMixed ? "\(pattern) \(row.isWrite ? "write" : "read")" : pattern,
        ByteSize.text(row.blockSize), "\(row.asked.depth)", "\(row.asked.numjobs)",
        figures.map { Figures.whole($0.rate) } ?? row.status.rawValue,
        figures.map { Summary.fixed($0.bandwidth / 1_048_576, 1) } ?? "",
        latency.map { Figures.time($0.mean) } ?? "",
        latency.map { Figures.time(Double($0.percentile(99))) } ?? "",
        row.origin.provenance + (row.status == .ok || figures == nil ? "" : " (\(row.status.rawValue))"),
      ])
    }
    return table
  }
}
