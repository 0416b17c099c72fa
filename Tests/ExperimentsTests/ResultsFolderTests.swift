import Foundation

import Storage
import Testing

@testable import Experiments
@testable import Reports

private func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)"
  }
}

struct ResultsFolderTests {
  @Test func `headers are there at once, and rows as soon as they are added`() throws {
    try withTemporaryFolder { folder in
      let results = try ResultsFolder(experiment: "e", out: folder.path + "/r")
      func lines(_ name: String) throws -> [Substring] {
        try String(contentsOfFile: "\(folder.path)/r/\(name)", encoding: .utf8).split(separator: "\n")
      }
      #expect(try lines("trials.csv").count == 1)
      #expect(try lines("activations.csv").count == 1)
      try results.add(sampleRow(uniformSystem("ssd", .ssd), wall: 10))
      try results.add(sampleRow(uniformSystem("ssd", .ssd), repeatNumber: 2, wall: 11))
      let rows = try lines("trials.csv")
      #expect(rows.count == 3)
      #expect(rows[1].hasPrefix("1,sample,"))
      // The id leads from an activation to its trial.
      let id = sampleRow(uniformSystem("ssd", .ssd), wall: 10).cell.id
      #expect(try lines("activations.csv")[2].hasPrefix("a1,\(id),2,map,"))
    }
  }

  @Test func `two runs that start in one second get a folder each, and latest is the newer`() throws {
    try withTemporaryFolder { folder in
      let now = Date(timeIntervalSince1970: 0)
      let paths = try (0..<3).map { _ in
        try ResultsFolder(experiment: "e", out: nil, parent: folder.path, now: now).path
      }
      #expect(
        paths.map { $0.dropFirst(folder.path.count) }
          == ["/19700101T000000Z-e", "/19700101T000000Z-e-2", "/19700101T000000Z-e-3"])
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/latest")
          == "19700101T000000Z-e-3")
    }
  }

  @Test func `latest is the newest run in a folder called results, however it was named`() throws {
    try withTemporaryFolder { folder in
      func latest(_ parent: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder.path)/\(parent)/latest")
      }
      let results = folder.path + "/results"
      _ = try ResultsFolder(experiment: "e", out: nil, parent: results)
      _ = try ResultsFolder(experiment: "e", out: results + "/mine/")
      #expect(latest("results") == "mine")
      _ = try ResultsFolder(experiment: "e", out: folder.path + "/elsewhere/theirs")
      #expect(latest("elsewhere") == nil)
      #expect(latest("results") == "mine")
    }
  }

  @Test func `a folder that holds something is refused, and an empty one is taken`() throws {
    try withTemporaryFolder { folder in
      _ = try ResultsFolder(experiment: "e", out: folder.path)
      #expect(
        message { _ = try ResultsFolder(experiment: "e", out: folder.path) }
          == "create \(folder.path): it exists and is not empty (name another with --out)")
    }
  }

  @Test func `a file in the folder's place is said`() throws {
    try withTemporaryFolder { folder in
      let file = folder.path + "/file"
      try Data().write(to: URL(fileURLWithPath: file))
      #expect(
        message { _ = try ResultsFolder(experiment: "e", out: file) }
          == "create \(file): it is not a folder (name a folder that can be written with --out)")
    }
  }

  @Test func `a place where nobody can write is said`() {
    #expect(
      message { _ = try ResultsFolder(experiment: "e", out: "/proc/marvel/r") }
        == "create /proc/marvel: No such file or directory (name a folder that can be written with --out)")
  }

  @Test func `time stamps sort as time does`() {
    let stamps = [0, 59, 3600, 86_400 * 400].map {
      ResultsFolder.stamp(Date(timeIntervalSince1970: Double($0)))
    }
    #expect(stamps == ["19700101T000000Z", "19700101T000059Z", "19700101T010000Z", "19710205T000000Z"])
  }
}
