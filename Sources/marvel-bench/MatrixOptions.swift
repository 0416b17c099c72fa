import ArgumentParser
import Experiments
import MapReduce
import Metrics
import Reports
import Storage

/// Factors of a matrix that the command line can fix; each replaces the experiment's list.
struct MatrixOptions: ParsableArguments {
  @Option(help: "A segment for each map, or object-per-partition, as Corral has it.")
  var layout: Layout?

  @Option(help: "How tiers that have it are reached: direct or buffered (ssd), libpmem or file (pmem).")
  var access: TierAccess?

  @Option(help: "The pace of emulated pmem: none, or a device model (as optane-6dimm).")
  var model: ModelChoice?

  @Option(help: "Where workers run: spread over the NUMA nodes, off, or the number of a node.")
  var numa: NUMAPolicy?

  @Option(help: "Memory is touched before the clock: on or off.")
  var prefault: SwitchArgument?

  @Option(help: "Equal keys are added up in the map: on or off (default: as the plan says).")
  var combiner: SwitchArgument?

  func apply(to experiment: inout Experiment) {
    if let layout { experiment.layouts = [layout] }
    if let access { experiment.accesses = [access] }
    if let model { experiment.models = [model] }
    if let numa { experiment.numa = [numa] }
    if let prefault { experiment.prefaults = [prefault.isOn] }
    if let combiner { experiment.combiners = [combiner.isOn] }
  }
}

/// How often cells are measured, for how long, and whether a run that was cut off goes on.
struct ConductOptions: ParsableArguments {
  @Option(
    help: "Repeat each cell until the 95 % interval of its median is so narrow, as 2% of the median.")
  var until: WidthArgument?

  @Option(help: "Repeats at most where --until decides (default: 50).")
  var maxRepeats: Int?

  @Option(help: "Begin no repeat after so long, as 90s, 10m or 2h.")
  var budget: SpanArgument?

  @Option(help: "An activation that runs longer is killed and tried again, as 90s or 1h (default: 10m).")
  var timeLimit: SpanArgument?

  @Option(
    help:
      "Go on with a run that was cut off: its results folder. Without an experiment, the folder's own is taken."
  )
  var resume: String?

  @Flag(help: "List the trials, what they need and how long they may take; run nothing.")
  var dryRun = false

  func validate() throws {
    guard maxRepeats.map((MedianInterval.fewest...1000).contains) ?? true else {
      throw ValidationError("--max-repeats: \(MedianInterval.fewest) to 1000")
    }
    guard resume == nil || !dryRun else {
      throw ValidationError("--dry-run lists a whole experiment: give it without --resume")
    }
  }

  func apply(to experiment: inout Experiment) throws {
    if let until { experiment.until = RepeatRule.Until(width: until.share) }
    if let maxRepeats {
      guard experiment.until != nil else {
        throw ValidationError("--max-repeats: the experiment has no 'until' (add --until 2%)")
      }
      experiment.until?.maxRepeats = maxRepeats
    }
    if let until = experiment.until, experiment.repeats > until.maxRepeats {
      guard maxRepeats == nil else {
        throw ValidationError(
          "--max-repeats \(until.maxRepeats) is under the \(experiment.repeats) repeats asked for")
      }
      experiment.until?.maxRepeats = experiment.repeats
    }
    if let budget { experiment.budget = budget.nanoseconds }
    if let timeLimit { experiment.timeLimit = timeLimit.nanoseconds }
  }
}

/// `on` or `off`.
struct SwitchArgument: ExpressibleByArgument {
  var isOn: Bool
  init?(argument: String) {
    guard ["on", "off"].contains(argument) else { return nil }
    isOn = argument == "on"
  }

  static var allValueStrings: [String] { ["on", "off"] }
}

/// The width of an interval as people write it (`2%`).
struct WidthArgument: ExpressibleByArgument {
  var share: Double
  init?(argument: String) {
    guard let share = RepeatRule.Until.share(argument) else { return nil }
    self.share = share
  }
}

/// A time as people write it (`10m`).
struct SpanArgument: ExpressibleByArgument {
  var nanoseconds: Int
  init?(argument: String) {
    guard let span = TimeSpan.parse(argument), span > 0 else { return nil }
    nanoseconds = span
  }
}

extension TierAccess: ExpressibleByArgument {}
extension ModelChoice: ExpressibleByArgument {
  public init?(argument: String) { self.init(word: argument) }
}
extension NUMAPolicy: ExpressibleByArgument {
  public init?(argument: String) { self.init(word: argument) }
}
