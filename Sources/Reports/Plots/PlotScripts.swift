import Foundation

/// Finds the scripts that plots are drawn by.
///
/// Searched in this order: `./scripts/plots`, `../share/marvel-bench/plots` beside the installed binary, and what is
/// compiled in: as workloads are.
public struct PlotScripts: Sendable {
  private let folders: [String]

  public init(
    currentFolder: String = FileManager.default.currentDirectoryPath,
    executable: String = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  ) {
    let binaries = URL(filePath: executable).deletingLastPathComponent()
    let installed = binaries.deletingLastPathComponent().appending(path: "share/marvel-bench/plots")
    folders = [currentFolder + "/scripts/plots", installed.path]
  }

  /// - Parameter name: Of a script that is compiled in, without its ending.
  func text(_ name: String) -> String {
    for folder in folders {
      if let bytes = FileManager.default.contents(atPath: "\(folder)/\(name).gp") {
        return String(decoding: bytes, as: UTF8.self)
      }
    }
    return EmbeddedPlotScripts.all.first { $0.name == name }?.text ?? ""
  }
}
