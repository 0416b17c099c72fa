import Metrics

/// A comparison for programs: CSV and JSON, from one list of columns.
extension Comparison {
  static let columns: [Column<ComparisonRow>] = [
    Column("label", "the pair of cells, for people") { $0.label },
    Column("workload", "what the job computes") { $0.workload },
    Column("base_system", "of the base cell") { $0.sample.pair.base.factors.system },
    Column("new_system", "of the new cell") { $0.sample.pair.new.factors.system },
    Column("base_cell", "the base cell, as in trials.csv") { $0.sample.pair.base.factors.cell },
    Column("new_cell", "the new cell, as in trials.csv") { $0.sample.pair.new.factors.cell },
    Column("metric", "a column of trials.csv") { $0.metric },
    Column("better", "which direction of it is") { $0.better.rawValue },
    .count("base_n", "values of base") { $0.sample.base.count },
    .count("new_n", "values of new") { $0.sample.new.count },
    Column("base_median", "in the metric's unit") { optional($0.baseMedian) },
    Column("new_median", "in the metric's unit") { optional($0.newMedian) },
    Column("ratio", "new over base: of medians, or the median of pairs") { finite($0.ratio) },
    Column("ratio_low", "lower end of its 95 % interval") { finite($0.interval?.lowerBound) },
    Column("ratio_high", "upper end") { finite($0.interval?.upperBound) },
    Column("p", "two-sided") { optional($0.test?.p) },
    Column("p_holm", "after Holm over all rows") { optional($0.adjusted) },
    Column("test", "exact or asymptotic") { $0.test?.method.rawValue ?? "" },
    Column("gate", "how much worse is a regression; empty: it fails nothing") { optional($0.gate) },
    Column("noise_limit", "differences below it are within noise; empty: not looked at") {
      optional($0.noiseLimit)
    },
    Column("n_needed", "values a side that it would take; empty: there are enough") { optional($0.needed) },
    Column("verdict", ComparisonVerdict.allCases.map(\.rawValue).joined(separator: ", ")) {
      $0.verdict.rawValue
    },
  ]

  private static func finite(_ value: Double?) -> String {
    value.map { $0.isFinite ? "\($0)" : "inf" } ?? ""
  }

  var csv: String {
    CSV.header(Self.columns)
      + rows.map { row in CSV.line(Self.columns.map { ReportColumns.safe($0.value(row)) }) }.joined()
  }

  var json: JSONValue {
    .object([
      ("format", .integer(1)), ("base", .texts(sides.base)), ("new", .texts(sides.new)),
      ("method", .text(method == .paired ? "wilcoxon-signed-rank" : "mann-whitney-u")), ("unit", .text(unit)),
      ("alpha", .number(rules.alpha)), ("threshold", .number(rules.threshold)),
      ("exit_code", .integer(Int(code))), ("conclusion", .text(conclusion)),
      ("rows", .array(rows.map(Self.json))),
      (
        "geometric_means",
        .array(
          geometricMeans.map {
            .object([("metric", .text($0.metric)), ("ratio", .number($0.ratio))])
          })
      ),
      (
        "not_compared",
        .array(
          problems.map { .object([("label", .text($0.label)), ("reason", .text($0.reason))]) })
      ),
      ("warnings", .texts(warnings)),
    ])
  }

  private static func json(_ row: ComparisonRow) -> JSONValue {
    .object([
      ("label", .text(row.label)), ("workload", .text(row.workload)),
      ("base_system", .text(row.sample.pair.base.factors.system)),
      ("new_system", .text(row.sample.pair.new.factors.system)), ("metric", .text(row.metric)),
      ("base", .array(row.sample.base.map(JSONValue.number))),
      ("new", .array(row.sample.new.map(JSONValue.number))),
      ("base_median", .optional(row.baseMedian)), ("new_median", .optional(row.newMedian)),
      ("ratio", .optional(row.ratio)), ("ratio_low", .optional(row.interval?.lowerBound)),
      ("ratio_high", .optional(row.interval?.upperBound)), ("p", .optional(row.test?.p)),
      ("p_holm", .optional(row.adjusted)), ("test", .optional(row.test?.method.rawValue)),
      ("gate", .optional(row.gate)), ("noise_limit", .optional(row.noiseLimit)),
      ("n_needed", .optional(row.needed)), ("verdict", .text(row.verdict.rawValue)),
    ])
  }
}
