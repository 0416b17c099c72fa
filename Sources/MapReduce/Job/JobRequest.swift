/// One job, but for the tiers and the workers that run it.
public struct JobRequest: Sendable {
  public var workload: Workload
  public var input: [JobInput]
  public var plan = Plan.optimized
  public var encoding = RecordEncoding.binary
  public var layout = Layout.segment
  /// nil: as the plan says.
  public var combiner: Bool?
  /// How the sides of a join meet; `auto` chooses by size.
  public var join = JoinMethod.auto
  /// Bytes of a map's input.
  public var splitSize = Planner.defaultSplitSize
  /// nil: as ``Planner/reduces(inputBytes:plan:combines:encoding:)`` says.
  public var reduces: Int?
  /// Bytes that a worker's tables may hold before they are spilled.
  public var tableBudget = JobRequest.defaultTableBudget

  public static let defaultTableBudget = 256 << 20

  /// What tables may take of a worker's limit: sorting keys takes up to as much again, and what a step of growth
  /// adds is only seen when it is done; buffers and the runtime have the rest.
  public static func tableBudget(memoryLimit: Int) -> Int {
    min(defaultTableBudget, max(1 << 20, (memoryLimit - (96 << 20)) / 4))
  }

  public init(_ workload: Workload, input: [JobInput]) {
    self.workload = workload
    self.input = input
  }

  /// Of a workload with one kind of input.
  public init(_ workload: Workload, input: [InputFile]) {
    self.init(workload, input: input.map { JobInput(workload.roles[0], $0) })
  }

  public func files(_ role: InputRole) -> [InputFile] { input.filter { $0.role == role }.map(\.file) }
  public func bytes(_ role: InputRole) -> Int { files(role).reduce(0) { $0 + $1.size } }
  public var inputBytes: Int { input.reduce(0) { $0 + $1.file.size } }
  public var combines: Bool { workload == .drain || (combiner ?? plan.combines) }
  public var partitions: Int {
    reduces ?? Planner.reduces(inputBytes: inputBytes, plan: plan, combines: combines, encoding: encoding)
  }
}
