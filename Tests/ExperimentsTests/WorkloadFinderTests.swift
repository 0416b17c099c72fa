import MapReduce
import Foundation
import Reports
import Storage
import Testing

@testable import Experiments

/// The package's folder, from where this file lies.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// A folder of the test's own, gone after it.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "mb-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

struct WorkloadFinderTests {
  @Test(arguments: WorkloadFinder.Kind.allCases)
  func `what is compiled in is what the files say`(kind: WorkloadFinder.Kind) throws {
    let folder = packageFolder.appending(path: "workloads/\(kind.rawValue)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(kind.suffix)
    }
    #expect(Set(files) == Set(kind.embedded.map { $0.name + kind.suffix }))
    for (name, text) in kind.embedded {
      #expect(try String(contentsOf: folder.appending(path: name + kind.suffix), encoding: .utf8) == text)
    }
  }

  @Test func `the embedded experiments and systems are valid and carry their file's name`() throws {
    let finder = WorkloadFinder(currentFolder: "/nonexistent", executable: "/nonexistent/bin/x")
    for (name, _) in EmbeddedWorkloads.experiments {
      #expect(try finder.experiment(name).name == name)
    }
    for (name, _) in EmbeddedWorkloads.systems {
      #expect(try finder.system(name).name == name)
    }
    #expect(finder.systems().map(\.origin).allSatisfy { $0.hasPrefix("built in/") })
  }

  @Test func `the four systems are what their names promise`() throws {
    let finder = WorkloadFinder(currentFolder: "/nonexistent", executable: "/nonexistent/bin/x")
    #expect(try finder.system("ssd").tiers.map(\.text) == ["ssd", "ssd", "ssd"])
    #expect(try finder.system("marvel-hdfs").tiers.map(\.text) == ["pmem:file", "pmem:file", "pmem:file"])
    #expect(try finder.system("marvel-igfs").tiers.map(\.text) == ["pmem:libpmem", "dram", "pmem:libpmem"])
    #expect(try finder.system("ideal").tiers.map(\.text) == ["dram", "dram", "dram"])
  }

  @Test func `quick runs all workloads, two of them in two plans, on four systems`() throws {
    let quick = try WorkloadFinder(currentFolder: "/nonexistent").experiment("quick")
    let matrix = TrialMatrix(quick, processors: 2)
    let groups = matrix.groups.map { "\($0.cells[0].job.workload.name) \($0.cells[0].job.plan.rawValue)" }
    #expect(
      groups == [
        "wordcount optimized", "wordcount corral", "grep optimized", "scan optimized",
        "aggregation optimized",
        "aggregation corral", "join optimized",
      ])
    #expect(matrix.groups.allSatisfy { $0.cells.count == 4 })
    #expect(matrix.runCount == 7 * 4 * 4)
  }

  @Test func `table1 is the paper's four workloads in its plan, compared with its table`() throws {
    let table1 = try WorkloadFinder(currentFolder: "/nonexistent").experiment("table1")
    #expect(table1.compareWith == .table1)
    let jobs = TrialMatrix(table1, processors: 2).cells.map(\.job)
    #expect(jobs.map(\.workload.name) == ["scan", "aggregation", "join-corral", "wordcount"])
    #expect(jobs.allSatisfy { $0.plan == .paper && $0.encoding == .json })
    #expect(jobs[0].workload.parameters == ["min_rank": "50"])
  }

  @Test func `a file here comes before the installed one, and that before the built-in one`() throws {
    try withTemporaryFolder { folder in
      let here = folder.appending(path: "here/workloads/systems")
      let installed = folder.appending(path: "usr/share/marvel-bench/workloads/systems")
      for place in [here, installed] {
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      }
      func write(_ name: String, _ tier: String, in place: URL) throws {
        try "name: \(name)\ninput: \(tier)\nshuffle: \(tier)\noutput: \(tier)\n"
          .write(to: place.appending(path: name + ".yaml"), atomically: true, encoding: .utf8)
      }
      let finder = WorkloadFinder(
        currentFolder: folder.path + "/here", executable: folder.path + "/usr/bin/marvel-bench")
      #expect(try finder.system("ideal").input.kind == .dram)
      try write("ideal", "pmem", in: installed)
      #expect(try finder.system("ideal").input.kind == .pmem)
      try write("ideal", "ssd", in: here)
      #expect(try finder.system("ideal").input.kind == .ssd)
      // A path is taken as it is.
      #expect(try finder.system(installed.path + "/ideal.yaml").input.kind == .pmem)
      try write("mine", "ssd", in: here)
      #expect(finder.systems().map(\.name).contains("mine"))
    }
  }

  @Test(arguments: [
    ("input=ssd,shuffle=dram", "output missing"),
    (
      "input=ssd,shuffle=drum,output=ssd",
      "unknown tier 'drum'; known here: pmem, ssd, dram (did you mean 'dram'?)"
    ),
    ("input=ssd,input=ssd,output=ssd", "input is given more than once"),
    ("in=ssd,shuffle=dram,output=ssd", "unknown role 'in'; known here: input, shuffle, output"),
    (
      "input=ssd:libpmem,shuffle=dram,output=ssd",
      "unknown access 'libpmem' of ssd; known here: direct, buffered"
    ),
    ("input=ssd@optane-6dimm,shuffle=dram,output=ssd", "only pmem has models, not ssd"),
    ("input=,shuffle=dram,output=ssd", "unknown tier ''; known here: pmem, ssd, dram"),
    ("input=ssd,,output=ssd", "'' is no role=tier"),
  ])
  func `a wrong triple is said`(text: String, expected: String) {
    do {
      let system = try WorkloadFinder().system(text)
      Issue.record("accepted as \(system)")
    } catch {
      #expect("\(error)" == "--system \(text): \(expected) (as in input=ssd,shuffle=dram,output=ssd)")
    }
  }

  @Test func `a triple is a system named by its tiers`() throws {
    let system = try WorkloadFinder().system("input=pmem:file@optane-6dimm,shuffle=dram,output=ssd")
    #expect(system.name == "pmem:file@optane-6dimm+dram+ssd")
    #expect(system.input == TierSpecification(.pmem, access: .file, model: "optane-6dimm"))
  }

  @Test func `a file that is missing, a folder or no text is said as such`() throws {
    try withTemporaryFolder { folder in
      let finder = WorkloadFinder(currentFolder: folder.path)
      func message(_ path: String) -> String {
        do { return try finder.experiment(path).name } catch { return "\(error)" }
      }
      let missing = folder.path + "/none.yaml"
      #expect(message(missing) == "\(missing): no such file")
      #expect(mkfifo(folder.path + "/pipe.yaml", 0o600) == 0)
      #expect(
        message(folder.path + "/pipe.yaml")
          == "\(folder.path)/pipe.yaml: is a FIFO, not a regular file (name a file)")
      #expect(message("/dev/null") == "/dev/null: is a device, not a regular file (name a file)")
      #expect(message(folder.path + "/") == "\(folder.path)/: is a folder, not a YAML file")
      let binary = folder.appending(path: "b.yaml")
      try Data([0xFF, 0xFE, 0x80]).write(to: binary)
      #expect(message(binary.path) == "\(binary.path): is not UTF-8 text")
      #expect(
        message("quik")
          == "quik: no experiment of this name; known here: quick, table1, figure1, figure4, figure5, figure6, table2, io-sweep, faas (did you mean 'quick'?)"
      )
    }
  }
}
