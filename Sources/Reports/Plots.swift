import Foundation
import MapReduce
import Storage

/// Draws a run with gnuplot: the scripts and their data are written beside the pictures, for an author to change.
public struct Plots {
  private let summary: Summary

  public init(_ summary: Summary) { self.summary = summary }

  /// - Returns: The pictures' paths in the folder, or a reason why there are none.
  public func draw(in folder: ResultsFolder) throws -> Result<[String], PlotsMissing> {
    let measured = summary.groups.filter { $0.cells.contains { $0.wall != nil } }
    guard !measured.isEmpty else { return .failure(PlotsMissing("no plots: nothing was measured")) }
    try folder.write(systemsData(measured), as: "plots/systems.dat")
    try folder.write(phasesData(measured), as: "plots/phases.dat")
    try folder.write(Self.systemsScript(groups: measured.count), as: "plots/systems.gp")
    try folder.write(Self.phasesScript, as: "plots/phases.gp")
    var pictures: [String] = []
    for name in ["systems", "phases"] {
      guard try Self.gnuplot("\(name).gp", in: folder.path + "/plots") else {
        return .failure(
          PlotsMissing(
            "no plots drawn: gnuplot is missing or failed (scripts and data are in \(folder.path)/plots)"))
      }
      pictures.append("plots/\(name).svg")
    }
    return .success(pictures)
  }

  private func label(_ cell: Summary.Cell) -> String {
    "\(cell.cell.job.workload.name) \(cell.cell.job.plan.rawValue)"
  }

  /// One line a system: name, then median, minimum and maximum wall of each group, in seconds.
  private func systemsData(_ groups: [Summary.Group]) -> String {
    var systems: [String] = []
    for cell in groups.flatMap(\.cells) where !systems.contains(cell.cell.system.name) {
      systems.append(cell.cell.system.name)
    }
    let titles = groups.map { "\"\(label($0.cells[0]))\" \"min\" \"max\"" }.joined(separator: " ")
    return "system \(titles)\n"
      + systems.map { system in
        let values = groups.map { group -> String in
          guard let cell = group.cells.first(where: { $0.cell.system.name == system }), let wall = cell.wall,
            let range = cell.wallRange
          else { return "NaN NaN NaN" }
          return [wall, Double(range.0), Double(range.1)].map { Summary.seconds($0) }.joined(separator: " ")
        }
        return "\"\(system)\" \(values.joined(separator: " "))\n"
      }.joined()
  }

  private func phasesData(_ groups: [Summary.Group]) -> String {
    "cell input map shuffle reduce output\n"
      + groups.flatMap(\.cells).compactMap { cell in
        cell.phases.map { phases in
          "\"\(cell.cell.system.name)\\n\(label(cell))\" "
            + phases.map { Summary.seconds($0) }.joined(separator: " ") + "\n"
        }
      }.joined()
  }

  /// Okabe and Ito's colours, told apart by the colour-blind, with borders for black and white.
  private static let style = """
    set style fill solid 0.9 border rgb "#333333"
    set linetype 1 lc rgb "#0072B2"; set linetype 2 lc rgb "#E69F00"; set linetype 3 lc rgb "#009E73"
    set linetype 4 lc rgb "#CC79A7"; set linetype 5 lc rgb "#56B4E9"; set linetype 6 lc rgb "#D55E00"
    set grid ytics lc rgb "#dddddd"; set border 3; set tics nomirror; set yrange [0:*]
    """

  private static func systemsScript(groups: Int) -> String {
    """
    # Wall time by system, median with minimum and maximum. gnuplot systems.gp
    set terminal svg size 900,480 font "Helvetica,15" background "white"
    set output "systems.svg"
    \(style)
    set key top right; set ylabel "wall time (s)"
    set style data histograms; set style histogram errorbars gap 1 lw 1.2
    plot for [i=0:\(groups - 1)] "systems.dat" using (column(2+3*i)):(column(3+3*i)):(column(4+3*i)):xtic(1) \
    title columnheader(2+3*i) linetype i+1

    """
  }

  private static let phasesScript = """
    # Where the wall time goes: waits for input, shuffle and output, and compute in map and reduce. gnuplot phases.gp
    set terminal svg size 1100,560 font "Helvetica,14" background "white"
    set output "phases.svg"
    \(style)
    set key outside right; set ylabel "wall time (s)"
    set style data histograms; set style histogram rowstacked; set boxwidth 0.7; set xtics rotate by -40 font ",11"
    plot for [i=2:6] "phases.dat" using i:xtic(1) title columnheader(i) linetype i-1

    """

  private static func gnuplot(_ script: String, in folder: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gnuplot", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

/// Why a run has no pictures.
public struct PlotsMissing: Error, CustomStringConvertible, Sendable {
  public let description: String
  init(_ description: String) { self.description = description }
}
