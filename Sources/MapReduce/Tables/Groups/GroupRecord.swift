import Glibc
import Storage

/// A group as a table record: its key, and its value in the form of kind and encoding.
enum GroupRecord {
  /// The value's text in the encoding `json`, before it is escaped, and what its writer may touch.
  static let textBound = 160

  @inline(__always)
  static func bound(keyLength: Int, _ encoding: RecordEncoding) -> Int {
    switch encoding {
    case .binary: BinaryTableRecord.bound(keyLength: keyLength, valueLength: GroupValueCodec.bound)
    case .json: JSONTableRecord.bound(keyLength: keyLength, valueLength: textBound)
    }
  }

  /// Writes a record where ``bound(keyLength:_:)`` bytes can be written; returns where it ends. Reads at least 16 bytes
  /// from `key` on.
  @inline(__always)
  static func write(
    _ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue, _ kind: GroupKind,
    _ encoding: RecordEncoding,
    at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    switch encoding {
    case .binary:
      let start = BinaryTableRecord.writeText(key, length, at: out)
      let end = GroupValueCodec.write(value, kind, at: start + 1)
      // Under 128: one byte.
      start.storeBytes(of: UInt8(truncatingIfNeeded: end - start &- 1), as: UInt8.self)
      return end
    case .json:
      return writeJSON(key, length, value, kind, at: out)
    }
  }

  private static func writeJSON(
    _ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue, _ kind: GroupKind,
    at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    withUnsafeTemporaryAllocation(byteCount: textBound, alignment: 8) { room in
      let text = room.baseAddress!
      let end = writeText(value, kind, at: text)
      return JSONTableRecord.write(
        TableRecord(key: key, keyLength: length, value: text, valueLength: end - text), at: out)
    }
  }

  /// The value of a record.
  static func readText(_ text: UnsafeRawPointer, length: Int, _ kind: GroupKind) -> GroupValue? {
    guard length < textBound, let value = parseText(UnsafeRawBufferPointer(start: text, count: length), kind)
    else { return nil }
    // Each value has one form: what would be written.
    return withUnsafeTemporaryAllocation(byteCount: textBound, alignment: 8) { room in
      let end = writeText(value, kind, at: room.baseAddress!)
      return end - room.baseAddress! == length && memcmp(room.baseAddress!, text, length) == 0 ? value : nil
    }
  }

  // MARK: Text

  private static let names: [StaticString] = ["{\"AdRevenue\":", ",\"PageRank\":", ",\"Count\":", "}"]

  private static func writeText(
    _ value: GroupValue, _ kind: GroupKind, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    let revenue = ExactDecimal(units: value.revenue)
    if kind == .revenue { return revenue.write(at: out) }
    var p = revenue.write(at: put(names[0], at: out))
    p = ExactDecimal(value.rankSum).write(at: put(names[1], at: p))
    p = ExactDecimal(value.count).write(at: put(names[2], at: p))
    return put(names[3], at: p)
  }

  private static func put(_ name: StaticString, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    out.copyMemory(from: name.utf8Start, byteCount: name.utf8CodeUnitCount)
    return out + name.utf8CodeUnitCount
  }

  private static func parseText(_ text: UnsafeRawBufferPointer, _ kind: GroupKind) -> GroupValue? {
    if kind == .revenue { return decimal(text[...]).map { GroupValue(revenue: $0) } }
    // What stands between names ends at a comma or brace; names are compared when the value is written again.
    var numbers: [Int128] = []
    var rest = text[...]
    while numbers.count < 3 {
      guard let colon = rest.firstIndex(of: 0x3a) else { return nil }
      let tail = rest[(colon + 1)...]
      guard let end = tail.firstIndex(where: { $0 == 0x2c || $0 == 0x7d }), let number = decimal(tail[..<end])
      else { return nil }
      numbers.append(number)
      rest = tail[end...]
    }
    guard let rankSum = Int64(exactly: numbers[1] / ExactDecimal.one),
      let count = Int64(exactly: numbers[2] / ExactDecimal.one), count >= 0
    else { return nil }
    return GroupValue(revenue: numbers[0], rankSum: rankSum, count: count)
  }

  private static func decimal(_ text: Slice<UnsafeRawBufferPointer>) -> Int128? {
    let bytes = UnsafeRawBufferPointer(rebasing: text)
    return bytes.baseAddress.flatMap { ExactDecimal.parse($0, length: bytes.count)?.units }
  }
}
