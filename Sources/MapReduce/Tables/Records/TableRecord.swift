import Storage

/// A record of a table's stage where it lies: a key and a value, any bytes.
///
/// At least ``readableSlack`` bytes behind each can be read.
public struct TableRecord {
  public var key: UnsafeRawPointer
  public var keyLength: Int
  public var value: UnsafeRawPointer
  public var valueLength: Int

  @inline(__always)
  public init(key: UnsafeRawPointer, keyLength: Int, value: UnsafeRawPointer, valueLength: Int) {
    self.key = key
    self.keyLength = keyLength
    self.value = value
    self.valueLength = valueLength
  }
}

/// Table records of the encoding `binary`: LEB128 key length, key, LEB128 value length, value.
enum BinaryTableRecord {
  /// Bytes that a record takes at most, and that its writer may touch.
  @inline(__always)
  static func bound(keyLength: Int, valueLength: Int) -> Int {
    10 &+ max(keyLength, 16) &+ 10 &+ max(valueLength, 16)
  }

  /// Writes a record where ``bound(keyLength:valueLength:)`` bytes can be written; returns where it ends.
  @inline(__always)
  static func write(_ record: TableRecord, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    let value = writeText(record.key, record.keyLength, at: out)
    return writeText(record.value, record.valueLength, at: value)
  }

  /// Writes a length and so many bytes, of which at least 16 can be read.
  @inline(__always)
  static func writeText(
    _ text: UnsafeRawPointer, _ length: Int, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    let p = BinaryRecord.writeVariable(UInt64(truncatingIfNeeded: length), at: out)
    if length <= 16 {
      p.storeBytes(of: text.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
    } else {
      p.copyMemory(from: text, byteCount: length)
    }
    return p + length
  }

  /// The record at `at`, and where it ends; nil where the bytes up to `end` do not begin with a whole one.
  @inline(__always)
  static func read(
    _ at: UnsafeRawPointer, end: UnsafeRawPointer
  ) -> (record: TableRecord, end: UnsafeRawPointer)? {
    guard let (keyLength, key) = BinaryRecord.readVariable(at, end: end), keyLength < UInt64(end - key),
      let (valueLength, value) = BinaryRecord.readVariable(
        key + Int(truncatingIfNeeded: keyLength), end: end),
      valueLength <= UInt64(end - value)
    else { return nil }
    let record = TableRecord(
      key: key, keyLength: Int(truncatingIfNeeded: keyLength), value: value,
      valueLength: Int(truncatingIfNeeded: valueLength))
    return (record, value + record.valueLength)
  }
}

extension RecordEncoding {
  /// An upper bound of the bytes that one table record takes, and that ``write(_:at:)`` may touch.
  @inline(__always)
  public func bound(keyLength: Int, valueLength: Int) -> Int {
    switch self {
    case .binary: BinaryTableRecord.bound(keyLength: keyLength, valueLength: valueLength)
    case .json: JSONTableRecord.bound(keyLength: keyLength, valueLength: valueLength)
    }
  }

  /// Writes one table record at `out`, where ``bound(keyLength:valueLength:)`` bytes can be written; returns where it
  /// ends. Reads at least 16 bytes from key and value on.
  @inline(__always)
  public func write(_ record: TableRecord, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    switch self {
    case .binary: BinaryTableRecord.write(record, at: out)
    case .json: JSONTableRecord.write(record, at: out)
    }
  }
}
