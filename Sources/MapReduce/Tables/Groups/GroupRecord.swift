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
    if value.isWide { return writeWide(value, kind, at: out) }
    if kind == .revenue { return ShortDecimal.write(value.revenue, at: out) }
    var p = ShortDecimal.write(value.revenue, at: put(names[0], at: out))
    p = ExactDecimal(value.rankSum).write(at: put(names[1], at: p))
    p = ExactDecimal(value.count).write(at: put(names[2], at: p))
    return put(names[3], at: p)
  }

  /// A part of a sum that is beyond what a result can be.
  @inline(never)
  private static func writeWide(
    _ value: GroupValue, _ kind: GroupKind, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    let revenue = WideSum(high: value.revenueHigh, low: value.revenue).text
    let ranks = Int128(value.rankHigh) << 64 + Int128(value.rankSum)
    let text =
      kind == .revenue
      ? revenue : "\(names[0])\(revenue)\(names[1])\(ranks)\(names[2])\(value.count)\(names[3])"
    out.copyMemory(from: Array(text.utf8), byteCount: text.utf8.count)
    return out + text.utf8.count
  }

  private static func put(_ name: StaticString, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    out.copyMemory(from: name.utf8Start, byteCount: name.utf8CodeUnitCount)
    return out + name.utf8CodeUnitCount
  }

  private static func parseText(_ text: UnsafeRawBufferPointer, _ kind: GroupKind) -> GroupValue? {
    if kind == .revenue { return sum(text[...]).map { GroupValue(revenue: $0.low, revenueHigh: $0.high) } }
    // What stands between names ends at a comma or brace; names are compared when the value is written again.
    guard let colon = text.firstIndex(of: 0x3a),
      let revenue = sum(number(text[(colon + 1)...])),
      let second = text[(colon + 1)...].firstIndex(of: 0x3a),
      let ranks = whole(number(text[(second + 1)...])),
      let third = text[(second + 1)...].firstIndex(of: 0x3a),
      let count = whole(number(text[(third + 1)...])).flatMap({ Int64(exactly: $0) }), count > 0
    else { return nil }
    let rankSum = Int64(truncatingIfNeeded: ranks)
    guard let rankHigh = Int32(exactly: (ranks - Int128(rankSum)) >> 64) else { return nil }
    return GroupValue(
      revenue: revenue.low, rankSum: rankSum, count: count, revenueHigh: revenue.high, rankHigh: rankHigh)
  }

  private static func number(_ text: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    text.prefix { $0 != 0x2c && $0 != 0x7d }
  }

  private static func whole(_ text: Slice<UnsafeRawBufferPointer>) -> Int128? {
    let bytes = UnsafeRawBufferPointer(rebasing: text)
    guard let start = bytes.baseAddress else { return nil }
    if let short = WholeNumber.parse(start, length: bytes.count) { return Int128(short) }
    return Int128(String(decoding: bytes, as: UTF8.self))
  }

  private static func sum(_ text: Slice<UnsafeRawBufferPointer>) -> WideSum? {
    let bytes = UnsafeRawBufferPointer(rebasing: text)
    guard let start = bytes.baseAddress else { return nil }
    if let narrow = ExactDecimal.parseField(start, length: bytes.count) {
      return WideSum(high: 0, low: narrow.units)
    }
    return WideSum(String(decoding: bytes, as: UTF8.self))
  }
}
