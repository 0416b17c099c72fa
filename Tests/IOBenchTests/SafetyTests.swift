import CSystemIO
import Foundation
import Glibc
import Testing

@testable import IOBench

/// What a run does not do, and what it says then.
struct SafetyTests {
  @Test func `a file that somebody else made is not written to`() throws {
    let folder = try ScratchFolder()
    let before = [UInt8](repeating: 7, count: 64 << 10)
    let path = try folder.write("mine", before)
    let words = ["--name=a", "--filename=mine", "--size=64k"]
    let said = refusal(words + ["--rw=randwrite"], in: folder)
    #expect(
      said == "write \(path): this run did not make the file, and its 64 KiB would be lost"
        + " (if that is meant: --allow-destructive)")
    // Nor made larger, so that a read finds enough.
    #expect(refusal(words + ["--rw=read", "--size=1m"], in: folder)?.contains("--allow-destructive") == true)
    #expect(folder.read("mine") == before)
    #expect(refusal(words + ["--rw=read"], in: folder) == nil)
    #expect(folder.read("mine") == before, "nor removed after a read")
    #expect(refusal(words + ["--rw=write"], in: folder) { $0.allowsDestruction = true } == nil)
    #expect(folder.files == ["mine"])
    #expect(folder.read("mine") != before)
  }

  @Test func `a file that an earlier run kept is used again`() throws {
    let folder = try ScratchFolder()
    let words = ["--name=a", "--rw=write", "--size=64k"]
    #expect(refusal(words, in: folder) { $0.keepsFiles = true } == nil)
    let inode =
      try FileManager.default.attributesOfItem(atPath: "\(folder.path)/a.0.0")[.systemFileNumber] as? Int
    guard mb_marks(folder) else { return }
    #expect(refusal(words, in: folder) == nil)
    let now =
      try FileManager.default.attributesOfItem(atPath: "\(folder.path)/a.0.0")[.systemFileNumber] as? Int
    #expect(inode == now)
  }

  /// Whether the folder's file system keeps marks.
  private func mb_marks(_ folder: ScratchFolder) -> Bool {
    (try? FileSurvey("\(folder.path)/a.0.0"))?.isOurs == true
  }

  @Test func `a mounted device is refused always`() throws {
    // The root file system's own device, if there is one that stat can see.
    let line = "36 35 98:3 / /mnt/data rw,noatime master:1 - ext4 /dev/sdz3 rw"
    let device = FileSurvey.blockDevice(major: 98, minor: 3, size: 1 << 30)
    for isAllowed in [false, true] {
      let error = #expect(throws: IOFailure.self) {
        try FileSafety.checkWriting("/dev/sdz3", device, isDestructionAllowed: isAllowed, mounts: line)
      }
      #expect(
        error?.description
          == "write /dev/sdz3: it is mounted at /mnt/data: refused always (unmount it, or name a file)")
    }
    let error = #expect(throws: IOFailure.self) {
      try FileSafety.checkWriting("/dev/none", device, isDestructionAllowed: false, mounts: "")
    }
    #expect(error?.description.contains("all 1 GiB on this block device may be lost") == true)
    try FileSafety.checkWriting("/dev/none", device, isDestructionAllowed: true, mounts: "")
  }

  @Test func `what is no file is named`() throws {
    let folder = try ScratchFolder()
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    for name in ["pipe", "."] {
      let said = refusal(["--name=a", "--filename=\(name)", "--size=64k", "--rw=read"], in: folder)
      #expect(said?.contains("neither a regular file nor a block device") == true, "\(said ?? "nothing")")
    }
  }

  @Test func `sizes that cannot be are named`() throws {
    let folder = try ScratchFolder()
    _ = try folder.write("empty", [])
    #expect(refusal(["--name=a", "--rw=read"], in: folder)?.contains("give a size") == true)
    #expect(refusal(["--name=a", "--rw=read", "--filename=empty"], in: folder)?.contains("size") == true)
    let small = refusal(["--name=a", "--rw=read", "--size=1k"], in: folder)
    #expect(small?.contains("bs is 4096") == true, "\(small ?? "nothing")")
    #expect(folder.files == ["empty"])
  }

  @Test func `a missing folder and a read-only one are named`() throws {
    let folder = try ScratchFolder()
    let missing = refusal(
      ["--name=a", "--rw=read", "--size=64k", "--directory=\(folder.path)/none"], in: folder)
    #expect(
      missing?.contains("create \(folder.path)/none/a.0.0: No such file or directory") == true,
      "\(missing ?? "")")
    // /proc takes no files, whoever asks.
    let refused = refusal(["--name=a", "--rw=read", "--size=64k", "--directory=/proc"], in: folder)
    #expect(refused?.hasPrefix("create /proc/a.0.0: ") == true, "\(refused ?? "nothing")")
  }

  @Test func `direct requests must fit the sector, and memory takes none`() throws {
    let folder = try ScratchFolder()
    let words = ["--name=a", "--rw=read", "--size=64k", "--direct=1", "--bs=1000"]
    let said = try #require(refusal(words, in: folder))
    // Where the disk of this folder takes direct requests at all.
    #expect(said.contains("no multiple of the sector") || said.contains("no direct I/O"), "\(said)")
    guard let memory = try? ScratchFolder("/dev/shm") else { return }
    let shared = refusal(["--name=a", "--rw=read", "--size=64k", "--direct=1"], in: memory)
    #expect(shared?.contains("takes no direct I/O") == true, "\(shared ?? "nothing")")
    #expect(memory.files == [])
  }

  @Test func `a queue deeper than the machine allows is named`() throws {
    let text = try String(contentsOfFile: "/proc/sys/fs/aio-max-nr", encoding: .utf8)
    let limit = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    guard limit < Int(Int32.max) else { return }
    let buffers = try RequestBuffers(count: 1, size: 4096)
    let setup = EngineSetup(
      files: [], depth: limit + 1, buffers: buffers.start, bufferSize: 4096, bufferPitch: 4096, writes: false)
    let error = #expect(throws: IOFailure.self) { _ = try LibaioEngine(setup) }
    #expect(error?.number == EAGAIN)
    #expect(error?.description.contains("fs.aio-max-nr") == true)
  }

  @Test func `libpmem refuses what is no persistent memory`() throws {
    guard mb_pmem_load() == 0 else { return }
    let folder = try ScratchFolder("/dev/shm")
    let words = ["--name=a", "--rw=randwrite", "--size=64k", "--ioengine=libpmem"]
    let copy = try runIO(words, in: folder).copies[0]
    #expect(copy.errorNumber == Int(ENODEV))
    #expect(copy.errorText.contains("--emulated"))
    let emulated = try runIO(words, in: folder) { $0.allowsEmulation = true }.copies[0]
    #expect(emulated.errorText == "")
    #expect(emulated.writes.requests == 16)
  }

  @Test func `a full disk is named, and leaves nothing`() throws {
    let folder = try ScratchFolder()
    // More than any disk has: native allocation fails at once.
    let said = refusal(["--name=a", "--rw=read", "--size=4096t", "--fallocate=posix"], in: folder)
    #expect(said?.hasPrefix("allocate ") == true, "\(said ?? "nothing")")
    #expect(folder.files == [])
  }

  @Test func `one copy that fails leaves the others running`() throws {
    let folder = try ScratchFolder()
    let words = [
      "--ioengine=psync", "--rw=read", "--size=64k", "--name=a", "--name=b", "--cpus_allowed=1000",
    ]
    let result = try runIO(words, in: folder)
    #expect(result.copies[0].errorText == "")
    #expect(result.copies[0].reads.requests == 16)
    #expect(result.copies[1].errorText.contains("cpus_allowed"))
    let node = try runIO(["--name=a", "--rw=read", "--size=64k", "--numa_cpu_nodes=99"], in: folder).copies[0]
    #expect(node.errorText.contains("node 99 is not there"))
    let policy = ["--name=a", "--rw=read", "--size=64k", "--numa_cpu_nodes=0", "--numa_mem_policy=bind:0"]
    #expect(try runIO(policy, in: folder).copies[0].errorText == "")
  }

  @Test func `a killed worker is one copy's error`() throws {
    let folder = try ScratchFolder()
    let killer = Killer()
    let words = ["--ioengine=null", "--rw=read", "--size=1m", "--time_based", "--runtime=500ms"]
    let result = try runIO(words + ["--name=a", "--numjobs=2"], in: folder) {
      $0.workers = .process
      $0.onProgress = { _ in killer.killFirst() }
    }
    let dead = result.copies.filter { $0.errorNumber != 0 }
    #expect(dead.count == 1)
    #expect(dead.first?.errorText.contains("SIGKILL") == true, "\(dead.first?.errorText ?? "")")
    #expect(result.copies.contains { $0.errorText == "" && $0.reads.requests > 0 })
  }
}

/// Kills the first function worker of this process that it finds, once.
private final class Killer {
  private var isDone = false

  func killFirst() {
    guard !isDone else { return }
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let process = Int32(entry),
        let stat = try? String(contentsOfFile: "/proc/\(entry)/stat", encoding: .utf8),
        stat.contains("(marvel-worker)"), let end = stat.lastIndex(of: ")")
      else { continue }
      let fields = stat[stat.index(after: end)...].split(separator: " ")
      guard fields.count > 1, Int32(fields[1]) == getpid() else { continue }
      isDone = true
      kill(process, SIGKILL)
      return
    }
  }
}

extension FileSurvey {
  static func blockDevice(major: UInt, minor: UInt, size: Int) -> FileSurvey {
    var survey = FileSurvey(kind: .blockDevice)
    survey.device = (major & 0xfff) << 8 | minor & 0xff
    survey.size = size
    return survey
  }
}
