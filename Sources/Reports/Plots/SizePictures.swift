import Metrics

/// Lines over input sizes.
extension TrialPictures {
  /// Groups that differ in their size only.
  private struct Series {
    var title: String
    /// By size.
    var groups: [GroupFinding]
  }

  private func seriesOverSizes() -> [Series] {
    var order: [String] = []
    var byKey: [String: [GroupFinding]] = [:]
    for group in groups where group.factors.size != nil {
      let key = group.factors.seriesKey
      if byKey[key] == nil { order.append(key) }
      byKey[key, default: []].append(group)
    }
    return order.map { key in
      let groups = (byKey[key] ?? []).sorted { ($0.factors.size ?? 0) < ($1.factors.size ?? 0) }
      return Series(title: groups[0].title, groups: groups)
    }
  }

  func sizesPicture() throws(NothingToDraw) -> Picture {
    try demandFigures()
    let all = seriesOverSizes().filter { $0.groups.count > 1 }
    guard !all.isEmpty else { throw NothingToDraw("no job was measured at more than one size") }
    let drawn = Array(all.prefix(Picture.mostPanels))
    var table = PlotTable(
      headers: [
        .left("job"), .right("input"), .left("system"), .right("wall (s)"), .right("95 % interval"),
      ])
    let data = drawn.map { series in
      series.groups.flatMap { group in
        group.cells.compactMap { cell -> [String]? in
          guard let wall = cell.wall, let size = group.factors.size else { return nil }
          table.rows.append([
            series.title, ByteSize.text(size), cell.legend, Figures.seconds(wall),
            cell.interval.map { Figures.seconds($0) } ?? "",
          ])
          return Self.point(
            self.series(cell), size, wall / 1e9, cell.whiskers.map { ($0.low / 1e9, $0.high / 1e9) })
        }
      }
    }
    return Picture(
      name: "sizes", script: "sizes", title: "Wall time over input sizes", legend: systems,
      legendKind: .lines,
      panels: drawn.map(\.title), panelHeight: 200, footMargin: 50,
      caption: caption(Self.intervalNote, leftOut: all.count - drawn.count),
      settings: [
        ("yLabel", .text("wall time (s)")), ("xLabel", .text("input")), ("logY", .number(0)),
        ("yLabels", .number(0)),
      ]
        + Self.sizeAxis(drawn.flatMap(\.groups).compactMap(\.factors.size)) + Picture.axis(data, column: 4),
      columnsOfData: "series size_bytes wall_s low_s high_s", data: data.map(Self.lines), table: table)
  }

  private static func point(_ series: Int, _ x: Int, _ y: Double, _ ends: (Double, Double)?) -> [String] {
    [String(series), String(x)] + [y, ends?.0 ?? y, ends?.1 ?? y].map(Picture.figure)
  }

  /// Series after series, so that a line is not broken by the points of another.
  static func lines(_ block: [[String]]) -> [[String]] {
    block.enumerated().sorted { one, other in
      let series = (Int(one.element[0]) ?? 0, Int(other.element[0]) ?? 0)
      return series.0 == series.1 ? one.offset < other.offset : series.0 < series.1
    }.map(\.element)
  }

  /// Ticks at the sizes that were measured, thinned to what has room.
  static func sizeAxis(_ sizes: [Int], name: (Int) -> String = { ByteSize.text($0) }) -> [(
    String, Picture.Setting
  )] {
    let sorted = Set(sizes).sorted()
    let every = max(1, (sorted.count + 3) / 4)
    let ticks = stride(from: 0, to: sorted.count, by: every).map { sorted[$0] }
    return [
      ("xLow", .number(Double(sorted.first ?? 1) / 1.4)), ("xHigh", .number(Double(sorted.last ?? 1) * 1.4)),
      ("ticks", .number(Double(ticks.count))), ("TickAt", .numbers(ticks.map(Double.init))),
      ("TickName", .ticks(ticks.map(name))),
    ]
  }

  /// Bytes that a job moves by its wall: all of it, and what crosses the shuffle (written and read).
  func throughputPicture() throws(NothingToDraw) -> Picture {
    try demandFigures()
    let all = seriesOverSizes().filter { $0.groups.contains { $0.cells.contains { Self.rates($0) != nil } } }
    guard !all.isEmpty else { throw NothingToDraw("no row has the bytes that it moved") }
    let drawn = Array(all.prefix(Picture.mostPanels / 2))
    let isOverSizes = drawn.contains { $0.groups.count > 1 }
    var table = PlotTable(
      headers: [
        .left("job"), .right("input"), .left("system"), .right("job (Gbit/s)"), .right("shuffle (Gbit/s)"),
      ])
    var data: [[[String]]] = []
    for series in drawn {
      var panels: [[[String]]] = [[], []]
      for group in series.groups {
        for (position, cell) in group.cells.filter({ Self.rates($0) != nil }).enumerated() {
          guard let rates = Self.rates(cell), let size = group.factors.size else { continue }
          table.rows.append(
            [series.title, ByteSize.text(size), cell.legend] + rates.map { Summary.fixed($0.value, 2) })
          for (panel, rate) in rates.enumerated() {
            let ends = rate.interval.map { ($0.low, $0.high) }
            panels[panel].append(
              isOverSizes
                ? Self.point(self.series(cell), size, rate.value, ends)
                : Self.bar(self.series(cell), position, rate.value, rate.interval))
          }
        }
      }
      data += panels
    }
    let settings: [(String, Picture.Setting)] = [("yLabel", .text("Gbit/s")), ("xLabel", .text("input"))]
    return Picture(
      name: "throughput", script: isOverSizes ? "sizes" : "systems", title: "Throughput of job and shuffle",
      legend: systems, legendKind: isOverSizes ? .lines : .boxes,
      panels: drawn.flatMap { ["\($0.title): job", "\($0.title): shuffle"] },
      panelHeight: isOverSizes ? 200 : 180, footMargin: isOverSizes ? 50 : 14,
      caption: caption(
        "Job: input, shuffle (written and read) and output by wall time. Shuffle: written and read by wall time. "
          + Self.intervalNote, leftOut: 2 * (all.count - drawn.count)),
      settings: settings + Picture.axis(data, column: 4)
        + (isOverSizes
          ? [("logY", .number(0)), ("yLabels", .number(0))]
            + Self.sizeAxis(drawn.flatMap(\.groups).compactMap(\.factors.size))
          : [("positions", .number(Double(data.map(\.count).max() ?? 1)))]),
      columnsOfData: "series \(isOverSizes ? "size_bytes" : "position") gbit_s low high",
      data: isOverSizes ? data.map(Self.lines) : data,
      table: table)
  }

  /// Gbit/s of job and shuffle; nil where the bytes were not recorded.
  static func rates(_ cell: CellFinding) -> [(value: Double, interval: Interval?)]? {
    guard let wall = cell.wall, let read = cell.median(\.readBytes),
      let shuffled = cell.median(\.shuffleBytes),
      let written = cell.median(\.outputBytes)
    else { return nil }
    return [read + 2 * shuffled + written, 2 * shuffled].map { bytes in
      // Bits by nanoseconds are Gbit by seconds; a longer wall is a lower rate.
      (bytes * 8 / wall, cell.whiskers.map { Interval(low: bytes * 8 / $0.high, high: bytes * 8 / $0.low) })
    }
  }
}
