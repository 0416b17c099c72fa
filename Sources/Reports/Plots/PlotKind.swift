/// What `marvel-bench plot --kind` can draw.
public enum PlotKind: String, CaseIterable, Sendable {
  case systems
  case sizes
  case phases
  case throughput
  case activations
  case table1
  case table2
  case io
}

/// How a plot is written.
public enum PlotFormat: String, CaseIterable, Sendable {
  case svg
  case pdf
  case png
  /// A LaTeX table of what is plotted.
  case tex
}

/// Why a plot cannot be drawn of these results.
public struct NothingToDraw: Error, CustomStringConvertible, Sendable {
  public let description: String
  init(_ description: String) { self.description = description }
}
