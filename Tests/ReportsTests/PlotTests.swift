import Foundation
import Storage
import Testing

@testable import Reports

/// A folder that has something for every kind of plot.
private func everything(_ name: String = "pmem") -> [String: String] {
  var rows: [TrialFields] = []
  for size in [50_000_000, 100_000_000] {
    for workload in ["wordcount", "scan"] {
      rows += trialFields("ssd", walls: [200, 210, 190], size: size, workload: workload, plan: "paper")
      rows += trialFields(
        name, walls: [100, 105, 95], size: size, workload: workload, tier: "pmem", access: "libpmem",
        provenance: "emulated", plan: "paper")
    }
  }
  let io = """
    job,direction,tier,provenance,engine,rw,block_bytes,iodepth,numjobs,iops,bandwidth_mib_s,lat_mean_ns
    a,read,pmem,emulated,libpmem,randread,4096,1,1,1100000,4296.9,900
    b,read,ssd,measured,libaio,randread,4096,1,1,8000,31.2,120000
    c,read,ssd,measured,libaio,randread,4096,32,1,82000,320.3,390000

    """
  let latency = """
    job,direction,kind,value_ns,count
    b,read,lat,100000,50
    b,read,lat,130000,49
    b,read,lat,900000,1
    b,read,slat,1000,100

    """
  return [
    "trials.csv": trialsText(rows), "activations.csv": activationsText(rows), "io.csv": io,
    "latency.csv": latency,
  ]
}

private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

struct PlotTests {
  @Test func `what is compiled in is what the scripts say`() throws {
    let folder = packageFolder.appending(path: "scripts/plots")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".gp")
    }
    #expect(Set(files) == Set(EmbeddedPlotScripts.all.map { $0.name + ".gp" }))
    for (name, script) in EmbeddedPlotScripts.all {
      #expect(try text(folder.appending(path: name + ".gp").path) == script)
    }
  }

  @Test func `every kind is drawn, with its script, its data and its table beside it`() throws {
    try withResults(everything()) { folder in
      let outcome = try Plots(RecordedResults(folder)).draw(
        PlotKind.allCases, formats: [.svg, .tex], in: folder + "/p")
      #expect(outcome.failure == nil)
      #expect(outcome.missing.map { $0.reason } == [])
      #expect(Set(outcome.drawn.map { $0.kind }) == Set(PlotKind.allCases))
      for drawn in outcome.drawn {
        #expect(drawn.files == [drawn.name + ".svg", drawn.name + ".tex"])
        // gnuplot ends a picture that it could draw with its closing tag.
        #expect(try text("\(folder)/p/\(drawn.name).svg").contains("</svg>"))
        #expect(try text("\(folder)/p/\(drawn.name).gp").contains("plot for"))
        #expect(try text("\(folder)/p/\(drawn.name).dat").hasPrefix("# "))
        let table = try text("\(folder)/p/\(drawn.name).tex")
        #expect(table.contains("\\toprule") && table.contains("\\end{table}"))
      }
      // What is not real is said in the legend, and the machine below.
      let svg = try text("\(folder)/p/systems.svg")
      #expect(svg.contains("pmem [emulated: is dram]") && svg.contains("a CPU, 2 cores; commit c0ffee"))
    }
  }

  @Test func `data holds the figures, and whiskers are least and greatest of few repeats`() throws {
    let rows = trialFields("ssd", walls: [200, 210, 190]) + trialFields("pmem", walls: [100])
    let picture = try TrialPictures(try recorded(rows)).systemsPicture()
    #expect(picture.data == [[["1", "0", "0.2", "0.19", "0.21"], ["2", "1", "0.1", "0.1", "0.1"]]])
    #expect(
      picture.dataText == """
        # series position wall_s low_s high_s
        # wordcount optimized
        1 0 0.2 0.19 0.21
        2 1 0.1 0.1 0.1

        """)
    #expect(picture.table.rows.map { $0[2] } == ["0.200", "0.100"])
  }

  @Test(arguments: [
    "'; system('touch /tmp/mb-pwned'); '", "`touch /tmp/mb-pwned`", "@name 50 % %s %d", "a\\\nb",
    "<script>x</script>",
    "漢字 é \u{202E}rtl", "",
  ])
  func `a system of any name is drawn, and nothing of it is run`(name: String) throws {
    try withResults(everything(name)) { folder in
      let outcome = try Plots(RecordedResults(folder)).draw(
        [.systems, .phases, .sizes], formats: [.svg], in: folder + "/p")
      #expect(outcome.failure == nil)
      #expect(!FileManager.default.fileExists(atPath: "/tmp/mb-pwned"))
      #expect(try !text("\(folder)/p/systems.svg").contains("<script>"))
    }
  }

  @Test func `of more systems than a legend has room for the first are drawn, and the rest is counted`()
    throws
  {
    let rows = (0..<40).flatMap { trialFields("s\($0)", walls: [100 + $0], workload: "w\($0 / 20)") }
    let picture = try TrialPictures(try recorded(rows)).systemsPicture()
    #expect(picture.legend == (0..<16).map { "s\($0)" })
    #expect(picture.data.map(\.count) == [16])
    #expect(picture.caption.contains("24 more systems are not drawn."))
  }

  @Test func `what there is nothing for is said`() throws {
    let results = try recorded(trialFields("ssd", walls: [200]))
    let outcome = try withTemporaryFolder {
      try Plots(results).draw([.sizes, .activations, .table2, .io], formats: [.tex], in: $0)
    }
    #expect(outcome.drawn.isEmpty)
    #expect(
      outcome.missing.map { $0.reason } == [
        "no job was measured at more than one size", "there is no activations.csv with the measured repeats",
        "there is no io.csv (marvel-bench io writes one)", "there is no io.csv (marvel-bench io writes one)",
      ])
    var row = trialFields("ssd", repeat: 1, wall: 200)
    row["status"] = "skipped"
    let skipped = try recorded([row])
    #expect(throws: NothingToDraw.self) { try TrialPictures(skipped).systemsPicture() }
  }

  @Test func `a folder that cannot be written is named, and what to do`() throws {
    let results = try recorded(trialFields("ssd", walls: [200]))
    try withTemporaryFolder { folder in
      try "".write(toFile: folder + "/file", atomically: true, encoding: .utf8)
      let error = message { _ = try Plots(results).draw([.systems], formats: [.tex], in: folder + "/file") }
      #expect(error.contains("write \(folder)/file/systems.dat: "))
      #expect(error.contains("(name a folder that can be written with --out)"))
    }
  }

  @Test func `TeX's own characters are text in a table`() {
    let table = PlotTable(headers: [.left("a_b"), .right("5 %")], rows: [["\\x{}$&#", "µ < 3×"]])
    #expect(
      table.latex(caption: "50 %", label: "l") == """
        % Written by marvel-bench plot; needs \\usepackage{booktabs}.
        \\begin{table}
        \\centering
        \\caption{50 \\%}
        \\label{tab:l}
        \\begin{tabular}{lr}
          \\toprule
          a\\_b & 5 \\% \\\\
          \\midrule
          \\textbackslash{}x\\{\\}\\$\\&\\# & \\textmu{} \\textless{} 3$\\times$ \\\\
          \\bottomrule
        \\end{tabular}
        \\end{table}

        """)
  }

  @Test(arguments: [
    ("[x]* a", "{[}x{]}{*} a"), ("größe Ævar", "größe Ævar"), ("漢\u{1F680}", "U+6F22U+1F680"),
    ("«þ» ſ", "U+00ABU+00FEU+00BB U+017F"), ("≤ −1 “a”…", "$\\leq$ $-$1 “a”…"),
    ("a\u{9B}\u{202E}b", "a U+202Eb"),
  ])
  func `what pdflatex has no letter for is written by its code point`(text: String, tex: String) {
    #expect(PlotTable.escaped(text) == tex)
  }

  @Test func `axes end at a round figure with at most five ticks`() {
    func axis(_ values: [Double]) -> [Double] {
      Picture.axis([values]).compactMap { if case .numbers(let numbers) = $0.1 { numbers[0] } else { nil } }
    }
    #expect(axis([4.1]) == [5, 1])
    #expect(axis([23]) == [25, 5])
    #expect(axis([0]) == [1, 0.5])
    #expect(axis([.nan, 1]) == [1.03, 0.2])
  }

  @Test func `long text is wrapped between words, and headings are cut`() {
    #expect(Picture.wrapped("aa bb cc", width: 5) == ["aa bb", "cc"])
    #expect(Picture.wrapped("abcdefgh", width: 3) == ["abc", "def", "gh"])
    #expect(Picture.shortened("abcdef", 4) == "abc…")
    #expect(Picture.quoted("it's\n`x`") == "'it’s `x`'")
  }

  @Test func `the paper's figures are the files'`() throws {
    for (name, facts) in [("table2", PaperFacts.table2), ("claims", PaperFacts.claims)] {
      #expect(try text(packageFolder.appending(path: "results/paper/\(name).csv").path) == facts)
    }
    #expect(PaperFacts.ioRows.count == 8)
    #expect(PaperFacts.claim("fig6-peak")?.value == 12)
  }
}
