/// What a query knows of one group: sums that are exact, or an error.
///
/// Sums on their way may go beyond what a result can hold, and come back: whether they do depends on the order of the
/// rows, the outcome must not. So they carry 32 bits more, and only a result has to fit (``isWide``).
public struct GroupValue: Equatable, Sendable {
  /// Sum of adRevenue in units of 10⁻¹⁸, without `revenueHigh` times 2¹²⁸.
  public var revenue: Int128
  /// Sum of pageRank, without `rankHigh` times 2⁶⁴; 0 in ``GroupKind/revenue``.
  public var rankSum: Int64
  /// Rows in the group: over 0 in ``GroupKind/joined``; 0 in ``GroupKind/revenue``, where nobody asks.
  public var count: Int64
  public var revenueHigh: Int32
  public var rankHigh: Int32

  @inline(__always)
  public init(
    revenue: Int128, rankSum: Int64 = 0, count: Int64 = 0, revenueHigh: Int32 = 0, rankHigh: Int32 = 0
  ) {
    self.revenue = revenue
    self.rankSum = rankSum
    self.count = count
    self.revenueHigh = revenueHigh
    self.rankHigh = rankHigh
  }

  /// Whether a sum is more than a result can be: 128 bits for the revenue, 64 for the ranks.
  @inline(__always) public var isWide: Bool { revenueHigh | rankHigh != 0 }

  /// Adds another value. False: the count does not fit 63 bits, or a sum its 32 bits more, which takes over 2³² rows;
  /// the value means nothing any more.
  @inline(__always)
  mutating func add(_ other: GroupValue) -> Bool {
    let (revenue, first) = revenue.addingReportingOverflow(other.revenue)
    let (rankSum, second) = rankSum.addingReportingOverflow(other.rankSum)
    let (count, third) = count.addingReportingOverflow(other.count)
    self.revenue = revenue
    self.rankSum = rankSum
    self.count = count
    if first || second || third || other.isWide {
      return !third && carry(other, revenue: first, ranks: second)
    }
    return true
  }

  /// A sum of two numbers overflows towards their common sign.
  @inline(never)
  private mutating func carry(_ other: GroupValue, revenue: Bool, ranks: Bool) -> Bool {
    func add(_ more: Int32, _ overflows: Bool, _ isNegative: Bool, to high: inout Int32) -> Bool {
      let sum = Int64(high) + Int64(more) + (overflows ? (isNegative ? -1 : 1) : 0)
      high = Int32(truncatingIfNeeded: sum)
      return Int64(high) == sum
    }
    let first = add(other.revenueHigh, revenue, other.revenue < 0, to: &revenueHigh)
    let second = add(other.rankHigh, ranks, other.rankSum < 0, to: &rankHigh)
    return first && second
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
