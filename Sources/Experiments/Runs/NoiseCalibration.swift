import Foundation
import Functions
import Metrics
import Reports

/// This machine's own noise: one binary runs an experiment again and again, and the runs' medians are compared.
public struct NoiseCalibration {
  let child: ChildRun
  /// Runs that are compared; one more before them makes the datasets.
  let runs: Int
  let repeats: Int
  let interruption: Interruption?

  public init(_ child: ChildRun, runs: Int, repeats: Int, interruption: Interruption?) {
    self.child = child
    self.runs = runs
    self.repeats = repeats
    self.interruption = interruption
  }

  /// Makes `<folder>/run-N/trials.csv`, which `compare` takes as runs of one side.
  ///
  /// - Returns: The folders, in the order in which they were run.
  public func run(in folder: String, watch: (_ number: Int, _ nanoseconds: Int) -> Void) throws -> [String] {
    var folders: [String] = []
    for number in 0...runs {
      let place = "\(folder)/.run"
      defer {
        try? FileManager.default.removeItem(atPath: place)
        try? FileManager.default.removeItem(atPath: place + ".log")
      }
      let time = try child.run(into: place, interruption)
      watch(number, time)
      guard number > 0 else { continue }
      let kept = "\(folder)/run-\(number)"
      try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: place + "/trials.csv", toPath: kept + "/trials.csv")
      folders.append(kept)
    }
    return folders
  }
}
