/// One option as it was written: `name=value`, or a name alone.
struct JobSetting: Equatable, Sendable {
  var name: String
  /// Nil where there is no `=`; blanks around it are gone.
  var value: String?
  var place: JobPlace

  /// As the person wrote it, for errors; cut where it is long.
  var written: String {
    let whole = value.map { "\(name)=\($0)" } ?? name
    return whole.count <= 120 ? whole : "\(whole.prefix(117))..."
  }
}

/// A `[section]` of a job file and the options below it.
struct JobSection: Equatable, Sendable {
  var name: String
  var place: JobPlace
  var settings: [JobSetting] = []

  /// As in fio every name that begins with `global` is one of the sections that speak to all jobs below them.
  var isGlobal: Bool { name.hasPrefix("global") }
}

/// fio's INI syntax: sections, options, comments. What the options mean is said elsewhere.
///
/// As in fio a line whose first visible byte is `;` or `#` is a comment, and either of them ends a line anywhere.
enum JobFileText {
  /// Bytes of a line, its newline not counted: fio cuts longer ones in two.
  static let maximumLine = 8191
  /// Bytes of a job file.
  static let maximumSize = 16 << 20

  /// The sections of `bytes` in their order.
  ///
  /// - Throws: ``JobFileError`` on a file or line that is too long, bytes that are no text, an option outside of a
  ///   section, a section's name that does not end, or `include`.
  static func sections(_ bytes: [UInt8], file: String) throws -> [JobSection] {
    guard bytes.count <= maximumSize else {
      throw JobFileError(JobPlace(file: file), "over \(maximumSize >> 20) MiB: not a job file")
    }
    var sections: [JobSection] = []
    var jobs = 0
    var number = 0
    for line in bytes.split(separator: newline, omittingEmptySubsequences: false) {
      number += 1
      let place = JobPlace(file: file, line: number)
      guard let text = try content(line, place) else { continue }
      if text.hasPrefix("[") {
        let section = JobSection(name: try sectionName(text, place), place: place)
        jobs += section.isGlobal ? 0 : 1
        guard jobs <= IOJobs.maximumJobs else {
          throw JobFileError(place, "more than \(IOJobs.maximumJobs) jobs (fio's own limit)")
        }
        sections.append(section)
      } else {
        guard !sections.isEmpty else {
          throw JobFileError(place, "option '\(text.prefix(80))' outside of a [job] section")
        }
        sections[sections.count - 1].settings.append(try setting(text, place))
      }
    }
    return sections
  }

  /// Splits `name=value` at its first `=`; blanks around both are dropped.
  static func setting(_ text: String, _ place: JobPlace) throws -> JobSetting {
    let bytes = Array(text.utf8)
    guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else {
      if text == "include" || text.hasPrefix("include ") || text.hasPrefix("include\t") {
        throw JobFileError(
          place, "'\(text.prefix(80))': include is not supported; give the files one after the other")
      }
      return JobSetting(name: text, value: nil, place: place)
    }
    return JobSetting(
      name: String(decoding: trimmed(bytes[..<equals]), as: UTF8.self),
      value: String(decoding: trimmed(bytes[(equals + 1)...]), as: UTF8.self), place: place)
  }

  /// Whether the line `name=value` is read as just that: nothing of it is a comment, a blank that is dropped, or a
  /// variable that is replaced.
  static func holds(_ name: String, _ value: String) -> Bool {
    let place = JobPlace(file: "")
    let line = "\(name)=\(value)"
    let bytes = Array(line.utf8)
    guard !bytes.contains(newline), let read = try? content(bytes[...], place),
      let expanded = try? JobVariables.here.expand(read), expanded == line
    else { return false }
    return (try? setting(read, place))?.value == value
  }

  private static let newline = UInt8(ascii: "\n")

  /// The line without comment and outer blanks, nil where nothing is left.
  private static func content(_ line: ArraySlice<UInt8>, _ place: JobPlace) throws -> String? {
    guard line.count <= maximumLine else {
      throw JobFileError(place, "the line has \(line.count) bytes, at most \(maximumLine)")
    }
    guard !line.contains(0) else { throw JobFileError(place, "a NUL byte: not a job file") }
    let end = line.firstIndex { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "#") } ?? line.endIndex
    let rest = trimmed(line[..<end])
    guard !rest.isEmpty else { return nil }
    guard let text = String(validating: rest, as: UTF8.self) else {
      throw JobFileError(place, "bytes that are not UTF-8")
    }
    return text
  }

  private static func sectionName(_ text: String, _ place: JobPlace) throws -> String {
    guard text.hasSuffix("]") else {
      throw JobFileError(place, "section '\(text.prefix(80))' has no ']' at its end")
    }
    let name = String(text.dropFirst().dropLast())
    guard !name.isEmpty else { throw JobFileError(place, "a section without a name") }
    guard name.utf8.count < 256 else {
      throw JobFileError(place, "the section's name has \(name.utf8.count) bytes, at most 255")
    }
    return name
  }

  /// `bytes` without blanks and control bytes at either end.
  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let first = bytes.firstIndex(where: isVisible), let last = bytes.lastIndex(where: isVisible) else {
      return []
    }
    return bytes[first...last]
  }

  private static func isVisible(_ byte: UInt8) -> Bool { byte > 32 && byte != 127 }
}
