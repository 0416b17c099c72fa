/// Text like a natural language's, decided by seed, size and vocabulary alone: the same bytes on any machine.
///
/// The text is made of pieces of ``pieceSize`` bytes at multiples of it, each from a random stream of its own,
/// so any worker can make any piece. The word and the line that lie across a boundary of pieces come from a
/// third stream that both neighbours know: lines and words straddle pieces, granules and blocks as they do in
/// a user's text.
///
/// - Words are drawn by ``TextLaw`` from ``TextVocabulary``; tokens have 3.8 letters in the mean.
/// - Lines have 60…120 bytes with their newline; words are separated by one space. The last byte is a newline.
///   (A text of under 60 bytes, and the end of one that is up to 60 bytes over a boundary, is a shorter line.)
/// - Without a fixed vocabulary there is one word for each 960 bytes: 0.5 % of the tokens are new words.
///
/// Nothing that decides a byte uses floating point.
public final class TextGenerator: @unchecked Sendable {
  /// Raised when a change of the program changes the bytes: it is part of a dataset's identity.
  public static let version = 1
  /// Bytes; divides the block size of datasets and is their granule.
  public static let pieceSize = 256 << 10
  /// Words that a fixed vocabulary may have. Fewer could not end a line at any given byte.
  public static let vocabularies = 16...(1 << 28)

  public let seed: UInt64
  public let size: Int
  /// Words that the text is drawn from.
  public let vocabulary: Int

  private let law: TextLaw
  private let words: TextVocabulary

  /// - Parameters:
  ///   - size: Bytes, 0 or more.
  ///   - vocabulary: Words, in ``vocabularies``; nil for one that grows with `size`.
  public init(seed: UInt64, size: Int, vocabulary: Int?) {
    precondition(size >= 0)
    precondition(Self.vocabularies.contains(vocabulary ?? Self.vocabularies.lowerBound))
    self.seed = seed
    self.size = size
    self.vocabulary = vocabulary ?? min(max(size / 960, 128), TextLaw.largestCount)
    law = TextLaw(count: self.vocabulary)
    words = TextVocabulary(count: self.vocabulary)
  }

  deinit { words.deallocate() }

  public var pieceCount: Int { (size + Self.pieceSize - 1) / Self.pieceSize }

  /// Bytes `index * pieceSize ..< min(size, (index + 1) * pieceSize)`.
  public func pieceLength(_ index: Int) -> Int { min(Self.pieceSize, size - index * Self.pieceSize) }

  /// Writes piece `index` at `target`, which has room for it, and returns its length.
  @discardableResult
  public func writePiece(_ index: Int, into target: UnsafeMutableRawPointer) -> Int {
    precondition(index >= 0 && index < pieceCount)
    let length = pieceLength(index)
    law.aliases.withUnsafeBufferPointer { aliases in
      law.entries.withUnsafeBufferPointer { entries in
        let source = TextSource(
          aliases: aliases.baseAddress!, entries: entries.baseAddress!, words: words)
        var writer = TextPieceWriter(
          source: source, random: TextRandom(seed: seed, stream: 2 * UInt64(index)), target: target)
        writer.write(length: length, from: boundary(index, source), to: boundary(index + 1, source))
      }
    }
    return length
  }

  /// What lies across the start of piece `index`; nil where a line starts there.
  private func boundary(_ index: Int, _ source: TextSource) -> TextBoundary? {
    let start = index * Self.pieceSize
    // The start of a short last piece is a line's: its end leaves no room for more.
    guard index > 0, size - start >= 256 else { return nil }
    var random = TextRandom(seed: seed, stream: 2 * UInt64(index) + 1)
    var boundary = TextBoundary()
    boundary.letters = withUnsafeMutableBytes(of: &boundary.word) {
      source.write(&random, at: $0.baseAddress!)
    }
    boundary.lettersBefore = (Int(random.next() >> 32) * (boundary.letters + 1)) >> 32
    let column = Int(random.next() >> 58)
    boundary.column = column == 1 ? 0 : column
    return boundary
  }
}

/// A word across a boundary of two pieces, and the bytes of its line before it.
struct TextBoundary {
  var word: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  var letters = 0
  /// The word's letters before the boundary, 0…`letters`.
  var lettersBefore = 0
  /// Bytes of the line before the word: 0, or words and spaces of at least 2.
  var column = 0
}

/// A stream of splitmix64, started by a mix of the seed and the stream's number.
///
/// Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators".
struct TextRandom {
  private var state: UInt64

  init(seed: UInt64, stream: UInt64) {
    self.init(key: Self.mixed(seed &+ 0x9E37_79B9_7F4A_7C15), stream: stream)
  }

  /// - Parameter key: A random number.
  @inline(__always)
  init(key: UInt64, stream: UInt64) {
    state = Self.mixed(key &+ stream &* 0xD134_2543_DE82_EF95)
  }

  init(state: UInt64) { self.state = state }

  @inline(__always)
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mixed(state)
  }

  @inline(__always)
  static func mixed(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits &>> 31)
  }
}
