import Glibc
import Metrics
import Storage

extension Dataset {
  /// Copies the dataset's blocks to a tier as objects `<prefix>block-00000…`, each byte checked on the way.
  ///
  /// - Parameter goesOn: Asked before each block; false throws `CancellationError`.
  /// - Returns: The dataset as a job's input.
  /// - Throws: ``StorageError``: `.corrupt` where the store's bytes are not the manifest's, or the tier's error.
  public func stage(to tier: any Tier, prefix: String, goesOn: () -> Bool = { true }) throws -> InputFile {
    var blocks: [InputFile.Block] = []
    for block in 0..<manifest.blockCount {
      guard goesOn() else { throw CancellationError() }
      blocks.append(try stage(block, to: tier, as: prefix + Self.blockName(block)))
    }
    return InputFile(
      name: id, size: manifest.size, blocks: blocks, granule: DatasetManifest.granuleSize,
      checksums: manifest.checksums)
  }

  private func stage(_ block: Int, to tier: any Tier, as name: String) throws -> InputFile.Block {
    let length = manifest.blockLength(block)
    let attempt = name + ".attempt-0"
    let writer = try tier.create(attempt, owner: Self.stagingOwner, expecting: length)
    let source = try FileInput(blockPath(block))
    let cursor = try source.cursor(0..<length, pieceSize: DatasetManifest.granuleSize)
    var first: Int?
    var next = 0
    for granule in manifest.granules(ofBlock: block) {
      guard let bytes = try cursor.next() else { break }
      let extent = try writer.append(bytes)
      guard extent.checksum == manifest.checksums[granule] else {
        throw StorageError(
          .corrupt,
          "read \(blockPath(block)): the checksum at \(granule * DatasetManifest.granuleSize) does not fit (marvel-bench clean --datasets)"
        )
      }
      precondition(first == nil || extent.offset == next)
      first = first ?? extent.offset
      next = extent.offset + extent.length
    }
    try writer.finish()
    try tier.publish(attempt, as: name)
    return InputFile.Block(object: name, offset: first ?? 0, length: length)
  }

  /// No attempt of a job has this token.
  private static let stagingOwner = UInt32.max
}
