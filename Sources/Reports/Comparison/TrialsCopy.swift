import Foundation

/// A `trials.csv` that is put together from many runs, each of which stands for one repeat.
public final class TrialsCopy {
  public let path: String
  private var header: [String]?
  private let file: FileHandle
  private var order = 0

  /// Makes the folder and the file.
  ///
  /// - Throws: ``ResultsError``
  public init(in folder: String) throws {
    path = "\(folder)/trials.csv"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else { throw ResultsError(path, "cannot be written (name another folder with --out)") }
    self.file = file
  }

  /// Adds the rows of another `trials.csv`, all of them as the repeat `number`.
  ///
  /// Rows of cells that could not run (repeat 0) are only taken from the first.
  ///
  /// - Returns: How many repeats were added.
  /// - Throws: ``ResultsError`` where a file cannot be read or written, or has other columns than those before.
  @discardableResult
  public func add(_ other: String, as number: Int) throws -> Int {
    let reader = try CSVReader(other)
    guard header == nil || header == reader.header else {
      throw ResultsError("\(other):1", "other columns than the runs before it: was the binary replaced?")
    }
    var text = header == nil ? CSV.line(reader.header) : ""
    let isFirst = header == nil
    header = reader.header
    let repeats = reader.index(of: "repeat")
    let orders = reader.index(of: "order")
    var added = 0
    while try reader.next() {
      var fields = reader.header.indices.map(reader.text)
      let isMeasured = repeats.map { fields[$0] != "0" } ?? true
      guard isMeasured || isFirst else { continue }
      if isMeasured {
        order += 1
        added += 1
        if let repeats { fields[repeats] = String(number) }
        if let orders { fields[orders] = String(order) }
      }
      text += CSV.line(fields)
    }
    do {
      try file.write(contentsOf: Data(text.utf8))
    } catch {
      throw ResultsError(path, "cannot be written: \(error.localizedDescription)")
    }
    return added
  }
}
