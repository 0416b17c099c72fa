import ArgumentParser
import Experiments
import Foundation
import Reports

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares recorded results: improved, unchanged, regressed, or nobody can tell.",
    discussion: """
      A side is one or several results folders or trials.csv files; with several a side a run is the unit, and that is
      what can be trusted. docs/compare.md says how verdicts are found.

      Examples:
        marvel-bench compare results/base results/new
        marvel-bench compare base-*/ --against new-*/ --output comparison.md --output comparison.xml
        marvel-bench compare results/latest --by system --reference ssd
        marvel-bench compare base.csv new.csv --metric wall_ns,cpu_ns --gates gates.yaml --format github

      Exit codes: 0 fine; 1 a regression; 2 a cell is missing or failed, the sides are not comparable, or (in CI) there
      is no verdict; 64 usage.
      """)

  enum Pairing: String, CaseIterable, ExpressibleByArgument {
    case cell, system
  }

  @Argument(help: "Results folders or trials.csv files: BASE NEW, or BASE… --against NEW….")
  var results: [String]

  @Option(parsing: .upToNextOption, help: "The new side, where the other has been given as BASE….")
  var against: [String] = []

  @Option(help: "What is set beside each other: a cell of both sides, or the systems of one side.")
  var by = Pairing.cell

  @Option(help: "The system that others are compared with, --by system (default: the first of each job).")
  var reference: String?

  @Option(help: "The machine's noise, from marvel-bench calibrate (default: results/noise.csv, where it is).")
  var noise: String?

  @OptionGroup var options: ComparisonOptions

  func validate() throws {
    switch by {
    case .system:
      guard against.isEmpty else {
        throw ValidationError("--by system compares systems of one side; leave out --against")
      }
    case .cell:
      guard reference == nil else { throw ValidationError("--reference needs --by system") }
      guard !against.isEmpty || results.count == 2 else {
        throw ValidationError(
          "two sides are needed: BASE NEW, or BASE… --against NEW… (\(results.count) given)")
      }
    }
  }

  func run() throws {
    var rules = try options.rules()
    rules.noise = try noiseTable()
    try options.end(comparison(rules))
  }

  private func comparison(_ rules: ComparisonRules) throws -> Comparison {
    if by == .system {
      return try Comparison(
        systemsOf: ComparedSide(results, metrics: rules.metrics), reference: reference, rules: rules)
    }
    let sides = against.isEmpty ? ([results[0]], [results[1]]) : (results, against)
    return try Comparison(
      ComparedSide(sides.0, metrics: rules.metrics),
      against: ComparedSide(sides.1, metrics: rules.metrics), rules: rules)
  }

  private func noiseTable() throws -> NoiseTable {
    let usual = "results/noise.csv"
    guard let path = noise ?? (FileManager.default.fileExists(atPath: usual) ? usual : nil) else {
      return NoiseTable()
    }
    return try NoiseTable.read(path)
  }
}
