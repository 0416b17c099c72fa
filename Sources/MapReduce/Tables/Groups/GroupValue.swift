/// What a query knows of one group: sums that are exact, or an error.
public struct GroupValue: Equatable, Sendable {
  /// Sum of adRevenue in units of 10⁻¹⁸.
  public var revenue: Int128
  /// Sum of pageRank; 0 in ``GroupKind/revenue``.
  public var rankSum: Int64
  /// Rows in the group; 0 in ``GroupKind/revenue``, where nobody asks.
  public var count: Int64

  @inline(__always)
  public init(revenue: Int128, rankSum: Int64 = 0, count: Int64 = 0) {
    self.revenue = revenue
    self.rankSum = rankSum
    self.count = count
  }

  /// Adds another value. False: a sum does not fit its type, and the value means nothing any more.
  @inline(__always)
  mutating func add(_ other: GroupValue) -> Bool {
    let (revenue, first) = revenue.addingReportingOverflow(other.revenue)
    let (rankSum, second) = rankSum.addingReportingOverflow(other.rankSum)
    let (count, third) = count.addingReportingOverflow(other.count)
    self = GroupValue(revenue: revenue, rankSum: rankSum, count: count)
    return !(first || second || third)
  }
}

/// Which sums a query's records carry.
public enum GroupKind: Sendable, CaseIterable {
  /// The revenue alone (aggregation).
  case revenue
  /// Revenue, sum of ranks and count (join).
  case joined
}

/// Takes groups one by one.
public protocol GroupVisitor: ~Copyable {
  /// At least 16 bytes from `key` on are readable, behind a longer key 8 more; they are gone after the call.
  mutating func visit(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) throws
}
