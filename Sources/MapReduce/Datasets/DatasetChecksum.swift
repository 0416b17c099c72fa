/// CRC32C (Castagnoli) of one granule of a dataset.
func granuleChecksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  var checksum = ~UInt32(0)
  for byte in bytes { checksum = checksumTable[Int((checksum ^ UInt32(byte)) & 255)] ^ (checksum >> 8) }
  return ~checksum
}

private let checksumTable: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0x82F6_3B78 : 0) }
}
