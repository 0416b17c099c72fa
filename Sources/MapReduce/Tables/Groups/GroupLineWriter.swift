/// What stands in an output line of a group, with tabs between.
public enum GroupLine: Sendable, CaseIterable {
  /// key, sum of revenue (aggregation)
  case sum
  /// key, sum of revenue, average of ranks (join)
  case sumAndRank
  /// key, average of ranks, average of revenue (join-corral)
  case averages
}

/// Writes groups as lines, collected in blocks of whole lines of about 1 MiB.
///
/// Sums are exact, without zeros at their end; averages have six digits, rounded half away from zero.
public struct GroupLineWriter: GroupVisitor, ~Copyable {
  private let line: GroupLine
  private var lineBuffer: TextLines

  public init(_ line: GroupLine, emit: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    self.line = line
    lineBuffer = try TextLines(emit: emit)
  }

  /// Lines and bytes that were handed to `emit` or wait for ``flush()``.
  public var lines: Int { lineBuffer.lines }
  public var bytes: Int { lineBuffer.bytes }

  /// - Parameter value: Its `count` must be over 0 where the line has averages.
  @inline(__always)
  public mutating func visit(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) throws {
    if value.isWide { throw CountingError.sumOverflow(of: key, length) }
    let line = line
    try lineBuffer.write(key, length, rest: 2 * ExactDecimal.longestText + 1) { out in
      switch line {
      case .sum:
        return ShortDecimal.write(value.revenue, at: out)
      case .sumAndRank:
        let end = ShortDecimal.write(value.revenue, at: out)
        end.storeBytes(of: 0x09, as: UInt8.self)
        return ShortDecimal.writeAverage(value.rankSum, count: value.count, at: end + 1)
      case .averages:
        let end = ShortDecimal.writeAverage(value.rankSum, count: value.count, at: out)
        end.storeBytes(of: 0x09, as: UInt8.self)
        return ExactDecimal.writeAverage(
          ExactDecimal(units: value.revenue), count: value.count, at: end + 1)
      }
    }
  }

  /// Hands on the last block.
  public mutating func flush() throws { try lineBuffer.flush() }
}
