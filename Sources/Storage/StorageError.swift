/// The world said no: what was tried, on what, why, and what to do.
public struct StorageError: Error, CustomStringConvertible, Sendable {
  public enum Kind: String, Sendable {
    case io
    case noSpace
    case corrupt
    case missing
    case exists
    case denied
    case invalid
    case unavailable
  }

  public let kind: Kind
  /// `write ssd:wordcount/map-00003: No space left on device (free space in its folder, …)`.
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
