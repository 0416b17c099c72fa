import CSystemIO
import Glibc

/// Shared memory in which the copies of a run say how far they are, and in which they are told to begin and to end.
///
/// A line of the processor's cache for each copy, written by that copy alone, so that looking costs the copies nothing.
/// Whoever maps it may look at any time; a line's numbers need not be of one moment.
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

  let copies: Int
  /// Of the memory file; sent to workers.
  let descriptor: Int32
  private let start: UnsafeMutableRawPointer
  private let ownsDescriptor: Bool

  /// - Throws: ``IOFailure``.
  convenience init(copies: Int) throws {
    let descriptor = mb_memfd("marvel-bench-io")
    guard descriptor >= 0 else { throw IOFailure.call("make", "shared memory", -descriptor) }
    guard ftruncate(descriptor, Self.length(copies)) == 0 else {
      throw IOFailure.call("make", "shared memory", errno)
    }
    try self.init(descriptor, copies, owns: true)
  }

  /// Maps a board that another process made; the descriptor stays the caller's.
  convenience init(borrowing descriptor: Int32, copies: Int) throws {
    try self.init(descriptor, copies, owns: false)
  }

  private init(_ descriptor: Int32, _ copies: Int, owns: Bool) throws {
    guard let start = mb_map_shared(descriptor, Self.length(copies)) else {
      throw IOFailure.call("map", "shared memory", errno)
    }
    self.descriptor = descriptor
    self.copies = copies
    self.start = start
    ownsDescriptor = owns
  }

  deinit {
    mb_unmap(start, Self.length(copies))
    if ownsDescriptor { close(descriptor) }
  }

  private static func length(_ copies: Int) -> Int { (copies + 1) * lineSize }

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
