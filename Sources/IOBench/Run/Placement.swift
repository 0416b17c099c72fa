import CSystemIO
import Functions
import Glibc
import Metrics

/// Where a copy runs and its memory lies: `cpus_allowed`, `numa_cpu_nodes`, `numa_mem_policy`.
enum Placement {
  /// Binds this thread.
  ///
  /// - Throws: ``IOFailure`` where a processor or node is not there or not allowed.
  static func apply(_ job: IOJob, copy: Int) throws {
    if case .some(let processors)? = job.processors {
      let mine = job.processorPolicy == .split ? [processors[copy % processors.count]] : processors
      try bind(mine, "cpus_allowed")
    }
    if let nodes = job.processorNodes {
      let all = onlineNodes()
      let mine: [Int]
      switch nodes {
      case .all: mine = all
      case .some(let numbers): mine = numbers
      }
      try check(mine, all, "numa_cpu_nodes")
      // On one node there is nothing to choose.
      if all.count > 1 { try bind(mine.flatMap(processors(ofNode:)), "numa_cpu_nodes") }
    }
    if let policy = job.memoryPolicy { try apply(policy) }
  }

  private static func apply(_ policy: MemoryPolicy) throws {
    let all = onlineNodes()
    var nodes: [Int] = []
    let rule: Int32
    switch policy {
    case .standard: rule = 0
    case .prefer(let node): (rule, nodes) = (1, [node])
    case .bind(.some(let numbers)): (rule, nodes) = (2, numbers)
    case .bind(.all): (rule, nodes) = (2, all)
    case .interleave(.some(let numbers)): (rule, nodes) = (3, numbers)
    case .interleave(.all): (rule, nodes) = (3, all)
    case .local: rule = 4
    }
    try check(nodes, all, "numa_mem_policy")
    guard all.count > 1 else { return }
    let result = mb_memory_policy(rule, nodes.map { Int32(clamping: $0) }, Int32(nodes.count))
    guard result == 0 else {
      throw IOFailure.call("set", "the memory policy of nodes \(nodes) (numa_mem_policy)", -result)
    }
  }

  private static func check(_ nodes: [Int], _ all: [Int], _ option: String) throws {
    for node in nodes where !all.contains(node) {
      throw IOFailure(EINVAL, "\(option): node \(node) is not there; nodes here: \(all)")
    }
  }

  private static func bind(_ processors: [Int], _ option: String) throws {
    let wanted = processors.map { Int32(clamping: $0) }
    let result = mb_bind_exactly(wanted, Int32(wanted.count))
    guard result == 0 else {
      throw IOFailure.call(
        "bind", "to processors \(processors) (\(option))", -result,
        advice: "they must be online and allowed here (taskset, cgroup)")
    }
  }

  private static let folder = "/sys/devices/system/node"

  private static func onlineNodes() -> [Int] {
    let nodes = TextFile.read("\(folder)/online").map(WorkerBinding.indices(inList:)) ?? []
    return nodes.isEmpty ? [0] : nodes
  }

  private static func processors(ofNode node: Int) -> [Int] {
    TextFile.read("\(folder)/node\(node)/cpulist").map(WorkerBinding.indices(inList:)) ?? []
  }
}
