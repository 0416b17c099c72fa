import Metrics
import Storage

/// What a dataset's bytes are.
public enum DatasetKind: String, CaseIterable, Sendable {
  /// Words in lines, from ``TextGenerator``.
  case text
  /// The user's own files, back to back.
  case files

  /// Whether the bytes come from a generator.
  public var isGenerated: Bool { self != .files }
}

/// What decides every byte of a generated dataset.
public struct DatasetSpec: Hashable, Sendable {
  public let kind: DatasetKind
  /// Bytes.
  public let size: Int
  public let seed: UInt64
  /// Words of a text; nil for a vocabulary that grows with the text.
  public let vocabulary: Int?

  /// - Throws: ``StorageError`` with `.invalid` where no dataset can be generated from this.
  public init(kind: DatasetKind, size: Int, seed: UInt64 = 1, vocabulary: Int? = nil) throws {
    guard kind.isGenerated else {
      throw StorageError(.invalid, "a dataset of kind '\(kind.rawValue)' is imported, not generated")
    }
    guard size >= 0 else { throw StorageError(.invalid, "a dataset cannot have \(size) bytes") }
    let vocabularies = TextGenerator.vocabularies
    if let vocabulary, !vocabularies.contains(vocabulary) {
      throw StorageError(
        .invalid,
        "a vocabulary has \(vocabularies.lowerBound) to \(vocabularies.upperBound) words, not \(vocabulary)")
    }
    self.kind = kind
    self.size = size
    self.seed = seed
    self.vocabulary = vocabulary
  }

  /// Names the dataset, and its folder in a store: `text-1073741824-seed1-g1`, `…-words2000000-g1`.
  ///
  /// The last number is the generator's version, so bytes made by another program are another dataset.
  public var id: String {
    let words = vocabulary.map { "-words\($0)" } ?? ""
    return "\(kind.rawValue)-\(size)-seed\(seed)\(words)-g\(generatorVersion)"
  }

  public var generatorVersion: Int { TextGenerator.version }

  func generator() -> any DatasetGenerator {
    switch kind {
    case .text: TextGenerator(seed: seed, size: size, vocabulary: vocabulary)
    case .files: preconditionFailure("a spec is of a generated kind")
    }
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
