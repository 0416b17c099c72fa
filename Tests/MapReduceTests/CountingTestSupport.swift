import Glibc
import MapReduce
import Storage

/// SplitMix64: the same numbers from the same seed everywhere.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Bytes with exactly ``readableSlack`` readable ones behind, and then memory that faults; the slack is full of what
/// would be counted by mistake.
func withGuardedBytes<R>(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
  let page = 4096
  let usable = (bytes.count + readableSlack + page - 1) / page * page
  let mapping = mmap(nil, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
  defer { munmap(mapping, usable + page) }
  mprotect(mapping + usable, page, PROT_NONE)
  let start = mapping + usable - readableSlack - bytes.count
  memset(mapping, 0x78, usable)
  bytes.withUnsafeBytes { if let base = $0.baseAddress { memcpy(start, base, bytes.count) } }
  return try body(UnsafeRawBufferPointer(start: start, count: bytes.count))
}

/// Keeps extents as arrays and checks what the contract says of them.
final class ArraySink: PartitionSink {
  struct Extent {
    var bytes: [UInt8]
    var records: Int
  }
  private(set) var extents: [[Extent]]
  private var room: UnsafeMutableRawBufferPointer?
  private var partition = 0

  init(partitions: Int) { extents = Array(repeating: [], count: partitions) }

  func write(_ bytes: UnsafeRawBufferPointer, partition: Int, records: Int, sorted: Bool) throws {
    extents[partition].append(Extent(bytes: Array(bytes), records: records))
  }

  func reserve(_ capacity: Int, partition: Int) throws -> UnsafeMutableRawBufferPointer {
    precondition(room == nil)
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    self.room = room
    self.partition = partition
    return room
  }

  func commit(length: Int, records: Int, sorted: Bool) throws {
    guard let room else { preconditionFailure("commit without reserve") }
    precondition(length <= room.count)
    extents[partition].append(Extent(bytes: Array(room[..<length]), records: records))
    room.deallocate()
    self.room = nil
  }
}

/// Keeps runs as arrays of chunks; hands them out guarded by a copy with slack.
final class ArraySpill: SpillStore {
  final class Cursor: ExtentCursor {
    private var chunks: ArraySlice<[UInt8]>
    private var current: UnsafeMutableRawBufferPointer?
    let headroom = 0
    init(_ chunks: [[UInt8]]) { self.chunks = chunks[...] }
    deinit { current?.deallocate() }
    func next() throws -> UnsafeRawBufferPointer? {
      // What was handed out before is no longer valid.
      current?.deallocate()
      current = nil
      guard let chunk = chunks.popFirst() else { return nil }
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk.count + readableSlack, alignment: 1)
      copy.copyBytes(from: chunk)
      current = copy
      return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[..<chunk.count])
    }
  }

  private(set) var runs: [[[UInt8]]?] = []
  private var open: [[UInt8]]?

  func beginRun() throws {
    precondition(open == nil)
    open = []
  }
  func append(_ chunk: UnsafeRawBufferPointer) throws { open!.append(Array(chunk)) }
  func endRun() throws -> Int {
    runs.append(open!)
    open = nil
    return runs.count - 1
  }
  func cursor(overRun run: Int) throws -> any ExtentCursor { Cursor(runs[run]!) }
  func discard(run: Int) throws { runs[run] = nil }
}

/// Feeds `text` in pieces cut at `cuts`, as a tier's chunks would come: the unconsumed rest before the new bytes.
func feed(_ text: [UInt8], cuts: [Int], to kernel: inout WordCountKernel) throws {
  var rest: [UInt8] = []
  var start = 0
  for end in cuts.sorted() + [text.count] {
    let bytes = rest + text[start..<end]
    let consumed = try withGuardedBytes(bytes) {
      try kernel.consume($0, carried: rest.count, last: end == text.count)
    }
    rest = Array(bytes[consumed...])
    start = end
  }
  precondition(rest.isEmpty, "the last call consumes everything")
}

struct CountingPlan {
  var partitions = 3
  var encoding = RecordEncoding.binary
  var combine = true
  var mapBudget = 64 << 20
  var reduceBudget = 64 << 20
}

struct CountingResult {
  /// Output of each partition.
  var parts: [[UInt8]] = []
  var spilledBytes = 0
  var flushes = 0
  var mapRecords = 0
  var shuffleBytes = 0
}

/// Map, shuffle and reduce in memory, as a job would run them.
func countWords(_ text: [UInt8], cuts: [Int] = [], _ plan: CountingPlan = CountingPlan()) throws
  -> CountingResult
{
  let sink = ArraySink(partitions: plan.partitions)
  let emitter = try CountEmitter(
    workspace: CountWorkspace(byteBudget: plan.mapBudget), partitions: plan.partitions,
    encoding: plan.encoding,
    combine: plan.combine, sink: sink)
  var kernel = WordCountKernel(emitter: emitter)
  try feed(text, cuts: cuts, to: &kernel)
  try emitter.finish()
  var result = CountingResult(flushes: emitter.flushes, mapRecords: emitter.records)
  let workspace = try CountWorkspace(byteBudget: plan.reduceBudget)
  for extents in sink.extents {
    let spill = ArraySpill()
    let reducer = CountReducer(workspace: workspace, encoding: plan.encoding, spill: spill)
    for extent in extents {
      try withGuardedBytes(extent.bytes) { try reducer.consume($0) }
      result.shuffleBytes += extent.bytes.count
    }
    precondition(reducer.records == extents.reduce(0) { $0 + $1.records }, "a sink is told the records")
    let output = OutputCollector()
    let total = try reducer.finish { output.bytes.append(contentsOf: $0) }
    precondition(total.bytes == output.bytes.count)
    precondition(spill.runs.allSatisfy { $0 == nil }, "runs are given up at the end")
    result.parts.append(output.bytes)
    result.spilledBytes += reducer.spilledBytes
  }
  return result
}

final class OutputCollector {
  var bytes: [UInt8] = []
}

/// The right parts by dictionary and the standard library's sort.
func expectedParts(_ text: [UInt8], partitions: Int) -> [[UInt8]] {
  var counts: [[UInt8]: Int] = [:]
  for word in text.split(whereSeparator: { (9...13).contains($0) || $0 == 32 }) {
    counts[Array(word), default: 0] += 1
  }
  var parts = [[UInt8]](repeating: [], count: partitions)
  for (key, count) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
    let partition = KeyHash.partition(of: KeyHash.of(key), among: partitions)
    parts[partition] += key + [9] + Array("\(count)\n".utf8)
  }
  return parts
}

/// Text of words that are awkward in several ways, chosen by the seed.
func hostileText(seed: UInt64, words: Int) -> [UInt8] {
  var numbers = SeededNumbers(seed: seed)
  let spaces: [[UInt8]] = [[32], [10], [13, 10], [9], [11], [12], [32, 32], [10, 10, 10]]
  let alphabets: [[UInt8]] = [
    Array("ab".utf8), Array("abcdefghijklmnopqrstuvwxyz".utf8), [0], [0, 1], [97, 0],
    (0...255).filter { !(9...13).contains($0) && $0 != 32 }, Array("\"\\{}:,".utf8), Array("äöü€😀".utf8),
  ]
  let alphabet = alphabets.randomElement(using: &numbers)!
  let lengths = [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 23, 24, 31, 32, 33, 64, 100, 5000]
  let longest = Int.random(in: 1...lengths.count, using: &numbers)
  var text: [UInt8] = []
  if Bool.random(using: &numbers) { text += spaces.randomElement(using: &numbers)! }
  for _ in 0..<words {
    // Short ones are far more frequent, so that keys repeat.
    let length = lengths[Int.random(in: 0..<Int.random(in: 1...longest, using: &numbers), using: &numbers)]
    for _ in 0..<length { text.append(alphabet.randomElement(using: &numbers)!) }
    text += spaces.randomElement(using: &numbers)!
  }
  if Bool.random(using: &numbers) { text.append(contentsOf: Array("end".utf8)) }
  return text
}
