import CSystemIO
import Glibc
import Metrics

/// What the poll loop found.
enum PoolEvent {
  case ready(WorkerProcess)
  /// The action's result; a ``FailureMessage`` where it threw.
  case outcome(WorkerProcess, OutcomeMessage, Result<[UInt8], FailureMessage>)
  /// It is reaped and its index is free.
  case lost(WorkerProcess, Loss)
}

/// Why a worker is gone.
struct Loss {
  var status: ActivationStatus
  /// Goes on after "the worker", as `died of SIGSEGV (11)`.
  var text: String
}

/// What an entry of the poll set is for.
struct Watched {
  var worker: WorkerProcess?
  var isOutput: Bool
}

extension WorkerPool {
  /// Waits for news, at most so long (negative: without end), and adds it to ``events``.
  /// - Throws: ``FunctionError/interrupted(signal:)``.
  func poll(timeoutNanoseconds: Int) throws {
    if isPollSetStale { rebuildPollSet() }
    for index in watched.indices {
      guard let worker = watched[index].worker, !watched[index].isOutput else { continue }
      pollSet[index].events = Int16(worker.channel.hasUnsent ? POLLIN | POLLOUT : POLLIN)
    }
    let ready = mb_poll(&pollSet, pollSet.count, Int64(timeoutNanoseconds))
    try options.interruption?.check()
    guard ready > 0 else {
      guard ready == 0 || ready == -EINTR || ready == -EAGAIN else {
        throw FunctionError.workerStart("poll: \(systemErrorText(-ready))")
      }
      return
    }
    for index in watched.indices where pollSet[index].revents != 0 {
      guard let worker = watched[index].worker else { continue }
      if watched[index].isOutput {
        if !worker.readOutput() { isPollSetStale = true }
      } else if slots[worker.index] === worker {
        serve(worker, canSend: pollSet[index].revents & Int16(POLLOUT) != 0)
      }
    }
  }

  /// The events since this was last called.
  func takeEvents() -> [PoolEvent] {
    // A swap rather than a copy, so that neither array is ever allocated again.
    takenEvents.removeAll(keepingCapacity: true)
    swap(&events, &takenEvents)
    return takenEvents
  }

  private func rebuildPollSet() {
    pollSet.removeAll(keepingCapacity: true)
    watched.removeAll(keepingCapacity: true)
    func watch(_ descriptor: Int32, _ worker: WorkerProcess?, isOutput: Bool) {
      pollSet.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      watched.append(Watched(worker: worker, isOutput: isOutput))
    }
    if let interruption = options.interruption { watch(interruption.descriptor, nil, isOutput: false) }
    for case let worker? in slots {
      watch(worker.channel.descriptor, worker, isOutput: false)
      if worker.output >= 0 { watch(worker.output, worker, isOutput: true) }
    }
    isPollSetStale = false
  }

  private func serve(_ worker: WorkerProcess, canSend: Bool) {
    do {
      if canSend { _ = try worker.channel.flush() }
      var reception = try worker.channel.receive()
      while case .frame(let frame) = reception {
        try note(frame, from: worker)
        reception = try worker.channel.buffered()
      }
      guard case .closed = reception else { return }
      let exit = remove(worker)
      events.append(.lost(worker, loss(of: worker, exit)))
    } catch {
      _ = remove(worker)
      events.append(.lost(worker, Loss(status: .developerError, text: "broke the protocol: \(error)")))
    }
  }

  private func note(_ frame: Frame, from worker: WorkerProcess) throws {
    switch frame.kind {
    case .ready:
      var reader = WireReader(frame.payload)
      let readyAt = try reader.int()
      try reader.end()
      guard worker.readyAt == nil, readyAt >= worker.spawnedAt, readyAt <= monotonicNanoseconds() else {
        throw WireError("ready twice, or at a time that cannot be")
      }
      worker.readyAt = readyAt
      failedStarts = 0
      events.append(.ready(worker))
    case .result, .failure:
      guard worker.readyAt != nil, let assignment = worker.assignment, assignment.isSent,
        !assignment.hasOutcome, assignment.activationID == frame.activationID
      else { throw WireError("\(frame.kind) of activation \(frame.activationID), which it does not have") }
      worker.assignment!.hasOutcome = true
      let (message, rest) = try OutcomeMessage.decode(frame.payload)
      let result: Result<[UInt8], FailureMessage> =
        frame.kind == .result ? .success(rest) : .failure(try FailureMessage(decoding: rest))
      events.append(.outcome(worker, message, result))
    case .initialize, .activate:
      throw WireError("\(frame.kind) from a worker")
    }
  }

  private func loss(of worker: WorkerProcess, _ exit: WorkerExit) -> Loss {
    switch exit {
    case .signalled(SIGKILL) where memory.hasKilled(worker: worker.index):
      let limit = ByteSize.text(memory.limit ?? 0)
      return Loss(status: .memoryExceeded, text: "was killed over its memory limit of \(limit)")
    case .signalled(SIGKILL) where worker.readyAt == nil:
      return Loss(status: .killed, text: "\(exit.text) before it was ready")
    case .signalled(SIGKILL), .signalled(SIGTERM), .signalled(SIGINT), .signalled(SIGHUP):
      return Loss(status: .killed, text: exit.text)
    case .signalled, .exited, .unknown:
      return Loss(status: .developerError, text: exit.text)
    }
  }
}
