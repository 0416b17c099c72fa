import Reports
import Storage

@testable import Experiments

/// A system with one kind of tier in all roles.
func uniformSystem(_ name: String, _ kind: TierKind, _ access: TierAccess? = nil) -> SystemSpecification {
  let tier = TierSpecification(kind, access: access)
  return SystemSpecification(name: name, input: tier, shuffle: tier, output: tier)
}

/// A repeat of wordcount with figures that are easy to compute with: 2 workers, `wall` milliseconds.
func sampleRow(
  _ system: SystemSpecification, repeatNumber: Int = 1, wall: Int, provenance: String = "measured",
  status: TrialStatus = .ok, reason: String = ""
) -> TrialRow {
  var job = JobSpecification(workload: WorkloadSpecification("wordcount"), workers: 2)
  job.cache = system.input.kind == .ssd ? .bypassed : .none
  let cell = TrialCell(
    job: job, dataset: DatasetSpecification(kind: "text", size: 100_000_000, seed: 1), system: system)
  var outcome = TrialOutcome(status, reason: reason)
  if status == .ok {
    outcome.wall = wall * 1_000_000
    outcome.map = wall * 700_000
    outcome.reduce = wall * 300_000
    outcome.inputWait = wall * 200_000
    outcome.shuffleWait = wall * 300_000
    outcome.shuffleWriteWait = wall * 100_000
    outcome.outputWait = wall * 100_000
    outcome.modelledWait = 0
    outcome.readBytes = 100_000_000
    outcome.shuffleBytes = 50_000_000
    outcome.outputBytes = 1_000_000
    outcome.inputProvenance = provenance
    outcome.shuffleProvenance = provenance
    outcome.outputProvenance = provenance
    var activation = ActivationRow()
    activation.activationID = "a1"
    activation.action = "map"
    activation.run = wall * 1_000_000
    outcome.activations = [activation]
  }
  return TrialRow(
    experiment: "sample", cell: cell, trial: 1, repeatNumber: repeatNumber, order: repeatNumber,
    outcome: outcome,
    environment: RowEnvironment(machineClass: "a \"CPU\", 2 cores", commit: "c0ffee", buildMode: "release"))
}
