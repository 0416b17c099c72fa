/// A results folder, or a file of it, that cannot be read as what it should be.
public struct ResultsError: Error, CustomStringConvertible, Equatable, Sendable {
  public let description: String

  /// - Parameter place: A path, with `:line` where a line is meant.
  public init(_ place: String, _ message: String) { description = "\(place): \(message)" }
}
