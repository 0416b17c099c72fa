import ArgumentParser
import Functions
import Metrics
import Reports

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures parts of marvel-bench itself.",
    discussion: """
      Examples:
        marvel-bench bench platform             # the function platform beside a bare C ping-pong
        marvel-bench bench sequence             # what it costs to say where the next request goes
      """,
    subcommands: [PlatformCommand.self, SequenceCommand.self, StatisticsCommand.self])
}

struct PlatformCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "platform",
    abstract: "Measures the function platform beside a bare C ping-pong over a socketpair.",
    discussion: """
      Round trips of a warm no-op, calls a second with two workers, and cold starts to the first result, in
      turns with a C program that sends frames of the same size and does nothing else.

      Examples:
        marvel-bench bench platform
        marvel-bench bench platform --json --rounds 20
      """)

  @Flag(help: "Print as JSON.")
  var json = false

  @Option(help: "How often the pool and the C program take turns.")
  var rounds = 10

  @Option(help: "Round trips a turn.")
  var calls = 5000

  @Option(help: "Cold starts a turn.")
  var coldStarts = 20

  func validate() throws {
    for (name, value) in [("rounds", rounds), ("calls", calls), ("cold-starts", coldStarts)] where value < 1 {
      throw ValidationError("--\(name) \(value): at least 1")
    }
  }

  func run() throws {
    var options = PlatformBenchmark.Options()
    options.rounds = rounds
    options.calls = calls
    options.coldStarts = coldStarts
    options.interruption = try Interruption.install()
    if _isDebugAssertConfiguration() {
      write("marvel-bench: a debug build: its figures mean nothing\n", to: 2)
    }
    let result = try PlatformBenchmark.run(options)
    write(json ? PlatformCommand.json(result).text : PlatformCommand.table(result) + "\n", to: 1)
  }

  private static func json(_ result: PlatformBenchmark.Result) -> JSONValue {
    func distribution(_ values: PlatformBenchmark.Distribution) -> JSONValue {
      .object([
        ("count", .integer(values.count)), ("min_ns", .integer(values.minimum)),
        ("p50_ns", .integer(values.p50)),
        ("p90_ns", .integer(values.p90)), ("p99_ns", .integer(values.p99)),
        ("p99_9_ns", .integer(values.p999)),
        ("max_ns", .integer(values.maximum)),
      ])
    }
    func comparison(_ values: PlatformBenchmark.Comparison) -> JSONValue {
      .object([
        ("pool", distribution(values.pool)), ("reference", distribution(values.reference)),
        ("p50_ratio", .number(values.ratio)),
      ])
    }
    return .object([
      ("request_bytes", .integer(result.requestBytes)), ("reply_bytes", .integer(result.replyBytes)),
      ("warm", comparison(result.warm)), ("warm_one_cpu", comparison(result.warmOnOneCPU)),
      (
        "two_workers",
        .object([
          ("pool_calls_per_s", .number(result.twoWorkers.pool)),
          ("reference_calls_per_s", .number(result.twoWorkers.reference)),
          ("ratio", .number(result.twoWorkers.ratio)),
        ])
      ),
      ("cold", comparison(result.cold)), ("cold_init", distribution(result.coldInit)),
    ])
  }

  private static func table(_ result: PlatformBenchmark.Result) -> String {
    let heads = ["µs", "count", "min", "p50", "p90", "p99", "p99.9", "max"]
    func row(_ name: String, _ values: PlatformBenchmark.Distribution) -> [String] {
      let times = [values.minimum, values.p50, values.p90, values.p99, values.p999, values.maximum]
      return [name, "\(values.count)"] + times.map { fixed(Double($0) / 1000, 1) }
    }
    let rows = [
      heads,
      row("warm, pool", result.warm.pool), row("warm, C", result.warm.reference),
      row("warm on one CPU, pool", result.warmOnOneCPU.pool),
      row("warm on one CPU, C", result.warmOnOneCPU.reference),
      row("cold start, pool", result.cold.pool), row("  of it init", result.coldInit),
      row("cold start, C", result.cold.reference),
    ]
    let widths = heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + space : space + row[column]
      }.joined(separator: "  ")
    }
    let two = result.twoWorkers
    return """
      frames of \(result.requestBytes) and \(result.replyBytes) bytes; pool and C in turns

      \(lines.joined(separator: "\n"))

      two workers: \(fixed(two.pool / 1000, 1)) k calls/s, C \(fixed(two.reference / 1000, 1)) k calls/s

      goal                                             is     may be
      warm p50 / C                                  \(cell(result.warm.ratio))     ≤ 1.50
      warm p50 on one CPU / C                       \(cell(result.warmOnOneCPU.ratio))     ≤ 1.50
      calls/s with two workers / C                  \(cell(two.ratio))     ≥ 0.70
      cold start p50 / C                            \(cell(result.cold.ratio))     ≤ 2.50
      cold start p50, ms                            \(cell(Double(result.cold.pool.p50) / 1e6))     ≤ 2.00
      """
  }

  private static func cell(_ value: Double) -> String {
    let text = fixed(value, 2)
    return String(repeating: " ", count: max(0, 5 - text.count)) + text
  }

  /// `value` with so many digits behind the point.
  private static func fixed(_ value: Double, _ digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let number = Int((value * scale).rounded())
    let fraction = String(number % Int(scale))
    return "\(number / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
