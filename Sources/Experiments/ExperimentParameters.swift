import Metrics
import Reports

extension Experiment {
  /// Gives a parameter another value, as `min_rank=50` in each workload that has it, or as `scan.min_rank=50`.
  ///
  /// - Throws: ``WorkloadFileError`` where no workload of the experiment has it, or the value is wrong.
  public mutating func set(_ setting: String, option: String = "--set") throws {
    let place = "\(option) \(setting)"
    let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw WorkloadFileError(place, "write it as min_rank=50 or scan.min_rank=50")
    }
    let words = parts[0].split(separator: ".", maxSplits: 1).map(String.init)
    let workload = words.count == 2 ? words[0] : nil
    let name = words[words.count - 1]
    let meant = workloads.indices.filter { workload == nil || workloads[$0].name == workload }
    guard !meant.isEmpty else {
      let here = workloads.map(\.name)
      throw WorkloadFileError(
        place,
        "the experiment has no workload '\(workload ?? "")'" + knownHere(here, insteadOf: workload ?? ""))
    }
    let having = meant.filter { index in parameterNames(index).contains(name) }
    guard !having.isEmpty else {
      var known: [String] = []
      for each in meant.flatMap(parameterNames) where !known.contains(each) { known.append(each) }
      throw WorkloadFileError(place, "unknown parameter '\(name)'" + knownHere(known, insteadOf: name))
    }
    for index in having {
      var parameters = workloads[index].parameters
      parameters[name] = parts[1]
      guard let kind = WorkloadKind.named(workloads[index].name) else { continue }
      workloads[index] = try kind.complete(parameters) { WorkloadFileError(place, $1) }
    }
  }

  private func parameterNames(_ index: Int) -> [String] {
    WorkloadKind.named(workloads[index].name)?.parameters.map(\.name) ?? []
  }
}
