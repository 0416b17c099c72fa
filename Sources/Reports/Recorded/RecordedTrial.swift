/// One row of a `trials.csv`, as it was written: words stay words, so that files of other versions can be read.
public struct RecordedTrial: Sendable {
  public var experiment = ""
  public var cell = ""
  /// Factors without a column of their own, unescaped.
  public var parameters: [String: String] = [:]
  /// The cell's number in its experiment.
  public var trial = 0
  public var repeatNumber = 0
  public var order = 0
  public var workload = ""
  public var system = ""
  public var platform = ""
  /// Of input, shuffle and output; empty where the file does not say it.
  public var tiers: [String] = ["", "", ""]
  public var provenances: [String] = ["", "", ""]
  public var access: [String] = ["", "", ""]
  public var engine = ""
  public var durability = ""
  public var plan = ""
  public var encoding = ""
  public var layout = ""
  public var join = ""
  public var cache = ""
  public var starts = ""
  public var status = ""
  public var reason = ""
  public var machineClass = ""
  public var commit = ""
  public var buildMode = ""
  public var model = ""
  public var datasetDigest = ""
  /// What else the machine did meanwhile.
  public var noise = TrialNoise()
  /// By column, those that were asked for and are not empty.
  public var figures: [String: Double] = [:]

  public var workers: Int?
  public var maps: Int?
  public var reduces: Int?
  public var size: Int?

  // Nanoseconds.
  public var wall: Int?
  public var map: Int?
  public var reduce: Int?
  public var inputWait: Int?
  public var shuffleWait: Int?
  /// The maps' part of ``shuffleWait``.
  public var shuffleWriteWait: Int?
  public var outputWait: Int?
  public var modelledWait: Int?
  public var cpu: Int?

  public var readBytes: Int?
  public var shuffleBytes: Int?
  public var outputBytes: Int?
  public var peakAnonymousBytes: Int?
  public var spilledBytes: Int?
  public var retries: Int?
  public var cost: Double?

  public var isMeasured: Bool { status == TrialStatus.ok.rawValue }

  /// Where it was read: `path:line`.
  public var place = ""
}

extension RecordedTrial {
  /// All rows of a `trials.csv`, in the file's order.
  ///
  /// - Parameters:
  ///   - figures: Columns to be read as ``figures``; one that the file does not have is passed over.
  ///   - warnings: What a reader of the figures should know of the file.
  /// - Throws: ``ResultsError`` where a column that is needed is missing, or a value is none.
  public static func read(
    _ path: String, figures: [String] = [], warnings: inout [String]
  ) throws -> [RecordedTrial] {
    let reader = try CSVReader(path)
    let columns = try TrialFileColumns(reader, figures: figures)
    var rows: [RecordedTrial] = []
    while try reader.next() { rows.append(try columns.row(reader)) }
    warnings += columns.warnings + reader.warnings
    return rows
  }
}

/// Where the columns of one `trials.csv` are; by name, so that their order does not matter.
private struct TrialFileColumns {
  static let needed = ["workload", "system", "repeat", "wall_ns"]
  /// Without these a report says less.
  static let wanted = [
    "format", "cell", "parameters", "status", "plan", "encoding", "workers", "size_bytes", "input_provenance",
    "shuffle_provenance", "output_provenance", "machine_class", "commit", "build_mode",
  ]

  let warnings: [String]
  private let places: [String: Int]
  private let figures: [String]

  init(_ reader: CSVReader, figures: [String]) throws {
    self.figures = figures
    let missing = Self.needed.filter { reader.index(of: $0) == nil }
    guard missing.isEmpty else {
      throw ResultsError(
        "\(reader.path):1",
        "no column \(missing.joined(separator: ", ")): this is no trials.csv (its columns: marvel-bench list columns)"
      )
    }
    let absent = Self.wanted.filter { reader.index(of: $0) == nil }
    warnings =
      absent.isEmpty
      ? [] : ["\(reader.path): no column \(absent.joined(separator: ", ")): the report says less"]
    places = Dictionary(uniqueKeysWithValues: reader.header.enumerated().map { ($1, $0) })
  }

  func row(_ reader: CSVReader) throws -> RecordedTrial {
    func text(_ name: String) -> String { places[name].map(reader.text) ?? "" }
    func integer(_ name: String) throws -> Int? { try reader.amount(places[name]) }
    if let format = try integer("format"), format > TrialColumns.format {
      throw ResultsError(
        "\(reader.path):\(reader.line)",
        "format \(format), but this program reads formats up to \(TrialColumns.format): use the newer marvel-bench that wrote it"
      )
    }
    var row = RecordedTrial()
    row.place = "\(reader.path):\(reader.line)"
    row.experiment = text("experiment")
    row.parameters = Self.parameters(text("parameters"))
    row.trial = try integer("trial") ?? 0
    row.repeatNumber = try integer("repeat") ?? 0
    row.order = try integer("order") ?? 0
    row.workload = text("workload")
    row.system = text("system")
    row.platform = text("platform")
    row.tiers = ["input_tier", "shuffle_tier", "output_tier"].map(text)
    row.provenances = ["input_provenance", "shuffle_provenance", "output_provenance"].map(text)
    row.access = Self.roles(text("access"))
    row.engine = text("io_engine")
    row.durability = text("durability")
    row.plan = text("plan")
    row.encoding = text("encoding")
    row.layout = text("layout")
    row.join = text("join")
    row.cache = text("cache")
    row.starts = text("starts")
    row.reason = text("reason")
    row.machineClass = text("machine_class")
    row.commit = text("commit")
    row.buildMode = text("build_mode")
    row.model = text("model_digest")
    row.datasetDigest = text("dataset_digest")
    row.workers = try integer("workers")
    row.maps = try integer("maps")
    row.reduces = try integer("reduces")
    row.size = try integer("size_bytes")
    row.wall = try integer("wall_ns")
    row.map = try integer("map_ns")
    row.reduce = try integer("reduce_ns")
    row.inputWait = try integer("input_wait_ns")
    row.shuffleWait = try integer("shuffle_wait_ns")
    row.shuffleWriteWait = try integer("shuffle_write_wait_ns")
    row.outputWait = try integer("output_wait_ns")
    row.modelledWait = try integer("modelled_wait_ns")
    row.cpu = try integer("cpu_ns")
    row.readBytes = try integer("read_bytes")
    row.shuffleBytes = try integer("shuffle_bytes")
    row.outputBytes = try integer("output_bytes")
    row.peakAnonymousBytes = try integer("peak_anon_bytes")
    row.spilledBytes = try integer("spilled_bytes")
    row.retries = try integer("retries")
    row.cost = try reader.number(places["cost_usd"])
    row.noise = try TrialNoise(reader, places)
    for name in figures { row.figures[name] = try figure(name, reader) }
    // A file without the column holds what was measured.
    row.status = places["status"] == nil ? (row.wall == nil ? "failed" : "ok") : text("status")
    if row.isMeasured, let place = places["wall_ns"], row.wall ?? 0 <= 0 {
      throw reader.wrong(place, "the time of an ok row is over 0 ns")
    }
    row.cell = places["cell"] == nil ? "" : text("cell")
    if row.cell.isEmpty { row.cell = ([row.comparisonKey, row.system, row.cache]).joined(separator: "|") }
    return row
  }

  private func figure(_ name: String, _ reader: CSVReader) throws -> Double? {
    guard let place = places[name], let value = try reader.number(place) else { return nil }
    guard value >= 0 else { throw reader.wrong(place, "it is never negative") }
    return value
  }

  private static func roles(_ text: String) -> [String] {
    let roles = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    return roles.count == 3 ? roles : ["", "", ""]
  }

  /// `k=v;…` with `%XX` in its values.
  static func parameters(_ text: String) -> [String: String] {
    var parameters: [String: String] = [:]
    for part in text.split(separator: ";") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2 else { continue }
      parameters[String(pair[0])] = unescaped(pair[1])
    }
    return parameters
  }

  private static func unescaped(_ text: Substring) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension RecordedTrial {
  /// The tiers without their places, as `pmem:file@optane-6dimm`; one of them where all are the same.
  var tierText: String {
    let texts = zip(["input", "shuffle", "output"], tiers.indices).map { role, index in
      tiers[index] + (access[index].isEmpty ? "" : ":" + access[index])
        + (parameters["\(role)_model"].map { "@" + $0 } ?? "")
    }
    return Set(texts).count == 1 ? texts[0] : joinedRoles(texts)
  }

  /// Equal for rows that differ in nothing but the system and its cache: what can be compared.
  var comparisonKey: String {
    let system = ["input_", "shuffle_", "output_"].flatMap { [$0 + "model", $0 + "node"] }
    let factors = parameters.filter { !system.contains($0.key) }.sorted { $0.key < $1.key }
    let named = [
      workload, plan, encoding, layout, starts, workers.map(String.init) ?? "",
      size.map(String.init) ?? "",
    ]
    return (named + factors.map { "\($0.key)=\($0.value)" }).joined(separator: "\u{1F}")
  }

  /// Equal for rows that differ in their size too: what a line over sizes joins.
  var seriesKey: String {
    var row = self
    row.size = nil
    row.parameters["reducers"] = nil
    return row.comparisonKey
  }
}
