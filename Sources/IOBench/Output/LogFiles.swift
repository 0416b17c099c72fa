/// fio's log files of bandwidth, latency and IOPS: their names and their lines.
public enum LogFiles {
  /// The files that the jobs ask for, in the current folder unless their names say otherwise:
  /// `NAME_bw.N.log`, N the copy's number among all copies of the run, from 1.
  ///
  /// A line is `milliseconds, value, direction, block size, 0`: KiB/s, requests a second or nanoseconds; 0 reads and 1
  /// writes; a block size of 0 is that of an average; the last is fio's priority, which there is none of here.
  public static func files(_ result: RunResult) -> [(name: String, contents: String)] {
    var firstNumbers: [Int] = []
    var copies = 1
    for job in result.jobs {
      firstNumbers.append(copies)
      copies += job.numjobs
    }
    return result.copies.flatMap { copy -> [(name: String, contents: String)] in
      let job = result.jobs[copy.job]
      let number = firstNumbers[copy.job] + copy.copy
      var names: [(LogSample.Kind, String)] = []
      if let name = job.bandwidthLog { names.append((.bandwidth, name)) }
      if let name = job.iopsLog { names.append((.iops, name)) }
      if let name = job.latencyLog {
        if !job.disableSubmissionLatency { names.append((.submissionLatency, name)) }
        if !job.disableCompletionLatency { names.append((.completionLatency, name)) }
        if !job.disableLatency { names.append((.latency, name)) }
      }
      return names.map { kind, name in
        let lines = copy.logs.filter { $0.kind == kind }.map {
          "\($0.time), \($0.value), \($0.isWrite ? 1 : 0), \($0.blockSize), 0\n"
        }
        return ("\(name)_\(kind.rawValue).\(number).log", lines.joined())
      }
    }
  }
}
