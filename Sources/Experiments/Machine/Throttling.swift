import Glibc
import MapReduce
import Metrics
import Reports
import Storage
import Synchronization

/// Watches for a disk that gets slower while a run measures it (rule on burst credit; docs/decisions.md).
///
/// All runs of a cell, warm-ups too, are one series of the disk's rate while it was busy. A row is throttled where
/// the series has a fall and the row's maps waited for their input long enough for that to matter.
struct Throttling {
  /// A row that waited less than this share of its maps' time cannot have lost more than that by a slower disk.
  static let boundShare = RateFall.share

  private var rates: [String: [Double]] = [:]

  /// - Parameter busyRates: Of the row's map stage, bytes a second, in order of time.
  /// - Returns: Why the row is invalid, or nil.
  mutating func take(_ cell: TrialCell, _ outcome: TrialOutcome, busyRates: [Double]) -> String? {
    rates[cell.id, default: []] += busyRates
    guard let map = outcome.map, let wait = outcome.inputWait,
      Double(wait) >= Self.boundShare * Double(map * cell.job.workers),
      let fall = RateFall.find(rates[cell.id] ?? [])
    else { return nil }
    return "throttled: the disk's rate fell from \(megabytes(fall.before)) to \(megabytes(fall.after)) MB/s "
      + "over this cell's runs (its burst credit is used up, or others use it: run again, or with more --warmup)"
  }

  private func megabytes(_ rate: Double) -> Int { Int((rate / 1e6).rounded()) }
}

/// Samples disks by a thread of its own while a job runs: 20 µs each 10 ms.
final class DiskWatch {
  private struct Record {
    var isOver = false
    var samples: [(time: Int, activity: DiskActivity)] = []
  }

  private final class Shared: Sendable {
    let disks: [String]
    let record = Mutex(Record())
    init(_ disks: [String]) { self.disks = disks }

    /// Returns false once it is over.
    func sample() -> Bool {
      let activity = DiskActivity.now(of: disks)
      let time = monotonicNanoseconds()
      return record.withLock { record in
        if let activity { record.samples.append((time, activity)) }
        return !record.isOver
      }
    }
  }

  private static let periodMicroseconds: UInt32 = 10_000

  private let shared: Shared
  private var thread = pthread_t()
  private var isRunning = false

  /// Starts watching what `host` lies on; nil where that is no disk, or where reads need not reach it.
  init?(_ host: TierHost, cache: JobSpecification.CacheState) {
    let disks = Set(host.devices.compactMap(\.device)).sorted()
    guard host.configuration.kind == .ssd, host.tier.provenance == .measured, cache != .warm,
      !disks.isEmpty, DiskActivity.now(of: disks) != nil
    else { return nil }
    shared = Shared(disks)
    let argument = Unmanaged.passRetained(shared)
    // Signals are the main thread's to take.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &before)
    let failed = pthread_create(
      &thread, nil,
      { argument in
        let shared = Unmanaged<Shared>.fromOpaque(argument!).takeRetainedValue()
        while shared.sample() { usleep(DiskWatch.periodMicroseconds) }
        return nil
      }, argument.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard failed == 0 else {
      argument.release()
      return nil
    }
    isRunning = true
  }

  deinit { _ = stop(by: .max) }

  /// Ends the thread and returns the disk's rates while it was busy, until the time `end` (CLOCK_MONOTONIC, ns).
  func stop(by end: Int) -> [Double] {
    if isRunning {
      isRunning = false
      shared.record.withLock { $0.isOver = true }
      pthread_join(thread, nil)
    }
    let samples = shared.record.withLock { $0.samples }
    return DiskActivity.busyRates(samples.filter { $0.time <= end }.map(\.activity))
  }
}
