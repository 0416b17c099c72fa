/// The words of a command line, as fio reads them: job files, options, and jobs that `--name` begins.
public struct JobCommandLine: Equatable, Sendable {
  /// `-` is the standard input.
  public var files: [String] = []
  /// Jobs of the files to take (`--section`); empty for all.
  public var sections: [String] = []
  /// Options before the first `--name`: they override those of every job.
  var overrides: [JobSetting] = []
  /// A `--name` and the options behind it.
  var jobs: [[JobSetting]] = []

  /// Both `--rw=read` and `--rw read` are understood; an option that stands alone (`--thread`) takes only `=`.
  ///
  /// - Throws: ``JobFileError`` on an option that is unknown, refused, or lacks its value.
  public init(_ words: [String]) throws {
    var position = 0
    while position < words.count {
      let word = words[position]
      position += 1
      if word == "--" {
        files += words[position...]
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        files.append(word)
        continue
      }
      guard word.hasPrefix("--") else {
        throw JobFileError(.commandLine, "'\(word)': options begin with '--', as --rw=randread")
      }
      var setting = try JobFileText.setting(String(word.dropFirst(2)), .commandLine)
      // What stands on the command line keeps its blanks.
      if let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) {
        setting.value = String(word[word.utf8.index(after: equals)...])
      }
      let isSection = setting.name == "section"
      if !isSection {
        let option = try JobReader.known(setting)
        if setting.value == nil, !option.standsAlone, position < words.count {
          setting.value = words[position]
          position += 1
        }
      } else if setting.value == nil, position < words.count {
        setting.value = words[position]
        position += 1
      }
      try add(setting, isSection: isSection)
    }
  }

  private mutating func add(_ setting: JobSetting, isSection: Bool) throws {
    if isSection {
      guard let name = setting.value, !name.isEmpty, !name.hasPrefix("global") else {
        throw JobFileError(.commandLine, "--section needs the name of a job")
      }
      sections.append(name)
    } else if setting.name == "name" {
      guard let name = setting.value, !name.isEmpty else {
        throw JobFileError(.commandLine, "--name needs a name")
      }
      jobs.append([setting])
    } else if jobs.isEmpty {
      overrides.append(setting)
    } else {
      jobs[jobs.count - 1].append(setting)
    }
  }
}
