import Synchronization
import Testing

@testable import Metrics

@Suite struct ParallelTests {
  struct Broken: Error, Equatable { var index: Int }

  @Test(arguments: [0, 1, 2, 7, 1000], [1, 2, 3, 16])
  func `each index is done once`(count: Int, threads: Int) throws {
    let done = Mutex([Int](repeating: 0, count: count))
    try forEachInParallel(count, threads: threads) { index, thread in
      #expect((0..<threads).contains(thread))
      done.withLock { $0[index] += 1 }
    }
    #expect(done.withLock { $0 }.allSatisfy { $0 == 1 })
  }

  @Test(arguments: 1...4)
  func `an error ends the work and is thrown`(threads: Int) {
    let begun = Mutex(0)
    #expect(throws: Broken(index: 5)) {
      try forEachInParallel(100_000, threads: threads) { index, _ in
        begun.withLock { $0 += 1 }
        if index == 5 { throw Broken(index: index) }
      }
    }
    #expect(begun.withLock { $0 } < 100_000)
  }

  @Test func `the caller can end the work`() {
    var asked: [Int] = []
    #expect(throws: CancellationError.self) {
      try forEachInParallel(
        100, threads: 1,
        goesOn: {
          asked.append($0); return $0 < 3
        }
      ) { _, _ in }
    }
    #expect(asked == [1, 2, 3])
  }
}
