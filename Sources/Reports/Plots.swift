import Foundation
import Storage

/// Draws recorded results with gnuplot. Beside each picture lie its script and its data, for an author to change.
public struct Plots {
  private let results: RecordedResults
  private let scripts: PlotScripts

  public init(_ results: RecordedResults, scripts: PlotScripts = PlotScripts()) {
    self.results = results
    self.scripts = scripts
  }

  /// A picture that was written.
  public struct Drawn: Sendable {
    public var kind: PlotKind
    public var name: String
    public var title: String
    /// Below the plots' folder: `systems.svg`, …
    public var files: [String]
  }

  public struct Outcome: Sendable {
    public var drawn: [Drawn] = []
    /// Kinds that these results have nothing for, and why.
    public var missing: [(kind: PlotKind, reason: String)] = []
    /// Why gnuplot drew nothing; scripts and data are there all the same.
    public var failure: String?
  }

  /// Writes scripts and data, and lets gnuplot draw.
  ///
  /// - Parameter folder: Made if it is not there.
  /// - Throws: ``StorageError`` where the folder cannot be written.
  public func draw(_ kinds: [PlotKind], formats: [PlotFormat], in folder: String) throws -> Outcome {
    var outcome = Outcome()
    for kind in kinds {
      do {
        for picture in try pictures(kind) { try write(picture, kind, formats, folder, &outcome) }
      } catch let nothing as NothingToDraw {
        outcome.missing.append((kind, nothing.description))
      }
    }
    return outcome
  }

  private func pictures(_ kind: PlotKind) throws(NothingToDraw) -> [Picture] {
    let trials = TrialPictures(results)
    switch kind {
    case .systems: return [try trials.systemsPicture()]
    case .sizes: return [try trials.sizesPicture()]
    case .phases: return [try trials.phasesPicture()]
    case .throughput: return [try trials.throughputPicture()]
    case .activations: return [try trials.activationsPicture()]
    case .table1: return [try trials.table1Picture()]
    case .table2: return [try IOPictures(results).table2Picture()]
    case .io: return try IOPictures(results).pictures()
    }
  }

  private func write(
    _ picture: Picture, _ kind: PlotKind, _ formats: [PlotFormat], _ folder: String, _ outcome: inout Outcome
  ) throws {
    let script = picture.script(scripts.text("style"), scripts.text(picture.script))
    try Self.write(picture.dataText, "\(folder)/\(picture.name).dat")
    try Self.write(script, "\(folder)/\(picture.name).gp")
    var files: [String] = []
    for format in formats {
      let file = "\(picture.name).\(format.rawValue)"
      if format == .tex {
        let caption = "\(picture.title). \(picture.caption.joined(separator: " "))"
        try Self.write(picture.table.latex(caption: caption, label: picture.name), "\(folder)/\(file)")
      } else if let reason = Gnuplot.draw("\(picture.name).gp", format: format, in: folder) {
        outcome.failure = reason
        continue
      }
      files.append(file)
    }
    if !files.isEmpty {
      outcome.drawn.append(Drawn(kind: kind, name: picture.name, title: picture.title, files: files))
    }
  }

  /// Writes a file whole, its folder made if it is not there.
  static func write(_ text: String, _ path: String) throws {
    let file = URL(fileURLWithPath: path)
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file, options: .atomic)
    } catch {
      let under = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let reason = under?.localizedDescription ?? error.localizedDescription
      throw StorageError(.denied, "write \(path): \(reason) (name a folder that can be written with --out)")
    }
  }
}
