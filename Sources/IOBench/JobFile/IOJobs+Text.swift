extension IOJobs {
  /// The nanoseconds of a time on the command line, as `10`, `10s` or `500ms`.
  ///
  /// - Throws: ``JobFileError`` that names the option.
  public static func time(_ text: String, of option: String) throws -> Int {
    do { return try OptionUnits.time(text, unit: 1_000_000_000) } catch let error as OptionError {
      throw JobFileError(.commandLine, "\(option): \(error.message)")
    }
  }

  /// The jobs of a job file's text, as an experiment runs them.
  ///
  /// - Parameters:
  ///   - file: As errors shall name it.
  ///   - sections: Only these jobs; all where it is empty.
  ///   - options: Override those of every job, as on the command line.
  ///   - variables: What `${NAME}` stands for, before the environment.
  /// - Throws: ``JobFileError``.
  public static func read(
    _ text: String, file: String, sections: [String] = [], options: [(name: String, value: String)] = [],
    variables: [String: String] = [:]
  ) throws -> [IOJob] {
    let words = sections.map { "--section=\($0)" } + options.map { "--\($0.name)=\($0.value)" }
    var known = JobVariables.here
    let environment = known.environment
    known.environment = { variables[$0] ?? environment($0) }
    return try read(JobCommandLine(words + ["--", file]), variables: known) { _ in Array(text.utf8) }
  }
}
