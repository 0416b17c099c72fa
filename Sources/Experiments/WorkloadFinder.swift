import Foundation
import Metrics
import Reports

/// Finds experiments and systems by name or path.
///
/// Searched in this order: a path as given, `./workloads`, `../share/marvel-bench/workloads` beside the installed
/// binary, and what is compiled in.
public struct WorkloadFinder: Sendable {
  enum Kind: String, CaseIterable {
    case experiments
    case systems
    /// fio's job files.
    case io

    var embedded: [(name: String, text: String)] {
      switch self {
      case .experiments: EmbeddedWorkloads.experiments
      case .systems: EmbeddedWorkloads.systems
      case .io: EmbeddedWorkloads.jobFiles
      }
    }
    /// What its files' names end in.
    var suffix: String { self == .io ? ".fio" : ".yaml" }
  }

  /// Folders that have `experiments/`, `systems/` and `io/` in them.
  let folders: [String]

  /// - Parameter executable: Path of the running binary; beside it lies the share folder.
  public init(
    currentFolder: String = FileManager.default.currentDirectoryPath,
    executable: String = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  ) {
    let binaries = URL(filePath: executable).deletingLastPathComponent()
    let installed = binaries.deletingLastPathComponent().appending(path: "share/marvel-bench/workloads")
    folders = [currentFolder + "/workloads", installed.path]
  }

  /// One that was found: its name, where, and what it says.
  public struct Found: Sendable {
    public var name: String
    /// A path, or `built in`.
    public var origin: String
    public var text: String
  }

  /// All experiments, by name; where two folders have one of a name, the one that ``experiment(_:)`` takes.
  public func experiments() -> [Found] { all(.experiments) }
  public func systems() -> [Found] { all(.systems) }
  public func jobFiles() -> [Found] { all(.io) }

  /// - Parameter nameOrPath: A path has a `/` in it or ends in `.yaml` or `.yml`.
  /// - Throws: ``WorkloadFileError``.
  public func experiment(_ nameOrPath: String) throws -> Experiment {
    guard let found = try find(nameOrPath, .experiments) else {
      let known = experiments().map(\.name)
      throw WorkloadFileError(
        nameOrPath, "no experiment of this name" + knownHere(known, insteadOf: nameOrPath))
    }
    return try Experiment.parse(
      found.text, file: found.origin, knownSystems: systems().map(\.name),
      system: { name in try find(name, .systems).map { try SystemFile.parse($0.text, file: $0.origin) } },
      jobFile: { name in
        try find(name.contains("/") || !name.hasSuffix(".fio") ? name : String(name.dropLast(4)), .io)
      }, knownJobFiles: jobFiles().map { "\($0.name).fio" })
  }

  /// A system by name, path or as `input=…,shuffle=…,output=…`.
  public func system(_ text: String, option: String = "--system") throws -> SystemSpecification {
    if text.contains("=") { return try SystemFile.adHoc(text, option: option) }
    guard let found = try find(text, .systems) else {
      let known = systems().map(\.name)
      throw WorkloadFileError(
        "\(option) \(text)",
        "unknown system '\(text)'" + knownHere(known, insteadOf: text)
          + "; or as in input=ssd,shuffle=dram,output=ssd")
    }
    return try SystemFile.parse(found.text, file: found.origin)
  }

  private func find(_ nameOrPath: String, _ kind: Kind) throws -> Found? {
    if nameOrPath.contains("/") || [".yaml", ".yml", ".fio"].contains(where: nameOrPath.hasSuffix) {
      return Found(name: nameOrPath, origin: nameOrPath, text: try Self.read(nameOrPath))
    }
    for folder in folders {
      let path = "\(folder)/\(kind.rawValue)/\(nameOrPath)\(kind.suffix)"
      if FileManager.default.fileExists(atPath: path) {
        return Found(name: nameOrPath, origin: Self.short(path), text: try Self.read(path))
      }
    }
    return kind.embedded.first { $0.name == nameOrPath }
      .map { Found(name: $0.name, origin: "built in/\(nameOrPath)\(kind.suffix)", text: $0.text) }
  }

  private func all(_ kind: Kind) -> [Found] {
    var names = kind.embedded.map(\.name)
    for folder in folders {
      let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(kind.rawValue)")) ?? []
      names += files.filter { $0.hasSuffix(kind.suffix) }.map { String($0.dropLast(kind.suffix.count)) }
        .sorted()
    }
    var seen = Set<String>()
    return names.filter { seen.insert($0).inserted }.compactMap { try? find($0, kind) }
  }

  /// As a person would write it: relative to where they are.
  private static func short(_ path: String) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }

  private static func read(_ path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw WorkloadFileError(path, "no such file")
    }
    guard !isFolder.boolValue else { throw WorkloadFileError(path, "is a folder, not a YAML file") }
    if let reason = PlainFile.refusal(path) { throw WorkloadFileError(path, reason) }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw WorkloadFileError(path, "cannot be read")
    }
    guard let text = String(bytes: bytes, encoding: .utf8) else {
      throw WorkloadFileError(path, "is not UTF-8 text")
    }
    return text
  }
}
