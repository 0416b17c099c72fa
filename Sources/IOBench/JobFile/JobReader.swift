import Metrics

/// Turns sections and settings into jobs: one option after the other, by the table.
struct JobReader {
  let variables: JobVariables
  /// What `[global]` sections said so far, and where.
  private var defaults = Draft(job: IOJob(name: "", place: .commandLine))
  private(set) var jobs: [IOJob] = []
  private var copies = 0

  /// A job while it is read.
  private struct Draft {
    var job: IOJob
    /// Where each option was last set, by its own name.
    var places: [String: JobPlace] = [:]
  }

  init(variables: JobVariables) { self.variables = variables }

  /// A job that the command line begins with `--name`: it knows no `[global]`.
  mutating func addJob(named name: String, _ settings: [JobSetting], overrides: [JobSetting]) throws {
    var draft = Draft(job: IOJob(name: name, place: .commandLine))
    try apply(overrides, to: &draft)
    try apply(settings, to: &draft)
    try add(draft)
  }

  /// The jobs of one file. As in fio each file's first job waits for the jobs of the files before it, and `[global]`
  /// reaches into the files that follow.
  mutating func addFile(
    _ sections: [JobSection], only wanted: [String], overrides: [JobSetting], isFirst: Bool
  )
    throws
  {
    var isFirstJob = true
    for section in sections {
      if section.isGlobal {
        try apply(section.settings, to: &defaults)
        continue
      }
      guard wanted.isEmpty || wanted.contains(section.name) else { continue }
      var draft = defaults
      draft.job.name = section.name
      draft.job.place = section.place
      if isFirstJob, !isFirst { draft.job.stonewall = true }
      isFirstJob = false
      try apply(section.settings, to: &draft)
      try apply(overrides, to: &draft)
      try add(draft)
    }
  }

  /// The option of a setting.
  ///
  /// - Throws: ``JobFileError`` where it is unknown, with the nearest one that is known, or refused, with the reason.
  static func known(_ setting: JobSetting) throws -> JobOption {
    guard let option = OptionTable.find(setting.name) else {
      // No option is longer than 48 bytes: what is twice that means none.
      let meant = setting.name.utf8.count < 96 ? suggestion(for: setting.name, among: OptionTable.names) : nil
      throw JobFileError(
        setting.place,
        "unknown option '\(setting.name.prefix(80))'" + (meant.map { " (did you mean '\($0)'?)" } ?? ""))
    }
    if let refusal = option.refusal {
      throw JobFileError(setting.place, "\(setting.written): \(setting.name) is not supported: \(refusal)")
    }
    return option
  }

  private func apply(_ settings: [JobSetting], to draft: inout Draft) throws {
    var resolved: [(JobOption, JobSetting)] = []
    for setting in settings {
      let setting = try expanded(setting)
      resolved.append((try Self.known(setting), setting))
    }
    // As in fio what `k` means is known before the sizes are read, wherever in the section it stands.
    for (option, setting) in resolved.filter({ $0.0.name == "kb_base" })
      + resolved.filter({ $0.0.name != "kb_base" })
    {
      try say(setting) { try option.read(setting.value, &draft.job) }
      draft.places[option.name] = setting.place
    }
  }

  /// With variables replaced in the whole line, as in fio; the command line's are the shell's.
  private func expanded(_ setting: JobSetting) throws -> JobSetting {
    guard setting.place.file != nil else { return setting }
    let line = setting.value.map { "\(setting.name)=\($0)" } ?? setting.name
    var text = line
    try say(setting) { text = try variables.expand(line) }
    return text == line ? setting : try JobFileText.setting(text, setting.place)
  }

  /// Gives an option's error its place and what was written.
  private func say(_ setting: JobSetting, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as OptionError {
      throw JobFileError(setting.place, "\(setting.written): \(error.message)")
    }
  }

  private mutating func add(_ draft: Draft) throws {
    var job = draft.job
    try JobRules.settle(&job, places: draft.places)
    copies += job.numjobs
    guard copies <= IOJobs.maximumJobs else {
      throw JobFileError(
        draft.places["numjobs"] ?? job.place,
        "with job '\(job.name)' there are \(copies) jobs, at most \(IOJobs.maximumJobs) (fio's own limit)")
    }
    jobs.append(job)
  }
}
