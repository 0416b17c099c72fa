import Foundation
import Storage

/// The results folder of I/O jobs: `io.csv` and `latency.csv`, on the device after each run.
public final class IOResultsFolder {
  public let path: String
  private let rows: FileHandle
  private let bins: FileHandle
  public private(set) var written: [IORow] = []

  /// Makes `results/<utc>-<experiment>/`, or `out`, which must not exist or be empty.
  ///
  /// - Throws: `StorageError` naming the folder, before anything is run.
  public init(experiment: String, out: String?, parent: String = "results") throws {
    path = try ResultsFolder.makeFolder(experiment: experiment, out: out, parent: parent)
    rows = try ResultsFolder.open("\(path)/io.csv")
    bins = try ResultsFolder.open("\(path)/latency.csv")
    try ResultsFolder.append(CSV.header(IOColumns.all), to: rows, "\(path)/io.csv")
    try ResultsFolder.append(CSV.header(LatencyBinColumns.all), to: bins, "\(path)/latency.csv")
    ResultsFolder.linkLatest(path, named: out)
  }

  /// Adds the rows of a run; all of it is there when this returns.
  public func add(_ added: [IORow]) throws {
    let binLines = added.flatMap(LatencyBinRow.rows).map { CSV.line($0, LatencyBinColumns.all) }
    // First: a row says that its histograms are there.
    try ResultsFolder.append(binLines.joined(), to: bins, "\(path)/latency.csv")
    try ResultsFolder.append(IOTable.csv(added, header: false), to: rows, "\(path)/io.csv")
    written += added
  }

  /// Replaces a file of the folder as a whole.
  public func write(_ text: String, as name: String) throws {
    try ResultsFolder.write(text, as: name, in: path)
  }
}
