import Glibc
import Metrics
import Testing

@testable import IOBench

/// What becomes of a copy whose device or file fails while it runs: an error that says where, never a crash or silence.
struct DeviceFaultTests {
  /// One copy on a special file, which a run would refuse.
  private func run(_ words: [String], on path: String) throws -> CopyResult {
    let job = try IOJobs.read(JobCommandLine(["--name=a", "--size=64k"] + words))[0]
    var plan = try CopyPlan(job, 0, 0, [path], existing: [0], seed: 1)
    plan.layout.regions[0].fileSize = 0
    var task = CopyTask(job: job, plan: plan, line: 0, lines: 1)
    task.isThread = true
    return CopyRun.run(task, try LiveBoard(copies: 1))
  }

  @Test(arguments: ["psync", "sync", "pvsync2"])
  func `a device that fails is one copy's EIO`(engine: String) throws {
    // Nothing is mapped at this process's first addresses: to read them is EIO.
    let copy = try run(["--rw=read", "--ioengine=\(engine)"], on: "/proc/self/mem")
    #expect(copy.errorNumber == Int(EIO))
    #expect(
      copy.errorText
        == "read /proc/self/mem, 4096 bytes at offset 0: Input/output error (the device failed: see dmesg)")
    #expect(copy.reads.requests == 0)
  }

  @Test(arguments: ["psync", "sync", "pvsync2"])
  func `a device that is full is one copy's ENOSPC`(engine: String) throws {
    let copy = try run(["--rw=write", "--ioengine=\(engine)"], on: "/dev/full")
    #expect(copy.errorNumber == Int(ENOSPC))
    #expect(
      copy.errorText
        == "write /dev/full, 4096 bytes at offset 0: No space left on device (the device is full)")
    #expect(copy.writes.requests == 0)
  }

  @Test(arguments: ["psync", "libaio", "mmap", "libpmem"], [IORun.Options.Workers.process, .thread])
  func `a file that is cut short meanwhile ends its copy, and no other`(
    engine: String, workers: IORun.Options.Workers
  ) throws {
    let folder = try ScratchFolder(engine == "libpmem" ? "/dev/shm" : "/var/tmp")
    let words = [
      "--rw=randread", "--size=1m", "--time_based", "--runtime=2", "--iodepth=4", "--name=a",
      "--ioengine=\(engine)", "--name=b", "--ioengine=psync",
    ]
    let began = monotonicNanoseconds()
    let result = try runIO(words, in: folder) { options in
      options.workers = workers
      options.allowsEmulation = true
      options.onProgress = { progress in
        guard progress.copies.first?.reads ?? 0 > 0 else { return }
        truncate("\(folder.path)/a.0.0", 8192)
      }
    }
    #expect(monotonicNanoseconds() - began < 60_000_000_000)
    let cut = result.copies[0]
    if cut.errorNumber == Int(ENOSYS) { return print("not tested: \(cut.errorText)") }
    #expect(cut.errorNumber != 0)
    #expect(cut.errorText.hasPrefix("read \(folder.path)/a.0.0, 4096 bytes at offset "), "\(cut.errorText)")
    #expect(cut.errorText.contains("cut"), "\(cut.errorText)")
    #expect(cut.reads.requests > 0, "what it had measured is kept")
    #expect(result.copies[1].errorText == "")
    #expect(result.copies[1].elapsed > 1_900_000_000)
    #expect(folder.files == [])
  }
}
