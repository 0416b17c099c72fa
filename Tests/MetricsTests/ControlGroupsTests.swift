import Foundation
import Metrics
import Testing

struct ControlGroupsTests {
  /// What ``ControlGroups`` says where the root has these files in it.
  private func quota(_ files: [String: String]) throws -> Double? {
    let root = FileManager.default.temporaryDirectory.appending(path: "marvel-test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (path, text) in files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    return ControlGroups.processorQuota(root: root.path)
  }

  @Test func `the tightest quota on the way to the root holds`() throws {
    var files = [
      "proc/self/cgroup": "0::/a.slice/b.scope\n", "sys/fs/cgroup/a.slice/cpu.max": "150000 100000\n",
      "sys/fs/cgroup/a.slice/b.scope/cpu.max": "max 100000\n",
    ]
    #expect(try quota(files) == 1.5)
    files["sys/fs/cgroup/a.slice/b.scope/cpu.max"] = "50000 100000\n"
    #expect(try quota(files) == 0.5)
  }

  @Test func `a container sees its quota at the mount's root, also of version 1`() throws {
    #expect(try quota(["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"]) == 2)
    let files = [
      "proc/self/cgroup": "8:cpu,cpuacct:/docker/abc\n0::/\n",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "25000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us": "100000\n",
    ]
    #expect(try quota(files) == 0.25)
  }

  @Test(arguments: [
    [:], ["proc/self/cgroup": "0::/x\n"],
    ["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"],
    ["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "nonsense\n"],
  ])
  func `without a quota there is none`(files: [String: String]) throws {
    #expect(try quota(files) == nil)
  }
}
