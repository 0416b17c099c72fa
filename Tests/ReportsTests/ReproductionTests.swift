import Foundation
import Testing

@testable import Reports

private func part(_ name: String, _ rows: [TrialFields]) throws -> ReproducedPart {
  ReproducedPart(name: name, results: try recorded(rows))
}

private func missing(_ system: String) -> TrialFields {
  var row = trialFields(system, repeat: 0, wall: 1, plan: "paper")
  row["wall_ns"] = ""
  row["status"] = "skipped"
  row["reason"] = "there is no system lambda-s3"
  return row
}

private func paced(_ name: String, _ walls: [Int], size: Int = 100_000_000) -> [TrialFields] {
  trialFields(
    name, walls: walls, size: size, tier: "pmem", access: "libpmem", provenance: "emulated+modelled",
    plan: "paper"
  ).map { $0.merging(["modelled_wait_ns": "90000000"]) { $1 } }
}

struct ReproductionTests {
  @Test func `a system that does not exist yet is a skipped row with its reason`() throws {
    let rows =
      paced("marvel-hdfs", [100, 102, 102, 104])
      + trialFields("ssd", walls: [200, 202, 202, 204], plan: "paper")
    let claims = Claims(parts: [try part("figure1", rows + [missing("lambda-s3")])]).rows
    #expect(claims.map(\.outcome) == [.holds, .skipped])
    #expect(claims[0].here.contains("marvel-hdfs 0.102 s, ssd 0.202 s"))
    #expect(claims[0].provenance.contains("emulated+modelled"))
    #expect(claims[1].here == "skipped: there is no system lambda-s3")
  }

  @Test func `a claim that fails is said to fail, and one that is not sure stays open`() throws {
    let ssd = trialFields("ssd", walls: [50, 51, 52, 53], plan: "paper")
    let fails = Claims(parts: [try part("figure1", paced("marvel-hdfs", [100, 102, 102, 104]) + ssd)]).rows
    #expect(fails[0].outcome == .fails)
    let open = Claims(parts: [try part("figure1", paced("marvel-hdfs", [100, 10]) + ssd)]).rows
    #expect(open[0].outcome == .open)
  }

  @Test func `figure 4 is judged at the largest size, and Lambda's claims are skipped`() throws {
    let rows = [50_000_000, 100_000_000].flatMap { size in
      paced("marvel-igfs", [90, 91, 92, 93], size: size)
        + paced("marvel-hdfs", [100, 102, 102, 104], size: size)
    }
    let claims = Claims(parts: [try part("figure4", rows + [missing("lambda-s3")])]).rows
    #expect(claims.map(\.outcome) == [.skipped, .skipped, .skipped, .holds])
    #expect(claims[3].here.hasPrefix("95.4 MiB: marvel-igfs"))
  }

  @Test func `figure 6 sets the greatest throughput beside the paper's`() throws {
    let claims = Claims(parts: [try part("figure6", paced("marvel-igfs", [1000, 1000, 1000]))]).rows
    // 100 MB in, 50 MB out of and into the shuffle, 1 MB written, in a second.
    #expect(claims[0].here == "1.6 Gbit/s (of that the shuffle 0.8) at 95.4 MiB")
    #expect(claims[0].difference == "0.13 times" && claims[0].outcome == .beside)
  }

  @Test func `table 1's ratios are checked against the paper's ranges`() throws {
    let claims = Claims(parts: [try part("table1", paced("ideal", [100]))]).rows
    #expect(claims.map(\.here) == ["0.50", "0.010"])
    #expect(claims[0].outcome == .beside && claims[0].difference.hasSuffix("times its middle"))
    #expect(claims[1].outcome == .holds)
  }

  @Test func `the page has every part, what was skipped, ours cell by cell and why they differ`() throws {
    try withTemporaryFolder { folder in
      let files = [
        "trials.csv": trialsText(paced("marvel-hdfs", [100, 102, 102, 104]) + [missing("lambda-s3")])
      ]
      let results = try withResults(files) { try RecordedResults($0) }
      var page = ReproductionPage(
        [
          ReproducedPart(name: "figure1", results: results),
          ReproducedPart(name: "table2", results: nil, reason: "this version has no experiment table2"),
        ], machine: "a CPU", command: "marvel-bench reproduce")
      // Its plots are drawn in the results folder, which is gone: the page must not need it.
      try FileManager.default.createDirectory(atPath: results.folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: results.folder) }
      let written = try page.write(in: folder)
      #expect(written.files == ["reproduction.html", "reproduction.md"].map { "\(folder)/\($0)" })
      let html = try String(contentsOfFile: written.files[0], encoding: .utf8)
      let markdown = try String(contentsOfFile: written.files[1], encoding: .utf8)
      for text in [html, markdown] {
        #expect(text.contains("Table 2: fio on persistent memory and SSD"))
        #expect(text.contains("Skipped: this version has no experiment table2."))
        #expect(text.contains("there is no system lambda-s3"))
        #expect(text.contains("emulated+modelled"))
        #expect(text.contains("OpenWhisk, YARN, HDFS and Ignite on the JVM"))
        #expect(text.contains("Ours, cell by cell."))
      }
      #expect(html.contains("<svg role=\"img\""))
      #expect(markdown.contains("(./figure1/plots/systems.svg)"))
    }
  }
}
