import Glibc

/// fio's job files and command lines, understood: typed jobs out, or one error that names file, line and option.
public enum IOJobs {
  /// Jobs of one run, each of `numjobs` counted: fio's own limit.
  public static let maximumJobs = 4096

  /// The jobs of a command line and of the files that it names, in the order in which fio starts them: first those of
  /// `--name`, then the files'.
  ///
  /// Options before the first `--name` override every job's. Without `--name` and files they are one job, `io`.
  ///
  /// - Throws: ``JobFileError``.
  public static func read(_ commandLine: JobCommandLine) throws -> [IOJob] {
    try read(commandLine, variables: .here, contents: contents)
  }

  /// As above, with the environment and the files' bytes given.
  static func read(
    _ commandLine: JobCommandLine, variables: JobVariables, contents: (String) throws -> [UInt8]
  ) throws -> [IOJob] {
    var reader = JobReader(variables: variables)
    for settings in commandLine.jobs {
      try reader.addJob(
        named: settings[0].value ?? "", Array(settings.dropFirst()), overrides: commandLine.overrides)
    }
    if commandLine.jobs.isEmpty, commandLine.files.isEmpty, !commandLine.overrides.isEmpty {
      try reader.addJob(named: "io", [], overrides: commandLine.overrides)
    }
    var seen = Set<String>()
    for (index, file) in commandLine.files.enumerated() {
      let sections = try JobFileText.sections(contents(file), file: file)
      seen.formUnion(sections.filter { !$0.isGlobal }.map(\.name))
      try reader.addFile(
        sections, only: commandLine.sections, overrides: commandLine.overrides, isFirst: index == 0)
    }
    for name in commandLine.sections where !seen.contains(name) {
      throw JobFileError(.commandLine, "--section \(name): no such job in \(fileList(commandLine.files))")
    }
    guard !reader.jobs.isEmpty else {
      throw JobFileError(
        JobPlace(file: commandLine.files.last),
        "no jobs: give a job file with a [job] section, or --name and options")
    }
    return reader.jobs
  }

  private static func fileList(_ files: [String]) -> String {
    files.isEmpty ? "any file: none was given" : files.joined(separator: ", ")
  }

  /// The bytes of a job file, or of the standard input for `-`.
  private static func contents(_ path: String) throws -> [UInt8] {
    let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= JobFileText.maximumSize {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path) }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return bytes
  }

  private static func unreadable(_ path: String) -> JobFileError {
    JobFileError(JobPlace(file: path), "cannot read the job file: \(String(cString: strerror(errno)))")
  }
}

extension IOJob {
  /// The effective options as a job file that means the same job: `[name]`, then `key=value` in the table's order.
  /// What belongs to another engine is left out, so that fio reads it too; and the seed of offsets that do not repeat, since
  /// a seed in a file makes them repeat. A value that no line of a job file can hold, such as a file's name with `${X}` in
  /// it, which would be replaced once more, stands there as a comment.
  public var text: String {
    let options = OptionTable.supported.compactMap { option -> String? in
      guard option.name != "name", option.engine ?? engine == engine,
        option.name != "randseed" || randRepeat, let value = option.show(self)
      else { return nil }
      let line = "\(option.name)=\(value)"
      if JobFileText.holds(option.name, value) { return line + "\n" }
      // A log alone on its line has the job's own name, and a section may be named what no value can be.
      if option.standsAlone, value == name { return option.name + "\n" }
      let shown = line.split(whereSeparator: \.isNewline).joined(separator: " ")
      return "# no job file can hold it, give it on the command line: \(shown)\n"
    }
    return "[\(name)]\n" + options.joined()
  }
}
