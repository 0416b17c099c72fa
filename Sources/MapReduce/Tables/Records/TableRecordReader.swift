import Storage

/// Hands out the records of extents one by one, of either encoding, strictly: bytes that its writer would not write
/// are refused.
public struct TableRecordReader: ~Copyable {
  public let encoding: RecordEncoding
  private var start: UnsafeRawPointer?
  private var at: UnsafeRawPointer?
  private var end: UnsafeRawPointer?
  /// Keys and values that had escapes.
  private var unescaped: GrowingMemory

  public init(_ encoding: RecordEncoding) throws {
    self.encoding = encoding
    unescaped = try GrowingMemory(reserving: 1 << 20)
  }

  /// Goes on with an extent of whole records; ``readableSlack`` bytes behind it are readable. It must stay until its
  /// last record has been used.
  public mutating func begin(_ extent: UnsafeRawBufferPointer) {
    start = extent.baseAddress
    at = start
    end = start.map { $0 + extent.count }
  }

  /// The next record, valid until the next call; nil at the extent's end.
  ///
  /// - Throws: ``CountingError/malformedRecord(encoding:offset:reason:)``.
  @inline(__always)
  public mutating func next() throws -> TableRecord? {
    guard let at, let end, at < end else { return nil }
    switch encoding {
    case .binary:
      guard let (record, next) = BinaryTableRecord.read(at, end: end) else { throw malformed(at) }
      self.at = next
      return record
    case .json:
      return try nextJSON(at, end)
    }
  }

  /// Where the next record begins, from the extent's start.
  @inline(__always) public var offset: Int { at.flatMap { at in start.map { at - $0 } } ?? 0 }

  private mutating func nextJSON(_ at: UnsafeRawPointer, _ end: UnsafeRawPointer) throws -> TableRecord {
    guard let view = JSONTableRecord.read(at, end: end) else { throw malformed(at) }
    self.at = view.end
    if !view.isEscaped {
      return TableRecord(
        key: view.key, keyLength: view.keyLength, value: view.value, valueLength: view.valueLength)
    }
    let valueAt = view.keyLength + readableSlack
    let needed = valueAt + view.valueLength + readableSlack
    guard unescaped.commit(needed) else { throw CountingError.outOfMemory(bytes: needed) }
    let key = unescaped.base
    let value = key + valueAt
    guard let keyLength = JSONRecordReader.unescape(view.key, view.keyLength, into: key),
      let valueLength = JSONRecordReader.unescape(view.value, view.valueLength, into: value)
    else { throw malformed(at) }
    return TableRecord(key: key, keyLength: keyLength, value: value, valueLength: valueLength)
  }

  private func malformed(_ at: UnsafeRawPointer) -> CountingError {
    .malformedRecord(
      encoding: encoding.rawValue, offset: start.map { at - $0 } ?? 0, reason: "no whole record")
  }
}
