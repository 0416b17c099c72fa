/// What options say together: impossible pairs are errors, and what is left open takes its effective value.
enum JobRules {
  /// - Parameter places: Where each option was last set, by its own name.
  static func settle(_ job: inout IOJob, places: [String: JobPlace]) throws {
    func wrong(_ option: String, _ message: String) -> JobFileError {
      JobFileError(places[option] ?? job.place, "job '\(job.name)': \(message)")
    }
    if job.timeBased, job.runtime == 0 { throw wrong("time_based", "time_based needs a runtime") }
    if job.rate != PerDirection(0), job.rateIOPS != PerDirection(0) {
      throw wrong("rate", "rate and rate_iops exclude each other")
    }
    for option in OptionTable.supported {
      guard let engine = option.engine, engine != job.engine, option.show(job) == "1" else { continue }
      let name = option.name
      throw wrong(
        name, "\(name) belongs to ioengine=\(engine.rawValue), and the engine is \(job.engine.rawValue)")
    }
    if job.processors != nil, job.processorNodes != nil {
      throw wrong("numa_cpu_nodes", "cpus_allowed and numa_cpu_nodes exclude each other")
    }
    if case .pattern = job.verify, job.verifyPattern.isEmpty {
      throw wrong("verify", "verify=pattern needs a verify_pattern")
    }
    if !job.verifyPattern.isEmpty, job.verify != .pattern {
      throw wrong("verify_pattern", "verify_pattern needs verify=pattern")
    }
    if job.verify == .crc32c, job.smallestBlock < BlockStamp.size {
      throw wrong(
        "bs", "verify=crc32c stamps each block with \(BlockStamp.size) bytes, and bs is \(job.smallestBlock)")
    }
    if job.verify != .none, places["refill_buffers"] == nil { job.refillBuffers = true }
    // As fio: a seed that is given is used.
    if places["randseed"] != nil { job.randRepeat = true }
    if job.steadyState != nil, job.steadyStateDuration == 0 {
      throw wrong("steadystate", "steadystate needs steadystate_duration (ss_dur)")
    }
    if job.steadyState == nil, job.steadyStateDuration > 0 { job.steadyState = .standard }

    job.thinkTimeSpin = min(job.thinkTimeSpin, job.thinkTime)
    // As fio: what is over the depth, or 0, is the depth.
    if job.submitBatch == 0 || job.submitBatch > job.depth { job.submitBatch = job.depth }
    let low = job.depthLow ?? 0
    job.depthLow = low == 0 ? job.depth : min(low, job.depth)
    if job.completeMinimum > job.depth {
      throw wrong(
        "iodepth_batch_complete_min",
        "iodepth_batch_complete_min=\(job.completeMinimum) is over iodepth=\(job.depth): it would wait for ever"
      )
    }
    job.completeMaximum = max(job.completeMaximum ?? 0, job.completeMinimum)
    if !job.filenames.isEmpty { job.fileCount = job.filenames.count }
    if job.gtodReduce {
      (job.disableLatency, job.disableCompletionLatency, job.disableSubmissionLatency) = (true, true, true)
      (job.disableBandwidth, job.completionPercentiles) = (true, false)
    }
    if job.bandwidthLog == "" { job.bandwidthLog = job.name }
    if job.latencyLog == "" { job.latencyLog = job.name }
    if job.iopsLog == "" { job.iopsLog = job.name }
  }
}
