import Metrics
import Foundation
import Testing

@testable import Reports

private let steady = [100, 101, 102, 103, 104, 105]

@Suite struct CompareVerdictTests {
  private func row(
    _ base: [Int], _ new: [Int], _ rules: ComparisonRules = ComparisonRules()
  ) throws -> (ComparisonRow, Comparison) {
    let files = try CompareFiles()
    let comparison = try Comparison(
      files.side(files.small("base.csv", ["ssd": base])),
      against: files.side(files.small("new.csv", ["ssd": new])),
      rules: rules)
    return (try #require(comparison.rows.first), comparison)
  }

  @Test func `slower by more than threshold and noise is a regression, code 1`() throws {
    let (row, comparison) = try row(steady, steady.map { $0 + 20 })
    #expect(row.verdict == .regressed)
    #expect(row.ratio == 122.5 / 102.5)
    #expect(row.test?.method == .exact)
    #expect(comparison.code == 1)
  }

  @Test func `faster is an improvement, which fails only where that is asked for`() throws {
    var rules = ComparisonRules()
    #expect(try row(steady.map { $0 + 20 }, steady, rules).0.verdict == .improved)
    #expect(try row(steady.map { $0 + 20 }, steady, rules).1.code == 0)
    rules.failsOnImprovement = true
    #expect(try row(steady.map { $0 + 20 }, steady, rules).1.code == 1)
  }

  @Test func `of single runs what is under 5 % is within noise, however significant`() throws {
    let (row, comparison) = try row(steady.map { $0 * 10 }, steady.map { $0 * 10 + 45 })
    #expect(row.adjusted ?? 1 <= 0.05)
    #expect(row.verdict == .noise)
    #expect(comparison.code == 0)
    #expect(comparison.warnings.contains { $0.contains("marvel-bench calibrate") })
  }

  @Test func `calibrated noise takes the place of the 5 percent`() throws {
    var rules = ComparisonRules()
    rules.noise = NoiseTable([
      NoiseTable.Entry(
        machineClass: "m", workload: "wordcount", system: "ssd", metric: "wall_ns", runs: 10, repeats: 3,
        noise: 0.1)
    ])
    #expect(try row(steady, steady.map { $0 + 20 }, rules).0.verdict == .noise)
    rules.noise.entries[0].noise = 0.01
    #expect(try row(steady, steady.map { $0 + 20 }, rules).0.verdict == .regressed)
  }

  @Test func `three repeats a side are insufficient, and the number needed is said`() throws {
    let (row, comparison) = try row([100, 101, 102], [200, 201, 202])
    #expect(row.verdict == .insufficient)
    #expect(row.needed == 4)
    #expect(comparison.code == 0)
    #expect(comparison.text.contains("insufficient runs: 4 repeats a side needed"))
    var rules = ComparisonRules()
    rules.failsOnInconclusive = true
    #expect(try self.row([100, 101, 102], [200, 201, 202], rules).1.code == 2)
  }

  @Test func `wide samples that overlap are inconclusive`() throws {
    #expect(try row([60, 80, 100, 120, 140, 160], [70, 90, 110, 130, 200, 220]).0.verdict == .inconclusive)
  }

  @Test func `the same values are unchanged`() throws {
    let (row, comparison) = try row(steady, steady)
    #expect(row.verdict == .unchanged)
    #expect(row.ratio == 1)
    #expect(comparison.code == 0)
  }

  @Test func `Holm counts all rows, so that one of many needs more runs`() throws {
    let files = try CompareFiles()
    func side(_ name: String, _ extra: Int) throws -> ComparedSide {
      var text = "workload,system,repeat,wall_ns\n"
      for cell in 0..<20 {
        for number in 1...4 { text += "wordcount,s\(cell),\(number),\(100 + number + extra)\n" }
      }
      return try files.side(files.file(name, text))
    }
    let comparison = try Comparison(side("a.csv", 0), against: side("b.csv", 50), rules: ComparisonRules())
    #expect(comparison.rows.count == 20)
    #expect(comparison.rows.allSatisfy { $0.verdict == .insufficient && $0.needed == 6 })
  }

  @Test func `what never varies is unchanged, with few repeats too, and costs the other rows nothing`() throws
  {
    let files = try CompareFiles()
    func side(_ name: String, _ wall: Int) throws -> ComparedSide {
      try files.side(
        files.file(
          name,
          csv((1...5).map { fullRow(repeatNumber: $0, wall: wall + $0, ["shuffle_bytes": "4096"]) })),
        metrics: ["wall_ns", "shuffle_bytes"])
    }
    var rules = ComparisonRules()
    rules.metrics = ["wall_ns", "shuffle_bytes"]
    let comparison = try Comparison(side("a.csv", 1000), against: side("b.csv", 1500), rules: rules)
    #expect(comparison.rows.map(\.verdict) == [.regressed, .unchanged])
    // The least p of 5 and 5, of one row.
    #expect(comparison.rows[0].adjusted == comparison.rows[0].test?.p)
    #expect(comparison.rows[1].ratio == 1 && comparison.rows[1].test == nil)
    #expect(ComparisonFormat.allCases.allSatisfy { !comparison.written(as: $0).isEmpty })
    let other = try side("c.csv", 1000)
    #expect(try Comparison(paired: other, with: other, rules: rules).rows.map(\.verdict).last == .unchanged)
  }

  @Test func `with several files a side the run is the unit, and there is no bound of noise`() throws {
    let files = try CompareFiles()
    let bases = try (0..<5).map { try files.small("b\($0).csv", ["ssd": [99 + $0, 100 + $0, 101 + $0]]) }
    let news = try (0..<5).map { try files.small("n\($0).csv", ["ssd": [109 + $0, 110 + $0, 111 + $0]]) }
    let comparison = try Comparison(
      ComparedSide(bases, metrics: ["wall_ns"]), against: ComparedSide(news, metrics: ["wall_ns"]),
      rules: ComparisonRules())
    let row = try #require(comparison.rows.first)
    #expect(row.sample.base == [100, 101, 102, 103, 104].map { $0 * 1e6 })
    #expect(row.verdict == .regressed)
    #expect(row.noiseLimit == nil)
    #expect(comparison.text.contains("of runs"))
  }

  @Test func `pairs of one machine's noise are told apart by their ratios alone`() throws {
    // The machine is twice as slow in every second pair; new is 10 % slower in each.
    let bases = (1...8).map { $0 % 2 == 0 ? 1000 + $0 : 2000 + $0 }
    func side(_ scale: Double) throws -> ComparedSide {
      let files = try CompareFiles()
      return try files.side(files.small("x.csv", ["ssd": bases.map { Int(Double($0) * scale) }]))
    }
    let rules = ComparisonRules()
    let paired = try Comparison(paired: side(1), with: side(1.1), rules: rules)
    #expect(paired.rows.first?.verdict == .regressed)
    #expect(try Comparison(side(1), against: side(1.1), rules: rules).rows.first?.verdict == .inconclusive)
    let again = try Comparison(paired: side(1), with: side(1), rules: rules)
    #expect(paired.confirmed(by: again).rows.first?.verdict == .inconclusive)
    #expect(paired.confirmed(by: paired).code == 1)
  }

  @Test func `gates decide which metric fails, and by how much`() throws {
    let files = try CompareFiles()
    func side(_ name: String, _ wall: Int) throws -> ComparedSide {
      try files.side(
        files.file(name, csv((1...6).map { fullRow(repeatNumber: $0, wall: wall + $0) })),
        metrics: ["wall_ns", "cpu_ns"])
    }
    func code(_ gates: ComparisonGates) throws -> Int32 {
      var rules = ComparisonRules()
      rules.metrics = ["wall_ns", "cpu_ns"]
      rules.gates = gates
      return try Comparison(side("a.csv", 1000), against: side("b.csv", 1200), rules: rules).code
    }
    #expect(try code(ComparisonGates(metrics: ["cpu_ns": 0.1])) == 1)
    #expect(try code(ComparisonGates(metrics: ["cpu_ns": 0.3])) == 0)
    #expect(
      try code(ComparisonGates(metrics: ["cpu_ns": 0.1], workloads: ["wordcount": ["cpu_ns": nil]]))
        == 0)
    #expect(try code(ComparisonGates(workloads: ["wordcount": ["wall_ns": 0.1]])) == 1)
  }
}

@Suite struct CompareRefusalTests {
  private func compare(
    _ changed: [String: String], _ rules: ComparisonRules = ComparisonRules(), dropping: String? = nil
  ) throws -> Comparison {
    let files = try CompareFiles()
    func rows(_ changed: [String: String], _ drop: String?) -> String {
      csv(
        (1...5).map { number in
          var row = fullRow(repeatNumber: number, wall: 1_000_000 + number, changed)
          if let drop { row[drop] = nil }
          return row
        })
    }
    return try Comparison(
      files.side(files.file("a.csv", rows([:], nil))),
      against: files.side(files.file("b.csv", rows(changed, dropping))),
      rules: rules)
  }

  @Test(arguments: [
    ("machine_class", "m2", "machine_class"), ("dataset_digest", "d2", "dataset_digest"),
    ("plan", "paper", "plan"),
    ("encoding", "json", "encoding"), ("access", "buffered/buffered/buffered", "access"),
    ("durability", "none/none/none", "durability"), ("build_mode", "debug", "build_mode"),
    ("model_digest", "optane", "model_digest"), ("shuffle_provenance", "emulated", "provenance"),
  ])
  func `sides that differ are refused, and which factor it is is said`(
    column: String, value: String, factor: String
  ) throws {
    let error = #expect(throws: ComparisonRefusal.self) { _ = try compare([column: value]) }
    #expect(error?.description.contains("\(factor) differs") == true)
    #expect(error?.description.contains("--allow-different \(factor)") == true)
    var rules = ComparisonRules()
    rules.allowed = [try #require(ComparedFactor(rawValue: factor))]
    let comparison = try compare([column: value], rules)
    #expect(comparison.rows.count == 1)
    #expect(
      comparison.warnings.contains { $0.contains("\(factor) differs") && $0.hasSuffix("as is allowed") })
  }

  @Test func `cells that differ in the plan by their id too are refused, not missing`() throws {
    let error = #expect(throws: ComparisonRefusal.self) {
      _ = try compare(["plan": "paper", "cell": "other"])
    }
    #expect(error?.description.contains("plan differs: 'optimized' against 'paper'") == true)
  }

  @Test func `a column that one side lacks is a warning`() throws {
    let comparison = try compare([:], dropping: "dataset_digest")
    #expect(comparison.rows.count == 1)
    #expect(comparison.warnings.contains("no column dataset_digest in new: not checked to be the same"))
  }

  @Test func `a missing, failed or skipped cell is code 2, unless it is allowed`() throws {
    let files = try CompareFiles()
    let base = try files.side(files.small("a.csv", ["ssd": steady, "ideal": steady]))
    func comparison(_ status: String?, allowed: Bool = false) throws -> Comparison {
      var rows = (1...6).map { fullRow(repeatNumber: $0, wall: 100_000_000 + $0) }
      if let status {
        rows.append(
          fullRow(
            system: "ideal", repeatNumber: 0, wall: 1,
            ["status": status, "wall_ns": "", "reason": "no, it is not"]))
      }
      var rules = ComparisonRules()
      rules.allowsMissing = allowed
      return try Comparison(base, against: files.side(files.file("b.csv", csv(rows))), rules: rules)
    }
    #expect(try comparison(nil).code == 2)
    #expect(try comparison(nil).text.contains("wordcount ideal: missing in new"))
    #expect(
      try comparison("skipped").text.contains(
        "wordcount ideal (bypassed) against ideal: new: skipped: no, it is not"))
    #expect(try comparison("failed").code == 2)
    #expect(try comparison("failed", allowed: true).code == 0)
  }

  @Test func `emulated pmem against dram is the same medium, and not compared`() throws {
    let files = try CompareFiles()
    func rows(_ system: String, _ tier: String, _ provenance: String, _ access: String) -> [[String: String]]
    {
      (1...5).map {
        fullRow(
          system: system, repeatNumber: $0, wall: 1000 + $0 * (tier == "dram" ? 1 : 100),
          [
            "input_tier": tier, "shuffle_tier": tier, "output_tier": tier, "input_provenance": provenance,
            "shuffle_provenance": provenance, "output_provenance": provenance, "cache": "none",
            "access": "\(access)/\(access)/\(access)",
          ])
      }
    }
    let both = csv(rows("ideal", "dram", "measured", "memory") + rows("pm", "pmem", "emulated", "libpmem"))
    let comparison = try Comparison(
      systemsOf: files.side(files.file("a.csv", both)), reference: nil, rules: ComparisonRules())
    #expect(comparison.rows.map(\.verdict) == [.incomparable])
    #expect(comparison.code == 2)
    #expect(comparison.text.contains("same medium, not comparable"))
    // The same system before and after a change is compared all the same.
    let one = try files.side(files.file("b.csv", csv(rows("pm", "pmem", "emulated", "libpmem"))))
    #expect(try Comparison(one, against: one, rules: ComparisonRules()).rows.map(\.verdict) == [.unchanged])
  }

  @Test func `systems of one result are compared with the one that is named, and fail nothing`() throws {
    let files = try CompareFiles()
    let side = try files.side(files.small("a.csv", ["ssd": steady, "fast": steady.map { $0 / 2 }]))
    let comparison = try Comparison(systemsOf: side, reference: "fast", rules: ComparisonRules())
    #expect(comparison.rows.map(\.label) == ["wordcount ssd against fast"])
    #expect(comparison.rows[0].verdict == .regressed)
    #expect(comparison.code == 0)
    let error = #expect(throws: ResultsError.self) {
      _ = try Comparison(systemsOf: side, reference: "none", rules: ComparisonRules())
    }
    #expect(error?.description.contains("the systems are fast, ssd") == true)
  }
}
