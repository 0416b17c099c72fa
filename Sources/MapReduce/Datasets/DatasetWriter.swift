import Metrics
import Storage

/// Writes a dataset's blocks as files, granules made in parallel by any function.
struct DatasetWriter {
  let folder: String
  let size: Int
  let threads: Int

  /// Writes all blocks, each durable when this returns, and returns the granules' checksums.
  ///
  /// - Parameters:
  ///   - goesOn: Asked on the calling thread with the bytes written; false throws `CancellationError`.
  ///   - fill: Fills `target`, exactly one granule long, with granule `granule`; called on any thread.
  func write(
    goesOn: (_ bytes: Int) -> Bool,
    _ fill: @Sendable (_ granule: Int, _ target: UnsafeMutableRawBufferPointer) throws -> Void
  ) throws -> [UInt32] {
    let blockSize = DatasetManifest.blockSize
    let granulesPerBlock = blockSize / DatasetManifest.granuleSize
    let sums = ChecksumTable(count: DatasetManifest.granuleCount(size))
    var previous: DatasetFile?
    for start in stride(from: 0, to: size, by: blockSize) {
      let block = start / blockSize
      let file = try DatasetFile("\(folder)/\(Dataset.blockName(block))", .createNew)
      let end = min(size, start + blockSize)
      try fillFile(
        file, start: start, granules: block * granulesPerBlock..<DatasetManifest.granuleCount(end), end: end,
        sums, goesOn: goesOn, fill)
      // One block behind: the device writes while the next block is made.
      try previous?.synchronize()
      previous = file
    }
    try previous?.synchronize()
    return sums.all
  }

  /// Writes granules, of the dataset that ends at `end`, to a file whose first byte is the dataset's `start`.
  func fillFile(
    _ file: DatasetFile, start: Int, granules: Range<Int>, end: Int, _ sums: ChecksumTable?,
    goesOn: (_ bytes: Int) -> Bool,
    _ fill: @Sendable (_ granule: Int, _ target: UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    let granuleSize = DatasetManifest.granuleSize
    let perStripe = Dataset.stripeGranules
    let buffers = ThreadBuffers(threads: threads, size: perStripe * granuleSize)
    let stripes = (granules.count + perStripe - 1) / perStripe
    nonisolated(unsafe) let shared = file
    try forEachInParallel(
      stripes, threads: threads, goesOn: { goesOn(min(end, start + $0 * buffers.size)) }
    ) { stripe, thread in
      let first = granules.lowerBound + stripe * perStripe
      let last = min(first + perStripe, granules.upperBound)
      let from = first * granuleSize
      let bytes = UnsafeMutableRawBufferPointer(
        rebasing: buffers[thread][..<(min(end, last * granuleSize) - from)])
      for granule in first..<last {
        let offset = (granule - first) * granuleSize
        let target = UnsafeMutableRawBufferPointer(
          rebasing: bytes[offset..<min(offset + granuleSize, bytes.count)])
        try fill(granule, target)
        sums?[granule] = crc32c(UnsafeRawBufferPointer(target))
      }
      try shared.write(UnsafeRawBufferPointer(bytes), at: from - start)
    }
  }
}
