import Metrics

/// Where a worker runs.
public struct WorkerBinding: Sendable, Equatable {
  /// NUMA node whose memory it prefers; nil prefers none.
  public var node: Int?
  /// CPUs on which it may run; empty leaves all.
  public var cpus: [Int]

  public init(node: Int? = nil, cpus: [Int] = []) {
    self.node = node
    self.cpus = cpus
  }

  /// Workers dealt to this machine's NUMA nodes in turn; nil (nothing to bind, nothing to pay) on one node.
  public static func acrossNodes() -> ((_ workerIndex: Int) -> WorkerBinding?)? {
    let bindings = machineNodes()
    guard bindings.count > 1 else { return nil }
    return { bindings[$0 % bindings.count] }
  }

  /// All workers on one node; nil where it is the only one.
  ///
  /// - Precondition: The node is one of ``nodes``.
  public static func on(node: Int) -> ((_ workerIndex: Int) -> WorkerBinding?)? {
    let bindings = machineNodes()
    precondition(nodes.contains(node))
    guard bindings.count > 1, let binding = bindings.first(where: { $0.node == node }) else { return nil }
    return { _ in binding }
  }

  /// The NUMA nodes that have processors; `[0]` where the kernel knows none.
  public static var nodes: [Int] {
    let nodes = machineNodes().compactMap(\.node)
    return nodes.isEmpty ? [0] : nodes
  }

  private static func machineNodes() -> [WorkerBinding] {
    let folder = "/sys/devices/system/node"
    guard let online = TextFile.read("\(folder)/online") else { return [] }
    return indices(inList: online).compactMap { node -> WorkerBinding? in
      let cpus = TextFile.read("\(folder)/node\(node)/cpulist").map(indices(inList:)) ?? []
      // A node of memory alone (CXL, Optane as system RAM) runs nobody.
      return cpus.isEmpty ? nil : WorkerBinding(node: node, cpus: cpus)
    }
  }

  /// The numbers of a kernel list as `0-3,8,10-11`; what is no number is left out.
  package static func indices(inList list: String) -> [Int] {
    list.split(whereSeparator: { $0 == "," || $0.isWhitespace }).flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, ends.count <= 2, first <= last, last < 1 << 16
      else { return [] }
      return Array(first...last)
    }
  }
}
