import Foundation
import MapReduce
import Reports
import Storage
import Testing

@testable import Experiments

struct MachineTests {
  /// A root with these files in it.
  private func withRoot<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result
  {
    try withTemporaryFolder { folder in
      for (path, text) in files {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      return try body(folder.path)
    }
  }

  @Test func `the tightest memory group on the way to the root counts, less what is used`() throws {
    let files = [
      "proc/self/cgroup": "0::/user.slice/run.scope\n",
      "sys/fs/cgroup/user.slice/memory.max": "8000000\n",
      "sys/fs/cgroup/user.slice/memory.current": "7000000\n",
      "sys/fs/cgroup/user.slice/run.scope/memory.max": "2000000\n",
      "sys/fs/cgroup/user.slice/run.scope/memory.current": "500000\n",
    ]
    #expect(try withRoot(files) { ControlGroup.memoryLeft(root: $0) } == 1_000_000)
  }

  @Test func `a container sees its limit at the mount's root`() throws {
    let v2 = [
      "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "100\n",
      "sys/fs/cgroup/memory.current": "30\n",
    ]
    #expect(try withRoot(v2) { ControlGroup.memoryLeft(root: $0) } == 70)
    let v1 = [
      "proc/self/cgroup": "9:memory:/docker/abc\n8:cpu,cpuacct:/docker/abc\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "100\n",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "120\n",
    ]
    #expect(try withRoot(v1) { ControlGroup.memoryLeft(root: $0) } == 0)
  }

  @Test(arguments: [
    ["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"],
    [
      "proc/self/cgroup": "9:memory:/\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    ],
    [:],
  ])
  func `without a limit there is none`(files: [String: String]) throws {
    #expect(try withRoot(files) { ControlGroup.memoryLeft(root: $0) } == nil)
  }

  @Test func `the doctor looks at every thing a measurement depends on, and says what to do`() throws {
    let doctor = Doctor(probeSeconds: 0.3)
    let subjects = doctor.lines.map(\.subject)
    for subject in [
      "tier pmem", "tier ssd", "disk of ssd", "read rate of ssd", "O_DIRECT", "libaio", "io_uring", "/dev/shm", "memory", "NUMA",
      "CPU governor", "load", "instruction counter", "libpmem", "libnuma", "gnuplot", "build",
    ] {
      #expect(subjects.contains(subject), "\(subject)")
    }
    #expect(Set(subjects).count == subjects.count)
    for line in doctor.lines where line.verdict != .ok {
      #expect(!line.advice.isEmpty, "\(line.subject)")
    }
    for line in doctor.lines where line.verdict == .ok {
      #expect(line.advice.isEmpty, "\(line.subject)")
    }
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(doctor.json.utf8)) as? [String: [[String: String]]])
    #expect(object["lines"]?.count == doctor.lines.count)
    #expect(
      object["lines"]?.allSatisfy { ["ok", "degraded", "missing"].contains($0["verdict"] ?? "") } == true)
  }
}

struct SpacePlanTests {
  private func cell(
    _ system: SystemSpecification, size: Int = 1 << 30, plan: JobSpecification.Plan = .optimized,
    encoding: JobSpecification.Encoding = .binary
  ) -> TrialCell {
    TrialCell(
      job: JobSpecification(
        workload: WorkloadSpecification("wordcount"), plan: plan, encoding: encoding, workers: 2),
      dataset: DatasetSpecification(kind: "text", size: size, seed: 1), system: system)
  }

  @Test func `a plan without a combiner needs room for all records, and more of it as JSON`() {
    let optimized = SpacePlan.shuffleBytes(cell(uniformSystem("ideal", .dram)))
    let binary = SpacePlan.shuffleBytes(cell(uniformSystem("ideal", .dram), plan: .paper))
    let json = SpacePlan.shuffleBytes(cell(uniformSystem("ideal", .dram), plan: .paper, encoding: .json))
    #expect(optimized <= binary)
    #expect(json >= 6 << 30)
    #expect(binary < json)
  }

  @Test func `what does not fit is refused before anything runs, and says how much is missing`() {
    let plan = SpacePlan([cell(uniformSystem("ideal", .dram), size: 1 << 50)], datasetFolder: "/tmp")
    do {
      try plan.demand()
      Issue.record("a petabyte fits")
    } catch {
      #expect("\(error)".contains("the run needs"))
      #expect(
        "\(error)".contains("are free (a smaller --size, fewer systems, or another folder with --tier)"))
    }
  }

  @Test func `a tier's folder that is not there is said as such`() {
    var system = uniformSystem("ssd", .ssd)
    system.updateTiers { $0.folders = ["/nonexistent/nvme"] }
    do {
      try SpacePlan([cell(system, size: 1 << 20)], datasetFolder: "/tmp").demand()
      Issue.record("it was found")
    } catch {
      #expect(
        "\(error)"
          == "/nonexistent/nvme: No such file or directory (name another folder with --tier)")
    }
  }

  @Test func `a small run fits`() throws {
    try SpacePlan([cell(uniformSystem("ideal", .dram), size: 1 << 20)], datasetFolder: "/tmp").demand()
  }
}
