import Foundation
import Storage

/// The results folder of a faas experiment: `faas.csv`, and each call in `activations.csv`.
public final class FaasFolder {
  public let path: String
  private let repeats: FileHandle
  private let calls: FileHandle

  /// - Throws: As ``ResultsFolder/init(experiment:out:parent:now:)``.
  public init(experiment: String, out: String?, parent: String = "results") throws {
    path = try ResultsFolder.makeFolder(experiment: experiment, out: out, parent: parent)
    repeats = try Self.create("\(path)/faas.csv", CSV.header(FaasColumns.all))
    calls = try Self.create("\(path)/activations.csv", CSV.header(ActivationColumns.all))
    ResultsFolder.linkLatest(path, named: out)
  }

  private static func create(_ path: String, _ header: String) throws -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: Data(header.utf8)),
      let handle = FileHandle(forWritingAtPath: path)
    else {
      throw StorageError(.denied, "create \(path): it cannot be written (name another folder with --out)")
    }
    _ = try? handle.seekToEnd()
    return handle
  }

  /// Adds a repeat and its calls, on the device when this returns.
  public func add(_ row: FaasRow) throws {
    let lines = row.activations.map { activation in
      CSV.line(
        PlacedActivation(cell: row.cell.id, repeatNumber: row.repeatNumber, activation: activation),
        ActivationColumns.all)
    }
    do {
      // First: a repeat's row says that all of it is there.
      try calls.write(contentsOf: Data(lines.joined().utf8))
      try calls.synchronize()
      try repeats.write(contentsOf: Data(CSV.line(row, FaasColumns.all).utf8))
      try repeats.synchronize()
    } catch {
      throw StorageError(.io, "write to \(path): \(error.localizedDescription)")
    }
  }

  /// Writes a file of the folder as a whole.
  public func write(_ text: String, as name: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"), options: .atomic)
    } catch {
      throw StorageError(.io, "write \(path)/\(name): \(error.localizedDescription)")
    }
  }
}
