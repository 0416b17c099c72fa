import Glibc

/// Calls `body` once for each index in `0..<count`, on up to `threads` threads, the caller's among them.
///
/// Indices are handed out in order, one at a time, so that threads of unequal speed end together. Plain
/// threads without an executor, for work off the measured path: generating, checking and staging datasets.
/// The threads it starts block all signals: handlers run on the caller's side.
///
/// - Parameters:
///   - threads: At least 1; more than `count` start no more than `count`.
///   - goesOn: Asked on the calling thread after each index that it did itself, and once at the end, with the
///     number of indices finished by all; false ends the work with `CancellationError`.
///   - body: Gets the index and the number of its thread, `0..<threads`, under which it may keep buffers.
/// - Throws: The first error that a `body` threw. Indices begun before are finished, no other is begun.
public func forEachInParallel(
  _ count: Int, threads: Int, goesOn: (_ finished: Int) -> Bool = { _ in true },
  _ body: @Sendable (_ index: Int, _ thread: Int) throws -> Void
) throws {
  precondition(count >= 0)
  precondition(threads >= 1)
  try withoutActuallyEscaping(body) { body in
    let work = ParallelWork(count: count, body: body)
    var others: [pthread_t] = []
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &before)
    for thread in 1..<max(1, min(threads, count)) {
      let start = Unmanaged.passRetained(ParallelStart(work, thread))
      var id = pthread_t()
      let failed = pthread_create(
        &id, nil,
        { argument in
          let start = Unmanaged<ParallelStart>.fromOpaque(argument!).takeRetainedValue()
          start.work.run(thread: start.thread) { _ in true }
          return nil
        }, start.toOpaque())
      // Where no more threads can be had, those there are do the work.
      guard failed == 0 else {
        start.release()
        break
      }
      others.append(id)
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
    work.run(thread: 0, goesOn: goesOn)
    for id in others { pthread_join(id, nil) }
    if let error = work.error { throw error }
    guard goesOn(count) else { throw CancellationError() }
  }
}

private final class ParallelStart {
  let work: ParallelWork
  let thread: Int

  init(_ work: ParallelWork, _ thread: Int) {
    self.work = work
    self.thread = thread
  }
}

private final class ParallelWork: @unchecked Sendable {
  private let count: Int
  private let body: @Sendable (Int, Int) throws -> Void
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var next = 0
  private var finished = 0
  /// Read after all threads have ended.
  private(set) var error: (any Error)?

  init(count: Int, body: @escaping @Sendable (Int, Int) throws -> Void) {
    self.count = count
    self.body = body
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func run(thread: Int, goesOn: (Int) -> Bool) {
    while let index = claim() {
      do {
        try body(index, thread)
        let finished = locked {
          self.finished += 1
          return self.finished
        }
        if !goesOn(finished) { throw CancellationError() }
      } catch {
        locked { if self.error == nil { self.error = error } }
      }
    }
  }

  private func claim() -> Int? {
    locked {
      guard error == nil, next < count else { return nil }
      next += 1
      return next - 1
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
