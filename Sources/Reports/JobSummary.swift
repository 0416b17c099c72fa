import Functions
import MapReduce
import Metrics

/// What one job did and cost, for a person or as JSON.
public struct JobSummary {
  private let workload: Workload
  private let result: JobResult
  private let output: String
  private let processWall: Int

  /// - Parameter processWall: Nanoseconds of the whole process so far, start of the pool included.
  public init(_ workload: Workload, _ result: JobResult, output: String, processWall: Int) {
    self.workload = workload
    self.result = result
    self.output = output
    self.processWall = processWall
  }

  private var instructions: Int? {
    let counted = result.records.compactMap(\.instructions)
    return counted.isEmpty ? nil : counted.reduce(0, +)
  }

  private var rows: Int { result.parts.reduce(0) { $0 + $1.rows } }

  public var text: String {
    func seconds(_ nanoseconds: Int) -> String {
      let milliseconds = (nanoseconds + 500_000) / 1_000_000
      let fraction = String(milliseconds % 1000)
      return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) s"
    }
    let counters = result.counters
    let rate = result.wallNanoseconds > 0 ? counters.readBytes * 1000 / result.wallNanoseconds : 0
    return """
      \(workload.name): \(counted(rows, "row")) in \(counted(result.parts.count, "part")) in \(output)
      wall \(seconds(result.wallNanoseconds)) (map \(seconds(result.mapNanoseconds)), reduce \
      \(seconds(result.reduceNanoseconds))), \(rate) MB/s; process \(seconds(processWall))
      read \(ByteSize.text(counters.readBytes)), shuffled \(ByteSize.text(counters.shuffleWrittenBytes)), wrote \
      \(ByteSize.text(counters.outputBytes)); \(result.maps) maps, \(result.reduces) reduces, \(result.retries) retries
      """ + badRows
  }

  private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  private var badRows: String {
    let count = result.counters.badRows
    return count == 0
      ? ""
      : "\n\(counted(count, "malformed row")) set aside in \(result.rejects.map(\.object).joined(separator: ", "))"
  }

  public var json: String {
    let counters = result.counters
    return JSONValue.object([
      ("workload", .text(workload.name)), ("output", .text(output)), ("rows", .integer(rows)),
      ("maps", .integer(result.maps)), ("reduces", .integer(result.reduces)),
      ("wall_ns", .integer(result.wallNanoseconds)), ("process_wall_ns", .integer(processWall)),
      ("map_ns", .integer(result.mapNanoseconds)), ("reduce_ns", .integer(result.reduceNanoseconds)),
      ("read_bytes", .integer(counters.readBytes)), ("shuffle_bytes", .integer(counters.shuffleWrittenBytes)),
      ("output_bytes", .integer(counters.outputBytes)), ("spilled_bytes", .integer(counters.spilledBytes)),
      ("input_wait_ns", .integer(counters.inputWaitNanoseconds)),
      ("shuffle_wait_ns", .integer(counters.shuffleWaitNanoseconds)),
      ("output_wait_ns", .integer(counters.outputWaitNanoseconds)),
      ("cpu_ns", .integer(result.records.reduce(0) { $0 + $1.cpuNanoseconds })),
      ("instructions", .optional(instructions)), ("retries", .integer(result.retries)),
      ("bad_rows", .integer(counters.badRows)), ("join", .text(result.join?.rawValue ?? "")),
    ]).text
  }
}
