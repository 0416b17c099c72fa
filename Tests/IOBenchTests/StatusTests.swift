import Foundation
import Testing

@testable import IOBench

/// `--status-interval`: what was measured so far, while a run goes on.
struct StatusTests {
  @Test(arguments: [IORun.Options.Workers.process, .thread])
  func `reports so far are whole and grow into the last`(workers: IORun.Options.Workers) throws {
    let folder = try ScratchFolder()
    var seen: [RunResult] = []
    let words = [
      "--ioengine=null", "--rw=randrw", "--size=1m", "--time_based", "--runtime=1500ms", "--rate_iops=1000",
      "--name=a", "--numjobs=2", "--name=b", "--stonewall", "--runtime=600ms",
    ]
    let last = try runIO(words, in: folder) { options in
      options.workers = workers
      options.statusInterval = 300_000_000
      options.onStatus = { seen.append($0) }
    }
    try #require(seen.count >= 3)
    for soFar in seen {
      #expect(soFar.notes.contains { $0.hasPrefix("the figures so far, ") })
      #expect(soFar.copies.count == (soFar.copies.last?.job == 0 ? 2 : 3))
      for copy in soFar.copies {
        #expect(copy.reads.completionLatency.count == copy.reads.requests)
        #expect(copy.writes.latency.count == copy.writes.requests)
        #expect(copy.depths.counts.reduce(0, +) == copy.reads.requests + copy.writes.requests)
        #expect(copy.isFromIntendedTime)
      }
      #expect(NormalText.text(soFar).contains("a: (groupid=0, jobs=1)"))
    }
    let counts = seen.map { $0.copies[0].reads.requests } + [last.copies[0].reads.requests]
    #expect(counts == counts.sorted() && counts[0] > 0, "\(counts)")
    #expect(seen[0].timeLeft > 0 && last.timeLeft == 0)
    #expect(seen[0].elapsed < last.elapsed)
    #expect(!last.notes.contains { $0.contains("so far") })
  }

  @Test func `reads that verify are among them`() throws {
    let folder = try ScratchFolder()
    var most = 0
    let words = ["--name=a", "--rw=write", "--size=4m", "--bs=512", "--verify=crc32c"]
    let last = try runIO(words, in: folder) { options in
      options.statusInterval = 1
      options.onStatus = { most = max(most, $0.copies.map(\.reads.requests).max() ?? 0) }
    }
    #expect(last.copies[0].reads.requests == 8192)
    #expect(most <= 8192)
  }

  @Test func `a copy that owes its answer does not hold up the others`() throws {
    let board = try LiveBoard(copies: 2, takesAnswers: true)
    var questions = StatusQuestions(board, interval: 1_000_000_000, after: 0)
    #expect(questions.look(elapsed: 999_999_999) == nil)
    board.set(.measuring, of: 0)
    board.set(.measuring, of: 1)
    #expect(questions.look(elapsed: 1_000_000_000) == nil, "asked now")
    var copy = CopyResult(job: 0, copy: 0)
    copy.reads.requests = 7
    board.answer(board.question, copy.encoded(), of: 0)
    #expect(questions.look(elapsed: 1_100_000_000) == nil, "the other may still answer")
    let told = questions.look(elapsed: 2_000_000_001)
    #expect(told?.late == 1)
    #expect(told?.answers.map { $0?.reads.requests } == [7, nil])
    #expect(questions.look(elapsed: 2_000_000_002) == nil, "asked again")
    board.set(.done, of: 1)
    copy.reads.requests = 9
    board.answer(board.question, copy.encoded(), of: 0)
    #expect(questions.look(elapsed: 2_100_000_000)?.answers[0]?.reads.requests == 9)
  }
}
