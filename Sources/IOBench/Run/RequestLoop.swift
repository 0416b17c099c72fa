import CSystemIO
import Glibc
import Metrics

/// Sends one request after the other to an engine and counts what comes back: the measured path.
///
/// One type for each engine and source, so that nothing in it is called through a table. As in fio: a request is made
/// ready, then handed over when `iodepth_batch_submit` of them wait; a full queue takes `iodepth_batch_complete_min` to
/// `_max` completions at a time until `iodepth_low` are left.
///
/// Latencies: from the moment a request was made ready, or with a rate from when it was due (`start`), to the return of
/// the submitting call (slat), from there to the completion (clat), and whole (lat). Where the call is the request, it
/// begins where the request does, and there is no slat.
struct RequestLoop<Engine: RequestEngine & ~Copyable, Source: RequestSource & ~Copyable>: ~Copyable {
  var engine: Engine
  var source: Source
  var meter: CopyMeter
  let rules: LoopRules
  let buffers: RequestBuffers
  let content: BlockContent
  /// Written to before the next sync.
  private var unsynced: [Bool]

  /// Requests that were taken from the source, and of them the written ones.
  private(set) var issued = 0
  private var written = 0
  private(set) var directions = DirectionLog()
  private let notesDirections: Bool
  private(set) var failure: RequestFailure?
  private(set) var wrongBlocks = 0
  private(set) var firstDifference: (file: Int, difference: BlockDifference)?
  private let endsAtWrongBlock: Bool
  private let checksReads: Bool
  private var untilClock = 0
  private var sinceThought = 0

  init(
    engine: consuming Engine, source: consuming Source, meter: consuming CopyMeter, job: IOJob,
    rules: LoopRules, buffers: RequestBuffers, content: BlockContent, checksReads: Bool
  ) {
    self.engine = engine
    self.source = source
    self.meter = meter
    self.rules = rules
    self.buffers = buffers
    self.content = content
    self.checksReads = checksReads
    endsAtWrongBlock = job.verifyFatal
    notesDirections = rules.hasPace && job.verify != .none && job.pattern.reads && job.pattern.writes
    unsynced = Array(repeating: false, count: job.fileCount)
  }

  /// Until the source has no more, the time is over, or something failed.
  mutating func run() {
    meter.now = monotonicNanoseconds()
    meter.pulse()
    if Engine.isImmediate { runImmediately() } else { runQueued() }
    if !rules.takesTimes { meter.catchUp(monotonicNanoseconds()) }
  }

  // MARK: One at a time

  private mutating func runImmediately() {
    let request = buffers.requests
    while failure == nil {
      if meter.now >= meter.nextPulse {
        meter.pulse()
        if meter.isOver { return }
      }
      guard take(tag: 0) else { return }
      if rules.hasPace, !waitUntilDue(tag: 0) { return issued -= 1 }
      if rules.takesTimes {
        let start = monotonicNanoseconds()
        request.pointee.issued = start
        if !(rules.hasPace && source.due != nil) { request.pointee.start = start }
      }
      let result = engine.queue(request.pointee, tag: 0)
      readClock()
      end(tag: 0, result: result)
      afterRequest()
    }
  }

  // MARK: Several at a time

  private mutating func runQueued() {
    var ring = TagRing(depth: rules.depth)
    while failure == nil {
      if meter.now >= meter.nextPulse {
        meter.pulse()
        if meter.isOver { break }
      }
      let tag = ring.nextFree
      guard take(tag: tag) else { break }
      if rules.hasPace, !waitUntilDue(tag: tag, &ring) {
        issued -= 1
        break
      }
      if rules.takesTimes, !(rules.hasPace && source.due != nil) {
        buffers.requests[tag].start = monotonicNanoseconds()
      }
      let refused = engine.queue(buffers.requests[tag], tag: tag)
      guard refused == 0 else {
        fail(tag: tag, number: -refused)
        break
      }
      ring.prepare()
      if ring.prepared >= rules.submitBatch, !commit(&ring) { break }
      if ring.isFull, !drain(&ring, to: rules.depthLow) { break }
      if rules.syncEvery > 0 || rules.thinkTime > 0 {
        if isPauseDue, !drain(&ring, to: 0) { break }
        afterRequest()
      }
    }
    // What is in flight still counts, as in fio.
    while ring.inFlight > 0 || ring.prepared > 0 {
      guard commit(&ring) else { break }
      guard ring.inFlight > 0, reap(&ring, minimum: ring.inFlight, maximum: ring.inFlight) else { break }
    }
  }

  /// Hands over what is prepared, all of it.
  @inline(__always)
  private mutating func commit(_ ring: inout TagRing) -> Bool {
    let count = engine.commit()
    if count == ring.prepared {
      handedOver(count, &ring)
      return true
    }
    return commitRest(count, &ring)
  }

  private mutating func commitRest(_ first: Int, _ ring: inout TagRing) -> Bool {
    var count = first
    let deadline = monotonicNanoseconds() + 30_000_000_000
    while true {
      if count < 0 {
        fail(tag: ring.dropFirstPrepared(), number: -count)
        return false
      }
      handedOver(count, &ring)
      if ring.prepared == 0 { return true }
      // The queue takes no more for now: completions make room.
      if count == 0 {
        if ring.inFlight > 0 {
          guard reap(&ring, minimum: 1, maximum: rules.completeMaximum) else { return false }
        } else {
          guard monotonicNanoseconds() < deadline else {
            fail(tag: ring.dropFirstPrepared(), number: Int(EAGAIN))
            return false
          }
          usleep(100)
        }
      }
      count = engine.commit()
    }
  }

  @inline(__always)
  private mutating func handedOver(_ count: Int, _ ring: inout TagRing) {
    guard count > 0 else { return }
    let depth = ring.inFlight &+ ring.prepared
    meter.submissions.add(batch: count)
    let now = rules.takesSubmission || rules.takesCompletion ? monotonicNanoseconds() : 0
    for _ in 0..<count {
      let tag = ring.handOver()
      meter.depths.add(depth: depth)
      buffers.requests[tag].issued = now
      if rules.takesSubmission { meter.noteSubmission(buffers.requests + tag) }
    }
  }

  /// Takes completions until `low` requests are left.
  @inline(never)
  private mutating func drain(_ ring: inout TagRing, to low: Int) -> Bool {
    guard ring.prepared == 0 || commit(&ring) else { return false }
    repeat {
      let minimum = max(1, min(rules.completeMinimum, ring.inFlight))
      guard ring.inFlight == 0 || reap(&ring, minimum: minimum, maximum: max(minimum, rules.completeMaximum))
      else { return false }
    } while ring.inFlight > low
    return true
  }

  @inline(__always)
  private mutating func reap(_ ring: inout TagRing, minimum: Int, maximum: Int) -> Bool {
    let count = engine.reap(minimum: minimum, maximum: maximum)
    return ended(count, &ring)
  }

  @inline(never)
  private mutating func ended(_ count: Int, _ ring: inout TagRing) -> Bool {
    guard count >= 0 else {
      // Nobody knows what became of the requests in flight.
      failure = failure ?? RequestFailure(number: -count, request: nil)
      ring.forget()
      return false
    }
    if count > 0 { readClock() }
    meter.completions.add(batch: count)
    for index in 0..<count {
      let (tag, result) = engine.completion(index)
      end(tag: tag, result: result)
      ring.free(tag)
    }
    return failure == nil
  }

  // MARK: A request's life

  /// The next request, its block filled where it is a write.
  @inline(__always)
  private mutating func take(tag: Int) -> Bool {
    let request = buffers.requests + tag
    guard source.next(now: meter.now &- meter.began, into: request) else { return false }
    issued &+= 1
    if request.pointee.isWrite {
      written &+= 1
      if rules.hasContent {
        content.write(
          UnsafeMutableRawBufferPointer(start: request.pointee.buffer, count: request.pointee.length),
          offset: request.pointee.offset, file: request.pointee.file,
          generation: UInt64(truncatingIfNeeded: issued))
      }
      if rules.syncEvery > 0 { unsynced[request.pointee.file] = true }
    }
    if notesDirections { directions.append(request.pointee.isWrite) }
    return true
  }

  @inline(__always)
  private mutating func readClock() {
    if rules.takesTimes {
      meter.now = monotonicNanoseconds()
    } else {
      untilClock &-= 1
      guard untilClock < 0 else { return }
      untilClock = LoopRules.clockInterval
      meter.now = monotonicNanoseconds()
    }
  }

  @inline(__always)
  private mutating func end(tag: Int, result: Int) {
    guard result > 0 else { return fail(tag: tag, number: result == 0 ? 0 : -result) }
    meter.note(buffers.requests + tag, bytes: result, at: meter.now)
    if checksReads, !buffers.requests[tag].isWrite { check(tag) }
  }

  private mutating func check(_ tag: Int) {
    let request = buffers.requests[tag]
    guard
      let difference = content.check(
        UnsafeRawBufferPointer(start: request.buffer, count: request.length), offset: request.offset,
        file: request.file)
    else { return }
    wrongBlocks += 1
    if firstDifference == nil { firstDifference = (request.file, difference) }
    if endsAtWrongBlock { failure = RequestFailure(number: Int(EILSEQ), request: request) }
  }

  private mutating func fail(tag: Int, number: Int) {
    failure = failure ?? RequestFailure(number: number, request: buffers.requests[tag])
  }

  // MARK: Between requests

  /// Waits until the request is due, and lets its latency begin there.
  private mutating func waitUntilDue(tag: Int) -> Bool {
    guard let due = source.due else { return true }
    let at = meter.began + due
    buffers.requests[tag].start = at
    while true {
      meter.now = monotonicNanoseconds()
      guard meter.now < at else { return true }
      if meter.now >= meter.nextPulse {
        meter.pulse()
        if meter.isOver { return false }
      }
      pause(min(at, meter.nextPulse) - meter.now)
    }
  }

  /// The same, taking completions meanwhile.
  private mutating func waitUntilDue(tag: Int, _ ring: inout TagRing) -> Bool {
    guard let due = source.due else { return true }
    let at = meter.began + due
    buffers.requests[tag].start = at
    while true {
      meter.now = monotonicNanoseconds()
      guard meter.now < at else { return true }
      if meter.now >= meter.nextPulse {
        meter.pulse()
        if meter.isOver { return false }
      }
      guard ring.prepared == 0 || commit(&ring) else { return false }
      let left = min(at, meter.nextPulse) - meter.now
      guard ring.inFlight > 0 else {
        pause(left)
        continue
      }
      let isShort = left <= Self.spin
      let count = engine.reap(
        minimum: isShort ? 0 : 1, maximum: max(1, rules.completeMaximum),
        timeout: isShort ? 0 : left - Self.spin)
      guard count == 0 || ended(count, &ring) else { return false }
    }
  }

  /// A sleep wakes up late by about this.
  private static var spin: Int { 60_000 }

  private func pause(_ nanoseconds: Int) {
    guard nanoseconds > Self.spin else { return }
    var time = timespec(
      tv_sec: (nanoseconds - Self.spin) / 1_000_000_000, tv_nsec: (nanoseconds - Self.spin) % 1_000_000_000)
    nanosleep(&time, nil)
  }

  /// Whether ``afterRequest()`` will do something for which nothing may be in flight.
  private var isPauseDue: Bool {
    (rules.syncEvery > 0 && written >= rules.syncEvery)
      || (rules.thinkTime > 0 && sinceThought + 1 >= rules.thinkTimeBlocks)
  }

  @inline(__always)
  private mutating func afterRequest() {
    if rules.syncEvery > 0, written >= rules.syncEvery { sync() }
    if rules.thinkTime > 0 {
      sinceThought &+= 1
      if sinceThought >= rules.thinkTimeBlocks { think() }
    }
  }

  private mutating func sync() {
    written = 0
    for file in unsynced.indices where unsynced[file] {
      unsynced[file] = false
      let start = monotonicNanoseconds()
      let result = engine.sync(file: file, dataOnly: rules.syncsDataOnly)
      meter.now = monotonicNanoseconds()
      meter.syncs.record(meter.now - start)
      guard result == 0 else {
        failure = failure ?? RequestFailure(number: -result, request: nil, syncedFile: file)
        return
      }
    }
  }

  /// `thinktime`: computes for `thinktime_spin` of it, and sleeps for the rest.
  private mutating func think() {
    sinceThought = 0
    let start = monotonicNanoseconds()
    while monotonicNanoseconds() - start < rules.thinkTimeSpin {}
    while true {
      meter.now = monotonicNanoseconds()
      let left = start + rules.thinkTime - meter.now
      guard left > 0 else { return }
      if meter.now >= meter.nextPulse {
        meter.pulse()
        if meter.isOver { return }
      }
      var time = timespec(tv_sec: 0, tv_nsec: min(left, 20_000_000))
      nanosleep(&time, nil)
    }
  }
}

/// What ended a loop.
struct RequestFailure {
  /// An errno; 0 where a file ended before its region.
  var number: Int
  var request: Request?
  var syncedFile: Int?
}

/// What went wrong in a loop, if anything did.
struct LoopOutcome {
  var failure: RequestFailure?
  var wrongBlocks: Int
  var difference: (file: Int, difference: BlockDifference)?
}

extension RequestLoop where Engine: ~Copyable, Source: ~Copyable {
  var outcome: LoopOutcome {
    LoopOutcome(failure: failure, wrongBlocks: wrongBlocks, difference: firstDifference)
  }

  /// Puts what was counted into a result, and gives the engine back.
  consuming func finish(into result: inout CopyResult) -> Engine {
    meter.fill(&result)
    return engine
  }
}
