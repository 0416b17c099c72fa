import MapReduce
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
  ]

  public static func named(_ name: String) -> WorkloadKind? { all.first { $0.name == name } }

  /// Why this workload has no job in `plan`; nil where it has one.
  public func unsupported(plan: JobSpecification.Plan, parameters: [String: String]) -> String? {
    // A workload that cannot be understood has failed before; here it has no plan to be without.
    (try? Workload(name: name, parameters: parameters))?.unsupported(in: plan)
  }

  /// `given` with its defaults filled in.
  /// - Throws: `error(parameter name or nil, message)` for what is unknown, missing or no choice.
  func complete(
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
    return WorkloadSpecification(name, complete)
  }
}
