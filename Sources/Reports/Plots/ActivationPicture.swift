/// The timeline of activations: what each worker did when, in one repeat of each system.
extension TrialPictures {
  func activationsPicture() throws(NothingToDraw) -> Picture {
    guard let scan = results.activations, !scan.timelines.isEmpty else {
      throw NothingToDraw("there is no activations.csv with the measured repeats")
    }
    let drawn = timelines(scan)
    let bars = drawn.map { scan.timelines[$0.key] ?? [] }
    var stages: [String] = []
    for bar in bars.joined() where !stages.contains(bar.stage) { stages.append(bar.stage) }
    // The legend has eight looks, two of which are not stages.
    let shown = Array(stages.prefix(6))
    var table = PlotTable(
      headers: [
        .left(groups.isEmpty ? "scenario" : "system"), .right("activations"), .right("cold"),
        .right("wait p50"), .right("wait p99"),
        .right("init p50"), .right("run p50"), .right("run p99"),
      ])
    for (legend, key) in drawn {
      guard let figures = scan.figures[key.cell] else { continue }
      table.rows.append([legend] + figures.texts)
    }
    let data = bars.map { bars in
      bars.flatMap { bar -> [[String]] in
        let stage = min(5, shown.firstIndex(of: bar.stage) ?? 5) + 3
        func box(_ kind: Int, _ from: Int, _ to: Int) -> [[String]] {
          to > from
            ? [[String(kind), String(bar.worker)] + [from, to].map { Picture.figure(Double($0) / 1e6) }] : []
        }
        return box(1, bar.taken, bar.began) + box(2, bar.requested, bar.taken)
          + box(stage, bar.began, bar.ended)
      }
    }
    // Systems are set beside each other on one axis; scenarios have nothing in common but their looks.
    let axes = groups.isEmpty ? data : Array(repeating: Array(data.joined()), count: data.count)
    let workers = bars.map { ($0.map(\.worker).max() ?? 0) + 1 }
    let cut = drawn.filter { scan.timelineCounts[$0.key] ?? 0 > ActivationScan.longestTimeline }
    let group = groups.first { $0.cells.contains { $0.id == drawn.first?.key.cell } }
    let what =
      group.map { "\($0.heading). The middle repeat of each system" } ?? "The middle repeat of each scenario"
    return Picture(
      name: "activations", script: "activations", title: "Activations of each worker over time",
      legend: ["start (cold)", "wait for a worker"] + shown,
      panels: drawn.map { "\($0.legend), repeat \($0.key.number)" }, columns: 1,
      panelHeight: 76 + max(40, min(160, 22 * (workers.max() ?? 1))), leftMargin: 46, footMargin: 46,
      caption: caption(
        "\(what); a worker's waits begin with the requests, so they may lie over each other."
          + (stages.count > 6 ? " Later stages share the last colour." : "")
          + (cut.isEmpty ? "" : " Only the first \(ActivationScan.longestTimeline) activations are drawn.")),
      settings: [
        ("Workers", .numbers(workers.map(Double.init))),
        ("xLabel", .text("time since the first request (ms)")),
      ] + Picture.axis(axes, column: 3),
      columnsOfData: "kind worker from_ms to_ms (1 start, 2 wait, 3… stages)", data: data, table: table)
  }

  /// Systems of jobs, or a faas experiment's scenarios, whose bars were kept.
  private func timelines(_ scan: ActivationScan) -> [(legend: String, key: ActivationScan.Repeat)] {
    let cells =
      groups.flatMap(\.cells).map { ($0.id, $0.legend) }
      + (results.faas?.cells ?? []).map { ($0.id, $0.name) }
    return cells.compactMap { id, legend in
      scan.timelines.keys.first { $0.cell == id }.map { (legend, $0) }
    }
  }
}

extension ActivationFigures {
  /// Count, cold starts, and quantiles of wait, start and run.
  var texts: [String] {
    func quantile(_ buckets: TimeBuckets, _ share: Double) -> String {
      buckets.quantile(share).map(Figures.time) ?? ""
    }
    return [
      String(count), String(cold), quantile(wait, 0.5), quantile(wait, 0.99), quantile(initialization, 0.5),
      quantile(run, 0.5), quantile(run, 0.99),
    ]
  }
}
