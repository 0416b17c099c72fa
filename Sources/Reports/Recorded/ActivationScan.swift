import Glibc

/// One activation as a timeline draws it. Times are nanoseconds after the repeat's first request.
struct TimelineBar: Sendable {
  var worker: Int
  var stage: String
  var isCold: Bool
  /// When it was asked for, when a worker took it, when the action began, and when it ended.
  var requested: Int
  var taken: Int
  var began: Int
  var ended: Int
}

/// What `activations.csv` says of one cell, over its measured repeats.
struct ActivationFigures: Sendable {
  var count = 0
  var cold = 0
  /// Attempts beyond a task's first.
  var retries = 0
  var unsuccessful = 0
  /// Buckets of a twentieth of a power of ten of nanoseconds.
  var wait = TimeBuckets()
  var initialization = TimeBuckets()
  var run = TimeBuckets()
}

/// Times counted in buckets, each 1/20 of a decade wide: a quantile is within 6 % of its value.
struct TimeBuckets: Sendable {
  private static let perDecade = 20.0
  private(set) var counts: [Int] = Array(repeating: 0, count: 13 * 20 + 1)
  private(set) var count = 0

  mutating func add(_ nanoseconds: Int) {
    let place = nanoseconds < 1 ? 0 : 1 + Int(log10(Double(nanoseconds)) * Self.perDecade)
    counts[min(place, counts.count - 1)] += 1
    count += 1
  }

  /// The middle (geometric) of the bucket that holds the quantile; nil for no times.
  func quantile(_ share: Double) -> Double? {
    guard count > 0 else { return nil }
    var rest = max(1, Int((share * Double(count)).rounded(.up)))
    for (place, each) in counts.enumerated() {
      rest -= each
      guard rest <= 0 else { continue }
      return place == 0 ? 0 : pow(10, (Double(place) - 0.5) / Self.perDecade)
    }
    return nil
  }
}

/// Reads `activations.csv` once, in memory that depends on cells and not on activations.
struct ActivationScan {
  /// By cell.
  private(set) var figures: [String: ActivationFigures] = [:]
  /// Sum of the runs of each repeat's activations, in nanoseconds.
  private(set) var workersTime: [Repeat: Int] = [:]
  /// Of the repeats that were asked for.
  private(set) var timelines: [Repeat: [TimelineBar]] = [:]
  /// Of timelines that are longer than can be drawn: all activations.
  private(set) var timelineCounts: [Repeat: Int] = [:]
  private(set) var warnings: [String] = []

  struct Repeat: Hashable, Sendable {
    var cell: String
    var number: Int
  }

  /// Boxes beyond this could not be told apart in a picture.
  static let longestTimeline = 1000

  /// - Parameters:
  ///   - known: The repeats of `trials.csv` or `faas.csv`; activations of others are counted in a warning.
  ///   - drawn: The repeats whose bars are kept.
  init(_ path: String, known: Set<Repeat>, drawn: Set<Repeat>) throws {
    let reader = try CSVReader(path)
    let needed = ["cell", "repeat", "start_ns", "end_ns", "wait_ns", "run_ns", "worker"]
    let missing = needed.filter { reader.index(of: $0) == nil }
    guard missing.isEmpty else {
      throw ResultsError(
        "\(path):1", "no column \(missing.joined(separator: ", ")): this is no activations.csv")
    }
    let columns = Columns(reader)
    // Rows of one repeat stand together: only its first needs a look-up.
    var current = Repeat(cell: "", number: 0)
    var currentCell: [UInt8] = []
    var isKnown = false
    var isDrawn = false
    var mine = ActivationFigures()
    var time = 0
    var strangers = 0
    func turn(_ scan: inout ActivationScan) {
      guard isKnown else { return }
      scan.figures[current.cell] = mine
      scan.workersTime[current] = time
    }
    while try reader.next() {
      let number = try reader.amount(columns.repeatNumber) ?? 0
      if number != current.number || !reader.bytes(columns.cell).elementsEqual(currentCell) {
        turn(&self)
        currentCell = Array(reader.bytes(columns.cell))
        current = Repeat(cell: reader.text(columns.cell), number: number)
        isKnown = known.contains(current)
        isDrawn = drawn.contains(current)
        mine = figures[current.cell] ?? ActivationFigures()
        time = workersTime[current] ?? 0
      }
      guard isKnown else {
        strangers += 1
        continue
      }
      let run = try reader.amount(columns.run) ?? 0
      // Of times that no clock can give the sum wraps; it must not trap.
      time &+= run
      try mine.add(reader, columns, run: run)
      if isDrawn { try keep(reader, columns, current, run: run) }
    }
    turn(&self)
    warnings += reader.warnings
    if strangers > 0 {
      warnings.append(
        "\(path): \(strangers) activations belong to no repeat of trials.csv or faas.csv and were left out")
    }
    for key in timelines.keys { timelines[key] = Self.fromZero(timelines[key] ?? []) }
  }

  private mutating func keep(_ reader: CSVReader, _ columns: Columns, _ key: Repeat, run: Int) throws {
    timelineCounts[key, default: 0] += 1
    guard timelines[key]?.count ?? 0 < Self.longestTimeline else { return }
    let start = try reader.integer(columns.start) ?? 0
    let began = start + (try reader.amount(columns.initialization) ?? 0)
    timelines[key, default: []].append(
      TimelineBar(
        worker: try reader.amount(columns.worker) ?? 0,
        stage: columns.stage.map(reader.text) ?? "", isCold: columns.isCold(reader),
        requested: start - (try reader.amount(columns.wait) ?? 0), taken: start, began: began,
        ended: max(began + run, began)))
  }

  private static func fromZero(_ bars: [TimelineBar]) -> [TimelineBar] {
    let zero = bars.map(\.requested).min() ?? 0
    return bars.map { bar in
      var bar = bar
      bar.requested -= zero
      bar.taken -= zero
      bar.began -= zero
      bar.ended -= zero
      return bar
    }
  }

  /// Where the columns are.
  fileprivate struct Columns {
    let cell: Int
    let repeatNumber, start, end, wait, run, worker: Int?
    let initialization, status, attempt, startKind, stage: Int?

    init(_ reader: CSVReader) {
      cell = reader.index(of: "cell") ?? 0
      repeatNumber = reader.index(of: "repeat")
      start = reader.index(of: "start_ns")
      end = reader.index(of: "end_ns")
      wait = reader.index(of: "wait_ns")
      run = reader.index(of: "run_ns")
      worker = reader.index(of: "worker")
      initialization = reader.index(of: "init_ns")
      status = reader.index(of: "status")
      attempt = reader.index(of: "attempt")
      startKind = reader.index(of: "start_kind")
      stage = reader.index(of: "stage") ?? reader.index(of: "action")
    }

    func isCold(_ reader: CSVReader) -> Bool {
      startKind.map { reader.bytes($0).elementsEqual("cold".utf8) } ?? false
    }
  }
}

extension ActivationFigures {
  fileprivate mutating func add(_ reader: CSVReader, _ columns: ActivationScan.Columns, run runTime: Int)
    throws
  {
    count += 1
    if columns.isCold(reader) { cold += 1 }
    if let attempt = try reader.amount(columns.attempt), attempt > 1 { retries += 1 }
    if let status = columns.status, !reader.bytes(status).elementsEqual("success".utf8) { unsuccessful += 1 }
    if let time = try reader.amount(columns.wait) { wait.add(time) }
    if let time = try reader.amount(columns.initialization) { initialization.add(time) }
    run.add(runTime)
  }
}
