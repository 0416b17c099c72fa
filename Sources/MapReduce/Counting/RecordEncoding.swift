/// How (key, count) records stand in the shuffle; `docs/format-records.md` is the format.
public enum RecordEncoding: String, CaseIterable, Sendable {
  /// Variable-length key length, key, variable-length count.
  case binary
  /// Corral's lines: `{"key":"word","value":"1"}`.
  case json

  /// An upper bound of the bytes that one record takes, and that an encoder may touch behind it.
  @inline(__always)
  package func bound(keyLength: Int) -> Int {
    switch self {
    case .binary: BinaryRecord.bound(keyLength: keyLength)
    case .json: JSONRecord.bound(keyLength: keyLength)
    }
  }

  /// Writes one record at `out`, where ``bound(keyLength:)`` bytes must be writable; returns where it ends.
  ///
  /// Reads up to 16 bytes from `key` on, however short the key.
  @inline(__always)
  package func write(
    key: UnsafeRawPointer, length: Int, count: UInt64, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    switch self {
    case .binary: BinaryRecord.write(key: key, length: length, count: count, at: out)
    case .json: JSONRecord.write(key: key, length: length, count: count, at: out)
    }
  }

  /// The same of a key of at most 16 bytes, given as its zero-padded block.
  @inline(__always)
  func write(
    low: UInt64, high: UInt64, length: Int, count: UInt64, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    switch self {
    case .binary: BinaryRecord.write(low: low, high: high, length: length, count: count, at: out)
    case .json: JSONRecord.write(low: low, high: high, length: length, count: count, at: out)
    }
  }
}
