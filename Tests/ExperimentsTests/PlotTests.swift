import Foundation
import Storage
import Testing

@testable import Experiments
@testable import Reports

struct PlotTests {
  private let summary = Summary(
    [
      sampleRow(uniformSystem("ssd", .ssd, .direct), wall: 200),
      sampleRow(uniformSystem("marvel-igfs", .pmem, .libpmem), wall: 110, provenance: "emulated"),
      sampleRow(uniformSystem("ideal", .dram), wall: 100),
    ], isInterrupted: false)

  @Test func `data and scripts are written, and say what is not real`() throws {
    try withTemporaryFolder { folder in
      let results = try ResultsFolder(experiment: "e", out: folder.path + "/r")
      let drawn = try Plots(summary).draw(in: results)
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(results.path)/plots/\(name)", encoding: .utf8)
      }
      #expect(
        try text("systems.dat") == """
          system "wordcount optimized" "min" "max"
          "ssd\\n(bypassed)" 0.200 0.200 0.200
          "marvel-igfs\\n(is dram)" 0.110 0.110 0.110
          "ideal" 0.100 0.100 0.100

          """)
      #expect(
        try text("phases.dat") == """
          system input map shuffle reduce output
          "ssd\\n(bypassed)" 0.020 0.110 0.030 0.030 0.010
          "marvel-igfs\\n(is dram)" 0.011 0.061 0.017 0.017 0.006
          "ideal" 0.010 0.055 0.015 0.015 0.005

          """)
      switch drawn {
      case .success(let pictures):
        #expect(pictures == ["plots/systems.svg", "plots/phases.svg"])
        for picture in pictures {
          // gnuplot ends a picture it could draw with its closing tag.
          #expect(
            try String(contentsOfFile: "\(results.path)/\(picture)", encoding: .utf8).contains("</svg>"))
        }
      case .failure(let missing):
        #expect(missing.description.contains("gnuplot is missing or failed"))
      }
    }
  }

  @Test func `where nothing was measured there is nothing to draw`() throws {
    try withTemporaryFolder { folder in
      let results = try ResultsFolder(experiment: "e", out: folder.path + "/r")
      let skipped = sampleRow(uniformSystem("ssd", .ssd), wall: 0, status: .skipped, reason: "no disk")
      switch try Plots(Summary([skipped], isInterrupted: false)).draw(in: results) {
      case .success(let pictures): Issue.record("drawn: \(pictures)")
      case .failure(let missing): #expect(missing.description == "no plots: nothing was measured")
      }
    }
  }
}
