/// `io.csv` and `latency.csv` of a results folder.
struct RecordedIO: Sendable {
  var warnings: [String] = []
  init(ioFile: String, latencyFile: String?) throws {}
}
