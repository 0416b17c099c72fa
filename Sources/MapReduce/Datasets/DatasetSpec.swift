import Metrics
import Storage

/// What a dataset's bytes are.
public enum DatasetKind: String, CaseIterable, Sendable {
  /// Words in lines, from ``TextGenerator``.
  case text
  /// `pageURL,pageRank,avgDuration`: every page once.
  case rankings
  /// `sourceIP,destURL,visitDate,adRevenue,userAgent,countryCode,languageCode,searchWord,duration`: visits of
  /// those pages.
  case uservisits
  /// The user's own files, back to back.
  case files

  /// Whether the bytes come from a generator.
  public var isGenerated: Bool { self != .files }

  /// Bytes of a row in the mean, exactly, of what is made of rows: a table of n rows has n times as many.
  public var rowSize: Int? {
    switch self {
    case .text, .files: nil
    case .rankings: RankingsRows.rowSize
    case .uservisits: VisitsRows.rowSize
    }
  }
}

/// What decides every byte of a generated dataset.
public struct DatasetSpec: Hashable, Sendable {
  public let kind: DatasetKind
  /// Bytes.
  public let size: Int
  /// Rows of a table; nil for a text.
  public let rows: Int?
  /// Pages that `uservisits` visits, the rows of the `rankings` to join them with; nil for other kinds.
  public let pages: Int?
  public let seed: UInt64
  /// Words of a text; nil for a vocabulary that grows with the text.
  public let vocabulary: Int?

  /// - Parameters:
  ///   - size: Bytes; a table has as many whole rows as there is room for, so it may be one row smaller.
  ///   - pages: As in ``init(kind:rows:seed:pages:)``.
  /// - Throws: ``StorageError`` with `.invalid` where no dataset can be generated from this.
  public init(
    kind: DatasetKind, size: Int, seed: UInt64 = 1, vocabulary: Int? = nil, pages: Int? = nil
  ) throws {
    guard kind.isGenerated else { throw Self.imported(kind) }
    guard size >= 0 else { throw StorageError(.invalid, "a dataset cannot have \(size) bytes") }
    if let rowSize = kind.rowSize {
      guard vocabulary == nil else {
        throw StorageError(.invalid, "a dataset of kind '\(kind.rawValue)' has no vocabulary; a text has")
      }
      try self.init(kind: kind, rows: size / rowSize, seed: seed, pages: pages)
      return
    }
    let vocabularies = TextGenerator.vocabularies
    if let vocabulary, !vocabularies.contains(vocabulary) {
      throw StorageError(
        .invalid,
        "a vocabulary has \(vocabularies.lowerBound) to \(vocabularies.upperBound) words, not \(vocabulary)")
    }
    guard pages == nil else { throw Self.withoutPages(kind) }
    self.init(kind, size: size, seed: seed, vocabulary: vocabulary)
  }

  /// A table.
  ///
  /// - Parameters:
  ///   - rows: Of `rankings`, which has a row for every page, up to 2^36; of `uservisits` up to 2^48.
  ///   - pages: Only of `uservisits`: how many pages there are, 1…2^36; nil for as many as the Big Data Benchmark
  ///     has for so many visits, 18 for 155.
  /// - Throws: ``StorageError`` with `.invalid` where no dataset can be generated from this.
  public init(kind: DatasetKind, rows: Int, seed: UInt64 = 1, pages: Int? = nil) throws {
    guard kind.isGenerated else { throw Self.imported(kind) }
    guard let rowSize = kind.rowSize else {
      throw StorageError(.invalid, "a dataset of kind '\(kind.rawValue)' has a size, and no rows")
    }
    let mostRows = kind == .rankings ? Pages.counts.upperBound : 1 << 48
    guard (0...mostRows).contains(rows) else {
      throw StorageError(.invalid, "\(kind.rawValue) has 0 to \(mostRows) rows, not \(rows)")
    }
    var visited: Int?
    if kind == .uservisits {
      let pages = pages ?? Self.usualPages(visits: rows)
      guard Pages.counts.contains(pages) else {
        throw StorageError(
          .invalid,
          "uservisits visits \(Pages.counts.lowerBound) to \(Pages.counts.upperBound) pages, not \(pages)")
      }
      visited = pages
    } else if pages != nil {
      throw Self.withoutPages(kind)
    }
    self.init(kind, size: rows * rowSize, rows: rows, pages: visited, seed: seed)
  }

  private init(
    _ kind: DatasetKind, size: Int, rows: Int? = nil, pages: Int? = nil, seed: UInt64, vocabulary: Int? = nil
  ) {
    self.kind = kind
    self.size = size
    self.rows = rows
    self.pages = pages
    self.seed = seed
    self.vocabulary = vocabulary
  }

  /// Names the dataset, and its folder in a store: `text-1073741824-seed1-g1`, `…-words2000000-g1`,
  /// `rankings-rows1200-seed1-g1`, `uservisits-rows10000-pages1200-seed1-g1`.
  ///
  /// The last number is the generator's version, so bytes made by another program are another dataset.
  public var id: String {
    let amount = rows.map { "rows\($0)" } ?? "\(size)"
    let ofPages = pages.map { "-pages\($0)" } ?? ""
    let words = vocabulary.map { "-words\($0)" } ?? ""
    return "\(kind.rawValue)-\(amount)\(ofPages)-seed\(seed)\(words)-g\(generatorVersion)"
  }

  /// Raised when a change of the program changes the kind's bytes.
  public var generatorVersion: Int { kind == .text ? TextGenerator.version : Pages.version }

  func generator() -> any DatasetGenerator {
    switch kind {
    case .text: TextGenerator(seed: seed, size: size, vocabulary: vocabulary)
    // Without rows nothing is asked of the generator.
    case .rankings: TableGenerator(RankingsRows(count: max(1, rows!), seed: seed))
    case .uservisits: TableGenerator(VisitsRows(count: rows!, pages: pages!, seed: seed))
    case .files: preconditionFailure("a spec is of a generated kind")
    }
  }

  /// 18 million pages for 155 million visits, rounded up.
  static func usualPages(visits: Int) -> Int { max(1, (visits / 155) * 18 + (visits % 155 * 18 + 154) / 155) }

  private static func imported(_ kind: DatasetKind) -> StorageError {
    StorageError(.invalid, "a dataset of kind '\(kind.rawValue)' is imported, not generated")
  }

  private static func withoutPages(_ kind: DatasetKind) -> StorageError {
    StorageError(
      .invalid, "a dataset of kind '\(kind.rawValue)' is given no number of pages; uservisits is")
  }
}

/// Makes a dataset granule by granule, in any order and on any thread.
protocol DatasetGenerator: AnyObject, Sendable {
  var size: Int { get }
  /// Writes the granule's bytes (``DatasetManifest/granuleSize``, the last one may be shorter) at `target`.
  func writeGranule(_ index: Int, into target: UnsafeMutableRawPointer)
}

extension TextGenerator: DatasetGenerator {
  func writeGranule(_ index: Int, into target: UnsafeMutableRawPointer) {
    writePiece(index, into: target)
  }
}
