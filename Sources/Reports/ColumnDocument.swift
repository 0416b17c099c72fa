/// `results/README.md` and `marvel-bench list columns`: every column's meaning, unit and better direction.
public enum ColumnDocument {
  public static var markdown: String {
    """
    # Results

    Each run writes a folder `<utc>-<experiment>/`, or the one that `--out` names; `latest` is a link to the last one here
    (a folder that `--out` names elsewhere gets a link beside it only where its parent is called `results`).

    | file | what it holds |
    | --- | --- |
    | `trials.csv` | one row a repeat; the raw figures |
    | `stages.csv` | one row a stage of a repeat: a job has at least a map and a reduce |
    | `activations.csv` | one row an activation |
    | `faas.csv` | of an experiment with `faas`, in place of trials and stages: one row a repeat of a scenario's cell |
    | `io.csv` | one row a job and direction of the I/O microbenchmark (`marvel-bench io`, experiments with `io:`) |
    | `latency.csv` | the histograms of those latencies, one row a bin |
    | `environment.json` | the machine: CPU, memory, kernel, mounts (DAX or not), devices, limits, load; commit and build |
    | `experiment.yaml` | the experiment as it was run, systems written out |
    | `jobs.fio` | the I/O jobs as they were run: fio's job file with every effective option |
    | `summary.md` | what was printed at the end |
    | `plots/` | data and gnuplot scripts, and the pictures where gnuplot is installed (`marvel-bench plot`) |
    | `report.html`, … | what `marvel-bench report` writes: `.html`, `.md`, `.csv`, `.json`, `.tex` |

    `paper/table1.csv` is Table 1 of the Marvel paper (GB of 10⁹ bytes): experiments with `compare_with: table1` print
    their bytes beside it. `paper/table2.csv` is its Table 2 (fio), `paper/claims.csv` what its figures claim.

    The CSV files follow RFC 4180 (lines end in a line feed). An empty field was not measured: it is no zero.
    Times are nanoseconds, sizes bytes. This page is generated from the program's list of columns
    (`marvel-bench list columns --markdown`).

    ## trials.csv

    \(table(TrialColumns.all))

    ## stages.csv

    \(table(StageColumns.all))

    ## activations.csv

    \(table(ActivationColumns.all))

    ## faas.csv

    \(table(FaasColumns.all))

    ## io.csv

    \(table(IOColumns.all))

    ## latency.csv

    \(table(LatencyBinColumns.all))

    ## report.csv

    \(table(ReportColumns.all))

    ## comparison.csv

    \(table(Comparison.columns))

    ## noise.csv

    \(table(NoiseTable.columns))

    """
  }

  private static func table<Row>(_ columns: [Column<Row>]) -> String {
    var table = TextTable([.left("column"), .left("unit"), .left("better"), .left("meaning")])
    for column in columns {
      let better = column.better == .none ? "" : column.better.rawValue
      table.add(["`\(column.name)`", column.unit, better, column.meaning])
    }
    return table.markdown
  }

  /// For a terminal: aligned, without marks.
  public static var text: String {
    func text<Row>(_ title: String, _ columns: [Column<Row>]) -> String {
      var table = TextTable([.left("column"), .left("unit"), .left("better"), .left("meaning")])
      for column in columns {
        table.add([
          column.name, column.unit, column.better == .none ? "" : column.better.rawValue, column.meaning,
        ])
      }
      return title + "\n" + table.text(indent: 2)
    }
    return [
      text("trials.csv", TrialColumns.all), text("stages.csv", StageColumns.all),
      text("activations.csv", ActivationColumns.all), text("faas.csv", FaasColumns.all),
      text("io.csv", IOColumns.all),
      text("latency.csv", LatencyBinColumns.all), text("report.csv", ReportColumns.all),
      text("comparison.csv", Comparison.columns), text("noise.csv", NoiseTable.columns),
    ].joined(separator: "\n")
  }
}
