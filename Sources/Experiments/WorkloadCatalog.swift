import MapReduce
import Metrics
import Reports

/// A workload that an experiment can name, and what it can be asked.
public struct WorkloadKind: Sendable {
  public struct Parameter: Sendable {
    public var name: String
    public var meaning: String
    public var required = false
    /// Empty: any text.
    public var choices: [String] = []
    /// Filled in where it is not given, so that two spellings of one cell are one cell.
    public var defaultValue: String?
  }

  public var name: String
  public var summary: String
  /// The kind of dataset that it reads.
  public var dataset: String
  /// The kind of the smaller table, where it reads two.
  public var smaller: String?
  /// One in so many bytes of its input is planned for its output.
  public var outputShare = 20
  public var parameters: [Parameter]

  public static let all: [WorkloadKind] = [
    WorkloadKind(
      name: "wordcount", summary: "counts each token (ASCII white space between them)", dataset: "text",
      parameters: []),
    WorkloadKind(
      name: "grep", summary: "counts each text that a pattern (PCRE2) matches", dataset: "text",
      parameters: [
        Parameter(name: "pattern", meaning: "a regular expression, Perl's", required: true),
        Parameter(
          name: "match", meaning: "span: each match within a line; word: the tokens it is found in",
          choices: ["span", "word"], defaultValue: "span"),
      ]),
    WorkloadKind(
      name: "drain", summary: "checksums its input and does nothing else: the floor of reading",
      dataset: "text", parameters: []),
    WorkloadKind(
      name: "scan", summary: "pages with a rank over min_rank", dataset: "rankings", outputShare: 1,
      parameters: [Parameter(name: "min_rank", meaning: "a whole number", defaultValue: "100")] + table),
    WorkloadKind(
      name: "aggregation", summary: "revenue by the first bytes of the source", dataset: "uservisits",
      parameters: [Parameter(name: "prefix_length", meaning: "bytes", defaultValue: "8")] + table),
    WorkloadKind(
      name: "join", summary: "revenue and mean page rank by source, of visits between two days",
      dataset: "uservisits", smaller: "rankings", outputShare: 3,
      parameters: [
        Parameter(name: "from", meaning: "the first day, as 1980-01-01", defaultValue: "1980-01-01"),
        Parameter(name: "to", meaning: "the last day", defaultValue: "1980-04-01"),
        Parameter(name: "limit", meaning: "only so many sources, the highest revenue first"),
      ] + table),
    WorkloadKind(
      name: "join-corral",
      summary: "mean page rank and revenue by source, of visits before 2000, as Corral does",
      dataset: "uservisits", smaller: "rankings", outputShare: 3, parameters: table),
  ]

  private static let table = [
    Parameter(name: "delimiter", meaning: "between fields: comma, bar or tab"),
    Parameter(name: "quoted", meaning: "fields may be quoted (RFC 4180)", choices: ["on", "off"]),
    Parameter(name: "header", meaning: "the first line of a file is no row", choices: ["on", "off"]),
    Parameter(name: "on_bad_row", meaning: "stop, or count and set aside", choices: ["stop", "skip"]),
  ]

  public static func named(_ name: String) -> WorkloadKind? { all.first { $0.name == name } }

  /// Why this workload has no job in `plan`; nil where it has one.
  public func unsupported(plan: JobSpecification.Plan, parameters: [String: String]) -> String? {
    // A workload that cannot be understood has failed before; here it has no plan to be without.
    (try? Workload(name: name, parameters: parameters))?.unsupported(in: plan)
  }

  /// `given` with its defaults filled in.
  /// - Throws: `error(parameter name or nil, message)` for what is unknown, missing, no choice or cannot be understood.
  public func complete(
    _ given: [String: String], error: (_ parameter: String?, _ message: String) -> any Error
  ) throws -> WorkloadSpecification {
    let known = parameters.map(\.name)
    for name in given.keys.sorted() where !known.contains(name) {
      throw error(name, "unknown parameter '\(name)' of \(self.name)" + knownHere(known, insteadOf: name))
    }
    var complete = given
    for parameter in parameters {
      guard let value = given[parameter.name] else {
        guard !parameter.required else {
          throw error(nil, "\(name) needs '\(parameter.name)': \(parameter.meaning)")
        }
        complete[parameter.name] = parameter.defaultValue
        continue
      }
      guard parameter.choices.isEmpty || parameter.choices.contains(value) else {
        throw error(
          parameter.name,
          "unknown \(parameter.name) '\(value)'" + knownHere(parameter.choices, insteadOf: value))
      }
    }
    do {
      let workload = try Workload(name: name, parameters: complete)
      if case .grep(let pattern, let match) = workload { _ = try GrepPattern(pattern, match: match) }
    } catch let failure as JobError {
      throw error(failure.parameter, failure.description)
    } catch let failure as GrepPatternError {
      throw error("pattern", "workload \(name): \(failure)")
    }
    return WorkloadSpecification(name, complete)
  }
}
