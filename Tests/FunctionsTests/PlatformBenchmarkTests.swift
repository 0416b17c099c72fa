import Functions
import Testing

struct PlatformBenchmarkTests {
  @Test func `percentiles are samples, by nearest rank`() {
    let values = PlatformBenchmark.Distribution(Array((1...1000).reversed()))
    #expect(values.count == 1000)
    #expect(
      [values.minimum, values.p50, values.p90, values.p99, values.p999, values.maximum]
        == [1, 500, 900, 990, 999, 1000])
    let single = PlatformBenchmark.Distribution([7])
    #expect([single.minimum, single.p50, single.p999, single.maximum] == [7, 7, 7, 7])
  }

  @Test func `the pool and the C program are measured at the same frames`() throws {
    var options = PlatformBenchmark.Options()
    options.rounds = 2
    options.calls = 50
    options.coldStarts = 2
    options.executable = program
    options.reference = String(program.dropLast("marvel-bench".count)) + "pingpong-reference"
    let result = try PlatformBenchmark.run(options)
    #expect(result.requestBytes == 24 + 8 + 4 + 64)
    #expect(result.replyBytes == 24 + 64)
    for comparison in [result.warm, result.warmOnOneCPU] {
      #expect(comparison.pool.count == 100)
      #expect(comparison.reference.count == 100)
      // No process answers within the time of a system call.
      #expect(comparison.pool.p50 > 500)
      #expect(comparison.reference.p50 > 500)
    }
    #expect(result.cold.pool.count == 4)
    #expect(result.cold.reference.count == 4)
    #expect(result.cold.pool.minimum > result.coldInit.minimum)
    #expect(result.coldInit.minimum > 100_000)
    #expect(result.twoWorkers.ratio > 0)
  }

  @Test func `a missing C program is said`() {
    var options = PlatformBenchmark.Options()
    options.executable = program
    options.reference = "/no/such/pingpong"
    let error = #expect(throws: FunctionError.self) { try PlatformBenchmark.run(options) }
    #expect("\(String(describing: error))".contains("/no/such/pingpong: No such file"))
  }
}
