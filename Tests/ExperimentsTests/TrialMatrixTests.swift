import MapReduce
import Reports
import Storage
import Testing

@testable import Experiments

private func tiers(_ kind: TierKind, _ name: String, _ access: TierAccess? = nil) -> SystemSpecification {
  let tier = TierSpecification(kind, access: access)
  return SystemSpecification(name: name, input: tier, shuffle: tier, output: tier)
}

private func small() -> Experiment {
  var experiment = Experiment(name: "small")
  experiment.systems = [tiers(.ssd, "ssd"), tiers(.dram, "ideal")]
  experiment.workloads = [WorkloadSpecification("wordcount")]
  experiment.sizes = [1 << 20]
  return experiment
}

/// All runs of a matrix's only batch, as long as nothing is measured.
private func schedule(_ experiment: Experiment) -> [ScheduledTrial] {
  let matrix = TrialMatrix(experiment, processors: 1)
  var plan = matrix.repeatPlan(
    ofBatch: 0..<matrix.groups.count, cells: matrix.cells.count { $0.unsupported == nil })
  var trials: [ScheduledTrial] = []
  while let trial = plan.next() {
    trials.append(trial)
    if let number = trial.repeatNumber { plan.take(number, of: trial.cell, wall: nil) }
  }
  return trials
}

struct TrialMatrixTests {
  @Test func `a cell's identity does not change from build to build`() throws {
    let cell = TrialMatrix(small(), processors: 2).cells[0]
    #expect(cell.parameters == "prefault=on;seed=1;split=67108864")
    #expect(cell.id == "1d2b4caa389eb6dd")
    #expect(cell.comparisonID == "7e4d1f4b2797cf65")
  }

  @Test func `every factor makes another cell, and a place does not`() throws {
    let base = TrialMatrix(small(), processors: 2).cells[0]
    var changed: [TrialCell] = []
    func change(_ edit: (inout TrialCell) -> Void) {
      var cell = base
      edit(&cell)
      changed.append(cell)
    }
    change { $0.job.workload.name = "drain" }
    change { $0.job.workload.parameters["pattern"] = "a" }
    change { $0.job.plan = .paper }
    change { $0.job.encoding = .json }
    change { $0.job.layout = .objectPerPartition }
    change { $0.job.combiner = true }
    change { $0.job.combiner = false }
    change { $0.job.splitSize = 1 << 20 }
    change { $0.job.reducers = 2 }
    change { $0.job.workers = 3 }
    change { $0.job.starts = .cold }
    change { $0.job.cache = .warm }
    change { $0.job.prefault = false }
    change { $0.job.memoryLimit = 1 << 30 }
    change { $0.job.numa = .off }
    change { $0.job.numa = .node(0) }
    change { $0.dataset.kind = "rankings" }
    change { $0.dataset.size = 2 << 20 }
    change { $0.dataset.seed = 2 }
    change { $0.dataset.vocabulary = 10 }
    change { $0.dataset.inputs = ["/a"] }
    change { $0.system.name = "other" }
    change { $0.system.input.access = .buffered }
    change { $0.system.shuffle.model = "optane-6dimm" }
    change { $0.system.output.node = 1 }
    change { $0.system.output.kind = .dram }
    let ids = ([base] + changed).map(\.id)
    #expect(Set(ids).count == ids.count)
    var moved = base
    moved.system.input.folders = ["/elsewhere"]
    moved.system.input.capacity = 1 << 40
    #expect(moved.id == base.id)
  }

  @Test func `cells of two systems have one comparison identity`() {
    let matrix = TrialMatrix(small(), processors: 2)
    #expect(matrix.groups.count == 1)
    #expect(Set(matrix.cells.map(\.id)).count == 2)
    #expect(Set(matrix.cells.map(\.comparisonID)).count == 1)
  }

  @Test func `parameters are sorted, and their values escaped`() {
    var experiment = small()
    experiment.workloads = [WorkloadSpecification("grep", ["pattern": "a;b=c%\n\u{e9}", "match": "span"])]
    let cell = TrialMatrix(experiment, processors: 1).cells[0]
    #expect(cell.parameters == "match=span;pattern=a%3Bb%3Dc%25%0A\u{e9};prefault=on;seed=1;split=67108864")
  }

  @Test func `memory systems have no cache state, and so one cell for all of them`() {
    var experiment = small()
    experiment.caches = [.bypassed, .cold, .warm]
    let cells = TrialMatrix(experiment, processors: 1).groups[0].cells
    #expect(
      cells.map { "\($0.system.name) \($0.job.cache.rawValue) \($0.system.input.access?.rawValue ?? "")" }
        == ["ssd bypassed direct", "ssd cold buffered", "ssd warm buffered", "ideal none memory"])
  }

  @Test func `a value given twice, and auto beside what it stands for, are one cell`() {
    var experiment = small()
    let once = TrialMatrix(experiment, processors: 2).cells.map(\.id)
    experiment.workloads += experiment.workloads
    experiment.sizes += experiment.sizes
    experiment.plans += experiment.plans
    experiment.workers = [2, nil, 2]
    experiment.combiners = [nil, true]
    experiment.reducers = [nil, 1]
    #expect(TrialMatrix(experiment, processors: 2).cells.map(\.id) == once)
    #expect(Set(TrialMatrix(experiment, processors: 3).cells.map(\.job.workers)) == [2, 3])
    experiment.reducers = [1, nil, 2]
    #expect(Set(TrialMatrix(experiment, processors: 2).cells.map(\.job.reducers)) == [1, 2])
  }

  @Test func `a cache state that a system's access forbids is unsupported and says why`() {
    var experiment = small()
    experiment.systems = [tiers(.ssd, "direct", .direct), tiers(.ssd, "buffered", .buffered)]
    #expect(TrialMatrix(experiment, processors: 1).cells.map(\.job.cache) == [.bypassed, .cold])
    experiment.caches = [.warm]
    #expect(
      TrialMatrix(experiment, processors: 1).cells.map(\.unsupported)
        == ["cache warm needs buffered access, and direct says direct", nil])
    #expect(TrialMatrix(experiment, processors: 1).runCount == 4)
  }

  @Test func `grep by span is unsupported in the paper's plan`() {
    var experiment = small()
    experiment.workloads = [WorkloadSpecification("grep", ["pattern": "a", "match": "span"])]
    experiment.plans = [.paper, .corral]
    let cells = TrialMatrix(experiment, processors: 1).cells
    #expect(cells.map { $0.unsupported == nil } == [false, false, true, true])
    #expect(TrialMatrix(experiment, processors: 1).runCount == 2 * 4)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `each round of repeats holds every cell once, after the warm-ups`(seed: UInt64) {
    var experiment = small()
    experiment.systems.append(tiers(.pmem, "pmem"))
    experiment.seed = seed
    experiment.repeats = 6
    experiment.warmups = 2
    let trials = schedule(experiment)
    #expect(trials.count == 3 * 8)
    #expect(trials.prefix(6).allSatisfy { $0.repeatNumber == nil })
    for round in 0..<6 {
      let mine = trials[(6 + round * 3)..<(9 + round * 3)]
      #expect(Set(mine.map(\.cell)) == [0, 1, 2])
      #expect(mine.allSatisfy { $0.repeatNumber == round + 1 })
    }
    #expect(schedule(experiment) == trials)
  }

  @Test func `the order differs between rounds and seeds`() {
    var experiment = small()
    experiment.repeats = 40
    experiment.warmups = 0
    let first = schedule(experiment)
    let firsts = stride(from: 0, to: first.count, by: 2).map { first[$0].cell }
    #expect(Set(firsts) == [0, 1])
    experiment.seed = 2
    #expect(schedule(experiment) != first)
  }

  @Test func `an access is of the tiers that have it, and the same cell is there once`() {
    var experiment = small()
    experiment.systems.append(tiers(.pmem, "igfs", .libpmem))
    experiment.accesses = [nil, .file, .buffered]
    let cells = TrialMatrix(experiment, processors: 1).cells
    #expect(
      cells.map { "\($0.system.name) \($0.system.input.access?.rawValue ?? "") \($0.job.cache.rawValue)" }
        == [
          "ssd direct bypassed", "ssd buffered cold", "ideal memory none", "igfs libpmem none",
          "igfs file none",
        ])
  }

  @Test func `a model is of emulated pmem, and none takes it away`() {
    var experiment = small()
    experiment.systems = [tiers(.pmem, "pmem"), tiers(.dram, "ideal")]
    experiment.tiers[.pmem] = TierSettings()
    experiment.tiers[.pmem]?.model = "optane-1dimm"
    experiment.models = [.asTiersSay, .none, .model("optane-6dimm")]
    let cells = TrialMatrix(experiment, processors: 1).cells
    #expect(
      cells.map { "\($0.system.name) \($0.system.input.model ?? "-")" }
        == ["pmem optane-1dimm", "pmem -", "pmem optane-6dimm", "ideal -"])
    #expect(Set(cells.map(\.comparisonID)).count == 1)
  }

  @Test func `a node that the machine does not have is a skipped cell`() {
    var experiment = small()
    experiment.numa = [.spread, .off, .node(1)]
    let cells = TrialMatrix(experiment, processors: 1, nodes: [0]).cells
    #expect(cells.count == 6)
    #expect(cells.map(\.unsupported).suffix(2).allSatisfy { $0?.contains("no NUMA node 1") ?? false })
    #expect(cells[2].parameters == "numa=off;prefault=on;seed=1;split=67108864")
  }

  @Test func `groups on the same data are one batch as long as their workers fit`() {
    var experiment = small()
    experiment.plans = [.optimized, .corral, .paper]
    experiment.sizes = [1 << 20, 2 << 20]
    let matrix = TrialMatrix(experiment, processors: 2)
    #expect(matrix.batches(mostWorkers: 100) == [0..<3, 3..<6])
    #expect(matrix.batches(mostWorkers: 8) == [0..<2, 2..<3, 3..<5, 5..<6])
    #expect(matrix.batches(mostWorkers: 1).count == 6)
  }
}

struct SizeScaleTests {
  @Test(arguments: [
    (1 << 30, [128, 256, 512, 1024]), (8 << 20, [1, 2, 4, 8]), (2 << 20, [1, 2]), (1 << 20, [1]),
  ])
  func `all sizes are scaled alike, and none gets too small to say anything`(largest: Int, mebibytes: [Int]) {
    var experiment = Experiment(name: "e")
    experiment.sizes = [16, 32, 64, 128].map { $0 << 20 }
    experiment.scale(toLargest: largest)
    #expect(experiment.sizes == mebibytes.map { $0 << 20 })
  }

  @Test func `a size under all that is sensible is taken as it is asked for`() {
    var experiment = Experiment(name: "e")
    experiment.sizes = [128 << 20]
    experiment.scale(toLargest: 4096)
    #expect(experiment.sizes == [4096])
  }
}
