/// What a job computes.
public enum Workload: Sendable, Hashable {
  /// Tokens split on ASCII white space, counted: `word<TAB>count`.
  case wordcount
  /// What a pattern matches, counted: `match<TAB>count`.
  case grep(pattern: String, match: GrepMatch)
  /// Sums its input's bytes, nothing else: how fast a tier's input can be had.
  case drain

  public static let names = ["wordcount", "grep", "drain"]

  public var name: String {
    switch self {
    case .wordcount: "wordcount"
    case .grep: "grep"
    case .drain: "drain"
    }
  }

  /// What the workload was asked, for the column `parameters`.
  public var parameters: [String: String] {
    switch self {
    case .wordcount, .drain: [:]
    case .grep(let pattern, let match): ["pattern": pattern, "match": match.rawValue]
    }
  }

  /// The workload of this name and parameters.
  ///
  /// - Throws: ``JobError`` where the name or a parameter is unknown or one is missing or wrong.
  public init(name: String, parameters: [String: String]) throws {
    var rest = parameters
    switch name {
    case "wordcount": self = .wordcount
    case "drain": self = .drain
    case "grep":
      guard let pattern = rest.removeValue(forKey: "pattern") else {
        throw JobError("workload grep: no pattern (give `pattern`, as in '[a-z]*ing')")
      }
      let word = rest.removeValue(forKey: "match") ?? GrepMatch.span.rawValue
      guard let match = GrepMatch(rawValue: word) else {
        throw JobError("workload grep: unknown match '\(word)'; known here: span, word")
      }
      self = .grep(pattern: pattern, match: match)
    default:
      throw JobError("unknown workload '\(name)'; known here: \(Self.names.joined(separator: ", "))")
    }
    if let key = rest.keys.sorted().first {
      throw JobError("workload \(name): unknown parameter '\(key)'")
    }
  }

  /// Why there is no such job, or nil: `span` has no paper plan, since what a map would ship is not a row.
  public func unsupported(in plan: Plan) -> String? {
    if case .grep(_, .span) = self, plan == .paper {
      return "grep --match span has no paper plan (the paper ships every token; use --match word)"
    }
    return nil
  }
}

/// A job that cannot be: what was asked, and why not.
public struct JobError: Error, CustomStringConvertible, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}
