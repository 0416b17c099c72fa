import CSystemIO

/// CRC32C of `bytes`, continuing from `checksum` (0 to begin): the checksum of every extent.
@inline(__always)
public func crc32c(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32 = 0) -> UInt32 {
  mb_crc32c(checksum, bytes.baseAddress, bytes.count)
}
