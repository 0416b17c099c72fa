import Functions
import Glibc
import Testing

struct MemoryLimitTests {
  private static let limit = 96 << 20

  @Test func `under RLIMIT_DATA an allocation over the limit fails`() throws {
    let pool = try WorkerPool(
      options: testOptions {
        $0.memoryLimit = MemoryLimitTests.limit
        $0.memoryMechanism = .dataLimit
        $0.attempts = 2
      })
    #expect(pool.memoryEnforcement == .dataLimit)
    #expect(pool.outcome("allocate", encoded(40 << 20)).error == nil)
    #expect("\(pool.outcome("allocate", encoded(100 << 20)).error!)".contains("out of memory on purpose"))
    let outcome = pool.outcome("hoard", encoded(100 << 20))
    #expect(outcome.failure?.task == "hoard-0")
    #expect(outcome.failed.map(\.status) == [.developerError, .developerError])
  }

  /// Where a cgroup may be made, which takes root or a delegated group.
  static let mayMakeGroups: Bool = {
    let pool = try? WorkerPool(
      options: testOptions {
        $0.memoryLimit = MemoryLimitTests.limit
        $0.memoryMechanism = .cgroup
      })
    return pool != nil
  }()

  @Test(.enabled(if: mayMakeGroups, "no cgroup may be made here"))
  func `in a cgroup a worker over the limit is killed and said to be`() throws {
    let pool = try WorkerPool(
      options: testOptions {
        $0.memoryLimit = MemoryLimitTests.limit
        $0.attempts = 2
      })
    #expect([.cgroup1, .cgroup2].contains(pool.memoryEnforcement))
    #expect(pool.outcome("allocate", encoded(40 << 20)).error == nil)
    let outcome = pool.outcome("allocate", encoded(200 << 20))
    #expect(outcome.failed.map(\.status) == [.memoryExceeded, .memoryExceeded])
    #expect(
      "\(outcome.error!)".contains("allocate-0: failed after 2 attempts: was killed over its memory limit"))
    #expect(outcome.failed[0].failure!.contains("96 MiB"))
    #expect(pool.outcome("allocate", encoded(40 << 20)).error == nil)
  }

  @Test func `a worker knows its limit and is billed by it`() throws {
    let pool = try WorkerPool(
      options: testOptions {
        $0.memoryLimit = 512 << 20
        $0.memoryMechanism = .dataLimit
      })
    let records = pool.outcome("noop", count: 2).records
    #expect(records[1].billedGBSeconds == 0.5 * 0.001)
  }
}
