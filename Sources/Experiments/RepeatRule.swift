import Functions
import Metrics

/// How often each cell is measured, and what ends it earlier.
public struct RepeatRule: Hashable, Sendable {
  /// A cell is done once the 95 % interval of its median is this narrow.
  public struct Until: Hashable, Sendable {
    /// Width of the interval, as a share of the median.
    public var width: Double
    public var maxRepeats: Int

    public static let usualMaxRepeats = 50

    public init(width: Double, maxRepeats: Int = Until.usualMaxRepeats) {
      self.width = width
      self.maxRepeats = maxRepeats
    }

    /// A share as people write it: `2%`; nil for what is none, or not over 0 and up to 100.
    public static func share(_ text: some StringProtocol) -> Double? {
      guard text.hasSuffix("%"), let percent = Double(String(String(text.dropLast()).filter { $0 != " " })),
        percent > 0, percent <= 100
      else { return nil }
      return percent / 100
    }
  }

  public var repeats: Int
  public var until: Until?

  /// Repeats that each cell has in any case.
  public var least: Int { until == nil ? max(1, repeats) : max(MedianInterval.fewest, repeats) }
  /// Repeats that no cell has more of.
  public var most: Int { max(least, until?.maxRepeats ?? 0) }

  /// Whether a cell has been measured enough.
  ///
  /// - Parameters:
  ///   - done: Its repeats, however they ended.
  ///   - walls: Of those that count.
  func isEnough(done: Int, walls: [Double]) -> Bool {
    guard done >= least else { return false }
    guard let until, done < most else { return true }
    return MedianInterval.relativeWidth(walls).map { $0 <= until.width } ?? false
  }
}

extension Experiment {
  public var rule: RepeatRule { RepeatRule(repeats: repeats, until: until) }

  mutating func readRepeats(_ mapping: StrictMapping) throws {
    repeats =
      try mapping["repeats"]?.integer("repeats", in: 1...1000)
      ?? (mapping["until"] == nil ? 3 : MedianInterval.fewest)
    warmups = try mapping["warmup"]?.integer("warmup", in: 0...100) ?? 1
    seed = UInt64(try mapping["seed"]?.integer("seed", in: 0...Int.max) ?? 1)
    if let given = mapping["until"] {
      let rule = try given.mapping("until", known: ["ci_width", "max_repeats"])
      let width = try rule.required("ci_width", of: "until")
      let text = try width.text("ci_width")
      guard let share = RepeatRule.Until.share(text) else {
        throw width.error(
          "ci_width must be a share of the median such as 2%, over 0 and up to 100%, not '\(text)'")
      }
      let most = try rule["max_repeats"]?.integer("max_repeats", in: MedianInterval.fewest...1000)
      until = RepeatRule.Until(
        width: share, maxRepeats: most ?? max(RepeatRule.Until.usualMaxRepeats, repeats))
      if let most, most < repeats {
        throw (rule["max_repeats"] ?? given).error(
          "max_repeats \(most) is under the \(repeats) repeats asked for")
      }
    }
    budget = try Self.span("budget", mapping) ?? budget
    timeLimit = try Self.span("time_limit", mapping) ?? timeLimit
  }

  private static func span(_ key: String, _ mapping: StrictMapping) throws -> Int? {
    guard let given = mapping[key] else { return nil }
    let text = try given.text(key)
    guard let span = TimeSpan.parse(text), span > 0 else {
      throw given.error("\(key) must be a time such as 90s, 10m or 2h, not '\(text)'")
    }
    return span
  }

  /// As ``readRepeats(_:)`` reads it.
  var repeatLines: [String] {
    var lines = ["repeats: \(repeats)", "warmup: \(warmups)", "seed: \(seed)"]
    if let until {
      // Rounded, so that it reads back as the same share however often.
      let percent = (until.width * 1e8).rounded() / 1e6
      lines.append("until: {ci_width: \(percent)%, max_repeats: \(until.maxRepeats)}")
    }
    if let budget { lines.append("budget: \(TimeSpan.exact(budget))") }
    if timeLimit != PoolOptions.usualTimeLimit {
      lines.append("time_limit: \(TimeSpan.exact(timeLimit))")
    }
    return lines
  }
}
