/// What a job computes.
public enum Workload: Sendable, Hashable {
  /// Tokens split on ASCII white space, counted: `word<TAB>count`.
  case wordcount
  /// What a pattern matches, counted: `match<TAB>count`.
  case grep(pattern: String, match: GrepMatch)
  /// Sums its input's bytes, nothing else: how fast a tier's input can be had.
  case drain
  /// Pages with a rank over `minRank`: `pageURL<TAB>pageRank`.
  case scan(minRank: Int, TableOptions)
  /// Revenue by the first `prefixLength` bytes of the source: `prefix<TAB>sum`.
  case aggregation(prefixLength: Int, TableOptions)
  /// Revenue and rank of the pages that each source visited.
  case join(JoinQuery, TableOptions)

  public static let names = ["wordcount", "grep", "drain", "scan", "aggregation", "join", "join-corral"]

  public var name: String {
    switch self {
    case .wordcount: "wordcount"
    case .grep: "grep"
    case .drain: "drain"
    case .scan: "scan"
    case .aggregation: "aggregation"
    case .join(let query, _): query.output == .averages ? "join-corral" : "join"
    }
  }

  /// What its input files hold, in the order in which they are given.
  public var roles: [InputRole] {
    switch self {
    case .wordcount, .grep, .drain: [.text]
    case .scan: [.rankings]
    case .aggregation: [.uservisits]
    case .join: [.rankings, .uservisits]
    }
  }

  /// How the rows of its tables are written; nil for texts.
  public var tables: TableOptions? {
    switch self {
    case .wordcount, .grep, .drain: nil
    case .scan(_, let options), .aggregation(_, let options), .join(_, let options): options
    }
  }

  /// What the workload was asked, for the column `parameters`.
  public var parameters: [String: String] {
    var parameters = tables?.parameters ?? [:]
    switch self {
    case .wordcount, .drain: break
    case .grep(let pattern, let match):
      parameters["pattern"] = pattern
      parameters["match"] = match.rawValue
    case .scan(let minRank, _): parameters["min_rank"] = String(minRank)
    case .aggregation(let length, _): parameters["prefix_length"] = String(length)
    case .join(let query, _): parameters.merge(query.parameters) { _, new in new }
    }
    return parameters
  }

  /// The workload of this name and parameters.
  ///
  /// - Throws: ``JobError`` where the name or a parameter is unknown or one is missing or wrong.
  public init(name: String, parameters: [String: String]) throws {
    var rest = WorkloadParameters(workload: name, values: parameters)
    switch name {
    case "wordcount": self = .wordcount
    case "drain": self = .drain
    case "grep":
      guard let pattern = rest.take("pattern") else {
        throw JobError("workload grep: no pattern (give `pattern`, as in '[a-z]*ing')")
      }
      self = .grep(pattern: pattern, match: try rest.choice("match") ?? .span)
    case "scan":
      let minRank = try rest.integer("min_rank", in: Int.min...Int.max) ?? 100
      self = .scan(minRank: minRank, try TableOptions(&rest))
    case "aggregation":
      let length = try rest.integer("prefix_length", in: 1...1 << 20) ?? 8
      self = .aggregation(prefixLength: length, try TableOptions(&rest))
    case "join", "join-corral":
      let query = try JoinQuery(&rest, isCorral: name == "join-corral")
      self = .join(query, try TableOptions(&rest))
    default:
      throw JobError("unknown workload '\(name)'; known here: \(Self.names.joined(separator: ", "))")
    }
    try rest.end()
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
  /// The workload's parameter that is wrong, where it is one.
  public let parameter: String?
  public init(_ description: String, parameter: String? = nil) {
    self.description = description
    self.parameter = parameter
  }
}
