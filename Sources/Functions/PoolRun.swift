import CSystemIO
import Glibc
import Metrics

extension WorkerPool {
  /// How often `tick` is called while a run waits.
  public static let tickNanoseconds = 100_000_000

  /// Runs each task once, with success, on at most ``concurrency`` workers.
  ///
  /// The next task is on its way to a worker before the result of its last one is handed out.
  ///
  /// - Parameters:
  ///   - onCompletion: A task's index, its result, and the record of the attempt that succeeded.
  ///   - onAttemptFailed: A task's index and attempt that failed or was stopped; the attempt's process is dead
  ///     (or, after an error that the action threw, done with it) by then.
  ///   - tick: Called about every ``tickNanoseconds``, for progress.
  /// - Throws: ``FunctionError``, or what `onCompletion` threw. Workers that were busy are then dead and reaped.
  public func run(
    tasks: [TaskRequest],
    onCompletion: (_ task: Int, _ result: [UInt8], _ record: ActivationRecord) throws -> Void,
    onAttemptFailed: (_ task: Int, _ attempt: Int, _ record: ActivationRecord) -> Void = { _, _, _ in },
    tick: (() -> Void)? = nil
  ) throws {
    precondition(!isRunning)
    guard !tasks.isEmpty else { return }
    isRunning = true
    defer { isRunning = false }
    try options.interruption?.check()
    removeIdleWorkers()
    let queue = TaskQueue(tasks, requestedAt: monotonicNanoseconds())
    do {
      try serve(queue, onCompletion, onAttemptFailed, tick)
    } catch {
      stopBusyWorkers(queue, onAttemptFailed)
      throw error
    }
    leaving.removeAll { $0.reap(nonblocking: true) != nil }
  }

  private func serve(
    _ queue: TaskQueue, _ onCompletion: (Int, [UInt8], ActivationRecord) throws -> Void,
    _ onAttemptFailed: (Int, Int, ActivationRecord) -> Void, _ tick: (() -> Void)?
  ) throws {
    var unfinished = queue.tasks.count
    var nextTick = tick == nil ? nil : monotonicNanoseconds() + WorkerPool.tickNanoseconds
    try dispatchToAll(queue, now: monotonicNanoseconds())
    while unfinished > 0 {
      try poll(timeoutNanoseconds: nextTimeout(tick: nextTick))
      let now = monotonicNanoseconds()
      for event in takeEvents() {
        switch event {
        case .ready(let worker):
          if worker.assignment == nil { worker.idleSince = now }
        case .outcome(let worker, let message, let result):
          let assignment = worker.assignment!
          var record = record(of: assignment, worker, queue, end: now, status: .success)
          note(message, in: &record)
          release(worker, now)
          switch checked(result) {
          case .success(let bytes):
            if slots[worker.index] === worker {
              try dispatch(queue, to: worker, now: now)
            } else {
              try dispatchToAll(queue, now: now)
            }
            unfinished -= 1
            try onCompletion(assignment.request.task, bytes, record)
          case .failure(let failure):
            record.status = .applicationError
            record.failure = failure.text
            try retry(assignment, record, queue, isRetryable: failure.isRetryable, now, onAttemptFailed)
            try dispatchToAll(queue, now: now)
          }
        case .lost(let worker, let loss):
          if let assignment = worker.assignment {
            var record = record(of: assignment, worker, queue, end: now, status: loss.status)
            record.failure = describe(loss, worker)
            try retry(assignment, record, queue, isRetryable: true, now, onAttemptFailed)
          } else {
            try noteFailedStart(of: worker, loss)
          }
          try dispatchToAll(queue, now: now)
        }
      }
      try endOverdueWorkers(queue, now, onAttemptFailed)
      if let due = nextTick, now >= due {
        tick?()
        nextTick = now + WorkerPool.tickNanoseconds
      }
    }
  }

  // MARK: Dispatch

  /// Gives waiting tasks to idle workers, and to new ones up to the concurrency limit.
  private func dispatchToAll(_ queue: TaskQueue, now: Int) throws {
    while !queue.isEmpty {
      if let worker = idleWorker(preferring: queue.nextPreferredNode) {
        try dispatch(queue, to: worker, now: now)
      } else if let index = slots.firstIndex(where: { $0 == nil }) {
        let request = queue.take(forNode: nil)
        // The process's start is part of a cold activation.
        let start = monotonicNanoseconds()
        let worker: WorkerProcess
        do {
          worker = try startWorker(index)
        } catch {
          queue.putBack(request)
          throw error
        }
        try assign(request, to: worker, queue, isCold: true, start: start)
      } else {
        return
      }
    }
  }

  /// The worker that was last busy has the warmest caches.
  private func idleWorker(preferring node: Int?) -> WorkerProcess? {
    var best: WorkerProcess?
    for case let worker? in slots where worker.assignment == nil {
      guard let other = best else {
        best = worker
        continue
      }
      let isNear = node != nil && worker.node == node
      let isOtherNear = node != nil && other.node == node
      let isBetter = isNear == isOtherNear ? worker.idleSince > other.idleSince : isNear
      if isBetter { best = worker }
    }
    return best
  }

  private func dispatch(_ queue: TaskQueue, to worker: WorkerProcess, now: Int) throws {
    guard !queue.isEmpty else { return }
    try assign(queue.take(forNode: worker.node), to: worker, queue, isCold: false, start: now)
  }

  private func assign(
    _ request: PendingRequest, to worker: WorkerProcess, _ queue: TaskQueue, isCold: Bool, start: Int
  ) throws {
    let platform = options.platform
    let delay =
      (isCold ? platform.coldStartDelayNanoseconds : 0) + platform.dispatchDelayNanoseconds
    worker.assignment = Assignment(
      request: request, activationID: nextActivationID(), isCold: isCold, start: start, sendAt: start + delay)
    if delay <= 0 { try send(to: worker, queue, now: start) }
  }

  private func send(to worker: WorkerProcess, _ queue: TaskQueue, now: Int) throws {
    guard let assignment = worker.assignment else { return }
    let task = queue.tasks[assignment.request.task]
    let argument = task.payload(assignment.request.attempt)
    if let limit = options.platform.payloadLimit, argument.count > limit {
      throw FunctionError.request(
        "\(task.name): an argument of \(argument.count) bytes, platform \(options.platform.name) allows \(limit)"
      )
    }
    let message = ActivateMessage(
      attempt: assignment.request.attempt, isCold: assignment.isCold, action: task.action)
    guard argument.count + ActivateMessage.fixedSize + task.action.utf8.count <= FrameHeader.maximumPayload
    else {
      throw FunctionError.request("\(task.name): an argument of \(argument.count) bytes is over 64 MiB")
    }
    worker.assignment!.isSent = true
    if let limit = options.timeLimitNanoseconds { worker.assignment!.deadline = now + limit }
    let isAlive = try message.withFields {
      try worker.channel.send(
        .activate, activationID: assignment.activationID, fields: $0, payload: argument,
        descriptors: task.descriptors)
    }
    // A worker that died while it was idle has not tried anything: the request goes to another one. A new one's
    // death is the poll loop's to report.
    if !isAlive, !assignment.isCold {
      _ = remove(worker)
      worker.assignment = nil
      queue.putBack(assignment.request)
      try dispatchToAll(queue, now: now)
    }
  }

  private func release(_ worker: WorkerProcess, _ now: Int) {
    worker.assignment = nil
    worker.idleSince = now
    if options.starts == .cold { retire(worker) }
  }

  // MARK: Time

  /// How long `poll` may wait: until the first deadline, delayed dispatch or tick. Negative: without end.
  func nextTimeout(tick: Int?) -> Int {
    var next = tick ?? .max
    for case let worker? in slots {
      if worker.readyAt == nil { next = min(next, worker.spawnedAt + options.startLimitNanoseconds + 1) }
      if let assignment = worker.assignment {
        next = min(next, assignment.isSent ? assignment.deadline : assignment.sendAt)
      } else if let limit = options.idleLimitNanoseconds, worker.readyAt != nil {
        next = min(next, worker.idleSince + limit + 1)
      }
    }
    return next == .max ? -1 : max(0, next - monotonicNanoseconds())
  }

  /// Sends what was held back, and ends the workers whose time is over.
  private func endOverdueWorkers(
    _ queue: TaskQueue, _ now: Int, _ onAttemptFailed: (Int, Int, ActivationRecord) -> Void
  ) throws {
    endUnreadyWorkers(now)
    for case let worker? in slots {
      guard let assignment = worker.assignment else { continue }
      if !assignment.isSent {
        if now >= assignment.sendAt { try send(to: worker, queue, now: now) }
      } else if now >= assignment.deadline {
        _ = remove(worker)
        let limit = Double(options.timeLimitNanoseconds ?? 0) / 1e9
        let loss = Loss(
          status: .timeout,
          text:
            "ran over its time limit of \(limit) s and was killed (a longer limit, or less work an activation)"
        )
        var record = record(of: assignment, worker, queue, end: now, status: .timeout)
        record.failure = describe(loss, worker)
        try retry(assignment, record, queue, isRetryable: true, now, onAttemptFailed)
        try dispatchToAll(queue, now: now)
      }
    }
    removeIdleWorkers()
  }

  // MARK: Ends

  private func retry(
    _ assignment: Assignment, _ record: ActivationRecord, _ queue: TaskQueue, isRetryable: Bool, _ now: Int,
    _ onAttemptFailed: (Int, Int, ActivationRecord) -> Void
  ) throws {
    let request = assignment.request
    onAttemptFailed(request.task, request.attempt, record)
    let attempts = request.attempt + 1
    guard isRetryable, attempts < options.attempts else {
      throw FunctionError.taskFailed(TaskFailure(task: record.task, attempts: attempts, record: record))
    }
    queue.putBack(PendingRequest(task: request.task, attempt: attempts, requestedAt: now))
  }

  private func stopBusyWorkers(_ queue: TaskQueue, _ onAttemptFailed: (Int, Int, ActivationRecord) -> Void) {
    events.removeAll(keepingCapacity: true)
    let busy = slots.compactMap { $0 }.filter { $0.assignment != nil }
    for worker in busy { worker.beginEnd() }
    for worker in busy {
      _ = remove(worker)
      let assignment = worker.assignment!
      var record = record(
        of: assignment, worker, queue, end: monotonicNanoseconds(), status: .cancelled)
      record.failure = "stopped with its run"
      onAttemptFailed(assignment.request.task, assignment.request.attempt, record)
    }
    for worker in leaving { worker.end() }
    leaving = []
    if options.interruption?.signal != nil { shutdown() }
  }

  // MARK: Records

  private func record(
    of assignment: Assignment, _ worker: WorkerProcess, _ queue: TaskQueue, end: Int, status: ActivationStatus
  ) -> ActivationRecord {
    let task = queue.tasks[assignment.request.task]
    var initNanoseconds: Int?
    // What the profile held back beyond the real start.
    var modelled = min(assignment.sendAt, end) - assignment.start
    if assignment.isCold {
      let real = max(assignment.start, worker.readyAt ?? end)
      let ready = min(end, max(real, assignment.start + options.platform.coldStartDelayNanoseconds))
      initNanoseconds = max(0, ready - assignment.start)
      modelled = min(assignment.sendAt, end) - real
    }
    return ActivationRecord(
      activationID: assignment.activationID, action: task.action, task: task.name,
      attempt: assignment.request.attempt, workerProcess: worker.processID, workerIndex: worker.index,
      start: assignment.start, end: end,
      waitNanoseconds: max(0, assignment.start - assignment.request.requestedAt),
      initNanoseconds: initNanoseconds,
      runNanoseconds: end - assignment.start - (initNanoseconds ?? 0),
      modelledNanoseconds: max(0, modelled),
      status: status, failure: nil, bytesIn: 0, bytesOut: 0, peakAnonymousBytes: nil, cpuNanoseconds: 0,
      deviceReadBytes: nil, instructions: nil,
      billedGBSeconds: options.platform.billedGBSeconds(
        durationNanoseconds: end - assignment.start, memoryLimit: options.memoryLimit))
  }

  private func note(_ message: OutcomeMessage, in record: inout ActivationRecord) {
    record.runNanoseconds = message.end - message.start
    record.bytesIn = message.bytesIn
    record.bytesOut = message.bytesOut
    record.peakAnonymousBytes = message.anonymousBytes
    record.deviceReadBytes = message.deviceReadBytes
    record.instructions = message.instructions
    record.cpuNanoseconds = message.cpuNanoseconds
    record.billedGBSeconds = options.platform.billedGBSeconds(
      durationNanoseconds: record.runNanoseconds + (record.initNanoseconds ?? 0),
      memoryLimit: options.memoryLimit)
  }

  /// A result that the platform would not carry is a failure of its action.
  private func checked(_ result: Result<[UInt8], FailureMessage>) -> Result<[UInt8], FailureMessage> {
    guard case .success(let bytes) = result, let limit = options.platform.payloadLimit, bytes.count > limit
    else { return result }
    let text = "a result of \(bytes.count) bytes, platform \(options.platform.name) allows \(limit)"
    return .failure(FailureMessage(isRetryable: false, text: text))
  }
}
