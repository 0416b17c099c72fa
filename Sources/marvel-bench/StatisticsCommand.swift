import ArgumentParser
import Metrics
import Reports

/// The statistics of `compare` and `ab` on samples of one's own, so that other programs can check them.
struct StatisticsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "statistics",
    abstract: "Answers questions of statistics, one a line of stdin, one JSON line each.",
    discussion: """
      Questions, with samples as numbers separated by commas:
        ranksum exact|asymptotic|auto X Y     Mann-Whitney U, two-sided
        signedrank exact|asymptotic|auto D    Wilcoxon's signed ranks of differences, two-sided
        location D                            Hodges-Lehmann estimate of differences and its 95 % interval
        ratio X Y                             bootstrap interval of median(X) / median(Y), 95 %
        holm P                                adjusted p values
        proportion HITS,COUNT                 Clopper-Pearson interval, 95 %
        quantile X SHARE                      interpolated (type 7)

      Examples:
        echo 'ranksum auto 1,2,3,4 5,6,7,8' | marvel-bench bench statistics
      """)

  func run() throws {
    var number = 0
    while let line = readLine() {
      number += 1
      guard let answer = Self.answer(line.split(separator: " ").map(String.init)) else {
        throw CommandFailure(
          description:
            "line \(number): '\(line.prefix(60))' is no question (marvel-bench bench statistics --help)",
          code: 64)
      }
      say("{" + answer.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}")
    }
  }

  private static func answer(_ words: [String]) -> [(String, String)]? {
    guard let question = words.first else { return nil }
    func numbers(_ place: Int) -> [Double]? {
      guard place < words.count else { return nil }
      let numbers = words[place].split(separator: ",").map { Double($0) }
      let known = numbers.compactMap { $0 }.filter(\.isFinite)
      return known.count == numbers.count ? known : nil
    }
    func test(_ result: TestResult?) -> [(String, String)]? {
      result.map {
        [("statistic", "\($0.statistic)"), ("p", "\($0.p)"), ("method", "\"\($0.method.rawValue)\"")]
      }
    }
    func range(_ range: ClosedRange<Double>?) -> [(String, String)] {
      [
        ("low", range.map { "\($0.lowerBound)" } ?? "null"),
        ("high", range.map { "\($0.upperBound)" } ?? "null"),
      ]
    }
    switch (question, words.count) {
    case ("ranksum", 4):
      guard let one = numbers(2), let other = numbers(3) else { return nil }
      switch words[1] {
      case "exact": return test(RankSum.exact(one, other))
      case "asymptotic": return test(RankSum.asymptotic(one, other))
      default: return test(RankSum.test(one, other))
      }
    case ("signedrank", 3):
      guard let differences = numbers(2) else { return nil }
      switch words[1] {
      case "exact": return test(SignedRank.exact(differences))
      case "asymptotic": return test(SignedRank.asymptotic(differences))
      default: return test(SignedRank.test(differences))
      }
    case ("location", 2):
      guard let differences = numbers(1), let location = SignedRank.location(differences) else { return nil }
      return [("location", "\(location)")] + range(SignedRank.interval(differences))
    case ("ratio", 3):
      guard let above = numbers(1), let below = numbers(2) else { return nil }
      return range(Bootstrap.ratioOfMedians(above, below))
    case ("holm", 2):
      return numbers(1).map { [("adjusted", "\(Holm.adjusted($0))")] }
    case ("proportion", 2):
      guard let pair = numbers(1), pair.count == 2, pair[1] >= 1, pair[1] <= 1e6,
        (0...pair[1]).contains(pair[0])
      else { return nil }
      return range(Proportion.interval(hits: Int(pair[0]), of: Int(pair[1])))
    case ("quantile", 3):
      guard let values = numbers(1), let share = Double(words[2]), (0...1).contains(share),
        let value = Statistics.quantile(values, share)
      else { return nil }
      return [("value", "\(value)")]
    default: return nil
    }
  }
}
