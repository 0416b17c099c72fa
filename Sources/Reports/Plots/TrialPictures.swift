import Metrics

/// The pictures that are made of trials: `systems`, `phases`, `sizes`, `throughput`, `activations`, `table1`.
struct TrialPictures {
  let results: RecordedResults
  /// Groups with at least one figure.
  let groups: [GroupFinding]
  /// Every cell's label and mark, in the order of the results: a system has one colour in all panels.
  let systems: [String]
  /// Beyond those that a legend has room for.
  private let systemsLeftOut: Int

  init(_ results: RecordedResults) {
    self.results = results
    let measured = results.groups.filter { $0.cells.contains { $0.wall != nil } }
    var seen = Set<String>()
    let all = measured.flatMap(\.cells).filter { $0.wall != nil }.map(\.legend)
      .filter { seen.insert($0).inserted }
    systems = Array(all.prefix(Picture.mostSystems))
    systemsLeftOut = all.count - systems.count
    let shown = Set(systems)
    groups =
      systemsLeftOut == 0
      ? measured
      : measured.compactMap { group in
        let cells = group.cells.filter { shown.contains($0.legend) }
        return cells.contains { $0.wall != nil } ? GroupFinding(key: group.key, cells: cells) : nil
      }
  }

  /// The place of a cell's system among all, from 1.
  func series(_ cell: CellFinding) -> Int { (systems.firstIndex(of: cell.legend) ?? 0) + 1 }

  func demandFigures() throws(NothingToDraw) {
    guard groups.isEmpty else { return }
    throw NothingToDraw(
      results.faas == nil || !results.trials.isEmpty
        ? "nothing was measured"
        : "no job was run: these are results of the function platform alone (--kind activations draws its calls)"
    )
  }

  /// What stands below every picture: the machine, the build, what is not drawn.
  func caption(_ what: String, leftOut: Int = 0) -> [String] {
    let row = groups.first?.cells.lazy.compactMap(\.measured.first).first
    let calls = results.faas?.rows.first?.environment
    let (machine, commit) = (
      row?.machineClass ?? calls?.machineClass ?? "", row?.commit ?? calls?.commit ?? ""
    )
    let origin = [machine, commit.isEmpty ? "" : "commit \(commit)"].filter { !$0.isEmpty }
      .joined(separator: "; ")
    let unreal = groups.contains { $0.cells.contains { $0.medium == .sameAsMemory } }
    return [
      what + (unreal ? " “Is dram”: same medium as dram, not comparable with it." : ""),
      systemsLeftOut > 0 ? "\(systemsLeftOut) more systems are not drawn." : "",
      leftOut > 0 ? "\(leftOut) more panels are in the data (plot --workload chooses)." : "",
      origin,
    ].filter { !$0.isEmpty }
  }

  /// The groups' titles; with what tells them apart where two would be called the same.
  func titles(_ groups: [GroupFinding]) -> [String] {
    let plain = groups.map(\.title)
    return groups.enumerated().map { index, group in
      guard plain.filter({ $0 == plain[index] }).count > 1 else { return plain[index] }
      let size = group.factors.size.map { ByteSize.text($0).replacing(" ", with: "") } ?? ""
      let sizes = Set(groups.filter { $0.title == group.title }.compactMap(\.factors.size))
      let sized = sizes.count > 1 ? "\(plain[index]) \(size)" : plain[index]
      let same = groups.filter { $0.title == group.title && $0.factors.size == group.factors.size }
      guard same.count > 1 else { return sized }
      let place = (same.firstIndex { $0.key == group.key } ?? 0) + 1
      return "\(sized) #\(place)"
    }
  }
}

extension TrialPictures {
  static let intervalNote =
    "Medians; whiskers: 95 % intervals, or least and greatest of under \(MedianInterval.fewest) repeats."

  func systemsPicture() throws(NothingToDraw) -> Picture {
    try demandFigures()
    let drawn = Array(groups.prefix(Picture.mostPanels))
    var table = PlotTable(
      headers: [
        .left("job"), .left("system"), .right("wall (s)"), .right("95 % interval"), .right("min–max"),
        .right("n"),
      ])
    let data = zip(drawn, titles(drawn)).map { group, title -> [[String]] in
      let cells = group.cells.filter { $0.wall != nil }
      return cells.enumerated().map { position, cell in
        table.rows.append([
          title, cell.legend, Figures.seconds(cell.wall), cell.interval.map { Figures.seconds($0) } ?? "",
          cell.range.map { Figures.seconds(Interval(low: $0.lowerBound, high: $0.upperBound)) } ?? "",
          String(cell.walls.count),
        ])
        return Self.bar(
          series(cell), position, cell.wall.map { $0 / 1e9 },
          cell.whiskers.map { Interval(low: $0.low / 1e9, high: $0.high / 1e9) })
      }
    }
    return Picture(
      name: "systems", script: "systems", title: "Wall time by system", legend: systems,
      panels: titles(drawn),
      caption: caption("\(Self.intervalNote)", leftOut: groups.count - drawn.count),
      settings: [
        ("positions", .number(Double(data.map(\.count).max() ?? 1))), ("yLabel", .text("wall time (s)")),
      ] + Picture.axis(data, column: 4), columnsOfData: "series position wall_s low_s high_s", data: data,
      table: table)
  }

  /// A line of a bar's data; without an interval its ends are the value's.
  static func bar(_ series: Int, _ position: Int, _ value: Double?, _ interval: Interval?) -> [String] {
    [String(series), String(position)]
      + [value, interval?.low ?? value, interval?.high ?? value].map(Picture.figure)
  }

  func phasesPicture() throws(NothingToDraw) -> Picture {
    try demandFigures()
    let all = groups.filter { $0.cells.contains { $0.phases != nil } }
    guard !all.isEmpty else {
      throw NothingToDraw("no row has its waits (columns input_wait_ns … shuffle_write_wait_ns)")
    }
    let drawn = Array(all.prefix(Picture.mostPanels))
    // Rows have names on the left only, so each system has its row in all panels.
    var seen = Set<String>()
    let rows = drawn.flatMap(\.cells).filter { $0.phases != nil }.map(\.label)
      .filter { seen.insert($0).inserted }
    var table = PlotTable(
      headers: [.left("job"), .left("system")] + WallPhases.names.map { .right("\($0) (s)") })
    let data = zip(drawn, titles(drawn)).map { group, title -> [[String]] in
      group.cells.flatMap { cell -> [[String]] in
        guard let phases = cell.phases, let place = rows.firstIndex(of: cell.label) else { return [] }
        table.rows.append([title, cell.legend] + phases.map { Figures.seconds($0) })
        var from = 0.0
        return phases.enumerated().map { index, length in
          defer { from += max(0, length) }
          return [String(index + 1), String(rows.count - 1 - place)]
            + [from / 1e9, (from + max(0, length)) / 1e9].map(Picture.figure)
        }
      }
    }
    let marks = systems.filter { $0.contains("[") }
    return Picture(
      name: "phases", script: "phases", title: "Where the wall time goes",
      legend: WallPhases.names, panels: titles(drawn), panelHeight: 80 + 20 * rows.count,
      leftMargin: min(170, 14 + 6 * (rows.map(\.count).max() ?? 0)), footMargin: 46, panelGap: 12,
      caption: caption(
        "Medians; waits for input, shuffle and output, compute in map and reduce."
          + (marks.isEmpty ? "" : " \(marks.joined(separator: ", "))."), leftOut: all.count - drawn.count),
      settings: [
        ("rows", .number(Double(rows.count))), ("RowName", .ticks(Array(rows.reversed()))),
        ("xLabel", .text("wall time (s)")),
      ] + Picture.axis(data, column: 3), columnsOfData: "phase row from_s to_s", data: data, table: table)
  }
}
