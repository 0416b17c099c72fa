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
    let scheduled = TrialMatrix(experiment, processors: 1).schedule(ofGroup: 0)
    #expect(scheduled.isEmpty)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `each round of repeats holds every cell once, after the warm-ups`(seed: UInt64) {
    var experiment = small()
    experiment.systems.append(tiers(.pmem, "pmem"))
    experiment.seed = seed
    experiment.repeats = 6
    experiment.warmups = 2
    let matrix = TrialMatrix(experiment, processors: 1)
    let schedule = matrix.schedule(ofGroup: 0)
    #expect(schedule.count == 3 * 8)
    #expect(schedule.prefix(6).allSatisfy { $0.repeatNumber == nil })
    for round in 0..<6 {
      let trials = schedule[(6 + round * 3)..<(9 + round * 3)]
      #expect(Set(trials.map(\.cell)) == [0, 1, 2])
      #expect(trials.allSatisfy { $0.repeatNumber == round + 1 })
    }
    #expect(matrix.schedule(ofGroup: 0) == schedule)
  }

  @Test func `the order differs between rounds and seeds`() {
    var experiment = small()
    experiment.repeats = 40
    experiment.warmups = 0
    let first = TrialMatrix(experiment, processors: 1).schedule(ofGroup: 0)
    let firsts = stride(from: 0, to: first.count, by: 2).map { first[$0].cell }
    #expect(Set(firsts) == [0, 1])
    experiment.seed = 2
    #expect(TrialMatrix(experiment, processors: 1).schedule(ofGroup: 0) != first)
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
