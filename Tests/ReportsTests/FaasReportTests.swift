import Foundation
import Testing

@testable import Reports

/// One repeat of a scenario: calls of these latencies in microseconds, each on a worker in turn.
private func faasRow(
  _ scenario: String, starts: JobSpecification.Starts, _ latencies: [Int], repeat number: Int = 1,
  trial: Int = 1, workers: Int = 1, status: TrialStatus = .ok, reason: String = ""
) -> FaasRow {
  let cell = FaasCell(
    scenario: scenario, platform: "native", action: "noop", arrival: workers > 1 ? .burst : .closed,
    starts: starts, concurrency: workers, invocations: latencies.count, payload: 0, memory: nil, touched: nil)
  var row = FaasRow(
    experiment: "platform", cell: cell, trial: trial, repeatNumber: number, order: number, status: status,
    reason: reason, provenance: "measured",
    environment: RowEnvironment(machineClass: "a CPU, 2 cores", commit: "c0ffee", buildMode: "release"))
  guard status == .ok else { return row }
  row.wall = latencies.reduce(0, +) * 1000
  row.noise.stealShare = 0.05
  var start = 1_000_000
  row.activations = latencies.enumerated().map { index, latency in
    var call = ActivationRow()
    call.action = "noop"
    call.stage = scenario
    call.task = index
    call.status = "success"
    call.worker = index % workers
    call.start = start
    start += latency * 1000
    call.end = start
    call.run = latency * 500
    call.startKind = starts == .cold ? .cold : .warm
    call.initialization = starts == .cold ? latency * 250 : nil
    return call
  }
  return row
}

/// A results folder's files, as a run writes them.
private func files(_ rows: [FaasRow]) -> [String: String] {
  let calls = rows.flatMap { row in
    row.activations.map {
      CSV.line(
        PlacedActivation(cell: row.cell.id, repeatNumber: row.repeatNumber, activation: $0),
        ActivationColumns.all)
    }
  }
  return [
    "faas.csv": CSV.header(FaasColumns.all) + rows.map { CSV.line($0, FaasColumns.all) }.joined(),
    "activations.csv": CSV.header(ActivationColumns.all) + calls.joined(),
  ]
}

private let rows = (1...3).flatMap { number in
  [
    faasRow("start", starts: .cold, [800, 900, 1000], repeat: number, trial: 1),
    faasRow("call", starts: .warm, Array(repeating: 40 + number, count: 100), repeat: number, trial: 2),
    faasRow("burst", starts: .warm, [50, 60], repeat: number, trial: 3, workers: 2),
  ]
}

private func results(_ files: [String: String]) throws -> RecordedResults {
  try withResults(files) { try RecordedResults($0) }
}

struct FaasReportTests {
  @Test func `a faas experiment's report has its table, cold and warm calls apart`() throws {
    let markdown = try Report(try results(files(rows))).text(.md)
    #expect(
      markdown.hasPrefix(
        "# platform\n\n9 measured repeats of 3 cells of the function platform\n\na CPU, 2 cores\n"))
    #expect(markdown.contains("A cold call takes 900.0 µs (start), a warm one 42.0 µs (call): 21.43 times."))
    let lines = markdown.split(separator: "\n").map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "|")
    }
    #expect(
      lines.contains(
        "start|noop|closed|cold|3|9|900.0 µs|||1.0 ms|225.0 µs|450.0 µs|1111|measured"), "\(lines)")
    #expect(
      lines.contains { $0.hasPrefix("call|noop|closed|warm|3|300|42.0 µs|42.0 µs|42.0 µs|43.0 µs||21.0 µs|") }
    )
    #expect(lines.contains { $0.hasPrefix("burst, 2 workers|noop|burst|warm|3|6|") })
    #expect(markdown.contains("the hypervisor took over 2 % of the processors' time in 9 of 9 repeats"))
    // All calls are known, and none is a stranger.
    #expect(lines.contains { $0.hasPrefix("call|native|300|0|0|0|") })
    #expect(!markdown.contains("belong to no repeat"))
    #expect(
      try Report(try results(["faas.csv": files(rows)["faas.csv"] ?? ""])).text(.html).contains("id=\"faas\"")
    )
  }

  @Test func `its calls are drawn, and a plot of jobs says that there are none`() throws {
    try withResults(files(rows)) { folder in
      let recorded = try RecordedResults(folder)
      let outcome = try Plots(recorded).draw(
        [.activations, .systems], formats: [.svg, .tex], in: folder + "/p")
      #expect(outcome.failure == nil)
      #expect(outcome.drawn.map(\.name) == ["activations"])
      #expect(
        outcome.missing.map(\.reason) == [
          "no job was run: these are results of the function platform alone (--kind activations draws its calls)"
        ])
      let svg = try String(contentsOfFile: folder + "/p/activations.svg", encoding: .utf8)
      #expect(svg.contains("start, repeat 2") && svg.contains("burst, 2 workers, repeat 2"))
      #expect(svg.contains("a CPU, 2 cores; commit c0ffee"))
      // Scenarios last differently long: each has its own axis.
      let script = try String(contentsOfFile: folder + "/p/activations.gp", encoding: .utf8)
      let tops = try #require(script.split(separator: "\n").first { $0.hasPrefix("array Top[3] = [") })
      #expect(Set(tops.dropFirst("array Top[3] = [".count).split(separator: ", ")).count == 3, "\(tops)")
      let report = try Report(recorded).write([.html, .tex], in: folder)
      #expect(report.plotsMissing == nil)
      let html = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
      #expect(html.components(separatedBy: "<svg role=\"img\"").count == 2)
      let table = try String(contentsOfFile: folder + "/report.tex", encoding: .utf8)
      #expect(table.contains("  start & noop & closed & cold & 3 & 9 & 900.0 \\textmu{}s &"))
    }
  }

  @Test func `what failed is a warning, and a page without figures says so`() throws {
    let failed = [
      faasRow("more", starts: .cold, [], status: .failed, reason: "<b>no</b> memory"),
      faasRow("=1+1", starts: .cold, [], repeat: 0, trial: 2, status: .skipped, reason: "budget: used up"),
    ]
    let html = try Report(try results(files(failed))).text(.html)
    #expect(html.contains("failed: more: &lt;b&gt;no&lt;/b&gt; memory"))
    #expect(html.contains("skipped: =1+1: budget: used up"))
    #expect(html.contains("No scenario of the function platform was measured, see Warnings."))
  }

  @Test(arguments: [
    ("latency_p50_ns", "NaN", "faas.csv:2: latency_p50_ns is 'NaN': no whole number"),
    ("latency_p50_ns", "-5", "faas.csv:2: latency_p50_ns is '-5': it is never negative"),
    ("latency_p50_ns", "0", "faas.csv:2: latency_p50_ns is '0': the latency of an ok row is over 0 ns"),
    ("arrival", "sometimes", "faas.csv:2: arrival is 'sometimes': known here: closed, burst"),
    ("throughput_per_s", "inf", "faas.csv:2: throughput_per_s is 'inf': no number"),
    ("format", "9", "faas.csv:2: format 9, but this program reads formats up to 1"),
  ])
  func `a field that cannot be is named by file, line and column`(
    column: String, value: String, error: String
  ) throws {
    let row = faasRow("start", starts: .cold, [800, 900])
    let fields = FaasColumns.all.map { $0.name == column ? value : $0.value(row) }
    let text = CSV.header(FaasColumns.all) + CSV.line(fields)
    #expect(message { _ = try results(["faas.csv": text]) }.contains(error))
    #expect(
      message { _ = try results(["faas.csv": "cell,repeat\na,1\n"]) }.contains(
        "faas.csv:1: no column scenario, status, latency_p50_ns: this is no faas.csv"))
  }
}
