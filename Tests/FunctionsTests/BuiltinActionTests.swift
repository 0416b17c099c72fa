import Functions
import Testing

/// The platform's own actions, which every worker knows without being asked to misbehave.
struct BuiltinActionTests {
  private func platform(_ change: (inout PoolOptions) -> Void = { _ in }) throws -> WorkerPool {
    try WorkerPool(
      options: testOptions {
        $0.environment = [:]
        $0.attempts = 1
        $0.memoryMechanism = .dataLimit
        change(&$0)
      })
  }

  @Test func `echo returns its argument and noop nothing`() throws {
    let pool = try platform()
    #expect(pool.outcome(BuiltinActions.echo, [1, 2, 3]).results == [0: [1, 2, 3]])
    #expect(pool.outcome(BuiltinActions.noop, [1, 2, 3]).results == [0: []])
  }

  @Test func `touch writes to as much memory as it is told, and gives it back`() throws {
    let pool = try platform { $0.memoryLimit = 96 << 20 }
    let argument = BuiltinActions.touchArgument(bytes: 40 << 20)
    let outcome = pool.outcome(BuiltinActions.touch, argument, count: 5)
    #expect(outcome.error == nil)
    #expect(outcome.results.count == 5)
  }

  @Test func `touching more than the limit fails with the reason, and once`() throws {
    let pool = try platform { $0.memoryLimit = 96 << 20 }
    let outcome = pool.outcome(BuiltinActions.touch, BuiltinActions.touchArgument(bytes: 200 << 20))
    #expect("\(outcome.error!)".contains("touch: 209715200 bytes of memory cannot be had"))
    #expect(outcome.failed.count == 1)
  }
}
