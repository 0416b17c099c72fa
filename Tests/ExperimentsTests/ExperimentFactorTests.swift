import Metrics
import Reports
import Storage
import Testing

@testable import Experiments

private func experiment(_ text: String) throws -> Experiment {
  try Experiment.parse(text, file: "w.yaml", knownSystems: ["ssd"]) { name in
    let tier = TierSpecification(name == "ssd" ? .ssd : .pmem)
    return SystemSpecification(name: name, input: tier, shuffle: tier, output: tier)
  }
}

private func message(_ text: String) -> String {
  do {
    _ = try experiment(text)
    return "accepted"
  } catch {
    return "\(error)"
  }
}

private let base = "name: a\nsystems: [ssd, pmem]\nworkloads: wordcount\nsizes: 1MiB\n"

struct ExperimentFactorTests {
  @Test(arguments: [
    (
      "access: [fille]",
      "w.yaml:5:10: unknown access 'fille'; known here: auto, direct, buffered, libpmem, file (did you mean 'file'?)"
    ),
    (
      "model: optane",
      "w.yaml:5:8: unknown model 'optane'; known here: auto, none, optane-1dimm, optane-6dimm"
    ),
    ("numa: near", "w.yaml:5:7: numa must be spread, off or the number of a node, not 'near'"),
    ("numa: -1", "w.yaml:5:7: numa must be spread, off or the number of a node, not '-1'"),
    ("until: 2%", "w.yaml:5:8: until must be a mapping with the keys ci_width, max_repeats, not '2%'"),
    ("until: {max_repeats: 9}", "w.yaml:5:8: until needs the key 'ci_width'"),
    (
      "until: {ci_width: 0.02}",
      "w.yaml:5:19: ci_width must be a share of the median such as 2%, over 0 and up to 100%, not '0.02'"
    ),
    (
      "until: {ci_width: 0%}",
      "w.yaml:5:19: ci_width must be a share of the median such as 2%, over 0 and up to 100%, not '0%'"
    ),
    ("until: {ci_width: 2%, max_repeats: 5}", "w.yaml:5:36: max_repeats must be 6 to 1000, not 5"),
    (
      "repeats: 20\nuntil: {ci_width: 2%, max_repeats: 9}",
      "w.yaml:6:36: max_repeats 9 is under the 20 repeats asked for"
    ),
    ("budget: 10", "w.yaml:5:9: budget must be a time such as 90s, 10m or 2h, not '10'"),
    ("exclude: {numa: off}", "w.yaml:5:17: this experiment has no numa 'off'; known here: spread"),
    ("exclude: {access: file}", "w.yaml:5:19: this experiment has no access 'file'; known here: auto"),
  ])
  func `a factor's or a rule's wrong value is said with its place`(line: String, error: String) {
    let text = message(base + line + "\n")
    #expect(text.hasPrefix(error), "\(text)")
  }

  @Test func `every factor can be a list, be left out by value, and is written as it was read`() throws {
    let text =
      base + """
        access: [auto, file]
        model: [auto, none, optane-6dimm]
        numa: [spread, off, 0]
        prefault: [on, off]
        combiner: [auto, off]
        split: [1MiB, 64MiB]
        reducers: [auto, 3]
        memory_limit: [auto, 1GiB]
        until: {ci_width: 2.5%, max_repeats: 60}
        repeats: 8
        budget: 10m
        exclude:
          - {access: file, model: optane-6dimm, numa: off, prefault: off, combiner: off, split: 1MiB, reducers: 3}
          - {memory_limit: 1GiB, workers: auto, system: pmem}

        """
    let read = try experiment(text)
    #expect(read.accesses == [nil, .file])
    #expect(read.models == [.asTiersSay, .none, .model("optane-6dimm")])
    #expect(read.numa == [.spread, .off, .node(0)])
    #expect(read.until == RepeatRule.Until(width: 0.025, maxRepeats: 60))
    #expect(read.budget == 600_000_000_000)
    #expect(read.rule.least == 8 && read.rule.most == 60)
    let again = try experiment(read.yaml)
    #expect(again.yaml == read.yaml)
    let cells = TrialMatrix(read, processors: 1).cells
    #expect(cells.contains { $0.job.memoryLimit == 1 << 30 })
    #expect(!cells.contains { $0.job.memoryLimit == 1 << 30 && $0.system.name == "pmem" })
    #expect(
      !cells.contains {
        $0.system.input.access == .file && $0.system.input.model == "optane-6dimm" && $0.job.numa == .off
          && !$0.job.prefault && $0.job.combiner == false && $0.job.splitSize == 1 << 20
          && $0.job.reducers == 3
      })
  }

  @Test func `a file without them reads as before`() throws {
    let read = try experiment(base)
    #expect(read.repeats == 3 && read.until == nil && read.budget == nil)
    #expect(!read.yaml.contains("access") && !read.yaml.contains("until") && !read.yaml.contains("numa"))
    #expect(
      try experiment(base + "until: {ci_width: 7%}\n").rule
        == RepeatRule(
          repeats: 6, until: RepeatRule.Until(width: 0.07)))
  }
}

struct RepeatPlanTests {
  private func plan(_ rule: RepeatRule, cells: Int = 2, warmups: Int = 0) -> RepeatPlan {
    RepeatPlan(cells: cells, warmups: warmups, rule: rule, seed: 1)
  }

  /// Runs a plan to its end; `wall` gives a repeat's time.
  private func counts(_ plan: RepeatPlan, cells: Int = 2, wall: (Int, Int) -> Int?) -> [Int] {
    var plan = plan
    var counts = Array(repeating: 0, count: cells)
    while let trial = plan.next() {
      guard let number = trial.repeatNumber else { continue }
      counts[trial.cell] += 1
      plan.take(number, of: trial.cell, wall: wall(trial.cell, number))
    }
    return counts
  }

  @Test func `a steady cell ends at six repeats, a noisy one goes on to the most`() {
    let rule = RepeatRule(repeats: 3, until: RepeatRule.Until(width: 0.02, maxRepeats: 20))
    #expect(
      counts(plan(rule)) { cell, number in cell == 0 ? 1000 + number : 1000 + number * 100 } == [6, 20])
  }

  @Test func `a cell ends as soon as its interval is narrow enough`() {
    let rule = RepeatRule(repeats: 1, until: RepeatRule.Until(width: 0.02, maxRepeats: 50))
    // The first of nine lies apart; from nine values on the interval leaves the extremes out.
    #expect(counts(plan(rule)) { _, number in number == 1 ? 2000 : 1000 + number } == [9, 9])
  }

  @Test func `repeats that do not count end a cell too`() {
    let rule = RepeatRule(repeats: 1, until: RepeatRule.Until(width: 0.02, maxRepeats: 10))
    #expect(counts(plan(rule)) { _, _ in nil } == [10, 10])
    #expect(counts(plan(RepeatRule(repeats: 4, until: nil))) { _, _ in nil } == [4, 4])
  }

  @Test func `a plan goes on with the repeats that are missing, in the order it had`() {
    let rule = RepeatRule(repeats: 5, until: nil)
    var whole = plan(rule, warmups: 1)
    var trials: [ScheduledTrial] = []
    while let trial = whole.next() {
      trials.append(trial)
      if let number = trial.repeatNumber { whole.take(number, of: trial.cell, wall: 1) }
    }
    let done = trials.filter { $0.repeatNumber != nil }.prefix(5)
    var rest = plan(rule, warmups: 1)
    for trial in done { rest.take(trial.repeatNumber ?? 0, of: trial.cell, wall: 1) }
    var again: [ScheduledTrial] = []
    while let trial = rest.next() {
      again.append(trial)
      if let number = trial.repeatNumber { rest.take(number, of: trial.cell, wall: 1) }
    }
    #expect(again.filter { $0.repeatNumber == nil }.count == 2)
    #expect(
      again.filter { $0.repeatNumber != nil } == Array(trials.filter { $0.repeatNumber != nil }.dropFirst(5)))
    var over = plan(rule, warmups: 3)
    for cell in 0...1 { for number in 1...5 { over.take(number, of: cell, wall: 1) } }
    let next = over.next()
    #expect(next == nil)
  }

  @Test func `a budget is shared by batches, and first repeats may use all of it`() {
    var budget = TimeBudget(nanoseconds: 1000, runs: 10, now: 0)
    budget.begin(batchOf: 5, now: 0)
    budget.note("a", took: 100)
    var allowed = budget.allows("a", isFirst: false, now: 400)
    #expect(allowed)
    allowed = budget.allows("a", isFirst: false, now: 401)
    #expect(!allowed)
    allowed = budget.allows("a", isFirst: true, now: 900)
    #expect(allowed)
    allowed = budget.allows("a", isFirst: true, now: 901)
    #expect(!allowed && budget.hasEnded)
    budget.begin(batchOf: 5, now: 600)
    allowed = budget.allows("a", isFirst: false, now: 900)
    #expect(allowed)
    var none = TimeBudget(nanoseconds: nil, runs: 1, now: 0)
    none.begin(batchOf: 1, now: 0)
    allowed = none.allows("a", isFirst: false, now: .max)
    #expect(allowed)
  }
}
