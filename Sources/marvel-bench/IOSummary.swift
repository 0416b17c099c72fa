import IOBench
import Metrics

/// A line or two a copy, until there is more to print.
enum IOSummary {
  static func text(_ result: RunResult) -> String {
    var lines: [String] = []
    for copy in result.copies {
      let name = result.jobs[copy.job].name
      for (word, direction) in [("read", copy.reads), ("write", copy.writes)] where direction.requests > 0 {
        let seconds = max(1e-9, Double(direction.elapsed) / 1e9)
        lines.append(
          "\(name).\(copy.copy) \(word): \(Int(Double(direction.requests) / seconds)) IOPS, "
            + "\(ByteSize.text(Int(Double(direction.bytes) / seconds)))/s, \(direction.requests) requests, "
            + "clat p50 \(direction.completionLatency.percentile(50)) p99 \(direction.completionLatency.percentile(99)) ns, "
            + "slat mean \(Int(direction.submissionLatency.mean)) ns, lat mean \(Int(direction.latency.mean)) ns"
        )
      }
      let requests = max(1, copy.reads.requests + copy.writes.requests)
      lines.append(
        "\(name).\(copy.copy) cpu: usr \((copy.userTime) / requests) sys \(copy.systemTime / requests) ns a request, "
          + "ctx \(copy.voluntarySwitches), \(copy.errorText)")
    }
    return (lines + result.notes.map { "note: \($0)" }).joined(separator: "\n") + "\n"
  }
}
