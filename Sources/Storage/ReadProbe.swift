import Metrics

/// Reads a folder's disk for some seconds, past the page cache: does it keep its rate?
public enum ReadProbe {
  public static let bytes = 256 << 20
  private static let chunk = 1 << 20

  /// Writes ``bytes`` to a run's folder below `folder`, reads them again and again, and removes them.
  ///
  /// - Returns: Bytes a second of each tenth of a second, in order of time.
  /// - Throws: ``StorageError``: `.unavailable` where the folder takes no direct I/O.
  public static func rates(folder: String, seconds: Double) throws -> [Double] {
    let host = try TierHost.open(TierConfiguration(.ssd, folders: [folder], durable: false))
    defer { host.close() }
    guard host.descriptor.alignment > 0 else {
      throw StorageError(.unavailable, "read \(folder) directly: its file system takes no O_DIRECT")
    }
    let writer = try host.tier.create("probe", owner: 1, expecting: bytes)
    var block = [UInt64](repeating: 0, count: chunk / 8)
    var state: UInt64 = 1
    var extents: [Extent] = []
    for _ in 0..<bytes / chunk {
      // Not zeros, which a virtual disk need not store.
      for index in stride(from: 0, to: block.count, by: 64) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        block[index] = state
      }
      extents.append(try block.withUnsafeBytes { try writer.append($0) })
    }
    try writer.finish()
    try host.tier.publish("probe", as: "read-probe")
    for index in extents.indices { extents[index].object = "read-probe" }

    var rates: [Double] = []
    var read = 0
    let start = monotonicNanoseconds()
    var last = start
    while last - start < Int(seconds * 1e9) {
      let cursor = try host.tier.cursor(over: extents, readAhead: 8 << 20)
      while let piece = try cursor.next() {
        read += piece.count
        let now = monotonicNanoseconds()
        guard now - last >= 100_000_000 else { continue }
        rates.append(Double(read) * 1e9 / Double(now - last))
        (last, read) = (now, 0)
        if now - start >= Int(seconds * 1e9) { break }
      }
    }
    return rates
  }
}
