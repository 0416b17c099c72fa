import CSystemIO
import Functions
import Glibc
import Metrics
import Testing

struct PoolTests {
  @Test(arguments: [0, 1, 4096, 40_000, 9 << 20])
  func `an argument comes back byte for byte`(size: Int) throws {
    let pool = try WorkerPool(options: testOptions())
    let argument = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    let outcome = pool.outcome("echo", argument, count: 2)
    #expect(outcome.error == nil)
    #expect(outcome.results == [0: argument, 1: argument])
    #expect(outcome.records.allSatisfy { $0.bytesIn == size && $0.bytesOut == size })
  }

  @Test func `a record tells cold from warm and adds up`() throws {
    let pool = try WorkerPool(options: testOptions { $0.memoryLimit = nil })
    let records = pool.outcome("spin", encoded(2_000_000), count: 3).records
    #expect(records.map(\.isCold) == [true, false, false])
    #expect(Set(records.map(\.activationID)).count == 3)
    #expect(Set(records.map(\.workerProcess)).count == 1)
    for record in records {
      #expect(record.status == .success)
      #expect(record.failure == nil)
      #expect(record.runNanoseconds >= 2_000_000)
      #expect(record.end - record.start >= record.runNanoseconds + (record.initNanoseconds ?? 0))
      #expect(record.cpuNanoseconds > 500_000)
      #expect(record.peakAnonymousBytes ?? 0 > 100_000)
      #expect(record.activationIDText.count == 16)
    }
    #expect(records[2].waitNanoseconds > records[1].waitNanoseconds)
    #expect(records[1].waitNanoseconds >= 2_000_000)
  }

  @Test func `instructions are counted where that is asked for and the machine has a counter`() throws {
    let pool = try WorkerPool(options: testOptions { $0.countsInstructions = true })
    let records = pool.outcome("spin", encoded(5_000_000), count: 3).records
    #expect(records.count == 3)
    if mb_probe_instruction_counter() == 0 {
      // At 5 ms each: more than one in a hundred nanoseconds, fewer than ten in one.
      #expect(records.allSatisfy { (50_000..<50_000_000).contains($0.instructions ?? 0) })
    } else {
      print("no instruction counter here: \(String(cString: strerror(-mb_probe_instruction_counter())))")
      #expect(records.allSatisfy { $0.instructions == nil })
    }
    let plain = try WorkerPool(options: testOptions())
    #expect(plain.outcome("spin", encoded(5_000_000)).records.allSatisfy { $0.instructions == nil })
  }

  @Test func `a short activation reads nothing of proc`() throws {
    let pool = try WorkerPool(options: testOptions())
    let records = pool.outcome("noop", count: 5).records
    #expect(records.contains { $0.peakAnonymousBytes == nil && $0.deviceReadBytes == nil })
  }

  @Test func `state outlives activations, and a cold start begins anew`() throws {
    let warm = try WorkerPool(options: testOptions())
    #expect(warm.outcome("count", count: 3).results == [0: [1], 1: [2], 2: [3]])
    #expect(warm.outcome("count").results == [0: [4]])
    let cold = try WorkerPool(options: testOptions { $0.starts = .cold })
    #expect(cold.outcome("count", count: 3).results == [0: [1], 1: [1], 2: [1]])
  }

  @Test func `cold starts give each activation a process of its own`() throws {
    let pool = try WorkerPool(options: testOptions(workers: 2) { $0.starts = .cold })
    let records = pool.outcome("noop", count: 8).records
    #expect(records.allSatisfy { $0.isCold })
    #expect(Set(records.map(\.workerProcess)).count == 8)
    pool.shutdown()
    #expect(records.allSatisfy { !exists($0.workerProcess) })
  }

  @Test(arguments: [1, 2, 3])
  func `no more than the limit run at a time`(workers: Int) throws {
    let pool = try WorkerPool(options: testOptions(workers: workers))
    let records = pool.outcome("sleep", encoded(10_000_000), count: 9).records
    #expect(records.count == 9)
    var most = 0
    for record in records {
      most = max(most, records.filter { $0.start <= record.start && record.start < $0.end }.count)
    }
    #expect(most == workers)
    #expect(Set(records.map(\.workerIndex)) == Set(0..<workers))
    #expect(pool.workerProcesses.count == workers)
  }

  @Test func `the platform's quota lowers the limit, and its payload limit holds`() throws {
    let pool = try WorkerPool(
      options: testOptions(workers: 4) {
        $0.platform = PlatformProfile(name: "small")
        $0.platform.concurrencyQuota = 2
        $0.platform.payloadLimit = 100
      })
    #expect(pool.concurrency == 2)
    #expect(pool.outcome("echo", [UInt8](repeating: 1, count: 100)).error == nil)
    let outcome = pool.outcome("echo", [UInt8](repeating: 1, count: 101))
    #expect("\(outcome.error!)".contains("echo-0: an argument of 101 bytes, platform small allows 100"))
  }

  @Test func `the platform's delays are waited out and said`() throws {
    let pool = try WorkerPool(
      options: testOptions {
        $0.platform.coldStartDelayNanoseconds = 60_000_000
        $0.platform.dispatchDelayNanoseconds = 5_000_000
        $0.platform.memoryMiB = 512
      })
    let records = pool.outcome("noop", count: 2).records
    #expect(records[0].end - records[0].start >= 65_000_000)
    #expect(records[0].initNanoseconds! >= 60_000_000)
    // What the start really took counts towards its delay: on a busy machine nothing need be added.
    #expect((0...65_000_000).contains(records[0].modelledNanoseconds))
    #expect(records[1].end - records[1].start >= 5_000_000)
    #expect(records[1].modelledNanoseconds == 5_000_000)
    // Half a GB for at least 60 ms, at most some more.
    #expect(records[0].billedGBSeconds >= 0.030)
    #expect(records[1].billedGBSeconds == 0.5 * 0.001)
  }

  @Test func `an idle worker goes, and a prewarmed one is warm`() throws {
    let pool = try WorkerPool(options: testOptions(workers: 2) { $0.idleLimitNanoseconds = 30_000_000 })
    try pool.prewarm(5)
    let processes = pool.workerProcesses
    #expect(processes.count == 2)
    #expect(pool.outcome("noop").records.allSatisfy { !$0.isCold })
    usleep(60_000)
    pool.removeIdleWorkers()
    #expect(pool.workerProcesses.isEmpty)
    #expect(pool.outcome("noop").records.allSatisfy { $0.isCold })
    pool.shutdown()
    #expect(!processes.contains(where: exists))
  }

  @Test func `dismissed workers leave, and the pool can be used again`() throws {
    let pool = try WorkerPool(options: testOptions(workers: 2))
    try pool.prewarm(2)
    let processes = pool.workerProcesses
    pool.dismiss()
    #expect(pool.workerProcesses.isEmpty)
    #expect(!processes.contains(where: exists))
    #expect(pool.outcome("noop").records.map(\.isCold) == [true])
    // One that has died meanwhile is waited for no longer than its end takes.
    kill(pool.workerProcesses[0], SIGKILL)
    let start = monotonicNanoseconds()
    pool.dismiss()
    #expect(monotonicNanoseconds() - start < 5_000_000_000)
  }

  @Test func `an idle worker goes while another one is busy`() throws {
    let pool = try WorkerPool(options: testOptions(workers: 2) { $0.idleLimitNanoseconds = 20_000_000 })
    try pool.prewarm(2)
    #expect(pool.outcome("sleep", encoded(150_000_000)).error == nil)
    #expect(pool.workerProcesses.count == 1)
  }

  @Test func `settings and descriptors reach each worker and each activation`() throws {
    let file = memfd("settings")
    defer { close(file) }
    let pool = try WorkerPool(
      options: testOptions {
        $0.initPayload = [7, 8, 9]
        $0.initDescriptors = [file]
      })
    #expect(pool.outcome("init").results == [0: [7, 8, 9]])
    #expect(pool.outcome("append", Array("by init".utf8)).error == nil)
    #expect(text(of: file) == "by init")
    let other = memfd("activation")
    defer { close(other) }
    let argument = [UInt8](repeating: 65, count: 300_000)
    let outcome = pool.outcome([
      TaskRequest(name: "a", action: "append", descriptors: [other]) { _ in argument }
    ])
    #expect(outcome.error == nil)
    #expect(text(of: other).utf8.count == 300_000)
    #expect(text(of: file) == "by init")
  }

  @Test func `a run ticks while it waits`() throws {
    let pool = try WorkerPool(options: testOptions())
    var ticks = 0
    let tasks = [TaskRequest(name: "s", action: "sleep") { _ in encoded(350_000_000) }]
    #expect(pool.outcome(tasks, tick: { ticks += 1 }).error == nil)
    #expect((2...4).contains(ticks))
  }

  @Test func `lists of CPUs are read as the kernel writes them`() {
    #expect(WorkerBinding.indices(inList: "0-3,8,10-11\n") == [0, 1, 2, 3, 8, 10, 11])
    #expect(WorkerBinding.indices(inList: "") == [])
    #expect(WorkerBinding.indices(inList: "5-2,x,1-2-3,7") == [7])
  }

  @Test func `a bound worker runs where it is told`() throws {
    let pool = try WorkerPool(options: testOptions { $0.binding = { _ in WorkerBinding(cpus: [0]) } })
    let outcome = pool.outcome("noop")
    #expect(outcome.error == nil)
    let status = fileText("/proc/\(pool.workerProcesses[0])/status")
    #expect(status.contains("Cpus_allowed_list:\t0\n"))
  }

  private func memfd(_ name: String) -> Int32 {
    let path = "/tmp/marvel-bench-test-\(getpid())-\(name)-\(UInt32.random(in: 0 ... .max))"
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    unlink(path)
    return file
  }

  private func text(of file: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = pread(file, &bytes, bytes.count, 0)
    return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
  }
}

func fileText(_ path: String) -> String {
  let file = open(path, O_RDONLY)
  guard file >= 0 else { return "" }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 16)
  let count = read(file, &bytes, bytes.count)
  return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
}
