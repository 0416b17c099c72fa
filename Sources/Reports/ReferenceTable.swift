/// A published table that a run's bytes are set beside (`compare_with` in an experiment).
public enum ReferenceTable: String, CaseIterable, Sendable {
  /// Table 1 of the Marvel paper (Li, Assogba et al., "Towards Persistent Memory based Stateful Serverless Computing
  /// for Big Data Applications"): input, intermediate data and output of four workloads, in GB of 10⁹ bytes.
  case table1

  /// As headings name it.
  var title: String {
    switch self {
    case .table1: "the paper's Table 1"
    }
  }

  /// `results/paper/table1.csv` as it is compiled in; a test compares them byte by byte.
  var csv: String {
    switch self {
    case .table1:
      """
      workload,input_gb,intermediate_gb,output_gb
      scan,0.54,0.76,0.1
      scan,1.2,1.3,0.16
      scan,5.7,6.7,0.81
      aggregation,10.5,17.4,0.01
      aggregation,26.3,32,0.03
      aggregation,58,74,0.03
      join,12.5,49.6,9.7
      join,27.5,103,22.6
      join,63.7,242,51
      wordcount,1,5.5,0.01
      wordcount,5,28,0.03
      wordcount,10,56,0.1
      wordcount,50,291,0.4

      """
    }
  }

  struct Row: Equatable, Sendable {
    var workload: String
    /// In units of 10⁹ bytes, as printed.
    var input: Double
    var intermediate: Double
    var output: Double
  }

  var rows: [Row] {
    csv.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: ",")
      guard fields.count == 4, let input = Double(fields[1]), let intermediate = Double(fields[2]),
        let output = Double(fields[3])
      else { return nil }
      return Row(workload: String(fields[0]), input: input, intermediate: intermediate, output: output)
    }
  }

  /// The least and the greatest ratio of an amount to its input over the table's rows of `workload`; nil where there
  /// are none. Both forms of the join are the table's join.
  func ratios(of workload: String, _ amount: (Row) -> Double) -> ClosedRange<Double>? {
    let name = workload == "join-corral" ? "join" : workload
    let ratios = rows.filter { $0.workload == name }.map { amount($0) / $0.input }
    guard let least = ratios.min(), let greatest = ratios.max() else { return nil }
    return least...greatest
  }
}
