import ArgumentParser
import IOBench
import Metrics
import Reports

struct SequenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sequence",
    abstract: "Measures what it costs the I/O microbenchmark to say where its next request goes.",
    discussion: """
      Nanoseconds a request for each pattern over 1 GiB in blocks of 4 KiB, the median of five rounds; none is made.

      Examples:
        marvel-bench bench sequence --requests 10000000
      """)

  @Option(help: "Requests a round.")
  var requests = 1_000_000

  func validate() throws {
    guard requests > 0 else { throw ValidationError("--requests \(requests): at least 1") }
  }

  func run() throws {
    if _isDebugAssertConfiguration() {
      write("marvel-bench: a debug build: its figures mean nothing\n", to: 2)
    }
    var table = TextTable([.left("options"), .right("ns a request")])
    for options in [
      "rw=read", "rw=rw", "rw=randread", "rw=randrw", "rw=randread norandommap=1",
      "rw=randread random_distribution=zipf:1.1", "rw=randread random_distribution=pareto:0.2",
      "rw=randread random_distribution=normal:5",
    ] {
      let time = try SequenceBenchmark.nanoseconds(
        options.split(separator: " ").map { "--\($0)" }, requests: requests)
      table.add([options, FixedPoint.text(time, 1)])
    }
    write(table.text(), to: 1)
  }
}
