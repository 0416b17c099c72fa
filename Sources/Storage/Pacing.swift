import CSystemIO
import Glibc
import Metrics

/// Bandwidths and latency of a device that is not there.
///
/// Not modelled: the latency of single loads, the 256-byte granularity of the medium, interference of reads with
/// writes.
public struct PacingModel: Sendable, Equatable {
  public var name: String
  /// Bytes a second that all workers together may read, and write.
  public var readBandwidth: Double
  public var writeBandwidth: Double
  /// Added to every borrow of an extent.
  public var readLatencyNanoseconds: Int
  /// Where the figures are from.
  public var source: String

  public init(
    name: String, readBandwidth: Double, writeBandwidth: Double, readLatencyNanoseconds: Int, source: String
  ) {
    self.name = name
    self.readBandwidth = readBandwidth
    self.writeBandwidth = writeBandwidth
    self.readLatencyNanoseconds = readLatencyNanoseconds
    self.source = source
  }

  private static let izraelevitz =
    "Izraelevitz et al., Basic Performance Measurements of the Intel Optane DC Persistent Memory Module, "
    + "arXiv:1903.05714 (2019): maximum sequential bandwidths, 305 ns random read latency"

  /// One Optane DC DIMM: 6.6 GB/s read, 2.3 GB/s write.
  public static let optane1DIMM = PacingModel(
    name: "optane-1dimm", readBandwidth: 6.6e9, writeBandwidth: 2.3e9, readLatencyNanoseconds: 305,
    source: izraelevitz)
  /// Six interleaved Optane DC DIMMs: 39.4 GB/s read, 13.9 GB/s write.
  public static let optane6DIMM = PacingModel(
    name: "optane-6dimm", readBandwidth: 39.4e9, writeBandwidth: 13.9e9, readLatencyNanoseconds: 305,
    source: izraelevitz)

  public static let known = [optane1DIMM, optane6DIMM]
}

/// Holds callers back as a ``PacingModel`` says: a bucket for reads and one for writes, shared by all processes.
///
/// A bucket is the time at which the device has done all that was asked so far. An access of n bytes moves it by
/// n / bandwidth from there, or from now where the device is idle, and is done when the bucket's time is reached.
struct PacingGate {
  let model: PacingModel
  /// Two words in shared memory, 64 bytes apart: nanoseconds of CLOCK_MONOTONIC.
  let buckets: UnsafeMutableRawPointer

  /// Books `bytes` and returns when the device will have read them.
  func read(_ bytes: Int) -> Int {
    let now = monotonicNanoseconds()
    return max(book(buckets, bytes, model.readBandwidth, now), now + model.readLatencyNanoseconds)
  }

  /// Books `bytes` and returns when the device will have written them.
  func write(_ bytes: Int) -> Int {
    book(buckets + 64, bytes, model.writeBandwidth, monotonicNanoseconds())
  }

  private func book(_ bucket: UnsafeMutableRawPointer, _ bytes: Int, _ bandwidth: Double, _ now: Int) -> Int {
    let duration = UInt64(Double(bytes) * 1e9 / bandwidth)
    while true {
      let busy = mb_load_u64(bucket)
      let done = max(busy, UInt64(now)) &+ duration
      if mb_swap_u64(bucket, busy, done) != 0 { return Int(truncatingIfNeeded: done) }
    }
  }

  /// Waits until `time` and returns for how long, in nanoseconds: spins where a sleep would oversleep.
  func wait(until time: Int) -> Int {
    let start = monotonicNanoseconds()
    var now = start
    while now < time {
      // A timer is late by its slack of 50 microseconds; the rest is spun.
      if time - now > 150_000 {
        var pause = timespec(tv_sec: (time - now - 100_000) / 1_000_000_000, tv_nsec: 0)
        pause.tv_nsec = (time - now - 100_000) % 1_000_000_000
        nanosleep(&pause, nil)
      } else {
        mb_spin_hint()
      }
      now = monotonicNanoseconds()
    }
    return now - start
  }
}
