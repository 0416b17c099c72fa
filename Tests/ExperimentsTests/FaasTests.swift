import Foundation
import Testing

@testable import Experiments
@testable import Reports

private func experiment(_ text: String) throws -> Experiment {
  try Experiment.parse(text, file: "f.yaml", knownSystems: []) { _ in nil }
}

private func message(_ text: String) -> String {
  do {
    _ = try experiment(text)
    return "accepted"
  } catch {
    return "\(error)"
  }
}

private func someRepeat(_ latencies: [Int], cold: Int, repeatNumber: Int = 1) -> FaasRow {
  let cell = FaasCell(
    scenario: "s", platform: "native", action: "noop", arrival: .closed, starts: .warm, concurrency: 1,
    invocations: latencies.count, payload: 0, memory: nil, touched: nil)
  var row = FaasRow(
    experiment: "f", cell: cell, trial: 1, repeatNumber: repeatNumber, order: repeatNumber, status: .ok,
    provenance: "measured",
    environment: RowEnvironment(machineClass: "m", commit: "c", buildMode: "release"))
  row.wall = 1_000_000_000
  row.activations = latencies.enumerated().map { index, latency in
    var call = ActivationRow()
    call.status = "success"
    call.start = 1000
    call.end = 1000 + latency
    call.wait = 500
    call.run = latency / 2
    call.startKind = index < cold ? .cold : .warm
    call.initialization = index < cold ? latency / 4 : nil
    return call
  }
  return row
}

struct FaasTests {
  @Test(arguments: [
    ("scenarios: []", "f.yaml:3:14: scenarios must have at least one value"),
    ("scenarios: [{action: noop}]", "f.yaml:3:15: a scenario needs the key 'name'"),
    (
      "scenarios: [{name: a, action: allocate}]",
      "f.yaml:3:33: unknown action 'allocate'; known here: noop, echo, touch"
    ),
    (
      "scenarios: [{name: a, memory: 1MiB}]",
      "f.yaml:3:33: memory must be at least 64 MiB: a worker needs that itself"
    ),
    (
      "scenarios: [{name: a, payload: 64MiB}]", "f.yaml:3:34: payload must be at most 63 MiB, a frame's limit"
    ),
    (
      "scenarios: [{name: a, action: touch, payload: 1KiB}]",
      "f.yaml:3:49: the action touch has no payload (echo returns one)"
    ),
    ("scenarios: [{name: a, touch: 1KiB}]", "f.yaml:3:32: only the action touch touches memory, not noop"),
    ("scenarios: [{name: a}, {name: a, invocations: 2}]", "f.yaml:3:26: there is a scenario 'a' already"),
    (
      "scenarios: [{name: a}, {name: b}]",
      "f.yaml:3:3: scenarios a and b have a cell in common: leave one of them out"
    ),
    (
      "platforms: lambda\n  scenarios: {name: a}",
      "f.yaml:3:14: unknown platform 'lambda'; known here: native"
    ),
  ])
  func `a scenario that cannot be is said with its place`(lines: String, error: String) {
    #expect(message("name: f\nfaas:\n  \(lines)\n") == error)
  }

  @Test func `what has no meaning without data is an unknown key`() {
    let text = message("name: f\nsizes: 1MiB\nfaas: {scenarios: {name: a}}\n")
    #expect(
      text
        == "f.yaml:2:1: unknown key 'sizes'; known here: name, description, faas, repeats, warmup, until, budget, seed",
      "\(text)")
  }

  @Test func `a scenario is a matrix, and is written as it was read`() throws {
    let read = try experiment(
      """
      name: f
      faas:
        scenarios:
          - {name: p, action: echo, payload: [0, 1KiB], concurrency: [1, 2]}
          - {name: m, action: touch, starts: cold, memory: [auto, 128MiB], invocations: 3}
          - {name: t, action: touch, touch: 1MiB, arrival: burst}
      repeats: 2
      """)
    let cells = try #require(read.faas).cells
    #expect(cells.map(\.scenario) == ["p", "p", "p", "p", "m", "m", "t"])
    #expect(cells.map(\.payload) == [0, 1024, 0, 1024, 0, 0, 0])
    #expect(cells.map(\.touched) == [nil, nil, nil, nil, 16 << 20, 64 << 20, 1 << 20])
    #expect(Set(cells.map(\.id)).count == cells.count)
    let again = try experiment(read.yaml)
    #expect(again.yaml == read.yaml)
    #expect(again.faas?.cells == cells)
  }

  @Test func `percentiles are calls, and there is none where it would be the maximum`() {
    let sample = LatencySample((1...100).reversed().map { $0 })
    #expect(sample.percentile(0.5) == 50)
    #expect(sample.percentile(0.95) == 95)
    #expect(sample.percentile(0.99) == 99)
    #expect(LatencySample(Array(1...99)).percentile(0.99) == nil)
    #expect(LatencySample(Array(1...20)).percentile(0.95) == 19)
    #expect(LatencySample(Array(1...19)).percentile(0.95) == nil)
    #expect(LatencySample([7]).percentile(0.5) == 7)
    #expect(LatencySample([]).percentile(0.5) == nil)
  }

  @Test func `cold and warm calls are told apart, and a burst's latency has the wait in it`() {
    var row = someRepeat([400, 100, 120], cold: 1)
    let values = Dictionary(uniqueKeysWithValues: FaasColumns.all.map { ($0.name, $0.value(row)) })
    #expect(values["cold_starts"] == "1" && values["warm_starts"] == "2")
    #expect(values["cold_latency_p50_ns"] == "400" && values["warm_latency_p50_ns"] == "100")
    #expect(values["latency_p50_ns"] == "120" && values["latency_max_ns"] == "400")
    #expect(values["latency_p99_ns"] == "")
    #expect(values["throughput_per_s"] == "3.0")
    #expect(values["overhead_p50_ns"] == "60")
    row.cell.arrival = .burst
    #expect(row.latencies() == [900, 600, 620])
  }

  @Test func `a row that could not run has no times`() {
    var row = someRepeat([], cold: 0)
    row.wall = nil
    row.status = .failed
    let values = Dictionary(uniqueKeysWithValues: FaasColumns.all.map { ($0.name, $0.value(row)) })
    for column in FaasColumns.all where column.unit == "ns" {
      #expect(values[column.name] == "", "\(column.name)")
    }
    #expect(values["throughput_per_s"] == "" && values["cold_starts"] == "" && values["billed_gb_s"] == "")
  }

  @Test func `a summary has a line for cold and one for warm calls over all repeats`() {
    var failed = someRepeat([], cold: 0, repeatNumber: 3)
    failed.status = .failed
    failed.reason = "no memory"
    let summary = FaasSummary(
      [
        someRepeat([400_000, 100_000], cold: 1), someRepeat([500_000, 200_000], cold: 1, repeatNumber: 2),
        failed,
      ],
      isInterrupted: false)
    #expect(summary.lines.map(\.kind) == [.cold, .warm])
    #expect(summary.lines.map(\.sample.count) == [2, 2])
    #expect(summary.text.contains("failed: s: no memory"))
    #expect(summary.text.contains("measured"))
  }
}
