/// One read or write of a copy.
public struct AccessRequest: Equatable, Sendable {
  /// First byte in the file.
  public var offset: Int
  /// Bytes.
  public var length: Int
  /// Which of the job's files, from 0.
  public var file: Int
  public var isWrite: Bool

  @inline(__always)
  public init(offset: Int, length: Int, file: Int, isWrite: Bool) {
    self.offset = offset
    self.length = length
    self.file = file
    self.isWrite = isWrite
  }
}

/// The requests of one copy of a job, one after the other: direction, file, offset and length.
///
/// As in fio 3.33:
/// - Blocks lie at whole multiples of `bs` from a region's start. What is left behind the last whole block of a file is
///   never touched; where the file goes on behind the region, a sequential pass ends with the block that crosses its end.
/// - Files take turns. One that is through is left out until the next pass.
/// - Reads and writes of a sequential mix each have their own position, and of a random mix share the blocks still to be
///   visited, if their `bs` is the same.
/// - A pass ends after ``FileLayout/passSize`` bytes or when all files are through. There are `loops` passes, and more as
///   long as `io_size` asks for at least one more block; with `time_based` there is no end.
///
/// Unlike fio, `number_ios` also ends a time-based copy, each pass has an order of its own, and the same job gives the
/// same requests in each run on any machine.
///
/// Nothing is allocated after `init`. It is deterministic: a second sequence of the same arguments says the same requests,
/// which is how a verifying pass knows what was written.
public struct AccessSequence: ~Copyable, @unchecked Sendable {
  private var blocks: FileBlocks
  private let fileCount: Int
  private let readThreshold: UInt64
  private let directions: Directions
  private var mix: RandomWords
  private var draws: RandomWords

  private var currentFile = 0
  /// Bytes until something is to be decided: the end of the pass or of the copy.
  private var budget: Int
  private var budgetOfPass: Int
  private var issuedBefore = 0
  private var requestsLeft: Int

  private let endlessly: Bool
  private let rule: PassRule
  /// Passes begun before this one. Wraps of a time-based copy count.
  public private(set) var pass = 0

  private enum Directions { case read, write, both }

  /// - Parameters:
  ///   - seed: The copy's (``IOJob/seed(ofCopy:entropy:)``).
  public init(_ job: IOJob, layout: FileLayout, seed: UInt64) {
    fileCount = layout.regions.count
    directions = job.pattern.reads ? job.pattern.writes ? .both : .read : .write
    readThreshold = UInt64(job.readShare) &* (UInt64.max / 100)
    mix = RandomWords(seed: seed ^ 1)
    draws = RandomWords(seed: seed ^ 2)
    blocks = FileBlocks(job, layout: layout, seed: seed)
    endlessly = job.timeBased
    rule = PassRule(job, layout: layout)
    let (limit, overflow) = job.requestLimit.multipliedReportingOverflow(by: job.loops)
    requestsLeft = job.requestLimit == 0 || overflow ? Int.max : limit
    budgetOfPass = endlessly ? Int.max : rule.bytes(ofPass: 0, issued: 0)
    budget = budgetOfPass
  }

  /// The next request, its direction drawn by `rwmixread`; nil when the copy has done all.
  @inline(__always)
  public mutating func next() -> AccessRequest? { next(isWrite: drawsWrite()) }

  /// Whether the next request is a write, where nothing else (a rate) decides.
  @inline(__always)
  public mutating func drawsWrite() -> Bool {
    switch directions {
    case .read: false
    case .write: true
    case .both: mix.next() >= readThreshold
    }
  }

  /// The next request of one of the job's directions; nil when the copy has done all.
  @inline(__always)
  public mutating func next(isWrite: Bool) -> AccessRequest? {
    if budget <= 0 || requestsLeft == 0 {
      guard beginsPass() else { return nil }
    }
    while true {
      let file = currentFile
      if let request = blocks.next(file, isWrite: isWrite, &draws) {
        currentFile = file &+ 1 == fileCount ? 0 : file &+ 1
        budget &-= request.length
        requestsLeft &-= 1
        return request
      }
      guard passes(file, isWrite: isWrite) else { return nil }
    }
  }

  /// Goes on where a file is through: to its start, the next file, or the next pass.
  @inline(never)
  private mutating func passes(_ file: Int, isWrite: Bool) -> Bool {
    if endlessly, blocks.wraps(file, isWrite: isWrite, pass: pass + 1) {
      if fileCount == 1 { pass += 1 }
      return true
    }
    if blocks.finish(file) {
      currentFile = file + 1 == fileCount ? 0 : file + 1
      return true
    }
    return beginsPass()
  }

  @inline(never)
  private mutating func beginsPass() -> Bool {
    guard requestsLeft > 0 else { return false }
    let issued = budgetOfPass - budget
    // A pass without a request would be followed by more of them.
    guard issued > 0 else { return false }
    issuedBefore += issued
    pass += 1
    budgetOfPass = endlessly ? Int.max : rule.bytes(ofPass: pass, issued: issuedBefore)
    budget = budgetOfPass
    guard budget > 0 else { return false }
    blocks.restart(pass: pass)
    currentFile = 0
    return true
  }
}

/// How many passes there are and how long each is.
private struct PassRule {
  let passSize: Int
  let totalSize: Int
  let singleSize: Int
  let loops: Int
  let hasIOSize: Bool
  let largestBlock: Int

  init(_ job: IOJob, layout: FileLayout) {
    passSize = layout.passSize
    totalSize = layout.totalSize
    singleSize = layout.singleSize
    loops = job.loops
    hasIOSize = job.ioSize != nil
    largestBlock = job.largestBlock
  }

  /// Bytes of a pass, of which the last block may be over; 0 where there is no such pass.
  ///
  /// Source: fio 3.33 `backend.c`, `keep_running` and `do_io`.
  func bytes(ofPass pass: Int, issued: Int) -> Int {
    if pass >= loops {
      guard hasIOSize, issued < singleSize, singleSize - issued >= largestBlock else { return 0 }
    }
    return min(passSize, totalSize - issued)
  }
}
