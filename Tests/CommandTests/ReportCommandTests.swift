import Foundation
import Testing

/// `report` and `plot` as a user runs them, on a file that anybody could have written.
struct ReportCommandTests {
  private let rows = """
    workload,system,repeat,wall_ns
    wordcount,größe,1,100
    wordcount,größe,2,101
    wordcount,other,1,200
    wordcount,other,2,201

    """

  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func results(_ text: String) throws -> String {
    try scratch.file("trials.csv", Array(text.utf8))
  }

  @Test func `a report is written where it is asked for, and printed with --stdout`() throws {
    let file = try results(rows)
    let ended = try run(["report", file, "--format", "md,csv,json", "--out", scratch.path + "/out"])
    #expect(ended.code == 0, "\(ended.error)")
    #expect(ended.out == ["md", "csv", "json"].map { "\(scratch.path)/out/report.\($0)\n" }.joined())
    #expect(ended.error.contains("note: \(file): no column format, cell"))
    let printed = try run(["report", file, "--format", "md", "--stdout"])
    #expect(printed.out.hasPrefix("# trials.csv\n"))
    #expect(printed.out.contains("größe"))
  }

  @Test func `a table for a paper needs no gnuplot`() throws {
    let file = try results(rows)
    let ended = try run(["plot", file, "--kind", "systems", "--format", "tex"])
    #expect(ended.code == 0, "\(ended.error)")
    #expect(ended.out == "\(scratch.path)/plots/systems.tex\n")
    for name in ["systems.gp", "systems.dat", "systems.tex"] {
      #expect(FileManager.default.fileExists(atPath: "\(scratch.path)/plots/\(name)"), "\(name)")
    }
  }

  @Test(arguments: [
    ("", "trials.csv: is empty: a CSV file begins with its header"),
    (
      "workload,system,repeat,wall_ns\nwordcount,a,1,NaN\n", "trials.csv:2: wall_ns is 'NaN': no whole number"
    ),
    ("workload,system,repeat,wall_ns\nwordcount,a,1,0\n", "trials.csv:2: wall_ns is '0'"),
    ("format,workload,system,repeat,wall_ns\n9,w,a,1,5\n", "use the newer marvel-bench that wrote it"),
  ])
  func `a file that cannot be believed ends with 2 and its place`(text: String, error: String) throws {
    let file = try results(text)
    for command in ["report", "plot"] {
      let ended = try run([command, file])
      #expect(ended.code == 2)
      #expect(ended.error.contains(error), "\(ended.error)")
    }
  }

  @Test func `what there is nothing for ends with 2, a kind that is none with 64`() throws {
    let file = try results(rows)
    let nothing = try run(["plot", file, "--kind", "io", "--format", "tex"])
    #expect(nothing.code == 2)
    #expect(nothing.error.contains("no plot io: there is no io.csv"))
    #expect(try run(["plot", file, "--kind", "pie"]).code == 64)
    #expect(try run(["report", file, "--format", "docx"]).code == 64)
    #expect(try run(["report", file, "--format", "md,csv", "--stdout"]).code == 64)
    #expect(try run(["plot", file, "--workload", "join"]).code == 2)
    #expect(try run(["reproduce", "--only", "figure9"]).code == 64)
  }

  @Test func `a folder that cannot be written is named, and what to do`() throws {
    let file = try results(rows)
    _ = try scratch.file("taken", [])
    for command in ["report", "plot"] {
      let ended = try run([command, file, "--format", "tex", "--out", scratch.path + "/taken"])
      #expect(ended.code == 2)
      #expect(ended.error.contains("(name a folder that can be written with --out)"), "\(ended.error)")
    }
  }

  @Test func `a figure of the paper is run again, and a system that does not exist yet is skipped`() throws {
    let out = scratch.path + "/again"
    let ended = try run(["reproduce", "--size", "1MiB", "--only", "figure1", "--repeats", "1", "--out", out])
    #expect(ended.code == 0, "\(ended.error)")
    let page = try String(contentsOfFile: out + "/reproduction.md", encoding: .utf8)
    #expect(page.contains("## Figure 1: wordcount by tier"))
    #expect(page.contains("skipped: this version has no system lambda-s3"))
    #expect(page.contains("Ours, cell by cell."))
    #expect(FileManager.default.fileExists(atPath: out + "/reproduction.html"))
    #expect(FileManager.default.fileExists(atPath: out + "/figure1/trials.csv"))
  }
}
