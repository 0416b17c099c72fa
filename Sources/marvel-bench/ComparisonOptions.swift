import ArgumentParser
import Experiments
import Foundation
import Reports

/// A share on the command line: `5%`, `0.05`.
struct ShareArgument: ExpressibleByArgument {
  var share: Double
  init(_ share: Double) { self.share = share }
  init?(argument: String) {
    guard let share = ShareText.parse(argument) else { return nil }
    self.share = share
  }

  var defaultValueDescription: String { "\(Int((share * 100).rounded()))%" }
}

/// What `compare` and `ab` have in common: what is a regression, what fails, and how it is said.
struct ComparisonOptions: ParsableArguments {
  @Option(help: "How much worse a regression is, at least.")
  var threshold = ShareArgument(0.05)

  @Option(help: "The share of false alarms that is borne, over all rows together.")
  var alpha = ShareArgument(0.05)

  @Option(help: "Metrics, separated by commas: columns of trials.csv that have a better direction.")
  var metric = "wall_ns"

  @Option(help: "A YAML file that says which metrics fail, and by how much, for each workload.")
  var gates: String?

  @Option(
    help:
      "What may differ all the same, separated by commas: \(ComparedFactor.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var allowDifferent: WordList<ComparedFactor>?

  @Flag(help: "Cells that are missing, failed or skipped are no error.")
  var allowMissing = false

  @Flag(help: "An improvement fails too (to renew a baseline).")
  var failOnImprovement = false

  @Flag(
    inversion: .prefixedNo,
    help: "Rows without a verdict fail (default: where the environment has CI set).")
  var failOnInconclusive: Bool?

  @Option(
    help: "What is printed: \(ComparisonFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format = ComparisonFormat.text

  @Option(
    help:
      "Also write it to a file, as its ending says: .txt, .md, .csv, .json, .xml (JUnit). May be given several times."
  )
  var output: [String] = []

  func validate() throws {
    guard alpha.share > 0, alpha.share < 1 else { throw ValidationError("--alpha: between 0 and 1, as 5%") }
    guard threshold.share > 0 else { throw ValidationError("--threshold: over 0, as 5%") }
    _ = try metrics()
    for file in output where ComparisonFormat(file: file) == nil {
      throw ValidationError("--output \(file): its ending must be .txt, .md, .csv, .json or .xml")
    }
  }

  private func metrics() throws -> [String] {
    let names = metric.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    for name in names where !ComparisonRules.knownMetrics.contains(name) {
      throw ValidationError(
        "--metric: unknown '\(name)'; known here: \(ComparisonRules.knownMetrics.joined(separator: ", "))")
    }
    guard Set(names).count == names.count else {
      throw ValidationError("--metric: \(metric) names one twice")
    }
    return names
  }

  func rules() throws -> ComparisonRules {
    var rules = ComparisonRules()
    rules.alpha = alpha.share
    rules.threshold = threshold.share
    rules.metrics = try metrics()
    if let gates {
      let read = try GatesFile.read(gates)
      rules.gates = read
      rules.metrics += read.names.filter { !rules.metrics.contains($0) }
    }
    rules.allowed = Set(allowDifferent?.words ?? [])
    rules.allowsMissing = allowMissing
    rules.failsOnImprovement = failOnImprovement
    rules.failsOnInconclusive = failOnInconclusive ?? Self.isCI
    if failOnInconclusive == nil, Self.isCI {
      write("note: CI is set: rows without a verdict fail (--no-fail-on-inconclusive)\n", to: 2)
    }
    return rules
  }

  private static var isCI: Bool {
    let value = ProcessInfo.processInfo.environment["CI"] ?? ""
    return !["", "0", "false"].contains(value.lowercased())
  }

  /// Prints and writes it, and leaves by its exit code.
  func end(_ comparison: Comparison) throws {
    for file in output {
      try save(comparison.written(as: ComparisonFormat(file: file) ?? .text), to: file)
    }
    write(comparison.written(as: format), to: 1)
    guard comparison.code != 0 else { return }
    throw CommandFailure(description: comparison.conclusion, code: comparison.code)
  }

  private func save(_ text: String, to file: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw CommandFailure(description: "write \(file): \(error.localizedDescription)", code: 2)
    }
  }
}

extension ComparisonFormat: ExpressibleByArgument {}
