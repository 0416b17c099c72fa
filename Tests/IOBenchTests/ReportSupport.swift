@testable import IOBench

let oneSecond = 1_000_000_000

/// A copy's requests of one direction: `count` of `size` bytes, in `elapsed` nanoseconds, latencies one after the other.
func sampleDirection(_ count: Int, of size: Int, in elapsed: Int, latencies: [Int], submission: Int = 0)
  -> DirectionResult
{
  var result = DirectionResult()
  result.requests = count
  result.bytes = count * size
  result.elapsed = elapsed
  for index in 0..<(latencies.isEmpty ? 0 : count) {
    let latency = latencies[index % latencies.count]
    result.completionLatency.record(latency - submission)
    result.latency.record(latency)
    if submission > 0 { result.submissionLatency.record(submission) }
  }
  let rate = Double(count) * 1e9 / Double(elapsed)
  result.rateSamples = [rate * 0.9, rate * 1.1]
  result.bandwidthSamples = result.rateSamples.map { $0 * Double(size) / 1024 }
  return result
}

/// Ran for as long as its requests say.
func sampleCopy(
  _ job: Int, _ copy: Int = 0, reads: DirectionResult? = nil, writes: DirectionResult? = nil, depth: Int = 1
) -> CopyResult {
  var result = CopyResult(job: job, copy: copy)
  result.reads = reads ?? DirectionResult()
  result.writes = writes ?? DirectionResult()
  result.elapsed = max(result.reads.elapsed, result.writes.elapsed)
  result.process = 4000 + copy
  for _ in 0..<(result.reads.requests + result.writes.requests) {
    result.depths.add(depth: depth)
    result.submissions.add(batch: 1)
    result.completions.add(batch: 1)
  }
  result.userTime = result.elapsed / 50
  result.systemTime = result.elapsed / 10
  result.voluntarySwitches = 900
  result.involuntarySwitches = 12
  result.minorFaults = 20
  result.files = ["/data/\(job).\(copy)"]
  result.regionSize = 1 << 30
  return result
}

/// Two copies of a mixed random job that report as a group, and a sequential writer that fsyncs behind a stonewall.
func sampleResult() throws -> RunResult {
  let parsed = try jobs(
    """
    [global]
    bs=4k
    direct=1
    [first]
    rw=randrw
    ioengine=libaio
    iodepth=8
    numjobs=2
    group_reporting
    steadystate=iops:50%
    ss_dur=1
    [second]
    stonewall
    description=writes in order
    rw=write
    fsync=16
    """)
  var result = RunResult(jobs: parsed)
  for index in 0..<2 {
    var each = sampleCopy(
      0, index,
      reads: sampleDirection(
        1000, of: 4096, in: oneSecond, latencies: [800_000, 900_000], submission: 30_000),
      writes: sampleDirection(1000, of: 4096, in: oneSecond, latencies: [3_000_000], submission: 40_000),
      depth: 8)
    each.reachedSteadyState = true
    result.copies.append(each)
  }
  var writer = sampleCopy(
    1, writes: sampleDirection(640, of: 4096, in: oneSecond / 2, latencies: [520_000, 720_000]))
  for _ in 0..<40 { writer.syncs.record(2_000_000) }
  result.copies.append(writer)
  result.startedAt = 1_795_852_939_228
  result.elapsed = 1_600_000_000
  var disk = DiskUse(name: "vda")
  (disk.reads, disk.writes, disk.readBytes, disk.writtenBytes) = (2000, 2700, 2000 * 4096, 2700 * 4096)
  (disk.readTicks, disk.writeTicks, disk.queueTime, disk.busyTime, disk.elapsed) = (
    1700, 6300, 8000, 1200, 1600
  )
  result.disks = [disk]
  return result
}

let plainMachine = MeasuringMachine(lastLevelCache: 32 << 20, clockTime: 25)
