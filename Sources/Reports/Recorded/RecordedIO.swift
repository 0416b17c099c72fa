/// One direction of one job of the I/O microbenchmark: one row of `io.csv`.
struct RecordedIORow: Sendable {
  var job = ""
  var tier = ""
  var provenance = ""
  var engine = ""
  /// `randread`, `write`, …: what the job does.
  var pattern = ""
  /// `read` or `write`.
  var direction = ""
  var blockSize = 0
  var depth = 1
  var copies = 1
  /// Requests a second.
  var requests = 0.0
  /// Bytes a second.
  var bandwidth = 0.0
  var meanLatency: Double?

  /// What a line over depths, copies or block sizes is called.
  var series: String {
    let name = [tier.isEmpty ? job : tier, engine, pattern].filter { !$0.isEmpty }.joined(separator: " ")
    return provenance.isEmpty || provenance == "measured" ? name : "\(name) [\(provenance)]"
  }
}

/// Requests of one job and direction that took no longer than each of some times.
struct RecordedLatencies: Sendable {
  var job: String
  var direction: String
  /// Ascending; `share` of all requests took `nanoseconds` at most.
  var points: [(nanoseconds: Double, share: Double)]
}

/// `io.csv` and `latency.csv` of a results folder.
struct RecordedIO: Sendable {
  private(set) var rows: [RecordedIORow] = []
  private(set) var latencies: [RecordedLatencies] = []
  private(set) var warnings: [String] = []

  init(ioFile: String, latencyFile: String?) throws {
    try readRows(ioFile)
    if let latencyFile { try readLatencies(latencyFile) }
  }

  private mutating func readRows(_ path: String) throws {
    let reader = try CSVReader(path)
    let places = Dictionary(uniqueKeysWithValues: reader.header.enumerated().map { ($1, $0) })
    let missing = ["job", "direction", "iops"].filter { places[$0] == nil }
    guard missing.isEmpty else {
      throw ResultsError("\(path):1", "no column \(missing.joined(separator: ", ")): this is no io.csv")
    }
    func text(_ name: String) -> String { places[name].map(reader.text) ?? "" }
    while try reader.next() {
      var row = RecordedIORow()
      row.job = text("job")
      row.tier = text("tier")
      row.provenance = text("provenance")
      row.engine = text("engine")
      row.pattern = text("rw")
      row.direction = text("direction")
      row.blockSize = try reader.amount(places["block_bytes"]) ?? 0
      row.depth = try reader.amount(places["iodepth"]) ?? 1
      row.copies = try reader.amount(places["numjobs"]) ?? 1
      row.requests = try reader.number(places["iops"]) ?? 0
      row.bandwidth = (try reader.number(places["bandwidth_mib_s"]) ?? 0) * 1_048_576
      row.meanLatency = try reader.number(places["lat_mean_ns"])
      if row.requests > 0 { rows.append(row) }
    }
    warnings += reader.warnings
    rows = Self.medians(rows)
  }

  /// Of the repeats of a measurement the middle one by requests a second (of two the slower).
  private static func medians(_ rows: [RecordedIORow]) -> [RecordedIORow] {
    var order: [[String]] = []
    var repeats: [[String]: [RecordedIORow]] = [:]
    for row in rows {
      let key = [
        row.job, row.direction, row.series, String(row.blockSize), String(row.depth), String(row.copies),
      ]
      if repeats[key] == nil { order.append(key) }
      repeats[key, default: []].append(row)
    }
    return order.compactMap { key in
      let sorted = (repeats[key] ?? []).sorted { $0.requests < $1.requests }
      return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
    }
  }

  /// A row a bin of a histogram: its upper end and its count.
  private mutating func readLatencies(_ path: String) throws {
    let reader = try CSVReader(path)
    guard let job = reader.index(of: "job"), let direction = reader.index(of: "direction"),
      let kind = reader.index(of: "kind"), let value = reader.index(of: "value_ns"),
      let count = reader.index(of: "count")
    else { throw ResultsError("\(path):1", "not the columns of a latency.csv (marvel-bench list columns)") }
    var order: [[String]] = []
    // Of repeats one histogram.
    var bins: [[String]: [Int: Int]] = [:]
    while try reader.next() {
      guard reader.text(kind) == "lat" else { continue }
      let key = [reader.text(job), reader.text(direction)]
      if bins[key] == nil { order.append(key) }
      bins[key, default: [:]][try reader.amount(value) ?? 0, default: 0] &+= try reader.amount(count) ?? 0
    }
    warnings += reader.warnings
    latencies = order.map { key in
      let sorted = (bins[key] ?? [:]).sorted { $0.key < $1.key }
      let total = max(1, sorted.reduce(0) { $0 &+ $1.value })
      var sum = 0
      let points = sorted.map { bin -> (Double, Double) in
        sum &+= bin.value
        return (Double(bin.key), Double(sum) / Double(total))
      }
      return RecordedLatencies(job: key[0], direction: key[1], points: points)
    }
  }
}
