import Foundation
import Metrics

/// Fills in the column `outlier` of a `trials.csv`, when all repeats of its cells are there.
public enum OutlierMarks {
  static let column = "outlier"

  /// - Parameter score: As ``Outliers/scores(_:)`` has it.
  static func mark(_ score: Double) -> String {
    score > Outliers.threshold ? "slow" : score < -Outliers.threshold ? "fast" : "no"
  }

  /// Replaces the file as a whole; leaves it as it is where it has no such column.
  ///
  /// - Throws: ``ResultsError`` where it cannot be read or written.
  public static func write(in path: String) throws {
    let reader = try CSVReader(path)
    guard let mark = reader.index(of: column), let cell = reader.index(of: "cell"),
      let status = reader.index(of: "status"), let wall = reader.index(of: "wall_ns")
    else { return }
    var records: [[String]] = []
    var walls: [String: [(record: Int, wall: Double)]] = [:]
    while try reader.next() {
      records.append(reader.header.indices.map(reader.text))
      guard reader.text(status) == TrialStatus.ok.rawValue, let time = try reader.integer(wall) else {
        continue
      }
      walls[reader.text(cell), default: []].append((records.count - 1, Double(time)))
    }
    for (_, mine) in walls {
      guard let scores = Outliers.scores(mine.map(\.wall)) else { continue }
      for (score, place) in zip(scores, mine.map(\.record)) {
        records[place][mark] = Self.mark(score)
      }
    }
    let text = ([reader.header] + records).map { CSV.line($0) }.joined()
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw ResultsError(path, "cannot be written: \(error.localizedDescription)")
    }
  }
}
