import Foundation
import Metrics

/// A results folder read back from its files; one of `trials.csv`, `io.csv` and `faas.csv` must be there.
public struct RecordedResults: Sendable {
  /// The folder, or the file that was given in its place.
  public let path: String
  /// The folder that it lies in.
  public let folder: String
  /// As the experiment is called; the folder's name where the rows do not say it.
  public let name: String
  public let trials: [RecordedTrial]
  /// Cells that differ in their system only, in the experiment's order.
  private(set) var groups: [GroupFinding]
  let stages: [RecordedStage]
  let activations: ActivationScan?
  let io: RecordedIO?
  let faas: RecordedFaas?
  /// `environment.json`, member by member; empty without one.
  let environment: [EnvironmentFact]
  /// `experiment.yaml` as it was run.
  let experiment: String?
  /// What a reader of the figures should know: of the files, and of the rows in them.
  public let warnings: [String]

  /// Reads a folder, or a `trials.csv` alone.
  ///
  /// - Throws: ``ResultsError`` where there is nothing to read or a file is damaged.
  public init(_ path: String) throws {
    self.path = path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ResultsError(
        path, "no such results folder (marvel-bench run writes one; results/latest is the newest)")
    }
    let isWhole = isFolder.boolValue
    // Not by NSString, which traps on a path of one letter.
    let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    folder = isWhole ? path : parent
    func file(_ name: String) -> String? {
      let place = "\(path)/\(name)"
      return isWhole && FileManager.default.fileExists(atPath: place) ? place : nil
    }
    let trialsFile = isWhole ? file("trials.csv") : path
    io = try file("io.csv").map { try RecordedIO(ioFile: $0, latencyFile: file("latency.csv")) }
    faas = try file("faas.csv").map(RecordedFaas.init)
    guard trialsFile != nil || io != nil || faas != nil else {
      throw ResultsError(
        path, "has no trials.csv, io.csv or faas.csv: this is no results folder of this program")
    }
    var warnings: [String] = (io?.warnings ?? []) + (faas?.warnings ?? [])
    trials = try trialsFile.map { try RecordedTrial.read($0, warnings: &warnings) } ?? []
    stages = try file("stages.csv").map { try RecordedStage.read($0, warnings: &warnings) } ?? []
    let (rows, calls) = (trials, faas)
    activations = try file("activations.csv").map { file in
      try ActivationScan(
        file,
        known: Set(rows.map { ActivationScan.Repeat(cell: $0.cell, number: $0.repeatNumber) })
          .union(calls?.rows.map(\.key) ?? []),
        drawn: TimelineChoice.repeats(rows).union(calls?.drawn(most: TimelineChoice.panels) ?? []))
    }
    warnings += activations?.warnings ?? []
    environment = try file("environment.json").map(EnvironmentFact.read) ?? []
    experiment = file("experiment.yaml").flatMap { FileManager.default.contents(atPath: $0) }
      .map { String(decoding: $0, as: UTF8.self) }
    let scan = activations
    groups = Self.grouped(rows) { row in
      scan?.workersTime[ActivationScan.Repeat(cell: row.cell, number: row.repeatNumber)]
    }
    let last = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
    let names = rows.lazy.map(\.experiment).first { !$0.isEmpty }
    name = names ?? calls?.rows.lazy.map(\.experiment).first { !$0.isEmpty } ?? last
    self.warnings = warnings + RowWarnings.of(rows, groups)
  }

  /// The same with the groups of these workloads only; all of them where none is named.
  ///
  /// - Throws: ``ResultsError`` for a workload that the results do not have.
  public func only(_ workloads: [String]) throws -> RecordedResults {
    guard !workloads.isEmpty else { return self }
    let known = Set(groups.map(\.factors.workload))
    if let unknown = workloads.first(where: { !known.contains($0) }) {
      throw ResultsError(
        path, "no workload '\(unknown)'; these results have \(known.sorted().joined(separator: ", "))")
    }
    var results = self
    results.groups = groups.filter { workloads.contains($0.factors.workload) }
    return results
  }

  static func grouped(_ rows: [RecordedTrial], workersTime: (RecordedTrial) -> Int?) -> [GroupFinding] {
    var order: [String] = []
    var byKey: [String: (order: [String], cells: [String: [RecordedTrial]])] = [:]
    // Repeats are interleaved in a file; cells are wanted as the experiment has them.
    let sorted = rows.enumerated().sorted { ($0.element.trial, $0.offset) < ($1.element.trial, $1.offset) }
    for row in sorted.map(\.element) {
      let key = row.comparisonKey
      if byKey[key] == nil {
        order.append(key)
        byKey[key] = ([], [:])
      }
      if byKey[key]?.cells[row.cell] == nil { byKey[key]?.order.append(row.cell) }
      byKey[key]?.cells[row.cell, default: []].append(row)
    }
    return order.map { key in
      let group = byKey[key] ?? ([], [:])
      return GroupFinding(
        key: key,
        cells: CellFinding.told(
          group.order.map { CellFinding(id: $0, rows: group.cells[$0] ?? [], workersTime: workersTime) }))
    }
  }
}

/// Which repeats a timeline is drawn of: of one group, the middle repeat of each system.
private enum TimelineChoice {
  /// More panels than these cannot be read.
  static let panels = 4

  static func repeats(_ rows: [RecordedTrial]) -> Set<ActivationScan.Repeat> {
    let measured = rows.filter(\.isMeasured)
    // Cold starts are what a timeline shows best.
    guard let example = measured.first(where: { $0.starts == "cold" }) ?? measured.first else { return [] }
    let key = example.comparisonKey
    var cells: [String] = []
    var byCell: [String: [RecordedTrial]] = [:]
    for row in measured where row.comparisonKey == key {
      if byCell[row.cell] == nil { cells.append(row.cell) }
      byCell[row.cell, default: []].append(row)
    }
    return Set(
      cells.prefix(panels).compactMap { cell in
        let sorted = (byCell[cell] ?? []).sorted { ($0.wall ?? 0) < ($1.wall ?? 0) }
        guard !sorted.isEmpty else { return nil }
        return ActivationScan.Repeat(cell: cell, number: sorted[sorted.count / 2].repeatNumber)
      })
  }
}

/// One row of `stages.csv`.
struct RecordedStage: Sendable {
  var cell: String
  var repeatNumber: Int
  var name: String
  var isMap: Bool
  var shuffleBytes: Int

  static func read(_ path: String, warnings: inout [String]) throws -> [RecordedStage] {
    let reader = try CSVReader(path)
    guard let cell = reader.index(of: "cell"), let number = reader.index(of: "repeat"),
      let name = reader.index(of: "name"), let kind = reader.index(of: "kind"),
      let shuffled = reader.index(of: "shuffle_bytes")
    else { throw ResultsError("\(path):1", "not the columns of a stages.csv (marvel-bench list columns)") }
    var stages: [RecordedStage] = []
    while try reader.next() {
      stages.append(
        RecordedStage(
          cell: reader.text(cell), repeatNumber: try reader.amount(number) ?? 0, name: reader.text(name),
          isMap: reader.text(kind) == "map", shuffleBytes: try reader.amount(shuffled) ?? 0))
    }
    warnings += reader.warnings
    return stages
  }
}

/// One member of `environment.json`, as text.
struct EnvironmentFact: Sendable {
  var name: String
  var value: String

  static func read(_ path: String) throws -> [EnvironmentFact] {
    if let reason = PlainFile.refusal(path) { throw ResultsError(path, reason) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ResultsError(path, "cannot be read")
    }
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw ResultsError(path, "is no JSON object (cut off? delete it to do without)")
    }
    // The file's own order is lost by the parser: the machine first, then by name.
    let first = [
      "machine_class", "cpu_model", "processors", "memory_bytes", "kernel", "version", "commit", "build_mode",
    ]
    let names = first.filter { object[$0] != nil } + object.keys.filter { !first.contains($0) }.sorted()
    return names.flatMap { facts($0, object[$0] ?? NSNull()) }
  }

  private static func facts(_ name: String, _ value: Any) -> [EnvironmentFact] {
    switch value {
    case let list as [[String: Any]]:
      return list.map { member in
        let words = member.keys.sorted().compactMap { key -> String? in
          let text = Self.text(member[key] ?? NSNull())
          return text.isEmpty || key == "folder" ? nil : "\(key) \(text)"
        }
        return EnvironmentFact(
          name: "\(name): \(Self.text(member["folder"] ?? ""))", value: words.joined(separator: ", "))
      }
    case let list as [Any]:
      return [EnvironmentFact(name: name, value: list.map(Self.text).joined(separator: ", "))]
    default: return [EnvironmentFact(name: name, value: Self.text(value))]
    }
  }

  private static func text(_ value: Any) -> String {
    switch value {
    case is NSNull: return ""
    case let number as NSNumber where isBoolean(number): return number.boolValue ? "yes" : "no"
    default: return "\(value)"
    }
  }

  /// JSON's true and false arrive as numbers.
  private static func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
  }
}
