import Functions

/// What a function worker or a thread needs to know to run one copy of a job.
struct CopyTask: Sendable {
  var job: IOJob
  var plan: CopyPlan
  /// Its line of the stage's board, and how many lines that has.
  var line: Int
  var lines: Int
  /// Nanoseconds that earlier stages took: `startdelay` counts from the start of the run.
  var runElapsed = 0
  var allowsEmulation = false
  /// Runs in the controller's process.
  var isThread = false
  /// How often it was tried before: what died once is not run again.
  var attempt = 0

  func encoded() -> [UInt8] {
    var writer = WireWriter()
    writer.putArray(job.words) { $0.put($1) }
    writer.put(plan.job)
    writer.put(plan.copy)
    writer.putArray(plan.paths) { $0.put($1) }
    writer.putArray(plan.existing) { $0.put($1) }
    writer.put(plan.seed)
    writer.put(line)
    writer.put(lines)
    writer.put(runElapsed)
    writer.put(allowsEmulation)
    writer.put(attempt)
    return writer.bytes
  }

  /// - Throws: `WireError`, or ``JobFileError``.
  init(decoding bytes: [UInt8]) throws {
    var reader = WireReader(bytes)
    let words = try reader.array { try $0.string() }
    guard let job = try IOJobs.read(JobCommandLine(words)).first else {
      throw WireError("a task without a job")
    }
    self.job = job
    let number = try reader.int()
    let copy = try reader.int()
    let paths = try reader.array { try $0.string() }
    let existing = try reader.array { try $0.int() }
    guard paths.count == job.fileCount, existing.count == job.fileCount else {
      throw WireError("\(paths.count) files of \(job.fileCount)")
    }
    plan = try CopyPlan(job, number, copy, paths, existing: existing, seed: try reader.uint64())
    line = try reader.int()
    lines = try reader.int()
    runElapsed = try reader.int()
    allowsEmulation = try reader.bool()
    attempt = try reader.int()
    try reader.end()
  }

  init(job: IOJob, plan: CopyPlan, line: Int, lines: Int) {
    self.job = job
    self.plan = plan
    self.line = line
    self.lines = lines
  }
}

extension IOJob {
  /// Its effective options as words of a command line, which read as the same job: unlike in a job file nothing in them
  /// is replaced or stripped.
  var words: [String] {
    let options = OptionTable.supported.compactMap { option in
      option.name == "name" || option.engine ?? engine != engine
        ? nil : option.show(self).map { "--\(option.name)=\($0)" }
    }
    return ["--name=\(name)"] + options
  }
}
