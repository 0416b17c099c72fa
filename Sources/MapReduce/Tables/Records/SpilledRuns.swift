import Storage

/// The sorted runs that a reduce has spilled.
struct SpilledRuns {
  private let spill: (any SpillStore)?
  private var runs: [Int] = []
  /// Bytes spilled, merges of merges included.
  private(set) var bytes = 0

  init(_ spill: (any SpillStore)?) { self.spill = spill }

  var isEmpty: Bool { runs.isEmpty }

  /// Spills what the cursor hands out as one run.
  ///
  /// - Parameter budget: For ``CountingError/overBudget(bytes:)``, thrown where there is nowhere to spill.
  mutating func add(_ cursor: any ExtentCursor, budget: Int) throws {
    guard let spill else { throw CountingError.overBudget(bytes: budget) }
    try spill.beginRun()
    while let chunk = try cursor.next() {
      try spill.append(chunk)
      bytes += chunk.count
    }
    runs.append(try spill.endRun())
  }

  /// All runs and `last` as one sequence.
  ///
  /// - Parameter merge: Makes one run of several, where there are more than are merged at once.
  mutating func merged(
    with last: any ExtentCursor, merge: (inout RecordMerge, RecordRun) throws -> Void
  ) throws -> RecordMerge {
    guard let spill else { return try RecordMerge([last]) }
    while runs.count >= RunMerge.fanIn { try mergeFirst(spill, merge) }
    return try RecordMerge(try runs.map { try spill.cursor(overRun: $0) } + [last])
  }

  private mutating func mergeFirst(
    _ spill: any SpillStore, _ merge: (inout RecordMerge, RecordRun) throws -> Void
  ) throws {
    let merged = Array(runs.prefix(RunMerge.fanIn))
    var records = try RecordMerge(try merged.map { try spill.cursor(overRun: $0) })
    try spill.beginRun()
    let run = try RecordRun { try spill.append($0) }
    try merge(&records, run)
    try run.flush()
    bytes += run.bytes
    let new = try spill.endRun()
    for old in merged { try spill.discard(run: old) }
    runs = runs.dropFirst(merged.count) + [new]
  }

  mutating func discard() throws {
    for run in runs { try spill?.discard(run: run) }
    runs = []
  }
}

/// Collects binary table records into chunks.
final class RecordRun {
  private var chunk: GrowingMemory
  private var used = 0
  private let emit: (UnsafeRawBufferPointer) throws -> Void
  private(set) var bytes = 0

  init(emit: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    chunk = try GrowingMemory(reserving: 4 * RunMerge.chunkBytes)
    self.emit = emit
  }

  /// Appends a record of at most `bound` bytes, which `write` writes and returns the end of.
  func append(
    bound: Int, write: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  ) throws {
    if used > 0, used + bound > RunMerge.chunkBytes { try flush() }
    guard chunk.commit(used + bound) else { throw CountingError.outOfMemory(bytes: bound) }
    used = write(chunk.base + used) - chunk.base
  }

  func flush() throws {
    if used == 0 { return }
    try emit(UnsafeRawBufferPointer(start: chunk.base, count: used))
    bytes += used
    used = 0
  }
}

/// Binary table records in order as chunks: what is spilled, and what is merged with spilled runs.
final class RecordChunks: ExtentCursor {
  /// Bytes that the next record takes at most; nil at the end.
  private let bound: () -> Int?
  /// Writes the next record; returns where it ends.
  private let write: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  private var chunk: GrowingMemory
  let headroom = 0

  init(bound: @escaping () -> Int?, write: @escaping (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer)
    throws
  {
    self.bound = bound
    self.write = write
    chunk = try GrowingMemory(reserving: 4 * RunMerge.chunkBytes)
  }

  func next() throws -> UnsafeRawBufferPointer? {
    var used = 0
    while let more = bound() {
      if used > 0, used + more > RunMerge.chunkBytes { break }
      guard chunk.commit(used + more + readableSlack) else { throw CountingError.outOfMemory(bytes: more) }
      used = write(chunk.base + used) - chunk.base
    }
    return used == 0 ? nil : UnsafeRawBufferPointer(start: chunk.base, count: used)
  }
}
