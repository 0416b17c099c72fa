import CSystemIO
import Glibc

/// Copies as threads of this process: plain ones, without an executor. They block the signals that others send.
final class ThreadCrew: @unchecked Sendable {
  private let tasks: [CopyTask]
  private let board: LiveBoard
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var results: [CopyResult?]
  private var threads: [pthread_t] = []
  private var running = 0

  init(tasks: [CopyTask], board: LiveBoard) {
    self.tasks = tasks
    self.board = board
    results = Array(repeating: nil, count: tasks.count)
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  private final class Start {
    let crew: ThreadCrew
    let index: Int

    init(_ crew: ThreadCrew, _ index: Int) {
      self.crew = crew
      self.index = index
    }
  }

  /// A copy whose thread cannot be had has its error as its result.
  func start() {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    // Mapped files are watched by its handler.
    sigdelset(&all, SIGBUS)
    pthread_sigmask(SIG_BLOCK, &all, &before)
    running = tasks.count
    for index in tasks.indices {
      let start = Unmanaged.passRetained(Start(self, index))
      var thread = pthread_t()
      let failed = pthread_create(
        &thread, nil,
        { argument in
          let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
          let result = CopyRun.run(start.crew.tasks[start.index], start.crew.board)
          start.crew.finish(start.index, result)
          return nil
        }, start.toOpaque())
      guard failed == 0 else {
        start.release()
        var result = CopyResult(job: tasks[index].plan.job, copy: tasks[index].plan.copy)
        result.errorNumber = Int(failed)
        result.errorText = IOFailure.call("start", "a thread", failed).description
        board.set(.done, of: tasks[index].line)
        finish(index, result)
        continue
      }
      threads.append(thread)
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  var isDone: Bool { locked { running == 0 } }

  /// Waits for all; results by task.
  func join() -> [CopyResult] {
    for thread in threads { pthread_join(thread, nil) }
    return results.compactMap { $0 }
  }

  /// Of a task that has ended.
  func result(_ index: Int) -> CopyResult? { locked { results[index] } }

  private func finish(_ index: Int, _ result: CopyResult) {
    locked {
      results[index] = result
      running -= 1
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
