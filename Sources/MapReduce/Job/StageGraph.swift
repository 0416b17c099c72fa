/// A job's stages in the order in which they run; each reads only what earlier ones wrote.
///
/// Some are known only when earlier ones are done: how the sides of a join meet depends on their sizes.
struct StageGraph {
  private let request: JobRequest
  private var stages: [Stage] = []
  private var joinPlan: JoinPlan?

  init(_ request: JobRequest) {
    self.request = request
    switch request.workload {
    case .wordcount, .grep, .drain: mapReduce(.countMap, .countReduce)
    case .scan: mapReduce(.scanMap, .scanReduce)
    case .aggregation: mapReduce(.aggregateMap, .aggregateReduce)
    case .join(let query, _): joinPlan = JoinPlan(request, query)
    }
  }

  /// How the sides of a join meet; nil for other workloads, and before it is decided.
  var join: JoinMethod? { joinPlan?.method }

  /// The stage after those that are done; nil where the job is.
  mutating func next(after done: [StageOutcome]) -> Stage? {
    if done.count == stages.count { stages += joinPlan?.stages(after: done) ?? [] }
    return done.count < stages.count ? stages[done.count] : nil
  }

  private mutating func mapReduce(_ map: StageOperation, _ reduce: StageOperation) {
    let role = request.workload.roles[0]
    stages = [
      Stage(
        kind: .map, operation: map, source: .splits(role, request.files(role)),
        sink: .segments(request.partitions)),
      Stage(kind: .reduce, operation: reduce, source: .partitions(of: [0]), sink: .parts),
    ]
  }
}
