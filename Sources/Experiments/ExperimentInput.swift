import MapReduce
import Reports

extension WorkloadKind {
  /// What its input files hold; the larger table first.
  public var roles: [InputRole] {
    [dataset, smaller].compactMap { $0.flatMap(InputRole.init(rawValue:)) }
  }
}

extension Experiment {
  private static let howToName =
    "say which file is which: 'input: {rankings: …, uservisits: …}', or --rankings and --uservisits"

  private func roles(of workload: WorkloadSpecification) -> [InputRole] {
    WorkloadKind.named(workload.name)?.roles ?? []
  }

  /// What files hold that were named without saying it: the one thing that all workloads read; nil where there is none.
  private var onlyRole: InputRole? {
    let roles = Set(workloads.flatMap(roles))
    return roles.count == 1 ? roles.first : nil
  }

  /// Reads `input`: files of what all workloads read, or a mapping that says what each file holds.
  mutating func readInput(_ node: StrictNode) throws {
    if node.isMapping {
      let mapping = try node.mapping("input", known: InputRole.allCases.map(\.rawValue))
      for role in InputRole.allCases {
        inputs[role] = try mapping.list(role.rawValue) { try $0.text(role.rawValue) }
      }
    } else {
      guard let role = onlyRole else { throw node.error(severalRoles) }
      inputs[role] = try node.oneOrMore("input").map { try $0.text("input") }
    }
    if let problem = missingInput { throw node.error(problem) }
  }

  private var severalRoles: String {
    let reads = workloads.map { workload in
      "\(workload.name) reads \(roles(of: workload).map(\.rawValue).joined(separator: " and "))"
    }
    return "\(reads.joined(separator: ", ")): " + Self.howToName
  }

  /// Which workload has no files for something it reads, and what to do; nil where all have.
  private var missingInput: String? {
    for workload in workloads {
      for role in roles(of: workload) where inputs[role]?.isEmpty ?? true {
        return "\(workload.name) reads \(role.rawValue), and no file of it is given: " + Self.howToName
      }
    }
    return nil
  }

  /// Lays the user's own files over what the experiment reads.
  ///
  /// - Parameters:
  ///   - files: Files and folders of the one thing that all workloads read; of text where they read several.
  ///   - named: Those of which it was said what they hold.
  ///   - keepsAll: The workloads were chosen by hand: none is left out for want of files.
  /// - Returns: Which workloads were left out, for the user to read; nil where none was.
  /// - Throws: ``WorkloadFileError``.
  public mutating func readOwn(
    _ files: [String], named: [InputRole: [String]], keepsAll: Bool
  ) throws -> String? {
    let named = named.filter { !$0.value.isEmpty }
    guard !files.isEmpty || !named.isEmpty else { return nil }
    inputs = named
    if !files.isEmpty {
      guard let role = onlyRole ?? (keepsAll ? nil : .text) else {
        throw WorkloadFileError("--input", severalRoles)
      }
      guard named[role] == nil else {
        throw WorkloadFileError("--input", "these are \(role.rawValue), which --\(role.rawValue) names too")
      }
      inputs[role] = files
    }
    let left = workloads.filter { !roles(of: $0).allSatisfy { inputs[$0] != nil } }
    if !keepsAll, left.count < workloads.count { workloads = workloads.filter { !left.contains($0) } }
    if let problem = missingInput { throw WorkloadFileError("--input", problem) }
    return left.isEmpty
      ? nil : "no files for what they read, so left out: " + left.map(\.name).joined(separator: ", ")
  }

  /// Bytes of the user's own files, by what they hold.
  ///
  /// - Throws: ``WorkloadFileError`` where several files have headers, which an import would leave among the rows.
  func inputSizes() throws -> [InputRole: Int] {
    var sizes: [InputRole: Int] = [:]
    for (role, paths) in inputs {
      let files = try InputPaths.files(paths)
      let header = workloads.first {
        $0.parameters["header"] == "on" && roles(of: $0).contains(role)
      }
      if let header, files.count > 1 {
        throw WorkloadFileError(
          "input",
          "\(header.name): \(files.count) files of \(role.rawValue) have a header each, and become one dataset "
            + "(give one file, or files without headers; `job` reads several)")
      }
      sizes[role] = files.reduce(0) { $0 + $1.size }
    }
    return sizes
  }
}
