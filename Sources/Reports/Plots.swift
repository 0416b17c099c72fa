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
    try folder.write(systemsScript(measured), as: "plots/systems.gp")
    try folder.write(phasesScript(measured), as: "plots/phases.gp")
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

  /// The system's name, marked where it is not the real thing (rules 1 and 9 of the design).
  private func tick(_ cell: Summary.Cell) -> String {
    let mark: String
    switch cell.medium {
    case .sameAsMemory: mark = "\\n(is dram)"
    case .memoryBehindFiles: mark = "\\n(files in dram)"
    case .own: mark = cell.provenanceNotes.isEmpty ? "" : "\\n(\(Self.shortened(cell.provenanceNotes)))"
    }
    return "\"\(cell.label.replacing("\"", with: "'").replacing(" (", with: "\\n("))\(mark)\""
  }

  private static func shortened(_ notes: [String]) -> String {
    Set(notes.flatMap { $0.split(separator: " ").last.map(String.init).map { [$0] } ?? [] }).sorted()
      .joined(separator: ", ")
  }

  /// One line a system: name, then median, minimum and maximum wall of each group, in seconds.
  private func systemsData(_ groups: [Summary.Group]) -> String {
    var cells: [Summary.Cell] = []
    for cell in groups.flatMap(\.cells) where !cells.contains(where: { $0.label == cell.label }) {
      cells.append(cell)
    }
    let titles = groups.map { "\"\(label($0.cells[0]))\" \"min\" \"max\"" }.joined(separator: " ")
    return "system \(titles)\n"
      + cells.map { row in
        let values = groups.map { group -> String in
          guard let cell = group.cells.first(where: { $0.label == row.label }), let wall = cell.wall,
            let range = cell.wallRange
          else { return "NaN NaN NaN" }
          return [wall, Double(range.0), Double(range.1)].map { Summary.seconds($0) }.joined(separator: " ")
        }
        return "\(tick(row)) \(values.joined(separator: " "))\n"
      }.joined()
  }

  /// A block a group (gnuplot's `index`), a line a system: name and the five phases, in seconds.
  private func phasesData(_ groups: [Summary.Group]) -> String {
    groups.map { group in
      "system input map shuffle reduce output\n"
        + group.cells.compactMap { cell in
          cell.phases.map { "\(tick(cell)) \($0.map { Summary.seconds($0) }.joined(separator: " "))\n" }
        }.joined()
    }.joined(separator: "\n\n")
  }

  /// Okabe and Ito's colours, told apart by the colour-blind, with borders for black and white.
  private static let style = """
    set style fill solid 0.9 border rgb "#333333"
    set linetype 1 lc rgb "#0072B2"; set linetype 2 lc rgb "#E69F00"; set linetype 3 lc rgb "#009E73"
    set linetype 4 lc rgb "#CC79A7"; set linetype 5 lc rgb "#56B4E9"; set linetype 6 lc rgb "#D55E00"
    set grid ytics lc rgb "#dddddd"; set border 3; set tics nomirror; set yrange [0:*]; set xtics font ",10"
    set tmargin 6; set bmargin 4; set style data histograms
    """

  /// The head of a script that draws a panel a group, each with its own scale, at most three beside each other.
  private static func head(_ groups: [Summary.Group], picture: String, comment: String) -> String {
    let columns = min(3, groups.count)
    let rows = (groups.count + columns - 1) / columns
    let bars = groups.map(\.cells.count).max() ?? 1
    let width = columns * max(groups.count == 1 ? 700 : 340, 110 + 105 * bars)
    return """
      # \(comment) gnuplot \(picture).gp
      set terminal svg size \(width),\(rows * 360) font "Helvetica,13" background "white"
      set output "\(picture).svg"
      \(style)
      set multiplot layout \(rows),\(columns)
      set xrange [-0.6:\(bars - 1).6]

      """
  }

  private func title(_ group: Summary.Group) -> String {
    label(group.cells[0]).replacing("\"", with: "'")
  }

  private func systemsScript(_ groups: [Summary.Group]) -> String {
    let panels = groups.indices.map { index in
      """
      set title "\(title(groups[index]))"
      plot "systems.dat" skip 1 using (column(\(2 + 3 * index))):(column(\(3 + 3 * index))):(column(\(4 + 3 * index))):xtic(1) \
      linetype 1

      """
    }
    return Self.head(
      groups, picture: "systems", comment: "Wall time by system, median with minimum and maximum.")
        + """
        unset key; set ylabel "wall time (s), median and range"
        set style histogram errorbars gap 1 lw 1.2; set boxwidth 0.9

        """ + panels.joined() + "unset multiplot\n"
  }

  private func phasesScript(_ groups: [Summary.Group]) -> String {
    let panels = groups.indices.map { index in
      """
      set title "\(title(groups[index]))"
      plot for [i=2:6] "phases.dat" index \(index) using i:xtic(1) title columnheader(i) linetype i-1
      unset key

      """
    }
    return Self.head(
      groups, picture: "phases",
      comment: "Where the wall time goes: waits for input, shuffle and output, compute in map and reduce.")
        + """
        set key at screen 0.5,0.99 center top horizontal maxrows 1 samplen 1.5 width -1 font ",11"; set ylabel "wall time (s)"
        set style histogram rowstacked; set boxwidth 0.7

        """ + panels.joined() + "unset multiplot\n"
  }

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
