import Foundation
import Functions
import Metrics
import Reports

/// Two binaries that run one experiment in turns: each pair is one whole run of both, in an order drawn from a seed.
///
/// Every run is a process of its own, since processes differ by themselves (placement of memory, of code): what is
/// repeated is all of that, and so a pair's difference is as it would be in another pair.
public struct PairedRuns {
  public struct Options: Sendable {
    public var repeats = 15
    /// Runs of both before the first pair: they make the datasets, and are not counted.
    public var warmups = 1
    public var seed: UInt64 = 1
    /// Nanoseconds after which no pair is begun that would not end in time.
    public var budget: Int?

    public init() {}
  }

  public enum Event: Sendable {
    case warmup(Int, of: Int)
    /// Nanoseconds of the whole runs.
    case pair(Int, of: Int, base: Int, new: Int)
    case outOfTime(pairs: Int, of: Int)
  }

  let base: ChildRun
  let new: ChildRun
  let options: Options
  let interruption: Interruption?

  public init(base: ChildRun, new: ChildRun, _ options: Options, interruption: Interruption?) {
    self.base = base
    self.new = new
    self.options = options
    self.interruption = interruption
  }

  /// Makes `<folder>/base/trials.csv` and `<folder>/new/trials.csv`, whole after each pair.
  ///
  /// - Returns: How many pairs were run.
  public func run(in folder: String, watch: (Event) -> Void) throws -> Int {
    let start = monotonicNanoseconds()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for number in 0..<options.warmups {
      watch(.warmup(number + 1, of: options.warmups))
      for child in [base, new] { try once(child, in: folder) }
    }
    let copies = try (base: TrialsCopy(in: folder + "/base"), new: TrialsCopy(in: folder + "/new"))
    var longest = 0
    for (place, isBaseFirst) in Self.orders(options.repeats, seed: options.seed).enumerated() {
      let elapsed = monotonicNanoseconds() - start
      if let budget = options.budget, elapsed + longest > budget {
        watch(.outOfTime(pairs: place, of: options.repeats))
        return place
      }
      let number = place + 1
      var times = (base: 0, new: 0)
      // Both rows or neither: a pair cut off by a signal leaves none.
      let pair = "\(folder)/.pair"
      try FileManager.default.createDirectory(atPath: pair, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: pair) }
      for isBase in [isBaseFirst, !isBaseFirst] {
        let child = isBase ? base : new
        let time = try child.run(into: "\(pair)/\(isBase ? "base" : "new")", interruption)
        if isBase { times.base = time } else { times.new = time }
      }
      try copies.base.add("\(pair)/base/trials.csv", as: number)
      try copies.new.add("\(pair)/new/trials.csv", as: number)
      longest = max(longest, times.base + times.new)
      watch(.pair(number, of: options.repeats, base: times.base, new: times.new))
    }
    return options.repeats
  }

  private func once(_ child: ChildRun, in folder: String) throws {
    let place = "\(folder)/.run"
    defer {
      try? FileManager.default.removeItem(atPath: place)
      try? FileManager.default.removeItem(atPath: place + ".log")
    }
    _ = try child.run(into: place, interruption)
  }

  /// `result[i]`: whether base runs first in pair i. Of each two pairs one begins with base, so that what comes second
  /// gains nothing, and which one it is nobody can foresee.
  static func orders(_ count: Int, seed: UInt64) -> [Bool] {
    var random = SplitMix64(seed: seed)
    return (0..<(count + 1) / 2).flatMap { _ -> [Bool] in
      let isBaseFirst = random.next() & 1 == 0
      return [isBaseFirst, !isBaseFirst]
    }.prefix(count).map(\.self)
  }
}
