import Foundation
import MapReduce
import Storage

/// What stays of a cell's first run; later runs have the same. What a killed copy left is copied anew.
extension JobResult {
  /// Copies each map's segment to a file in a new folder.
  func keepSegments(from host: TierHost, as folder: String) throws {
    try Self.once(folder) { partial in
      guard mkdir(partial, 0o755) == 0 else { throw StorageError.system("create", partial, errno) }
      try exportSegments(from: host.tier, to: partial)
    }
  }

  /// Copies the rows that were set aside to one file: user's file, byte in it, reason and row, with TABs between.
  func keepRejects(from host: TierHost, of datasets: [Dataset], in folder: String, as name: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Self.once("\(folder)/\(name)") { partial in
      let out = try FileHandle(forWritingTo: Self.created(partial))
      defer { try? out.close() }
      for part in rejects {
        let cursor = try host.tier.cursor(over: part.extents, readAhead: 4 << 20)
        while let bytes = try cursor.next() {
          // An extent has whole rows; a row may have line ends in quotes.
          for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast() {
            try out.write(contentsOf: Self.placed(Data(line), datasets) + [0x0a])
          }
        }
      }
    }
  }

  /// With the user's file and the byte in it in place of the dataset's.
  private static func placed(_ line: Data, _ datasets: [Dataset]) -> Data {
    let fields = line.split(separator: 0x09, maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3, let offset = Int(String(decoding: fields[1], as: UTF8.self)),
      let dataset = datasets.first(where: { $0.id.utf8.elementsEqual(fields[0]) }),
      let source = dataset.source(of: offset)
    else { return line }
    return Data("\(source.path)\t\(source.offset)\t".utf8) + fields[2]
  }

  private static func created(_ path: String) throws -> URL {
    guard FileManager.default.createFile(atPath: path, contents: nil) else {
      throw StorageError.system("create", path, errno)
    }
    return URL(fileURLWithPath: path)
  }

  /// Makes what is not there yet under another name, and renames it when it is whole.
  private static func once(_ path: String, _ make: (_ partial: String) throws -> Void) throws {
    guard access(path, F_OK) != 0 else { return }
    let partial = path + ".partial"
    try? FileManager.default.removeItem(atPath: partial)
    try make(partial)
    guard rename(partial, path) == 0 else { throw StorageError.system("rename \(partial) to", path, errno) }
  }
}

extension Dataset {
  /// Names the user's file and line where an error names a row of this dataset, as a job on the file does.
  func placed(_ error: String) -> String {
    let words = "read \(id), row at byte "
    guard let found = error.firstRange(of: words) else { return error }
    let digits = error[found.upperBound...].prefix { $0.isNumber }
    guard let offset = Int(digits), let source = source(of: offset), let line = try? self.line(of: offset)
    else {
      return error
    }
    return error[..<found.lowerBound] + "line \(line): read \(source.path), row at byte \(source.offset)"
      + error[digits.endIndex...]
  }
}
