import ArgumentParser
import Experiments
import Foundation
import Functions
import Reports

struct ABCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ab",
    abstract: "Compares two marvel-bench binaries, in turns: the honest way on a shared machine.",
    discussion: """
      Each pair runs the whole experiment once with both, in an order drawn from the seed; what slows the machine down
      slows both. Decided by Wilcoxon's signed ranks of the pairs and the interval of their median ratio.
      scripts/ab-commits.sh BASE NEW builds two commits and calls this.

      Examples:
        marvel-bench ab --base old/marvel-bench --new new/marvel-bench quick
        marvel-bench ab --base old/marvel-bench --new new/marvel-bench quick --repeats 20 --confirm --budget 20m
        marvel-bench ab --base a --new b quick -- --systems ideal --workloads wordcount --size 64MiB

      Exit codes: as those of marvel-bench compare.
      """)

  @Option(help: "The marvel-bench that is to be compared with.")
  var base: String

  @Option(help: "The marvel-bench that may be slower.")
  var new: String

  @Argument(help: "An experiment, and behind -- options of `run` for both.")
  var experiment: [String]

  @Option(help: "Pairs; under 6 nothing can be significant.")
  var repeats = 15

  @Option(help: "Measurements of each cell in each run; their median counts.")
  var within = 1

  @Option(help: "Runs of both before the first pair, not counted: they make the datasets.")
  var warmup = 1

  @Option(help: "Of the order within pairs.")
  var seed: UInt64 = 1

  @Option(help: "No pair begins that would not end in this time, as 10m, 90s, 1h.")
  var budget: DurationArgument?

  @Flag(help: "Run all pairs once more where something regressed, and fail only if it does again.")
  var confirm = false

  @Option(help: "The results folder (default: results/<utc>-ab-<experiment>).")
  var out: String?

  @OptionGroup var options: ComparisonOptions

  func validate() throws {
    guard (1...1000).contains(repeats) else { throw ValidationError("--repeats: 1 to 1000") }
    guard (1...1000).contains(within) else { throw ValidationError("--within: 1 to 1000") }
    guard (0...100).contains(warmup) else { throw ValidationError("--warmup: 0 to 100") }
    let own = ["--repeats", "--warmup", "--out", "--json"]
    if let taken = experiment.dropFirst().first(where: { word in
      own.contains { word == $0 || word.hasPrefix($0 + "=") }
    }) {
      throw ValidationError("\(taken) behind --: ab sets it itself; give it before --, or leave it out")
    }
    if let extra = experiment.dropFirst().first, !extra.hasPrefix("-") {
      throw ValidationError("one experiment, and options of run behind --, not '\(extra)'")
    }
  }

  func run() throws {
    let rules = try options.rules()
    let arguments = experiment + ["--repeats", String(within), "--warmup", "0"]
    let sides = try (base: ChildRun(base, arguments), new: ChildRun(new, arguments))
    let interruption = try Interruption.install()
    let name = URL(fileURLWithPath: experiment[0]).deletingPathExtension().lastPathComponent
    let folder = try ResultsFolder.makeFolder(experiment: "ab-\(name)", out: out)
    let start = Date()
    func measure(_ folder: String, seed: UInt64) throws -> Comparison {
      var how = PairedRuns.Options()
      how.repeats = repeats
      how.warmups = warmup
      how.seed = seed
      if let budget {
        how.budget = max(0, budget.nanoseconds - Int(Date().timeIntervalSince(start) * 1e9))
      }
      let runs = PairedRuns(base: sides.base, new: sides.new, how, interruption: interruption)
      let pairs = try runs.run(in: folder, watch: Self.tell)
      guard pairs > 0 else {
        throw CommandFailure(description: "no pair fits into --budget; what ran is in \(folder)", code: 2)
      }
      return try Comparison(
        paired: ComparedSide([folder + "/base"], metrics: rules.metrics),
        with: ComparedSide([folder + "/new"], metrics: rules.metrics), rules: rules)
    }
    do {
      var comparison = try measure(folder, seed: seed)
      if confirm, !comparison.failures.isEmpty {
        write("\(comparison.conclusion): once more, to confirm it\n", to: 2)
        comparison = comparison.confirmed(by: try measure(folder + "/confirm", seed: seed &+ 1))
      }
      for format in [ComparisonFormat.markdown, .csv, .json] {
        let ending = format == .markdown ? "md" : format.rawValue
        try Data(comparison.written(as: format).utf8).write(
          to: URL(fileURLWithPath: "\(folder)/comparison.\(ending)"))
      }
      write("results: \(folder)\n", to: 2)
      try options.end(comparison)
    } catch FunctionError.interrupted {
      throw CommandFailure(description: "interrupted; whole pairs are kept in \(folder)", code: 130)
    }
  }

  private static func tell(_ event: PairedRuns.Event) {
    switch event {
    case .warmup(let number, let count): write("warm-up \(number) of \(count)\n", to: 2)
    case .pair(let number, let count, let base, let new):
      write("pair \(number) of \(count): base \(base / 1_000_000) ms, new \(new / 1_000_000) ms\n", to: 2)
    case .outOfTime(let pairs, let count):
      write("note: the budget is spent: \(pairs) of \(count) pairs\n", to: 2)
    }
  }
}

/// A time on the command line: `90s`, `10m`, `1h`.
struct DurationArgument: ExpressibleByArgument {
  var nanoseconds: Int
  init?(argument: String) {
    let units: [Character: Double] = ["s": 1e9, "m": 60e9, "h": 3600e9]
    guard let unit = argument.last.flatMap({ units[$0] }), let value = Double(argument.dropLast()),
      value > 0, value < 1e6
    else { return nil }
    nanoseconds = Int(value * unit)
  }
}
