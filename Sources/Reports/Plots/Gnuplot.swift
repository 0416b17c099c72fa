import Foundation

/// Runs gnuplot on a script.
enum Gnuplot {
  /// nil where it drew; else why it did not.
  static func draw(_ script: String, format: PlotFormat, in folder: String) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gnuplot", "-e", "format='\(format.rawValue)'", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do { try process.run() } catch { return "gnuplot could not be started: \(error.localizedDescription)" }
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    switch process.terminationStatus {
    case 0: return nil
    case 127: return "gnuplot is not installed (Debian: apt-get install gnuplot-nox)"
    default:
      let words = said.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      return "gnuplot \(script) failed: \(words.last ?? "it said nothing")"
    }
  }
}
