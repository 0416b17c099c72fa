import CSystemIO
import Glibc

/// Shared memory in which the copies of a run say how far they are, and in which they are told to begin and to end.
///
/// A line of the processor's cache for each copy, written by that copy alone, so that looking costs the copies nothing.
/// Whoever maps it may look at any time; a line's numbers need not be of one moment.
///
/// Behind the lines there may be room for answers: what a copy has measured so far, which it writes there when it is
/// asked.
final class LiveBoard {
  enum Phase: UInt64 {
    case waiting = 0
    case ready, ramping, measuring, verifying, done
  }

  /// What one copy has done in its measured time.
  struct Line: Equatable {
    var phase = Phase.waiting
    var readBytes = 0
    var reads = 0
    var writtenBytes = 0
    var writes = 0
  }

  /// Why copies end before they are done.
  enum Order: UInt64 {
    case goOn = 0
    /// A signal came.
    case interrupt
    /// It is steady.
    case enough
  }

  private static let lineSize = 128
  private static let goOffset = 0
  private static let orderOffset = 8
  private static let questionOffset = 16
  /// Bytes for each answer: seven histograms with all of their bins, and a day's samples. Memory that nobody writes to
  /// is not taken.
  private static let answerRoom = 16 << 20

  let copies: Int
  /// Of the memory file; sent to workers.
  let descriptor: Int32
  private let start: UnsafeMutableRawPointer
  private let length: Int
  private let ownsDescriptor: Bool

  /// - Parameter takesAnswers: Copies can be asked.
  /// - Throws: ``IOFailure``.
  convenience init(copies: Int, takesAnswers: Bool = false) throws {
    let descriptor = mb_memfd("marvel-bench-io")
    guard descriptor >= 0 else { throw IOFailure.call("make", "shared memory", -descriptor) }
    let length = Self.answers(copies) + (takesAnswers ? copies * Self.answerRoom : 0)
    guard ftruncate(descriptor, length) == 0 else {
      throw IOFailure.call("make", "shared memory", errno)
    }
    try self.init(descriptor, copies, owns: true)
  }

  /// Maps a board that another process made; the descriptor stays the caller's.
  convenience init(borrowing descriptor: Int32, copies: Int) throws {
    try self.init(descriptor, copies, owns: false)
  }

  private init(_ descriptor: Int32, _ copies: Int, owns: Bool) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0, let start = mb_map_shared(descriptor, Int(status.st_size)) else {
      throw IOFailure.call("map", "shared memory", errno)
    }
    length = Int(status.st_size)
    self.descriptor = descriptor
    self.copies = copies
    self.start = start
    ownsDescriptor = owns
  }

  deinit {
    mb_unmap(start, length)
    if ownsDescriptor { close(descriptor) }
  }

  /// Where the answers begin.
  private static func answers(_ copies: Int) -> Int { ((copies + 1) * lineSize + 4095) & ~4095 }

  private func line(_ copy: Int) -> UnsafeMutableRawPointer { start + (copy + 1) * Self.lineSize }

  // MARK: What copies say

  func set(_ phase: Phase, of copy: Int) { mb_store_u64(line(copy), phase.rawValue) }

  func publish(_ values: Line, of copy: Int) {
    let line = line(copy)
    mb_store_u64(line + 8, UInt64(bitPattern: Int64(values.readBytes)))
    mb_store_u64(line + 16, UInt64(bitPattern: Int64(values.reads)))
    mb_store_u64(line + 24, UInt64(bitPattern: Int64(values.writtenBytes)))
    mb_store_u64(line + 32, UInt64(bitPattern: Int64(values.writes)))
    mb_store_u64(line, values.phase.rawValue)
  }

  func read(_ copy: Int) -> Line {
    let line = line(copy)
    func number(_ offset: Int) -> Int { Int(Int64(bitPattern: mb_load_u64(line + offset))) }
    return Line(
      phase: Phase(rawValue: mb_load_u64(line)) ?? .waiting, readBytes: number(8), reads: number(16),
      writtenBytes: number(24), writes: number(32))
  }

  // MARK: What they are asked

  /// Counts up with each question to all copies for what they have measured so far; 0 before the first.
  var question: UInt64 { mb_load_u64(start + Self.questionOffset) }

  func ask() { mb_store_u64(start + Self.questionOffset, question + 1) }

  private func answerStart(_ copy: Int) -> UnsafeMutableRawPointer {
    start + Self.answers(copies) + copy * Self.answerRoom
  }

  /// Answers a question with an encoded result. One that is too long for its room is left out.
  func answer(_ question: UInt64, _ bytes: [UInt8], of copy: Int) {
    let count = bytes.count <= Self.answerRoom ? bytes.count : 0
    bytes.withUnsafeBytes { answerStart(copy).copyMemory(from: $0.baseAddress!, byteCount: count) }
    mb_store_u64(line(copy) + 56, UInt64(count))
    mb_store_u64(line(copy) + 48, question)
  }

  /// The last question that a copy answered.
  func answered(by copy: Int) -> UInt64 { mb_load_u64(line(copy) + 48) }

  func hasAnswered(_ copy: Int) -> Bool { question > 0 && answered(by: copy) == question }

  /// A copy's answer to the last question; nil where it has not answered yet, empty where that was left out.
  func answer(of copy: Int) -> [UInt8]? {
    guard hasAnswered(copy) else { return nil }
    // Nothing is written there before the next question.
    let count = min(Int(mb_load_u64(line(copy) + 56)), Self.answerRoom)
    return Array(UnsafeRawBufferPointer(start: answerStart(copy), count: count))
  }

  // MARK: What they are told

  /// The order to all copies.
  var order: Order {
    get { Order(rawValue: mb_load_u64(start + Self.orderOffset)) ?? .goOn }
    set { mb_store_u64(start + Self.orderOffset, newValue.rawValue) }
  }

  /// An order to one copy.
  func setOrder(_ order: Order, of copy: Int) { mb_store_u64(line(copy) + 40, order.rawValue) }

  /// The order to a copy, by itself or with all.
  func order(of copy: Int) -> Order {
    let all = order
    return all != .goOn ? all : Order(rawValue: mb_load_u64(line(copy) + 40)) ?? .goOn
  }

  /// When all copies were ready and began (CLOCK_MONOTONIC); 0 until then.
  var began: Int { Int(mb_load_u64(start + Self.goOffset)) }

  /// Says that a copy is ready, and waits until all are: nobody's clock starts before the last one has made its files,
  /// buffers and queue ready.
  ///
  /// - Returns: When the clock starts; nil where the run was ended meanwhile.
  func waitForAll(as copy: Int, now: () -> Int) -> Int? {
    set(.ready, of: copy)
    while true {
      let began = began
      if began != 0 { return began }
      if order != .goOn { return nil }
      if (0..<copies).allSatisfy({ mb_load_u64(line($0)) >= Phase.ready.rawValue }) {
        // The first to see it sets the time for all; a little ahead, so that all have seen it.
        mb_swap_u64(start + Self.goOffset, 0, UInt64(now() + 300_000))
        continue
      }
      usleep(50)
    }
  }
}
