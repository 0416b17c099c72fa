import Glibc
import Testing

@testable import IOBench

/// When the requests of rate-limited copies are due.
struct RequestPaceTests {
  private func times(_ options: String, copy: Int = 0, count: Int, isWrite: Bool = false) throws -> [Int] {
    let job = try job(options)
    var pace = try #require(RequestPace(job, seed: job.seed(ofCopy: copy, entropy: 0)))
    return (0..<count).map { _ in pace.take(isWrite: isWrite) }
  }

  @Test(arguments: [1, 3, 7, 1000, 999_983, 50_000_000])
  func `a linear rate of requests is exact for ever`(iops: Int) throws {
    let found = try times("rate_iops=\(iops)", count: 3000)
    // In exact arithmetic: the n-th request is due at n/iops.
    #expect(found == (0..<3000).map { $0 * 1_000_000_000 / iops })
  }

  @Test func `a linear rate of bytes holds for reads and writes apart`() throws {
    let options = "rw=rw\nbs=4k,16k\nrate=1m,3000000"
    #expect(try times(options, count: 5) == [0, 3_906_250, 7_812_500, 11_718_750, 15_625_000])
    #expect(try times(options, count: 3, isWrite: true) == [0, 5_461_333, 10_922_666])
    let one = try job("rw=rw\nrate=,1m")
    let pace = try #require(RequestPace(one, seed: 1))
    #expect(!pace.limits(isWrite: false) && pace.limits(isWrite: true))
  }

  @Test func `no rate, no pace`() throws {
    #expect(RequestPace(try job("rw=read"), seed: 1) == nil)
    #expect(RequestPace(try job("rw=read\nrate=0,1m"), seed: 1) == nil)
    #expect(RequestPace(try job("rw=write\nrate=0,1m"), seed: 1) != nil)
  }

  @Test(arguments: [10, 1000, 123_457])
  func `gaps of a poisson process are exponential, and their mean is the rate's`(iops: Int) throws {
    let count = 20_000
    let found = try times("rate_iops=\(iops)\nrate_process=poisson", count: count + 1)
    #expect(found[0] == 0)
    let mean = 1e9 / Double(iops)
    let gaps = zip(found.dropFirst(), found).map { Double($0 - $1) }
    #expect(gaps.allSatisfy { $0 >= 0 })
    // Four standard deviations of a mean of exponential gaps.
    #expect((Double(found[count]) / Double(count) / mean - 1).magnitude < 4 / Double(count).squareRoot())
    let cells = 50
    let equal = gaps.map { min(cells - 1, Int((1 - exp(-$0 / mean)) * Double(cells))) }
    #expect(!isUnlikely(counts(equal, below: cells), Array(repeating: Double(count / cells), count: cells)))
    // A gap says nothing of the next one.
    let pairs = zip(equal, equal.dropFirst()).map { $0 / 10 * 5 + $1 / 10 }
    #expect(!isUnlikely(counts(pairs, below: 25), Array(repeating: Double(count - 1) / 25, count: 25)))
  }

  @Test func `a poisson process is the same in each run, and another in each copy`() throws {
    let options = "rate_iops=100\nrate_process=poisson"
    #expect(try times(options, count: 50) == times(options, count: 50))
    #expect(try times(options, count: 50) != times(options, copy: 1, count: 50))
    #expect(try times("rw=rw\n" + options, count: 50) != times("rw=rw\n" + options, count: 50, isWrite: true))
  }

  @Test func `a mix goes on with the direction that is behind`() throws {
    var pace = try #require(RequestPace(try job("rw=rw\nrate_iops=100,10"), seed: 1))
    #expect(pace.direction(drawn: false, now: 0) == false)
    _ = pace.take(isWrite: false)
    // Reads are ahead, writes are due at once; then reads are due first.
    #expect(pace.direction(drawn: false, now: 0) == true)
    _ = pace.take(isWrite: true)
    #expect(pace.direction(drawn: true, now: 0) == false)
    #expect(pace.due(isWrite: false) == 10_000_000 && pace.due(isWrite: true) == 100_000_000)
  }

  @Test func `the slowest and the fastest rate do not overflow`() throws {
    let slow = try times("bs=1g\nrate=1", count: 12)
    #expect(zip(slow, slow.dropFirst()).allSatisfy { $0 <= $1 } && slow.last == Int.max)
    #expect(try times("bs=4p\nrate=1\nrate_process=poisson", count: 100).allSatisfy { $0 >= 0 })
    #expect(try times("rate_iops=9223372036854775807", count: 3) == [0, 0, 0])
  }
}
