import Foundation
import Storage

/// A run's folder: written before the first repeat and after each, so that an interruption loses nothing.
public final class ResultsFolder {
  public let path: String
  private let trials: FileHandle
  private let activations: FileHandle

  /// Makes `results/<utc>-<experiment>/`, or `out`, which must not exist or be empty.
  ///
  /// - Throws: ``StorageError`` naming the folder, before anything is run.
  public init(experiment: String, out: String?, now: Date = Date()) throws {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
    path = out ?? "results/\(formatter.string(from: now))-\(experiment)"
    let manager = FileManager.default
    do {
      if let entries = try? manager.contentsOfDirectory(atPath: path), !entries.isEmpty {
        throw StorageError(.exists, "create \(path): it exists and is not empty (name another with --out)")
      }
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
      trials = try Self.open("\(path)/trials.csv")
      activations = try Self.open("\(path)/activations.csv")
    } catch let error as StorageError {
      throw error
    } catch {
      throw StorageError(
        .denied,
        "create \(path): \(error.localizedDescription) (name a folder that can be written with --out)")
    }
    try append(CSV.header(TrialColumns.all), to: trials, "trials.csv")
    try append(CSV.header(ActivationColumns.all), to: activations, "activations.csv")
    if out == nil { linkLatest() }
  }

  private static func open(_ path: String) throws -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else {
      throw StorageError(.denied, "create \(path): it cannot be written (name another folder with --out)")
    }
    return handle
  }

  /// Adds a repeat's row and its activations, on the device when this returns.
  public func add(_ row: TrialRow) throws {
    try append(CSV.line(row, TrialColumns.all), to: trials, "trials.csv")
    let lines = row.outcome.activations.map { activation in
      CSV.line(
        PlacedActivation(cell: row.cell.id, repeatNumber: row.repeatNumber, activation: activation),
        ActivationColumns.all)
    }
    try append(lines.joined(), to: activations, "activations.csv")
  }

  /// Replaces a file of the folder as a whole.
  public func write(_ text: String, as name: String) throws {
    let file = URL(fileURLWithPath: "\(path)/\(name)")
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file, options: .atomic)
    } catch {
      throw StorageError(.io, "write \(file.path): \(error.localizedDescription)")
    }
  }

  private func append(_ text: String, to file: FileHandle, _ name: String) throws {
    do {
      try file.write(contentsOf: Data(text.utf8))
      try file.synchronize()
    } catch {
      throw StorageError(.io, "write \(path)/\(name): \(error.localizedDescription)")
    }
  }

  /// `results/latest` names the newest run; where it cannot be replaced the run goes on without it.
  private func linkLatest() {
    let name = (path as NSString).lastPathComponent
    let temporary = "results/.latest-\(ProcessInfo.processInfo.processIdentifier)"
    do {
      try FileManager.default.createSymbolicLink(atPath: temporary, withDestinationPath: name)
      guard rename(temporary, "results/latest") == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      unlink(temporary)
    }
  }
}
