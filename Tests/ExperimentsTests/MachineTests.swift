import Foundation
import MapReduce
import Metrics
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

  @Test func `a folder's mount is the innermost, and says whether it is DAX`() throws {
    let table = MountTable(
      """
      22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
      23 22 0:23 / /dev/shm rw,nosuid - tmpfs tmpfs rw,size=64k
      nonsense
      24 22 259:1 / /mnt/pmem\\0400 rw,noatime master:3 shared:4 - xfs /dev/pmem0 rw,dax=always
      25 22 259:2 / /mnt/pmem1 rw - ext4 /dev/pmem1 rw,dax=inode
      26 22 254:1 / /mnt/pmem1 rw - ext4 /dev/vdb rw

      """)
    #expect(table.mounts.count == 5)
    #expect(table.mount(of: "/dev/shm/x")?.fileSystem == "tmpfs")
    #expect(table.mount(of: "/dev/shmx")?.point == "/")
    let pmem = try #require(table.mount(of: "/mnt/pmem 0"))
    #expect(pmem.isDAX && pmem.source == "/dev/pmem0" && pmem.options == ["rw", "noatime", "dax=always"])
    #expect(table.mount(of: "/mnt/pmem1/a")?.source == "/dev/vdb")
    #expect(table.mounts.filter(\.isDAX).map(\.point) == ["/mnt/pmem 0"])
    #expect(MountTable().mount(of: "/proc/self")?.fileSystem == "proc")
  }

  @Test func `a commit is the build's, or that of the checkout around an unscripted build`() {
    func commit(_ binary: String, _ embedded: String, release: Bool = true) -> String? {
      Environment.commit(binary: binary, embedded: embedded, isRelease: release) { "HEAD of \($0)" }
    }
    #expect(commit("/usr/local/bin/marvel-bench", "c0ffee") == "c0ffee")
    #expect(commit("/usr/local/bin/marvel-bench", "") == nil)
    #expect(commit("/src/.build-release/release/marvel-bench", "c0ffee-dirty") == "c0ffee-dirty")
    #expect(commit("/src/.build-release/release/marvel-bench", "") == "HEAD of /src")
    #expect(commit("/src/.build/release/marvel-bench", "0ld") == "HEAD of /src")
    #expect(commit("/src/.build/debug/marvel-bench", "0ld", release: false) == "HEAD of /src")
  }

  @Test func `the environment says where its folders are mounted`() throws {
    let text = Environment(version: "1").json(folders: ["/var/tmp", "/dev/shm"]).text
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let folders = try #require(object["folders"] as? [[String: Any]])
    #expect(folders.map { $0["folder"] as? String } == ["/dev/shm", "/var/tmp"])
    #expect(
      folders.allSatisfy { $0["mount"] is String && $0["mount_options"] is String && $0["dax"] is Bool })
    #expect(object["dax_mounts"] is [String] && object.keys.contains("cgroup_processors"))
  }

  @Test func `the doctor looks at every thing a measurement depends on, and says what to do`() throws {
    let doctor = Doctor(probeSeconds: 0.3)
    let subjects = doctor.lines.map(\.subject)
    for subject in [
      "tier pmem", "tier ssd", "disk of ssd", "read rate of ssd", "O_DIRECT", "libaio", "io_uring",
      "/dev/shm", "memory", "NUMA",
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
    let plan = SpacePlan(
      [cell(uniformSystem("ideal", .dram), size: 1 << 50)], workers: 2, datasetFolder: "/tmp")
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
      try SpacePlan([cell(system, size: 1 << 20)], workers: 2, datasetFolder: "/tmp").demand()
      Issue.record("it was found")
    } catch {
      #expect(
        "\(error)"
          == "/nonexistent/nvme: No such file or directory (name another folder with --tier)")
    }
  }

  private func matrix(
    _ systems: [SystemSpecification] = [uniformSystem("ideal", .dram)], _ workloads: [String] = ["wordcount"],
    sizes: [Int] = [64 << 20], workers: [Int] = [2]
  ) -> TrialMatrix {
    var experiment = Experiment(name: "e")
    experiment.systems = systems
    experiment.workloads = workloads.map { WorkloadSpecification($0) }
    experiment.sizes = sizes
    experiment.workers = workers
    return TrialMatrix(experiment, processors: 2)
  }

  /// Bytes of memory.
  private func memory(_ matrix: TrialMatrix) -> Int {
    SpacePlan(matrix.cells, workers: matrix.workersAtOnce(mostWorkers: 32), datasetFolder: "/nonexistent")
      .lines.first { $0.place == "memory" }?.needed ?? 0
  }

  @Test(arguments: [[64 << 20, 256 << 20], [256 << 20, 64 << 20]])
  func `of several sizes the largest is planned for, in any order`(sizes: [Int]) {
    #expect(memory(matrix(sizes: sizes)) == memory(matrix(sizes: [256 << 20])))
    #expect(memory(matrix(sizes: [64 << 20])) < memory(matrix(sizes: sizes)))
  }

  @Test(arguments: [[2, 12], [12, 2]])
  func `of several numbers of workers all stand at once`(workers: [Int]) {
    #expect(
      memory(matrix(workers: workers)) == memory(matrix(workers: [12])) + 2 * SpacePlan.workerBytes)
  }

  @Test func `a dataset that a later workload reads stays while another is measured`() {
    let sizes = [64 << 20, 256 << 20]
    #expect(
      memory(matrix([uniformSystem("ideal", .dram)], ["wordcount", "drain"], sizes: sizes))
        == memory(matrix(sizes: sizes)) + (64 << 20))
  }

  @Test func `systems of a job are measured in turn, with all their workers`() {
    let systems = [uniformSystem("ideal", .dram), uniformSystem("ssd", .ssd)]
    let matrix = matrix(systems, ["wordcount", "drain"], workers: [20])
    // Jobs follow each other where their workers do not fit beside each other.
    #expect(matrix.workersAtOnce(mostWorkers: 32) == 40)
    #expect(matrix.workersAtOnce(mostWorkers: 80) == 80)
  }

  @Test func `pools of two models hold their data each, files of two accesses too`() {
    var paced = uniformSystem("paced", .pmem)
    paced.updateTiers { $0.model = "optane-6dimm" }
    func needed(_ systems: [SystemSpecification]) -> Int {
      let matrix = matrix(systems)
      return SpacePlan.bytes(matrix.cells) { $0.kind == systems[0].input.kind }
    }
    let plain = uniformSystem("plain", .pmem)
    #expect(needed([plain, paced]) == needed([plain]) + (64 << 20))
    let direct = uniformSystem("ssd", .ssd, .direct)
    #expect(needed([direct, uniformSystem("cached", .ssd, .buffered)]) == needed([direct]) + (64 << 20))
  }

  @Test func `a small run fits`() throws {
    try SpacePlan([cell(uniformSystem("ideal", .dram), size: 1 << 20)], workers: 2, datasetFolder: "/tmp")
      .demand()
  }
}
