import Functions
import Storage
import Testing

@testable import MapReduce

/// Which stages a query's job has, and how the sides of a join meet.
struct JoinPlanTests {
  static let query = JoinQuery(from: 1980_01_01, to: 1980_04_01)

  static func request(
    _ query: JoinQuery = query, rankings: Int = 100 << 20, uservisits: Int = 100 << 20,
    plan: Plan = .optimized,
    join: JoinMethod = .auto
  ) -> JobRequest {
    func file(_ name: String, _ size: Int) -> InputFile {
      InputFile(
        name: name, size: size, blocks: [.init(object: name, offset: 0, length: size)], granule: 1 << 20,
        checksums: [])
    }
    var request = JobRequest(
      .join(query, TableOptions()),
      input: [
        JobInput(.rankings, file("r", rankings)), JobInput(.uservisits, file("v", uservisits)),
      ])
    request.plan = plan
    request.join = join
    request.reduces = 5
    return request
  }

  /// A stage that is done: what its tasks found, and one extent of so many bytes and records.
  static func outcome(findings: [[Int]] = [], bytes: Int = 0, records: Int = 0) -> StageOutcome {
    var outputs = findings.map { found in
      var output = TaskOutput()
      output.findings = found
      return output
    }
    if bytes > 0 {
      var output = TaskOutput()
      let extent = Extent(object: "o", offset: 0, length: bytes, checksum: 0)
      output.extents = [SegmentExtent(partition: 0, extent: extent, records: records, sorted: false)]
      outputs.append(output)
    }
    return StageOutcome(
      result: StageResult(
        name: "", isMap: true, tasks: 1, partitions: 1, wallNanoseconds: 0, counters: TaskCounters()),
      outputs: outputs, records: [], segmentCode: 0)
  }

  /// The names of all stages, and how the sides met.
  static func graph(_ request: JobRequest, _ outcomes: [StageOutcome]) -> ([Stage], JoinMethod?) {
    var graph = StageGraph(request)
    var done: [StageOutcome] = []
    var stages: [Stage] = []
    while let stage = graph.next(after: done) {
      stages.append(stage)
      done.append(done.count < outcomes.count ? outcomes[done.count] : outcome())
    }
    return (stages, graph.join)
  }

  static func names(_ stages: [Stage]) -> [String] { stages.map(\.name) }

  @Test(arguments: [
    // All visits, half of whose bytes count, against the rankings' bytes.
    ([[10, 10]], 100, 199, "uservisits.map"), ([[10, 10]], 100, 201, "rankings.map"),
    // A tenth of the visits.
    ([[10, 1], [90, 9]], 100, 1999, "uservisits.map"), ([[10, 1], [90, 9]], 100, 2001, "rankings.map"),
    // None of them, and nothing to be seen.
    ([[10, 0]], 1, 10_000, "uservisits.map"), ([], 100, 100, "rankings.map"),
    ([[0, 0]], 100, 100, "rankings.map"),
  ])
  func `the smaller side is read first`(
    findings: [[Int]], rankings: Int, uservisits: Int, first: String
  ) {
    let request = Self.request(rankings: rankings << 20, uservisits: uservisits << 20)
    let (stages, _) = Self.graph(request, [Self.outcome(findings: findings)])
    #expect(Self.names(stages).prefix(2) == ["sample.map", first])
  }

  @Test func `what fits a worker is broadcast, what does not is partitioned`() {
    let records = 1000
    let bytes = JobRequest.defaultTableBudget - records * JoinPlan.tableBytesPerRecord
    let sample = Self.outcome(findings: [[10, 10]])
    for (size, join, method): (Int, JoinMethod, JoinMethod) in [
      (bytes, .auto, .broadcast), (bytes + 1, .auto, .partitioned), (bytes, .broadcast, .broadcast),
      (bytes + 1, .broadcast, .partitioned), (1, .partitioned, .partitioned), (0, .auto, .broadcast),
    ] {
      let outcomes = [sample, Self.outcome(bytes: size, records: records)]
      for (rankings, first, second) in [
        (1, "rankings.map", "uservisits.map"), (900, "uservisits.map", "rankings.map"),
      ] {
        let (stages, met) = Self.graph(Self.request(rankings: rankings << 20, join: join), outcomes)
        #expect(met == method)
        #expect(
          Self.names(stages) == ["sample.map", first]
            + (method == .broadcast
              ? ["build.reduce", "probe.map", "aggregate.reduce"]
              : [second, "join.reduce", "aggregate.reduce"]))
        #expect(stages[3].broadcast == (method == .broadcast ? 2 : nil))
        // Rankings come first whichever side was read first.
        if method == .partitioned, case .partitions(let sides) = stages[3].source {
          #expect(sides == (first == "rankings.map" ? [1, 2] : [2, 1]))
        }
        if case .splits(let role, _) = stages[method == .broadcast ? 3 : 2].source {
          #expect("\(role.rawValue).map" == second)
        }
      }
    }
  }

  @Test func `both sides have the same partitions, more for more bytes`() {
    for (bytes, count) in [(1, 1), (16 << 20, 1), ((16 << 20) + 1, 2), (100 << 30, Planner.maximumReduces)] {
      let request = Self.request(rankings: bytes, uservisits: bytes + 5, join: .partitioned)
      let (stages, _) = Self.graph(request, [])
      for stage in stages[1...2] {
        guard case .segments(let partitions) = stage.sink else { return #expect(Bool(false), "\(stage)") }
        #expect(partitions == count)
      }
      guard case .segments(let partitions) = stages[3].sink else { return #expect(Bool(false)) }
      #expect(partitions == 5)
    }
  }

  @Test(arguments: [Plan.paper, .corral], JoinMethod.allCases)
  func `plans paper and corral are Corral's two jobs`(plan: Plan, join: JoinMethod) {
    let two = ["rankings.map", "uservisits.map", "join.reduce", "aggregate.map", "aggregate.reduce"]
    let (stages, method) = Self.graph(Self.request(plan: plan, join: join), [])
    #expect(Self.names(stages) == two)
    #expect(method == .partitioned)
    var limited = Self.query
    limited.limit = 3
    let (three, _) = Self.graph(Self.request(limited, plan: plan), [])
    #expect(Self.names(three) == two + ["order.map", "order.reduce"])
  }

  @Test func `a limit adds the stage that orders, and only the last stage writes parts`() {
    var limited = Self.query
    limited.limit = 3
    for plan in Plan.allCases {
      for query in [Self.query, limited, .corral] {
        for join in [JoinMethod.broadcast, .partitioned] {
          let (stages, _) = Self.graph(Self.request(query, plan: plan, join: join), [])
          #expect(stages.contains { $0.title == "order" } == (query.limit != nil))
          for (index, stage) in stages.enumerated() {
            if case .parts = stage.sink { #expect(index == stages.count - 1) }
            switch stage.source {
            case .partitions(let of): #expect(of.allSatisfy { $0 < index })
            case .tasks(let of): #expect(of < index)
            default: break
            }
          }
          if query.limit != nil, case .segments(let count) = stages[stages.count - 2].sink {
            // All that is ordered goes to one reduce.
            #expect(count == 1)
          }
        }
      }
    }
  }

  @Test func `other queries are a map and a reduce`() {
    for workload: Workload in [
      .scan(minRank: 1, TableOptions()), .aggregation(prefixLength: 8, TableOptions()),
    ] {
      for plan in Plan.allCases {
        var request = Self.request(plan: plan)
        request.workload = workload
        let (stages, join) = Self.graph(request, [])
        #expect(Self.names(stages) == ["map", "reduce"])
        #expect(join == nil)
      }
    }
  }

  @Test func `reduces are planned from bytes alone`() {
    func reduces(_ mebibytes: Int, _ plan: Plan, _ encoding: RecordEncoding) -> Int {
      Planner.reduces(inputBytes: mebibytes << 20, plan: plan, combines: plan.combines, encoding: encoding)
    }
    for plan in Plan.allCases {
      for encoding in RecordEncoding.allCases {
        #expect(reduces(0, plan, encoding) == 1)
        #expect(reduces(1 << 30, plan, encoding) == Planner.maximumReduces)
        let counts = (0..<40).map { reduces($0 * 100, plan, encoding) }
        #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 <= $1 })
      }
    }
    #expect(reduces(128, .optimized, .binary) == 1)
    #expect(reduces(129, .optimized, .json) == 2)
    #expect(reduces(1024, .corral, .json) == 24)
    #expect(reduces(1024, .paper, .binary) == 6)
  }

  @Test func `a pool gets room for an object's last granule, and for those that are open`() {
    let granule = 64 << 10
    let few = Planner.poolRoom(maps: 3, workers: 2, partitions: 100, layout: .segment)
    #expect(few >= 5 * granule)
    #expect(
      Planner.poolRoom(maps: 5003, workers: 2, partitions: 100, layout: .segment) == few + 5000 * granule)
    #expect(
      Planner.poolRoom(maps: 3, workers: 2, partitions: 100, layout: .objectPerPartition) == 100 * few)
    #expect(
      Planner.poolRoom(maps: 3, workers: 2, partitions: 100, layout: .segment, isJoin: true)
        >= few + 100 * granule)
    // A pool has 16384 objects at most.
    #expect(
      Planner.poolRoom(maps: 1 << 40, workers: 4096, partitions: 512, layout: .objectPerPartition) < 6 << 30)
  }

  @Test func `a join's shuffle gets room for all of its stages`() {
    for combines in [true, false] {
      for encoding in RecordEncoding.allCases {
        func room(_ isJoin: Bool) -> Int {
          Planner.shuffleBytes(
            inputBytes: 1 << 30, splitSize: 64 << 20, workers: 2, combines: combines, encoding: encoding,
            isJoin: isJoin)
        }
        #expect(room(true) >= room(false))
        #expect(room(true) >= 2 << 30)
      }
    }
  }
}
