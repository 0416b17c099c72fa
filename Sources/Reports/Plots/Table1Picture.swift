import MapReduce

extension RecordedTrial {
  /// Bytes of all tables that the job read; nil where the file does not say.
  var inputBytes: Int? {
    guard let size else { return nil }
    // The smaller table of a generated pair follows from the larger; of the user's own files it is not recorded.
    guard workload.hasPrefix("join"), parameters["input"] == nil, parameters["uservisits"] == nil else {
      return size
    }
    let seed = UInt64(parameters["seed"] ?? "") ?? 1
    return size
      + DatasetSpecification(kind: "uservisits", size: size, seed: seed).smallerTable("rankings").size
  }
}

extension TrafficComparison {
  /// The same of recorded rows.
  init(_ results: RecordedResults, with table: ReferenceTable) {
    var rows: [Row] = []
    for group in results.groups {
      guard let trial = group.cells.lazy.compactMap(\.measured.first).first,
        let row = Row(trial, results.stages, table)
      else { continue }
      let isThere = rows.contains {
        $0.workload == row.workload && $0.plan == row.plan && $0.encoding == row.encoding
          && $0.input == row.input
      }
      if !isThere { rows.append(row) }
    }
    self.init(table: table, rows: rows)
  }
}

extension TrafficComparison.Row {
  init?(_ row: RecordedTrial, _ stages: [RecordedStage], _ table: ReferenceTable) {
    guard let plan = JobSpecification.Plan(rawValue: row.plan),
      let encoding = JobSpecification.Encoding(rawValue: row.encoding), let input = row.inputBytes,
      let shuffle = row.shuffleBytes, let output = row.outputBytes,
      let publishedShuffle = table.ratios(of: row.workload, { $0.intermediate }),
      let publishedOutput = table.ratios(of: row.workload, { $0.output })
    else { return nil }
    self.init(
      workload: WorkloadSpecification(row.workload, row.parameters), plan: plan, encoding: encoding,
      input: input,
      shuffle: shuffle, output: output, publishedShuffle: publishedShuffle, publishedOutput: publishedOutput)
    let mine = stages.filter { $0.cell == row.cell && $0.repeatNumber == row.repeatNumber }
    guard let join = mine.firstIndex(where: { $0.name == "join.reduce" }) else { return }
    joinOutput = mine[join].shuffleBytes
    sides = mine[..<join].reduce(0) { $0 + $1.shuffleBytes }
  }
}

extension TrialPictures {
  func table1Picture() throws(NothingToDraw) -> Picture {
    try demandFigures()
    let comparison = TrafficComparison(results, with: .table1)
    guard !comparison.rows.isEmpty else {
      throw NothingToDraw("no measured workload is one of the paper's Table 1")
    }
    // One bar a workload: the paper's plan where it was run, the largest input.
    var rows: [TrafficComparison.Row] = []
    for row in comparison.rows.sorted(by: { Self.rank($0) > Self.rank($1) })
    where !rows.contains(where: { $0.workload.name == row.workload.name }) {
      rows.append(row)
    }
    let order = comparison.rows.map(\.workload.name)
    rows.sort {
      (order.firstIndex(of: $0.workload.name) ?? 0) < (order.firstIndex(of: $1.workload.name) ?? 0)
    }
    var table = PlotTable(
      headers: [
        .left("workload"), .left("plan"), .right("shuffle/input"), .right("paper"), .right("output/input"),
        .right("paper"),
      ])
    var data: [[[String]]] = [[], []]
    for (position, row) in rows.enumerated() {
      let written = row.ratio(row.isJoin ? row.joinOutput ?? row.output : row.output)
      let pairs = [(row.ratio(row.shuffle), row.publishedShuffle), (written, row.publishedOutput)]
      for (panel, pair) in pairs.enumerated() {
        data[panel].append(Self.bar(1, position, pair.0, nil))
        let (low, high) = (pair.1.lowerBound, pair.1.upperBound)
        data[panel].append(Self.bar(2, position, (low + high) / 2, Interval(low: low, high: high)))
      }
      table.rows.append(
        [row.workload.name, "\(row.plan.rawValue), \(row.encoding.rawValue)"]
          + pairs.flatMap { [TrafficComparison.text($0.0), TrafficComparison.text($0.1)] })
    }
    let plans = Set(rows.map { "plan \($0.plan.rawValue), \($0.encoding.rawValue)" }).sorted()
    return Picture(
      name: "table1", script: "table1", title: "Bytes beside the paper's Table 1",
      legend: ["measured here", "the paper (its range)"],
      panels: ["shuffle by input", "output by input (log)"],
      panelHeight: 240, footMargin: 66, panelGap: 52,
      caption: caption(
        "\(plans.joined(separator: "; ")). Of joins the output of the join stage, which is what the paper's can be."
      ),
      settings: [
        ("positions", .number(Double(rows.count))), ("TickName", .ticks(rows.map(\.workload.name))),
        ("LogY", .numbers([0, 1])), ("yLabel", .text("ratio")),
      ] + Picture.axis(data, column: 4),
      columnsOfData: "series position ratio low high (1 here, 2 the paper)", data: data, table: table)
  }

  private static func rank(_ row: TrafficComparison.Row) -> (Int, Int) {
    (row.plan == .paper && row.encoding == .json ? 1 : 0, row.input)
  }
}
