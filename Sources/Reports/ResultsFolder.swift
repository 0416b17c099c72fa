import Foundation
import Glibc
import Storage

/// A run's folder: written before the first repeat and after each, so that an interruption loses nothing.
public final class ResultsFolder {
  public let path: String
  private let trials: FileHandle
  private let activations: FileHandle
  private let stages: FileHandle
  /// Of a run that was cut off; nil for a new one.
  public let resumed: ResumedRows?
  private let lock: Int32

  /// Makes `results/<utc>-<experiment>/`, or `out`, which must not exist or be empty.
  ///
  /// - Throws: ``StorageError`` naming the folder, before anything is run.
  public init(experiment: String, out: String?, parent: String = "results", now: Date = Date()) throws {
    path = try Self.makeFolder(experiment: experiment, out: out, parent: parent, now: now)
    lock = try Self.lock(path)
    resumed = nil
    trials = try Self.open("\(path)/trials.csv")
    activations = try Self.open("\(path)/activations.csv")
    stages = try Self.open("\(path)/stages.csv")
    try Self.append(CSV.header(TrialColumns.all), to: trials, "\(path)/trials.csv")
    try Self.append(CSV.header(ActivationColumns.all), to: activations, "\(path)/activations.csv")
    try Self.append(CSV.header(StageColumns.all), to: stages, "\(path)/stages.csv")
    Self.linkLatest(path, named: out)
  }

  /// Opens the folder of a run that was cut off, brought back to whole repeats, to add rows to it.
  ///
  /// - Throws: ``ResultsError`` where it is none; ``StorageError`` where another run is writing to it.
  public init(resuming path: String) throws {
    self.path = path
    guard access("\(path)/trials.csv", F_OK) == 0 else {
      throw ResultsError(path, "has no trials.csv: there is no run to resume (start it anew)")
    }
    lock = try Self.lock(path)
    resumed = try ResumedRows(mending: path)
    func reopened(_ name: String) throws -> FileHandle {
      guard let handle = FileHandle(forUpdatingAtPath: "\(path)/\(name)") else {
        throw StorageError(.denied, "open \(path)/\(name) to add rows: it cannot be written")
      }
      try handle.seekToEnd()
      return handle
    }
    trials = try reopened("trials.csv")
    activations = try reopened("activations.csv")
    stages = try reopened("stages.csv")
  }

  deinit { if lock >= 0 { Glibc.close(lock) } }

  /// Locks the folder itself until the process ends, however it does: two runs would mix their rows.
  private static func lock(_ path: String) throws -> Int32 {
    let folder = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard folder >= 0, flock(folder, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return folder }
    Glibc.close(folder)
    throw StorageError(
      .exists, "\(path): a run is writing to it (wait for its end, or name another folder)")
  }

  /// Marks outliers, once all repeats are there.
  public func markOutliers() throws { try OutlierMarks.write(in: "\(path)/trials.csv") }

  /// Makes `results/<utc>-<experiment>/`, or `out`, and nothing in it.
  ///
  /// - Throws: As ``init(experiment:out:parent:now:)``.
  public static func makeFolder(
    experiment: String, out: String?, parent: String = "results", now: Date = Date()
  ) throws -> String {
    try out.map(emptyFolder) ?? newFolder("\(parent)/\(stamp(now))-\(experiment)", in: parent)
  }

  /// `20260131T235959Z`: sorts as time does, and is a file name everywhere.
  static func stamp(_ time: Date) -> String {
    time.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt))
  }

  /// A folder that nobody else has: of two runs that start in one second the second gets `…-2`.
  private static func newFolder(_ name: String, in parent: String) throws -> String {
    try makeFolders(parent)
    for suffix in [""] + (2...1000).map({ "-\($0)" }) {
      let path = name + suffix
      if mkdir(path, 0o755) == 0 { return path }
      guard errno == EEXIST else { throw failure("create", path) }
    }
    throw StorageError(
      .exists, "create \(name): there are a thousand of it (name another with --out)")
  }

  /// `path`, made if it is not there.
  private static func emptyFolder(_ path: String) throws -> String {
    try makeFolders(path)
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw failure("read", path)
    }
    guard entries.isEmpty else {
      throw StorageError(.exists, "create \(path): it exists and is not empty (name another with --out)")
    }
    return path
  }

  private static func makeFolders(_ path: String) throws {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      if mkdir(made, 0o755) == 0 { continue }
      let reason = errno
      // What is there already may lie where nobody can write (EROFS, EACCES): only its absence is an error.
      guard access(made, F_OK) == 0 else {
        errno = reason
        throw failure("create", made)
      }
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw StorageError(
        .denied, "create \(path): it is not a folder (name a folder that can be written with --out)")
    }
  }

  private static func failure(_ what: String, _ path: String) -> StorageError {
    let reason = String(cString: strerror(errno))
    return StorageError(
      .denied, "\(what) \(path): \(reason) (name a folder that can be written with --out)")
  }

  static func open(_ path: String) throws -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else {
      throw StorageError(.denied, "create \(path): it cannot be written (name another folder with --out)")
    }
    return handle
  }

  /// Adds a repeat's row and its activations, on the device when this returns.
  public func add(_ row: TrialRow) throws {
    let lines = row.outcome.activations.map { activation in
      CSV.line(
        PlacedActivation(cell: row.cell.id, repeatNumber: row.repeatNumber, activation: activation),
        ActivationColumns.all)
    }
    let stageLines = row.outcome.stages.enumerated().map { index, stage in
      CSV.line(
        PlacedStage(cell: row.cell.id, repeatNumber: row.repeatNumber, index: index, stage: stage),
        StageColumns.all)
    }
    // First: a trial's row says that all of it is there.
    try Self.append(lines.joined(), to: activations, "\(path)/activations.csv")
    try Self.append(stageLines.joined(), to: stages, "\(path)/stages.csv")
    try Self.append(CSV.line(row, TrialColumns.all), to: trials, "\(path)/trials.csv")
  }

  /// Replaces a file of the folder as a whole.
  public func write(_ text: String, as name: String) throws { try Self.write(text, as: name, in: path) }

  static func write(_ text: String, as name: String, in folder: String) throws {
    let file = URL(fileURLWithPath: "\(folder)/\(name)")
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file, options: .atomic)
    } catch {
      throw StorageError(.io, "write \(file.path): \(error.localizedDescription)")
    }
  }

  /// On the device when this returns.
  ///
  /// - Parameter path: As errors shall name it.
  static func append(_ text: String, to file: FileHandle, _ path: String) throws {
    do {
      try file.write(contentsOf: Data(text.utf8))
      try file.synchronize()
    } catch {
      throw StorageError(.io, "write \(path): \(error.localizedDescription)")
    }
  }

  /// `results/latest` names the newest run; where it cannot be replaced the run goes on without it.
  ///
  /// - Parameter out: The folder's name where somebody gave it one: `latest` then stands beside it only in a folder that
  ///   is called `results`, since elsewhere nobody looks for it.
  static func linkLatest(_ path: String, named out: String?) {
    // Not by NSString, which ends the program at a name of one letter.
    let parts = path.split(separator: "/")
    guard let name = parts.last.map(String.init), out == nil || parts.dropLast().last == "results" else {
      return
    }
    let parent = (path.hasPrefix("/") ? "/" : "") + parts.dropLast().joined(separator: "/")
    let temporary = "\(parent)/.latest-\(ProcessInfo.processInfo.processIdentifier)"
    do {
      try FileManager.default.createSymbolicLink(atPath: temporary, withDestinationPath: name)
      guard rename(temporary, "\(parent)/latest") == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      unlink(temporary)
    }
  }
}
