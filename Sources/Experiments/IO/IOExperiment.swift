import IOBench
import Metrics
import Reports
import Storage

/// The part `io:` of an experiment: jobs of fio's job files, run once for each value of what is varied.
public struct IOExperiment: Sendable {
  /// One job file, and what is done with it.
  public struct Entry: Sendable {
    /// As the experiment names it.
    public var file: String
    /// A path, or `built in/…`; for errors in it.
    public var origin: String
    public var text: String
    /// Jobs of the file; all where it is empty.
    public var jobs: [String] = []
    /// fio's options that override every job's.
    public var options: [(name: String, value: String)] = []
    /// Options of which each job is run with each value: all combinations.
    public var vary: [(name: String, values: [String])] = []
  }

  /// One measurement: a job that runs alone.
  public struct Cell: Sendable {
    /// The job's name, `/option=value` behind it for what is varied.
    public var name: String
    public var job: IOJob
  }

  public var entries: [Entry]
  /// The rows are set beside the paper's Table 2.
  public var besidePaper = false

  /// - Parameter folders: Of each tier, for `${PMEM}` and `${SSD}` in the job files.
  /// - Throws: ``JobFileError``.
  public func cells(folders: [TierKind: String]) throws -> [Cell] {
    let variables = Dictionary(uniqueKeysWithValues: folders.map { ($0.rawValue.uppercased(), $1) })
    var cells: [Cell] = []
    for entry in entries {
      for varied in entry.combinations {
        let jobs = try IOJobs.read(
          entry.text, file: entry.origin, sections: entry.jobs, options: entry.options + varied,
          variables: variables)
        let suffix = varied.map { "/\($0.name)=\($0.value)" }.joined()
        cells += jobs.map { Cell(name: $0.name + suffix, job: $0) }
      }
    }
    return cells
  }
}

extension IOExperiment.Entry {
  /// Every combination of one value each; a single empty one where nothing is varied.
  var combinations: [[(name: String, value: String)]] {
    vary.reduce([[]]) { combinations, option in
      combinations.flatMap { combination in
        option.values.map { combination + [(name: option.name, value: $0)] }
      }
    }
  }
}

extension Experiment {
  static let ioKeys = [
    "name", "description", "io", "repeats", "seed", "tiers", "require_real", "compare_with",
  ]

  /// Reads an experiment that has the key `io`.
  ///
  /// - Parameter jobFile: Finds a job file that is given by name or path; nil where there is none of that name.
  static func parseIO(
    _ node: StrictNode, jobFile: (String) throws -> WorkloadFinder.Found?, knownFiles: [String]
  ) throws -> Experiment {
    let what = "an experiment with io"
    let mapping = try node.mapping(what, known: ioKeys)
    var experiment = Experiment(
      name: try SystemFile.checkedName(mapping.required("name", of: what), "name"))
    experiment.description = try mapping["description"]?.text("description") ?? ""
    var io = IOExperiment(entries: [])
    io.entries = try mapping.required("io", of: what).oneOrMore("io").map {
      try entry($0, jobFile: jobFile, knownFiles: knownFiles)
    }
    experiment.repeats = try mapping["repeats"]?.integer("repeats", in: 1...1000) ?? 1
    experiment.seed = UInt64(try mapping["seed"]?.integer("seed", in: 0...Int.max) ?? 1)
    try experiment.readTiers(mapping)
    try experiment.readRequireReal(mapping)
    if let table = mapping["compare_with"] {
      _ = try table.choice("table of an experiment with io", of: ["table2"])
      io.besidePaper = true
    }
    experiment.io = io
    try experiment.checkNames(node)
    return experiment
  }

  private static func entry(
    _ node: StrictNode, jobFile: (String) throws -> WorkloadFinder.Found?, knownFiles: [String]
  ) throws -> IOExperiment.Entry {
    let mapping = try node.mapping("io", known: ["file", "jobs", "options", "vary"])
    let fileNode = try mapping.required("file", of: "io")
    let name = try fileNode.text("file")
    guard let found = try jobFile(name) else {
      throw fileNode.error("no job file '\(name)'" + knownHere(knownFiles, insteadOf: name))
    }
    var entry = IOExperiment.Entry(file: name, origin: found.origin, text: found.text)
    let all = try IOJobs.read(found.text, file: found.origin, variables: assumedFolders).map(\.name)
    entry.jobs =
      try mapping.list("jobs") { try $0.choice("job of \(name)", of: all) } ?? []
    entry.options = try options(mapping["options"], "options").map {
      option -> (name: String, value: String) in
      guard option.values.count == 1, let value = option.values.first else {
        throw (mapping["options"] ?? node).error(
          "\(option.name) must be one value; several belong under 'vary'")
      }
      return (option.name, value)
    }
    entry.vary = try options(mapping["vary"], "vary")
    try check(entry, mapping, node)
    return entry
  }

  /// While a file is checked: the folders are chosen later.
  private static let assumedFolders = ["PMEM": ".", "SSD": "."]

  /// fio's options and their values, in the file's order.
  private static func options(_ node: StrictNode?, _ what: String) throws
    -> [(name: String, values: [String])]
  {
    guard let node else { return [] }
    return try node.entries("\(what) of io").map { keyNode, value -> (name: String, values: [String]) in
      let name = try keyNode.text("an option")
      guard name != "name", name != "section" else {
        throw keyNode.error("'\(name)' is no option of a job; choose jobs with 'jobs'")
      }
      do { _ = try JobCommandLine(["--\(name)=1"]) } catch let error as JobFileError {
        throw keyNode.error(error.message)
      }
      let values = try value.oneOrMore(name).map { try $0.text(name) }
      return (name, values)
    }
  }

  /// Tries each option by itself, so that the error is at its place.
  private static func check(_ entry: IOExperiment.Entry, _ mapping: StrictMapping, _ node: StrictNode) throws
  {
    func read(_ options: [(name: String, value: String)], _ place: StrictNode) throws {
      do {
        _ = try IOJobs.read(
          entry.text, file: entry.origin, sections: entry.jobs, options: options, variables: assumedFolders)
      } catch let error as JobFileError where error.place == .commandLine {
        throw place.error(error.message)
      }
    }
    try read(entry.options, mapping["options"] ?? node)
    for combination in entry.combinations {
      try read(entry.options + combination, mapping["vary"] ?? mapping["options"] ?? node)
    }
  }

  /// A cell's name is what its rows are found by.
  private func checkNames(_ node: StrictNode) throws {
    var seen: Set<String> = []
    for cell in try io?.cells(folders: ioFolders) ?? [] where !seen.insert(cell.name).inserted {
      throw node.error("two measurements are called '\(cell.name)': name jobs and values once each")
    }
  }

  /// The folder of each tier that job files may name.
  var ioFolders: [TierKind: String] {
    var folders: [TierKind: String] = [:]
    for kind in [TierKind.pmem, .ssd] {
      folders[kind] = tiers[kind]?.folders.first ?? TierPlacement.defaultFolder(kind)
    }
    return folders
  }

  /// The lines of ``yaml`` for `io`.
  var ioLines: [String] {
    guard let io else { return [] }
    return ["io:"]
      + io.entries.map { entry in
        var fields = ["file: \(JSONValue.quoted(entry.file))"]
        if !entry.jobs.isEmpty {
          fields.append("jobs: [\(entry.jobs.map(JSONValue.quoted).joined(separator: ", "))]")
        }
        if !entry.options.isEmpty {
          let options = entry.options.map { "\($0.name): \(JSONValue.quoted($0.value))" }
          fields.append("options: {\(options.joined(separator: ", "))}")
        }
        if !entry.vary.isEmpty {
          let options = entry.vary.map {
            "\($0.name): [\($0.values.map(JSONValue.quoted).joined(separator: ", "))]"
          }
          fields.append("vary: {\(options.joined(separator: ", "))}")
        }
        return "  - {\(fields.joined(separator: ", "))}"
      } + (io.besidePaper ? ["compare_with: table2"] : [])
  }
}
