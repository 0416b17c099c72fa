import Foundation
import Reports

/// The results folder of a run that was cut off, as `run --resume` is given it.
public struct CutOffRun: Sendable {
  public let path: String
  /// As it was run.
  public let experimentFile: String
  private let text: String
  /// Members of `environment.json`; nil where the run was cut off before it was written.
  private let environment: [String: String]?

  /// - Throws: ``ResultsError`` where it is no results folder of a run.
  public init(_ path: String) throws {
    self.path = path
    experimentFile = "\(path)/experiment.yaml"
    guard let data = FileManager.default.contents(atPath: experimentFile) else {
      throw ResultsError(
        path,
        "has no experiment.yaml that can be read: this is no results folder of a run, and cannot be resumed")
    }
    text = Self.body(String(decoding: data, as: UTF8.self))
    environment = FileManager.default.contents(atPath: "\(path)/environment.json")
      .flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
      .map { $0.compactMapValues { $0 as? String } }
  }

  /// - Throws: ``ResultsError`` where the experiment is of a kind that is not taken up again.
  public func demandJobs(_ experiment: Experiment) throws {
    guard experiment.io != nil || experiment.faas != nil else { return }
    let what = experiment.io != nil ? "I/O jobs" : "the function platform alone"
    throw ResultsError(
      path,
      "not resumed: \(experiment.name) measures \(what), and only runs of function jobs are taken up again; what it "
        + "has measured stays (start it anew: marvel-bench run \(experimentFile))")
  }

  /// - Throws: ``ResultsError`` where the rest would not be the same run: another experiment, machine or program.
  public func demandSame(_ experiment: Experiment, _ environment: Environment) throws {
    let asked = Self.body(experiment.yaml)
    if asked != text {
      let (now, then) = (Self.lines(asked), Self.lines(text))
      let removed = then.filter { !now.contains($0) }.map { "  then: \($0)" }
      let added = now.filter { !then.contains($0) }.map { "  now:  \($0)" }
      throw ResultsError(
        path,
        "not resumed, it is another experiment:\n" + (removed + added).joined(separator: "\n")
          + "\n(leave the experiment and its options away to go on with the folder's own)")
    }
    guard let then = self.environment else { return }
    for (name, what, now) in [
      ("machine_class", "on another machine", environment.machineClass),
      ("commit", "by another commit of the program", environment.commit),
      ("build_mode", "by another build", Environment.buildMode),
    ] {
      guard let before = then[name], before != now else { continue }
      throw ResultsError(
        path, "not resumed, it was begun \(what): \(name) was '\(before)' and is '\(now)' (start it anew)")
    }
  }

  private static func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  /// Without the comments before it.
  private static func body(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).drop { $0.hasPrefix("#") }
      .joined(separator: "\n")
  }
}
