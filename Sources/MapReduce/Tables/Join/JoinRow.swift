import Storage

/// A row of one side of a join, or a joined one, as it crosses a shuffle; its key is the URL, or the source when joined.
struct JoinRow {
  enum Kind: UInt8, CaseIterable {
    case ranking
    case visit
    case joined
    /// Of a day that the query does not ask for: plan `paper` leaves these out in its last reduce.
    case otherVisit
    case otherJoined

    /// What a visit becomes by a ranking.
    @inline(__always) var joined: Kind { self == .otherVisit ? .otherJoined : .joined }
    @inline(__always) var isJoined: Bool { self == .joined || self == .otherJoined }
  }

  var kind: Kind
  /// Of a ranking or a joined row.
  var rank: Int64 = 0
  /// Of a visit or a joined row, in units of 10⁻¹⁸.
  var revenue: Int128 = 0
  /// Of a visit, and of a joined row in text.
  var ip: UnsafeRawPointer
  var ipLength = 0
}

/// Values of join rows in the encoding `binary`: a byte with the kind, then little-endian numbers, then the source.
///
///     ranking: 0 | rank (8)      visit: 1 or 3 | revenue (16) | source      joined: 2 or 4 | rank (8) | revenue (16)
enum JoinRowBytes {
  static let visitHead = 17

  @inline(__always)
  static func bound(_ row: JoinRow) -> Int { 32 + row.ipLength + readableSlack }

  @inline(__always)
  static func write(_ row: JoinRow, at out: UnsafeMutableRawPointer) -> Int {
    out.storeBytes(of: row.kind.rawValue, as: UInt8.self)
    switch row.kind {
    case .ranking:
      (out + 1).storeBytes(of: row.rank, as: Int64.self)
      return 9
    case .visit, .otherVisit:
      (out + 1).storeBytes(of: row.revenue, as: Int128.self)
      (out + visitHead).copyMemory(from: row.ip, byteCount: row.ipLength)
      return visitHead + row.ipLength
    case .joined, .otherJoined:
      (out + 1).storeBytes(of: row.rank, as: Int64.self)
      (out + 9).storeBytes(of: row.revenue, as: Int128.self)
      return 25
    }
  }

  /// nil where the bytes are no row. The row points into `value`.
  @inline(__always)
  static func read(_ value: UnsafeRawPointer, _ length: Int) -> JoinRow? {
    guard length > 0, let kind = JoinRow.Kind(rawValue: value.load(as: UInt8.self)) else { return nil }
    switch kind {
    case .ranking where length == 9:
      return JoinRow(kind: kind, rank: (value + 1).loadUnaligned(as: Int64.self), ip: value)
    case .visit where length >= visitHead, .otherVisit where length >= visitHead:
      return JoinRow(
        kind: kind, revenue: (value + 1).loadUnaligned(as: Int128.self), ip: value + visitHead,
        ipLength: length - visitHead)
    case .joined where length == 25, .otherJoined where length == 25:
      return JoinRow(
        kind: kind, rank: (value + 1).loadUnaligned(as: Int64.self),
        revenue: (value + 9).loadUnaligned(as: Int128.self), ip: value)
    default: return nil
    }
  }
}
