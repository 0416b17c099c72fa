/// The person's file is wrong: said as a compiler says it, `workloads/quick.yaml:4:3: unknown key 'wokers'; …`.
public struct WorkloadFileError: Error, Equatable, CustomStringConvertible, Sendable {
  public var file: String
  /// Counted from 1, as editors do; nil where the error is of no place in the file (an option, a missing file).
  public var line: Int?
  public var column: Int?
  public var message: String

  public init(_ file: String, line: Int? = nil, column: Int? = nil, _ message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String {
    guard let line, let column else { return "\(file): \(message)" }
    return "\(file):\(line):\(column): \(message)"
  }
}
