import Metrics

/// What it costs to say where the next request goes, as the loop of requests asks for it.
public enum SequenceBenchmark {
  /// Nanoseconds a request of a job, without any request being made; the median of five rounds.
  ///
  /// - Throws: ``JobFileError`` where the options are none.
  public static func nanoseconds(_ options: [String], requests: Int) throws -> Double {
    let words = ["--name=a", "--size=1g", "--bs=4k", "--time_based", "--runtime=1"] + options
    let job = try IOJobs.read(JobCommandLine(words))[0]
    let plan = try CopyPlan(job, 0, 0, ["a"], existing: [0], seed: job.seed(ofCopy: 0, entropy: 0))
    let times = (0..<5).map { _ in
      var source = JobRequests(job, plan)
      var request = Request(buffer: UnsafeMutableRawPointer(bitPattern: 4096)!)
      var sum = 0
      let start = monotonicNanoseconds()
      for _ in 0..<requests {
        sum &+= source.next(now: 0, into: &request) ? request.offset : -1
      }
      defer { precondition(sum >= 0, "a time-based job has no end") }
      return Double(monotonicNanoseconds() - start) / Double(requests)
    }
    return Statistics.median(times) ?? 0
  }
}
