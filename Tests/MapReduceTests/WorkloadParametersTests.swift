import Testing

@testable import MapReduce

/// Parameters of workloads, as files give them and rows repeat them.
struct WorkloadParametersTests {
  static let workloads: [Workload] = {
    let formats =
      TableFormat.Delimiter.allCases.flatMap { delimiter in
        [false, true].flatMap { quoted in
          [false, true].map { TableFormat(delimiter: delimiter, isQuoted: quoted, hasHeader: $0) }
        }
      }
    return formats.flatMap { format in
      OnBadRow.allCases.flatMap { bad -> [Workload] in
        let options = TableOptions(format: format, onBadRow: bad)
        var until = JoinQuery.corral
        until.to = 1985_02_28
        return [
          .scan(minRank: -7, options), .aggregation(prefixLength: 12, options),
          .join(JoinQuery(from: 1_01_01, to: 9999_12_31), options),
          .join(JoinQuery(from: 2000_02_29, to: 2000_02_29, limit: 10), options), .join(.corral, options),
          .join(until, options),
        ]
      }
    } + [.wordcount, .drain, .grep(pattern: "a=b,c", match: .word)]
  }()

  @Test func `a workload is what its name and parameters say`() throws {
    for workload in Self.workloads {
      #expect(try Workload(name: workload.name, parameters: workload.parameters) == workload)
    }
  }

  @Test func `what is not given is as usual`() throws {
    let usual = TableOptions()
    #expect(try Workload(name: "scan", parameters: [:]) == .scan(minRank: 100, usual))
    #expect(try Workload(name: "aggregation", parameters: [:]) == .aggregation(prefixLength: 8, usual))
    #expect(
      try Workload(name: "join", parameters: [:])
        == .join(JoinQuery(from: 1980_01_01, to: 1980_04_01), usual))
    #expect(
      try Workload(name: "join-corral", parameters: [:])
        == .join(JoinQuery(from: 1_01_01, to: 1999_12_31, output: .averages), usual))
    #expect(
      try Workload(name: "scan", parameters: ["quoted": "off", "header": "no"]) == .scan(minRank: 100, usual))
  }

  @Test(arguments: [
    ("scan", "min_rnk", "5", "unknown parameter 'min_rnk'"),
    ("scan", "limit", "5", "unknown parameter 'limit'"),
    ("wordcount", "quoted", "on", "unknown parameter 'quoted'"),
    ("join-corral", "from", "1980-01-01", "unknown parameter 'from'"),
    ("join-corral", "limit", "3", "unknown parameter 'limit'"),
    ("scan", "min_rank", "many", "min_rank 'many' is no whole number"),
    ("scan", "min_rank", "1.5", "min_rank '1.5' is no whole number"),
    ("scan", "min_rank", "9223372036854775808", "is no whole number"),
    ("aggregation", "prefix_length", "0", "prefix_length '0' is not in 1…"),
    ("aggregation", "prefix_length", "2000000", "is not in 1…1048576"),
    ("join", "limit", "0", "limit '0' is not in 1…1000000"),
    ("join", "from", "1980-02-30", "from '1980-02-30' is no date"),
    ("join", "to", "80-01-01", "to '80-01-01' is no date"),
    ("join-corral", "to", "soon", "to 'soon' is no date"),
    ("join", "from", "1980-04-02", "from '1980-04-02' is after `to` 1980-04-01"),
    ("join", "to", "1979-12-31", "is after `to` 1979-12-31"),
    ("scan", "delimiter", ";", "delimiter ';' is unknown; known here: comma, bar, tab"),
    ("scan", "quoted", "maybe", "quoted 'maybe' is neither on nor off"),
    ("scan", "on_bad_row", "ignore", "on_bad_row 'ignore' is unknown; known here: stop, skip"),
    ("jion", "x", "y", "unknown workload 'jion'; known here: "),
  ])
  func `what is wrong is named`(workload: String, name: String, value: String, words: String) {
    let error = #expect(throws: JobError.self) {
      try Workload(name: workload, parameters: [name: value])
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(workload) == true)
  }

  @Test func `days are written as they are read`() {
    for text in ["0001-01-01", "1980-02-29", "9999-12-31", "2000-10-09"] {
      #expect(CalendarDate.parse(text).map { CalendarDate.text($0) } == text)
    }
  }
}
