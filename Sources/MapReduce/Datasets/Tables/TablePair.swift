import Storage

/// Sizes that others measure: HiBench's profiles, and one node's share of the Big Data Benchmark.
public enum TableScale: String, CaseIterable, Sendable {
  case tiny
  case small
  case large
  case huge
  case oneNode = "1node"

  /// Rows of `rankings`.
  public var pages: Int {
    switch self {
    case .tiny: 1200
    case .small: 12_000
    case .large: 120_000
    case .huge: 1_200_000
    case .oneNode: 18_000_000
    }
  }

  /// Rows of `uservisits`.
  public var visits: Int {
    switch self {
    case .tiny: 10_000
    case .small: 100_000
    case .large: 1_000_000
    case .huge: 10_000_000
    case .oneNode: 155_000_000
    }
  }
}

/// Tables to be joined: every destURL of `uservisits` is a pageURL of `rankings`.
public struct TablePair: Hashable, Sendable {
  public let rankings: DatasetSpec
  public let uservisits: DatasetSpec
}

extension DatasetSpec {
  /// Both tables, by the rows of `uservisits`.
  ///
  /// - Parameter pages: Rows of `rankings`; nil for 18 to 155 visits.
  /// - Throws: As ``init(kind:rows:seed:pages:)``.
  public static func pair(visits: Int, pages: Int? = nil, seed: UInt64 = 1) throws -> TablePair {
    try pair(uservisits: DatasetSpec(kind: .uservisits, rows: visits, seed: seed, pages: pages))
  }

  /// Both tables, by the bytes of `uservisits`, rounded down to whole rows.
  public static func pair(size: Int, pages: Int? = nil, seed: UInt64 = 1) throws -> TablePair {
    try pair(uservisits: DatasetSpec(kind: .uservisits, size: size, seed: seed, pages: pages))
  }

  public static func pair(scale: TableScale, seed: UInt64 = 1) throws -> TablePair {
    try pair(visits: scale.visits, pages: scale.pages, seed: seed)
  }

  private static func pair(uservisits: DatasetSpec) throws -> TablePair {
    TablePair(
      rankings: try DatasetSpec(kind: .rankings, rows: uservisits.pages!, seed: uservisits.seed),
      uservisits: uservisits)
  }
}
