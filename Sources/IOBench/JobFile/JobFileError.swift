/// Where an option stands: a line of a job file, or the command line.
public struct JobPlace: Equatable, Sendable, CustomStringConvertible {
  /// The job file as it was named; nil for the command line.
  public var file: String?
  /// Counted from 1; nil where a whole file is meant.
  public var line: Int?

  public init(file: String?, line: Int? = nil) {
    self.file = file
    self.line = line
  }

  public static let commandLine = JobPlace(file: nil)

  public var description: String {
    guard let file else { return "command line" }
    return line.map { "\(file):\($0)" } ?? file
  }
}

/// The person's job file or command line is wrong: `randread.fio:4: iodepth=0: must be at least 1`.
public struct JobFileError: Error, Equatable, Sendable, CustomStringConvertible {
  public var place: JobPlace
  public var message: String

  public init(_ place: JobPlace, _ message: String) {
    self.place = place
    self.message = message
  }

  public var description: String { "\(place): \(message)" }
}

/// What is wrong with one option's value, or why the option is refused; its reader adds place, name and value.
struct OptionError: Error {
  var message: String

  init(_ message: String) { self.message = message }
}
