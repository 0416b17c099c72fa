import Foundation
import Functions
import MapReduce
import Storage
import Testing

/// Warm workers on a tier in memory that run one small job after the other: what the command line does not let one
/// ask for (splits of few bytes, tables of few bytes) can be asked for here.
final class QueryBench {
  let scratch: Scratch
  let host: TierHost
  private let platform: JobPlatform
  private var jobs = 0

  init(workers: Int = 2) throws {
    scratch = try Scratch()
    var configuration = TierConfiguration(.dram, access: .memory, folders: [])
    configuration.capacity = 128 << 20
    host = try TierHost.open(configuration)
    var options = PoolOptions()
    options.executable = program
    options.workers = workers
    platform = try JobPlatform(input: nil, shuffle: host, output: host, options: options)
  }

  deinit {
    platform.workers.shutdown()
    host.close()
  }

  /// Both tables as files.
  func request(_ workload: Workload, _ rankings: [UInt8], _ uservisits: [UInt8]) throws -> JobRequest {
    let tables: [InputRole: [UInt8]] = [.rankings: rankings, .uservisits: uservisits]
    return JobRequest(
      workload,
      input: try workload.roles.flatMap { role in
        try InputPaths.files([scratch.file(role.rawValue, tables[role]!)]).map { JobInput(role, $0) }
      })
  }

  func request(
    _ workload: Workload, _ tables: TinyTables, _ style: TinyTables.Style = TinyTables.Style()
  ) throws -> JobRequest {
    try request(workload, tables.rankings(style), tables.uservisits(style))
  }

  struct Ran {
    /// Lines of each part.
    var parts: [[[UInt8]]]
    var result: JobResult
    /// Sorted, or, where the order is the output, as they are.
    var lines: [[UInt8]]
  }

  func run(_ request: JobRequest, progress: ((JobProgress) -> Void)? = nil) throws -> Ran {
    jobs += 1
    let job = try Job(request, id: "job\(jobs)", on: platform, progress: progress)
    defer { try? job.cleanUp(keepingOutput: false) }
    let result = try job.run()
    let parts = try result.parts.map { part -> [[UInt8]] in
      var bytes: [UInt8] = []
      let cursor = try host.tier.cursor(over: part.extents, readAhead: 1 << 20)
      while let block = try cursor.next() { bytes += block }
      #expect(bytes.isEmpty || bytes.last == 10)
      return bytes.split(separator: 10).map(Array.init)
    }
    var isOrdered = false
    if case .join(let query, _) = request.workload { isOrdered = query.limit != nil }
    for part in parts where !isOrdered {
      let keys = part.map { Array($0[..<($0.firstIndex(of: 9) ?? 0)]) }
      #expect(zip(keys, keys.dropFirst()).allSatisfy { !$1.lexicographicallyPrecedes($0) })
    }
    let lines = parts.flatMap { $0 }
    return Ran(parts: parts, result: result, lines: isOrdered ? lines : sorted(lines))
  }
}

/// Lines as text, so that a test that fails can be read.
func texts(_ lines: [[UInt8]]) -> [String] {
  lines.map { line in
    String(decoding: line.flatMap { $0 < 0x80 ? [$0] : Array("<\($0)>".utf8) }, as: UTF8.self)
  }
}
