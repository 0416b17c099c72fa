import CSystemIO
import Glibc
import MapReduce
import Reports
import Storage

/// The page cache as a trial wants it: brought about before the clock, checked after it.
enum CacheState {
  private typealias State = JobSpecification.CacheState

  /// Empties or fills the cache of the files that hold the input; nothing to do where it is bypassed or none.
  static func prepare(_ state: JobSpecification.CacheState, _ input: TierHost) throws {
    guard input.configuration.kind == .ssd else { return }
    switch state {
    case .none: return
    case .bypassed, .cold: try forEachFile(of: input, evict)
    case .warm:
      try forEachFile(of: input, read)
      var cached = 0
      var pages = 0
      try forEachFile(of: input) { descriptor, path in
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw StorageError.system("read", path, errno) }
        var counts: (UInt64, UInt64, UInt64) = (0, 0, 0)
        // Kernels before 6.5 do not tell; the read just done is then taken at its word.
        guard mb_cached_pages(descriptor, &counts.0, &counts.1, &counts.2) == 0 else { return }
        cached += Int(counts.0)
        pages += (Int(status.st_size) + 4095) / 4096
      }
      guard Double(cached) >= 0.99 * Double(pages) else {
        throw JobError("cache: only \(cached) of \(pages) pages stayed in the page cache after a read")
      }
    }
  }

  /// Why a bypassed or cold row was not what it says, or nil: the devices read less than was asked (rule 4).
  static func violation(_ cell: TrialCell, _ outcome: TrialOutcome, _ input: TierHost) -> String? {
    guard cell.system.input.kind == .ssd, cell.job.cache == .bypassed || cell.job.cache == .cold,
      let asked = outcome.readBytes, asked > 0
    else { return nil }
    guard input.tier.provenance == .measured else { return nil }
    guard let device = outcome.deviceReadBytes else { return nil }
    guard Double(device) < 0.95 * Double(asked) else { return nil }
    return "cache: the devices read \(device) of \(asked) bytes asked"
  }

  private static func forEachFile(of host: TierHost, _ body: (Int32, String) throws -> Void) throws {
    for folder in host.descriptor.paths.map({ $0 + "/objects" }) {
      for name in try folderEntries(folder) {
        let path = "\(folder)/\(name)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError.system("open", path, errno) }
        defer { close(descriptor) }
        try body(descriptor, path)
      }
    }
  }

  private static func evict(_ descriptor: Int32, _ path: String) throws {
    guard fdatasync(descriptor) == 0 else { throw StorageError.system("fdatasync", path, errno) }
    let result = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    guard result == 0 else { throw StorageError.system("evict from the page cache", path, result) }
  }

  private static func read(_ descriptor: Int32, _ path: String) throws {
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(descriptor, buffer, 1 << 20)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw StorageError.system("read", path, errno) }
      if count == 0 { return }
    }
  }
}
