import Functions
import Glibc
import Storage

/// What a check of a job's whole output found.
public struct OutputVerdict: Sendable, Equatable {
  public var digest: String
  public var rows: Int
  /// Why the output is wrong; nil where it is right.
  public var failure: String?
}

/// Reads a job's output back from its tier and holds it against what is expected.
///
/// Runs in a process that took no part in the job and is told the expected digest only then (rule 2).
public enum OutputVerifier {
  /// - Parameters:
  ///   - expected: ``OutputDigest/text`` of all lines; nil where the output need only be well-formed.
  ///   - host: The output tier.
  ///   - options: Of its worker, which has no memory limit; the time limit is for the whole output.
  public static func verify(
    _ parts: [OutputPart], of workload: Workload, expected: String?, on host: TierHost, options: PoolOptions
  ) throws -> OutputVerdict {
    var options = options
    options.workers = 1
    options.memoryLimit = nil
    let platform = try JobPlatform(input: nil, shuffle: host, output: host, options: options)
    defer { platform.workers.shutdown() }
    var verdict: OutputVerdict?
    let task = VerifyTask(workload: workload, parts: parts, expected: expected).wire
    try platform.workers.run(
      tasks: [TaskRequest(name: "verify", action: VerifyAction.name) { _ in task }],
      onCompletion: { _, wire, _ in verdict = try OutputVerdict(wire: wire) },
      onAttemptFailed: { _, _, _ in })
    return verdict!
  }
}

struct VerifyTask {
  var workload: Workload
  var parts: [OutputPart]
  var expected: String?

  var wire: [UInt8] {
    var writer = WireWriter()
    writer.put(workload)
    writer.putArray(parts) { $0.put($1) }
    writer.putOptional(expected) { $0.put($1) }
    return writer.bytes
  }
}

extension VerifyTask {
  init(wire: [UInt8]) throws {
    var reader = WireReader(wire)
    workload = try reader.workload()
    parts = try reader.array { try $0.part() }
    expected = try reader.optional { try $0.string() }
    try reader.end()
  }
}

extension OutputVerdict {
  var wire: [UInt8] {
    var writer = WireWriter()
    writer.put(digest)
    writer.put(rows)
    writer.putOptional(failure) { $0.put($1) }
    return writer.bytes
  }

  init(wire: [UInt8]) throws {
    var reader = WireReader(wire)
    digest = try reader.string()
    rows = try reader.int()
    failure = try reader.optional { try $0.string() }
    try reader.end()
  }
}

/// The action `verify`: all parts of an output, checked line by line.
enum VerifyAction {
  static let name = "verify"

  static func run(_ context: inout ActivationContext, _ payload: [UInt8]) throws -> [UInt8] {
    let task = try VerifyTask(wire: payload)
    let tiers = try WorkerTiers.of(context)
    var digest = OutputDigest()
    var failure: String?
    for (index, part) in task.parts.enumerated() where failure == nil {
      do {
        failure = try check(part, index, of: task, on: tiers.output, &digest)
      } catch let error as StorageError where error.kind == .corrupt || error.kind == .missing {
        failure = error.description
      }
    }
    if failure == nil, let expected = task.expected, expected != digest.text {
      failure = "the output's digest is \(digest.text), not \(expected)"
    }
    return OutputVerdict(digest: digest.text, rows: Int(digest.rows), failure: failure).wire
  }

  /// Why a part is wrong, or nil: lines `key<TAB>values`, in the workload's order, each in its partition.
  private static func check(
    _ part: OutputPart, _ index: Int, of task: VerifyTask, on tier: any Tier, _ digest: inout OutputDigest
  ) throws -> String? {
    let rule = task.workload.outputRule
    var last: OutputLine?
    var rows = 0
    let cursor = try tier.cursor(over: part.extents, readAhead: 8 << 20)
    while let block = try cursor.next() {
      guard let base = block.baseAddress else { continue }
      var start = 0
      while start < block.count {
        guard let newline = memchr(base + start, 10, block.count - start) else {
          return "\(part.object): its last line has no end"
        }
        let end = UnsafeRawPointer(newline) - base
        let bytes = UnsafeRawBufferPointer(start: base + start, count: end - start)
        guard let line = OutputLine(bytes, values: rule.values) else {
          return "\(part.object): line \(rows + 1) has no TAB"
        }
        if let last, !rule.allows(line, after: last) {
          return "\(part.object): line \(rows + 1) is not sorted behind the line before it"
        }
        let hash = KeyHash.of(base + start, length: line.key.count)
        guard KeyHash.partition(of: hash, among: task.parts.count) == index else {
          return "\(part.object): line \(rows + 1) belongs to another part"
        }
        digest.add(line: base + start, length: end - start)
        last = line
        rows += 1
        start = end + 1
      }
    }
    return rows == part.rows ? nil : "\(part.object): \(rows) rows, where its reduce wrote \(part.rows)"
  }
}
